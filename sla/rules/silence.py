"""Silence: the ladder a ticket stands on, rung by rung."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sla.inputs.ladder_terms import LadderKind, LadderStep
from sla.state.ladder import ENDS, Climb, Ladder, Moment, Rung
from sla.state.state import State, Status
from sla.state.timeline import What

LONGEST_ABSENCE = 90
"""Days ahead that a day of return may lie: beyond that an automatic reply is more likely misread."""


def start_ladder(state: State, kind: LadderKind, at: datetime) -> State:
    """The state on the first rung of a ladder, silence counted from `at`.

    What is known of the customer's absence, and when we last tried, outlives the ladder before it.
    """
    number, before = state.ladders + 1, state.ladder
    ladder = Ladder(
        kind=kind,
        cycle=number,
        anchor=at,
        returns=before.returns if before else None,
        tried_before=_climb(state, before).tried_at() if before else None,
    )
    return state.evolve(ladder=ladder, ladders=number)


def await_customer(state: State, at: datetime) -> State:
    """Our answer awaits the customer: the ladder begins anew, or stands where it is if the policy says so.

    A ladder that waits for a person always begins anew: what it had sent may not have arrived.
    """
    ladder = state.ladder
    goes_on = ladder is not None and ladder.kind == "pending" and ladder.held is None
    if ladder is None or not goes_on or state.ladder_terms().our_message == "restart":
        return start_ladder(state, "pending", at)
    return resume_ladder(state, at)


def pause_ladder(state: State, at: datetime) -> State:
    """A hold begins: the waits stand still."""
    return state.evolve(ladder=state.ladder.pause(at, "on hold")) if state.ladder else state


def resume_ladder(state: State, at: datetime) -> State:
    """A hold is over: the waits go on, or begin anew where the policy says so."""
    ladder = state.ladder
    if ladder is None or not ladder.paused:
        return state
    if state.ladder_terms().on_hold == "restart" and ladder.held is None:
        return start_ladder(state, ladder.kind, at)
    return state.evolve(ladder=ladder.resume(at))


def customer_contacted(state: State, at: datetime) -> State:
    """One of us tried to reach the customer: it counts as the next follow-up of the ladder.

    Only while the ticket is pending, and on another business day than the attempt before where the policy separates
    them. What the policy does between that follow-up and the rung done last is still owed.
    """
    ladder, number = state.ladder, _next_attempt(state)
    why = _not_counted(state, at)
    if ladder is None or number is None or why:
        return state.noting(at, What.CUSTOMER_CONTACTED, why)
    planned = min(at, _climb(state, ladder).moment(number).planned_at)
    owed = (*ladder.owed, *range(ladder.top + 1, number))
    ladder = ladder.evolve(owed=owed).climb(Rung(rung=number, planned_at=planned, due_at=at, done_at=at))
    attempt, attempts = attempt_of(state, number)
    state = state.evolve(ladder=ladder, follow_ups=state.follow_ups + 1)
    return state.noting(at, What.CUSTOMER_CONTACTED, f"counts as follow-up {attempt} of {attempts}")


def _not_counted(state: State, at: datetime) -> str:
    """Why an attempt is only noted; empty where it counts, or where there is nothing for it to count as."""
    ladder = state.ladder
    if ladder is None or state.status != Status.PENDING or _next_attempt(state) is None:
        return ""
    if at < ladder.anchor or any(at <= each.done_at for each in ladder.done):
        return "not counted: something newer was done already"
    same = _climb(state, ladder).same_day(at)
    return "not counted: on the business day of the attempt before" if same else ""


def _next_attempt(state: State) -> int | None:
    """The number of the next follow-up that an attempt may count as."""
    if state.ladder is None or state.status != Status.PENDING:
        return None
    for rung, step in _standing(state):
        if rung > state.ladder.top and (step.do == "follow_up" or step.do in ENDS):
            return rung if step.do == "follow_up" else None
    return None


def out_of_office(state: State, returns: date | None, at: datetime) -> State:
    """An automatic reply named the day of return: the next rung waits for it, where the policy says so.

    A day that is past, or more than 90 days ahead, changes nothing; a newer word replaces an older one.
    """
    ladder = state.ladder
    if returns is None or ladder is None or state.ladder_terms().out_of_office == "ignore":
        return state
    ahead = (returns - state.calendar().local(at).date()).days
    if not 0 <= ahead <= LONGEST_ABSENCE:
        why = "past" if ahead < 0 else f"more than {LONGEST_ABSENCE} days ahead"
        return state.noting(at, What.IGNORED, f"return on {returns}: that is {why}")
    told = state.evolve(ladder=ladder.evolve(returns=returns))
    if _next_due(told) == _next_due(state):
        return told
    return told.noting(at, What.POSTPONED, f"the customer is back on {returns}")


def _next_due(state: State) -> datetime | None:
    ladder, following = state.ladder, next_rung(state)
    return rung_moment(state, ladder, following[0]).due_at if ladder and following else None


def next_rung(state: State) -> tuple[int, LadderStep] | None:
    """The number (from 1) and step of the next rung that holds at the present severity: one owed, or the one above."""
    ladder = state.ladder
    if ladder is None:
        return None
    return next(((rung, step) for rung, step in _standing(state) if rung > ladder.top or rung in ladder.owed), None)


def _standing(state: State) -> Iterator[tuple[int, LadderStep]]:
    """The rungs that hold at the present severity, with their numbers."""
    for rung, step in enumerate(state.ladder_terms().steps, start=1):
        if not step.severities or state.severity in step.severities:
            yield rung, step


def _climb(state: State, ladder: Ladder) -> Climb:
    grace = timedelta(seconds=state.terms.grace_seconds)
    return Climb(ladder, state.terms.ladder(ladder.kind), state.calendar, grace, state.ticket.opened_at)


def rung_moment(state: State, ladder: Ladder, rung: int) -> Moment:
    """When a rung of the ladder is planned and due. Raises PastHorizon, NoOpenTime."""
    return _climb(state, ladder).moment(rung)


def climbed(state: State, rung: int, due: datetime, now: datetime) -> State:
    """The state after a rung that was due at `due` was done at `now`. Raises PastHorizon, NoOpenTime."""
    ladder = state.ladder
    if ladder is None:
        return state
    planned = min(due, rung_moment(state, ladder, rung).planned_at)
    return state.evolve(ladder=ladder.climb(Rung(rung=rung, planned_at=planned, due_at=due, done_at=now)))


def attempt_of(state: State, rung: int) -> tuple[int, int]:
    """Which follow-up a rung is, and of how many at the present severity: (2, 3) for the second of three."""
    attempts = [index for index, step in _standing(state) if step.do == "follow_up"]
    return sum(1 for index in attempts if index <= rung), len(attempts)
