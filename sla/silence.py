"""Silence: the ladder a ticket stands on, rung by rung."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sla.ladder import Ladder, rung_due
from sla.state import State, What
from sla.step import Step
from sla.terms import LadderKind, LadderStep


def start_ladder(state: State, kind: LadderKind, at: datetime) -> State:
    """The state on the first rung of a ladder, silence counted from `at`."""
    number = state.ladders + 1
    return state.evolve(ladder=Ladder(kind=kind, cycle=number, anchor=at), ladders=number)


def pause_ladder(state: State, at: datetime) -> State:
    """A hold begins: the waits stand still."""
    return state


def resume_ladder(state: State, at: datetime) -> State:
    """A hold is over: the waits go on, or begin anew where the policy says so."""
    return state


def customer_contacted(state: State, at: datetime) -> State:
    """One of us tried to reach the customer: it counts as the next follow-up of the ladder."""
    return state.noting(at, What.CUSTOMER_CONTACTED)


def next_rung(state: State) -> tuple[int, LadderStep] | None:
    """The number (from 1) and step of the rung above the last one done that holds at the present severity."""
    ladder, steps = state.ladder, state.ladder_terms().steps
    if ladder is None:
        return None
    last = ladder.done[-1].rung if ladder.done else 0
    for rung, step in enumerate(steps, start=1):
        if rung > last and (not step.severities or state.severity in step.severities):
            return rung, step
    return None


def rung_steps(state: State) -> Iterator[Step]:
    """The next rung of the ladder, foreseen. Raises PastHorizon, NoOpenTime."""
    ladder, following = state.ladder, next_rung(state)
    if ladder is None or following is None or ladder.held or _solution_untold(state):
        return
    rung, step = following
    due = rung_due(ladder, step, state.calendar(step.calendar), timedelta(seconds=state.terms.grace_seconds))
    key = f"{step.do}-{ladder.cycle}-{rung}"
    yield Step(
        kind=step.do,
        key=key,
        due_at=due,
        wake_at=state.wake(key, due),
        message=step.message,
        audience="customer" if step.do == "follow_up" else None,
        cycle=ladder.cycle,
        rung=rung,
    )


def _solution_untold(state: State) -> bool:
    """The wait for a last word begins when the customer is told of the solution, not before."""
    return any(notice.message == "solved" for notice in state.notices)


def attempt_of(state: State, rung: int) -> tuple[int, int]:
    """Which follow-up a rung is, and of how many at the present severity: (2, 3) for the second of three."""
    steps = enumerate(state.ladder_terms().steps, start=1)
    attempts = [
        index
        for index, step in steps
        if step.do == "follow_up" and (not step.severities or state.severity in step.severities)
    ]
    return sum(1 for index in attempts if index <= rung), len(attempts)
