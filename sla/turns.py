"""Whose turn it is: what messages of the customer and of ours do to a ticket."""

from datetime import datetime

from sla.ending import hold_ladder, move, solve, take_back
from sla.escalation import IN_HAND
from sla.event import AgentReplied, CustomerReplied, ReplyKind
from sla.silence import await_customer, out_of_office
from sla.state import State, Status, What
from sla.terms import Objective
from sla.ticking import follow_status, reach, reopen_clocks, start_clock


def customer_replied(state: State, event: CustomerReplied, at: datetime) -> State:
    """A message from the customer's side: only a person's words move the ticket."""
    match event.kind:
        case ReplyKind.AUTO:
            return out_of_office(state.noting(at, What.AUTO_REPLY), event.returns, at)
        case ReplyKind.BOUNCE:
            return bounced(state, at)
        case ReplyKind.HUMAN:
            return _heard(state.noting(at, What.CUSTOMER_REPLIED), at)


def bounced(state: State, at: datetime) -> State:
    """Mail to the customer came back: a person has to look."""
    return hold_ladder(state.noting(at, What.BOUNCED), "mail to the customer bounced", at)


def _heard(state: State, at: datetime) -> State:
    """A person on the customer's side spoke: silence is over and the turn is ours.

    Also when the message is older than our last answer: it may have crossed it, and a reply always wins.
    """
    was = state.status
    state = take_back(move(_turned(state, at), Status.OPEN, at)).evolve(ladder=None, closing=None)
    if was in {Status.SOLVED, Status.CLOSED}:
        state = reopen_clocks(state, at, "solved").noting(at, What.REOPENED, f"it was {was}")
    state = follow_status(state, at)
    if _awaits_answer(state):
        return state
    return _start_update(start_clock(state, Objective.NEXT_RESPONSE, at), at)


def _turned(state: State, at: datetime) -> State:
    """A message was written at `at`: what was wrong with reaching the customer is past."""
    team = tuple(trouble for trouble in state.troubles if trouble.audience == "internal")
    return state.evolve(last_at=max(at, state.last_at or at), troubles=team)


def is_stale(state: State, at: datetime) -> bool:
    """Whether something newer was said already: what comes late then does not turn the ticket."""
    return state.status == Status.CLOSED or at < state.since or (state.last_at is not None and at < state.last_at)


def _start_update(state: State, at: datetime) -> State:
    """The turn came to us: an update is owed from now. One that is owed already goes on."""
    owed = any(clock.objective is Objective.UPDATE and clock.stopped_at is None for clock in state.clocks)
    return state if owed else start_clock(state, Objective.UPDATE, at)


def _awaits_answer(state: State) -> bool:
    """Whether an earlier message of the customer is still unanswered: a newer one does not restart that clock."""
    answers = {Objective.FIRST_RESPONSE, Objective.NEXT_RESPONSE}
    return any(clock.stopped_at is None for clock in state.clocks if clock.objective in answers)


def agent_replied(state: State, event: AgentReplied, at: datetime) -> State:
    """A person on our side wrote to the customer."""
    state = state.noting(at, What.AGENT_REPLIED, _kind(event))
    stale = is_stale(state, at)
    state = reach(state, _answered(event), at)
    if stale:
        return _start_update(state, at) if state.status == Status.OPEN else state
    state = _turned(state, at)
    if event.solution:
        return solve(state, at)
    return _await_customer(state, at) if event.awaiting == "customer" else _await_us(state, at)


def _kind(event: AgentReplied) -> str:
    if event.solution:
        return "solution"
    return f"{'workaround, ' if event.workaround else ''}awaiting {event.awaiting}"


def _answered(event: AgentReplied) -> set[Objective]:
    answered = {Objective.FIRST_RESPONSE, Objective.NEXT_RESPONSE, Objective.UPDATE, *IN_HAND}
    return answered | ({Objective.WORKAROUND} if event.workaround or event.solution else set())


def _await_customer(state: State, at: datetime) -> State:
    state = follow_status(move(_back_to_work(state, at), Status.PENDING, at), at)
    return await_customer(state, at)


def _await_us(state: State, at: datetime) -> State:
    state = follow_status(move(_back_to_work(state, at), Status.OPEN, at), at)
    return _start_update(state.evolve(ladder=None), at)


def _back_to_work(state: State, at: datetime) -> State:
    """An answer after a solution takes the solution back."""
    if state.status != Status.SOLVED:
        return state
    return reopen_clocks(take_back(state), at, "solved").noting(at, What.REOPENED, "it was solved")


def solved(state: State, at: datetime) -> State:
    """One of us marked the ticket as solved."""
    if state.status in {Status.SOLVED, Status.CLOSED} or is_stale(state, at):
        return state.noting(at, What.IGNORED, f"solved: the ticket is {state.status}")
    return solve(state, at)


def reopened(state: State, at: datetime) -> State:
    """A solved or closed ticket is open again by somebody's decision."""
    if state.status not in {Status.SOLVED, Status.CLOSED}:
        return state.noting(at, What.IGNORED, f"reopened: the ticket is {state.status}")
    return _heard(state, at)
