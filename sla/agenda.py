"""What is due now and what is due next.

`agenda` lists every step that is foreseen, soonest first; `next_step` is its head. A step that could not be delivered
keeps its due instant and is looked at again at `wake_at`.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from sla.clock import Clock, thresholds
from sla.instant import Instant
from sla.ladder import rung_due
from sla.notification import Audience
from sla.record import Name, Record
from sla.state import State, Status
from sla.terms import LadderStep, Objective, Target, Threshold

StepKind = Literal["notice", "threshold", "follow_up", "solve", "close"]

_ORDER: tuple[StepKind, ...] = ("notice", "threshold", "follow_up", "solve", "close")


class Step(Record):
    """One thing to do at an instant. `key` is unique within the ticket for life and names its notification.

    `message` and `audience` are missing where nobody is told.
    """

    kind: StepKind
    key: str
    due_at: Instant
    wake_at: Instant
    message: Name | None = None
    audience: Audience | None = None
    objective: Objective | None = None
    cycle: int = 1
    threshold: Threshold | None = None
    rung: int = 0
    detail: str = ""


def agenda(state: State) -> tuple[Step, ...]:
    """All foreseen steps by the instant they are looked at. Raises PastHorizon, NoOpenTime."""
    steps = (*_notices(state), *_thresholds(state), *_rungs(state))
    return tuple(sorted(steps, key=lambda step: (step.wake_at, _ORDER.index(step.kind), step.due_at, step.key)))


def next_step(state: State) -> Step | None:
    """The step to wait for or to do; None when only an event can move the ticket. Raises PastHorizon, NoOpenTime."""
    steps = agenda(state)
    return steps[0] if steps else None


def is_over(state: State) -> bool:
    """Whether the ticket is closed and nothing more has to be told. Raises PastHorizon, NoOpenTime."""
    return state.status == Status.CLOSED and not agenda(state)


def _wake(state: State, key: str, due: datetime) -> datetime:
    retry = state.retries.get(key)
    return max(due, retry.at) if retry else due


def _notices(state: State) -> Iterator[Step]:
    for notice in state.notices:
        yield Step(
            kind="notice",
            key=notice.key,
            due_at=notice.due_at,
            wake_at=_wake(state, notice.key, notice.due_at),
            message=notice.message,
            audience=notice.audience,
            detail=notice.detail,
        )


def _thresholds(state: State) -> Iterator[Step]:
    for clock in state.clocks:
        promise = state.promise(clock.objective)
        if isinstance(promise, Target):
            yield from _clock_steps(state, clock, promise)


def _clock_steps(state: State, clock: Clock, target: Target) -> Iterator[Step]:
    for threshold, at in thresholds(clock, target, state.calendar(target.calendar)):
        key = f"{clock.objective.value}-{clock.cycle}-{state.severity}-{threshold.key}"
        if key not in clock.fired and (clock.running or key in state.retries):
            yield Step(
                kind="threshold",
                key=key,
                due_at=at,
                wake_at=_wake(state, key, at),
                message=_threshold_message(threshold),
                audience="internal" if threshold.level else None,
                objective=clock.objective,
                cycle=clock.cycle,
                threshold=threshold,
            )


def _threshold_message(threshold: Threshold) -> str | None:
    if threshold.level is None:
        return None
    if threshold.is_breach:
        return "breach"
    return "escalation" if threshold.after else "warning"


def _rungs(state: State) -> Iterator[Step]:
    ladder, rungs = state.ladder, state.rungs()
    if ladder is None or ladder.held or len(ladder.done) >= len(rungs) or _solution_untold(state):
        return
    rung = rungs[len(ladder.done)]
    due = rung_due(ladder, rung, state.calendar(rung.calendar), timedelta(seconds=state.terms.grace_seconds))
    key = f"{rung.do}-{ladder.cycle}-{len(ladder.done) + 1}"
    yield Step(
        kind=rung.do,
        key=key,
        due_at=due,
        wake_at=_wake(state, key, due),
        message=rung.message,
        audience="customer" if rung.do == "follow_up" else None,
        cycle=ladder.cycle,
        rung=len(ladder.done) + 1,
    )


def _solution_untold(state: State) -> bool:
    """The wait for a last word begins when the customer is told of the solution, not before."""
    return any(notice.message == "solved" for notice in state.notices)


def attempt_of(rungs: tuple[LadderStep, ...], rung: int) -> tuple[int, int]:
    """Which follow-up a rung is, and of how many: (2, 3) for the second of three."""
    follow_ups = [index for index, step in enumerate(rungs, start=1) if step.do == "follow_up"]
    return sum(1 for index in follow_ups if index <= rung), len(follow_ups)
