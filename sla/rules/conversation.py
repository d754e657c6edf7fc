"""Whose turn it is: what messages of the customer and of ours do to a ticket."""

from datetime import datetime

from sla.inputs.event import AgentReplied, CustomerReplied, ReplyKind
from sla.inputs.terms import AfterClose, Objective
from sla.rules.closing import (
    OF_THE_END,
    close,
    hold_ladder,
    is_stale,
    move,
    notify_customer,
    solve,
    take_back,
)
from sla.rules.escalation import IN_HAND
from sla.rules.follow_up import hand_on
from sla.rules.reply_meaning import Meaning, meaning, turned_away
from sla.rules.silence import await_customer, out_of_office, resume_ladder
from sla.rules.ticket_clocks import complete, follow_status, reach, reopen_clocks, start_clock
from sla.state.state import Closing, State, Status
from sla.state.timeline import What


def customer_replied(state: State, event: CustomerReplied, at: datetime) -> State:
    """A message from the customer's side: only a person's words move the ticket."""
    match event.kind:
        case ReplyKind.AUTO:
            return out_of_office(state.noting(at, What.AUTO_REPLY), event.returns, at)
        case ReplyKind.BOUNCE:
            return bounced(state, at)
        case ReplyKind.HUMAN:
            return _spoken(state, event, at)


def _spoken(state: State, event: CustomerReplied, at: datetime) -> State:
    """Thanks change nothing; the keyword confirms what there is to confirm; everything else is a message."""
    replies = state.terms.replies
    match meaning(event.text, replies.keyword, replies.thanks):
        case Meaning.THANKS:
            return state.noting(at, What.THANKED)
        case Meaning.KEYWORD if _is_answered(state, at):
            return _confirmed(state.noting(at, What.CONFIRMED), at)
        case _:
            state = state.noting(at, What.CUSTOMER_REPLIED)
            away = turned_away(state, event.text, at)
            return _heard(state, at) if away is None else _turn_away(state, away, event, at)


def _is_answered(state: State, at: datetime) -> bool:
    """Whether there is something to confirm: a solution, or an answer, if nothing was written after the confirmation.

    A message of the customer's between the answer and the confirmation does not matter.
    """
    if state.status in {Status.SOLVED, Status.CLOSED}:
        return True
    return Objective.FIRST_RESPONSE in state.reached and (state.last_at is None or at >= state.last_at)


def _confirmed(state: State, at: datetime) -> State:
    """The customer says that it is solved: silence is over. On a closed ticket that changes nothing."""
    if state.status == Status.CLOSED:
        return state
    state, at = _turned(state, at), max(at, state.since)
    if state.terms.replies.confirms == "close":
        return close(state, Closing(at=at, by="customer", reason="confirmed by the customer"))
    return state if state.status == Status.SOLVED else solve(state, at)


def _turn_away(state: State, away: AfterClose, reply: CustomerReplied, at: datetime) -> State:
    """A reply that leaves the ticket solved: the customer is told how to go on, or the owner where it belongs."""
    if away is AfterClose.FOLLOW_UP_TICKET:
        return hand_on(state, reply, at)
    return notify_customer(state, f"{away.value}-{reply.id}", away.value, at)


def bounced(state: State, at: datetime) -> State:
    """Mail to the customer came back: a person has to look."""
    return hold_ladder(state.noting(at, What.BOUNCED), "mail to the customer bounced", at)


def _heard(state: State, at: datetime) -> State:
    """A person on the customer's side spoke: silence is over and the turn is ours.

    Also when the message is older than our last answer: it may have crossed it, and a reply always wins.
    """
    was = state.status
    state = take_back(move(_turned(state, at), Status.OPEN, at), *OF_THE_END).evolve(ladder=None, closing=None)
    if was in {Status.SOLVED, Status.CLOSED}:
        state = reopen_clocks(state, at, "solved").noting(at, What.REOPENED, f"it was {was}")
    state = follow_status(complete(state, at), at)
    if _awaits_answer(state):
        return state
    return start_clock(state, Objective.NEXT_RESPONSE, at)


def _turned(state: State, at: datetime) -> State:
    """A message was written at `at`: what was wrong with reaching the customer is past."""
    team = tuple(trouble for trouble in state.troubles if trouble.audience == "internal")
    return state.evolve(last_at=max(at, state.last_at or at), troubles=team)


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
        return state
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
    state = follow_status(complete(move(_back_to_work(state, at), Status.PENDING, at), at), at)
    return await_customer(state, at)


def _await_us(state: State, at: datetime) -> State:
    state = follow_status(complete(move(_back_to_work(state, at), Status.OPEN, at), at), at)
    return state.evolve(ladder=None)


def _back_to_work(state: State, at: datetime) -> State:
    """An answer after a solution takes the solution back, and one during a hold ends the hold."""
    if state.status == Status.ON_HOLD:
        return resume_ladder(state, at)
    if state.status != Status.SOLVED:
        return state
    return reopen_clocks(take_back(state, *OF_THE_END), at, "solved").noting(at, What.REOPENED, "it was solved")


def solved(state: State, at: datetime) -> State:
    """One of us marked the ticket as solved."""
    if state.status in {Status.SOLVED, Status.CLOSED}:
        return state.noting(at, What.IGNORED, f"solved: the ticket is {state.status}")
    if is_stale(state, at):
        return state.noting(at, What.IGNORED, "solved: a message was written after it")
    return solve(state, at)


def reopened(state: State, at: datetime) -> State:
    """A solved or closed ticket is open again by somebody's decision."""
    if state.status not in {Status.SOLVED, Status.CLOSED}:
        return state.noting(at, What.IGNORED, f"reopened: the ticket is {state.status}")
    return _heard(state, at)
