"""How the work on a ticket ends: solved, closed; and the notices that tell people so."""

from datetime import datetime

from sla.rules.silence import start_ladder
from sla.rules.ticket_clocks import end_clocks
from sla.state.state import Closing, Notice, State, Status, Trouble
from sla.state.timeline import What


def solve(state: State, at: datetime, what: What = What.SOLVED) -> State:
    """The ticket is solved: its clocks stop and the wait for a last word begins."""
    again = state.status == Status.SOLVED
    state = _end_work(take_back(state, "solved"), at)
    state = move(state, Status.SOLVED, at).evolve(solved=state.solved + 1).noting(at, what)
    state = start_ladder(state, "solved", at)
    state = notify_customer(state, f"solved-{state.solved}", "solved", at)
    if state.terms.survey_on == "solved" and not again:
        state = notify_customer(state, f"survey-solved-{state.solved}", "survey", at)
    return state


def close(state: State, closing: Closing) -> State:
    """The ticket is closed; what the customer is told of it still has to leave."""
    if state.status == Status.CLOSED:
        return state
    asked = state.status == Status.SOLVED and state.terms.survey_on == "solved"
    state = _end_work(take_back(state, "solved"), closing.at)
    state = move(state, Status.CLOSED, closing.at).evolve(ladder=None, closing=closing, closes=state.closes + 1)
    silent = closing.by == "silence"
    state = state.noting(
        closing.at, What.CLOSED_ON_SILENCE if silent else What.CLOSED, "" if silent else closing.reason
    )
    state = notify_customer(state, f"closed-{state.closes}", "closed", closing.at)
    return state if asked else notify_customer(state, f"survey-{state.closes}", "survey", closing.at)


def _end_work(state: State, at: datetime) -> State:
    """The clocks stop, and alerts with them; one by age stays, silent, for the ticket may be reopened."""
    by_age = tuple(alert for alert in state.alerts if alert.objective is None)
    return end_clocks(state, at).evolve(alerts=by_age)


OF_THE_END = ("solved", "closed", "survey", "telephone", "new_case")
"""Messages that are true only of a ticket that is solved or closed."""


def take_back(state: State, *messages: str) -> State:
    """The state without those messages that still wait to tell the customer what is no longer true."""
    void = {notice.key for notice in state.notices if notice.message in messages}
    return state.evolve(
        notices=tuple(notice for notice in state.notices if notice.key not in void),
        retries={key: retry for key, retry in state.retries.items() if key not in void},
    )


def move(state: State, status: Status, at: datetime) -> State:
    """The state under another status; `since` stays when the status does. A hold that is left is forgotten."""
    if state.status == status:
        return state
    return state.evolve(status=status, since=max(at, state.since), held_from=None, hold_until=None)


def is_stale(state: State, at: datetime) -> bool:
    """Whether something newer was said already: what comes late then does not turn the ticket."""
    return state.status == Status.CLOSED or at < state.since or (state.last_at is not None and at < state.last_at)


def hold_ladder(state: State, why: str, at: datetime) -> State:
    """The ladder waits for a person, who is told why; nothing is sent to the customer until someone answers."""
    number = state.holds + 1
    ladder = state.ladder.hold(why) if state.ladder else None
    if any(trouble.why == why for trouble in state.troubles):
        return state.evolve(ladder=ladder)
    notice = Notice(key=f"trouble-{number}", message="trouble", audience="internal", due_at=at, detail=why)
    state = state.evolve(ladder=ladder, holds=number, notices=(*state.notices, notice)).troubled(
        Trouble(audience="customer", why=why, code="customer")
    )
    return state.noting(at, What.HELD, why)


def notify_customer(state: State, key: str, message: str, at: datetime) -> State:
    """The state with one more message waiting for the customer, where the policy has such a message."""
    if message not in state.terms.messages:
        return state
    notice = Notice(key=key, message=message, audience="customer", due_at=at)
    return state.evolve(notices=(*state.notices, notice))


def notify_team(state: State, key: str, message: str, at: datetime, detail: str) -> State:
    """The state with one more message waiting for the ticket's owner, where the policy has such a message."""
    if message not in state.terms.messages:
        return state
    notice = Notice(key=key, message=message, audience="internal", due_at=at, detail=detail)
    return state.evolve(notices=(*state.notices, notice))
