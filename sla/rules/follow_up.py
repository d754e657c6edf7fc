"""The follow-up ticket that a reply to a solved or closed ticket opens."""

from datetime import datetime

from pydantic import ValidationError

from sla.base.errors import TicketError
from sla.inputs.event import CustomerReplied
from sla.inputs.ticket import Ticket, successor
from sla.rules.closing import notify_team
from sla.state.state import FollowUpTicket, State, Trouble

BY_MAIL = "email"

COULD_NOT_OPEN = "follow-up-ticket"
"""The code of the trouble that a follow-up ticket could not be started."""


def following(old: Ticket, severity: str, at: datetime) -> Ticket:
    """The follow-up ticket that a reply of `at` (UTC) opens; its id follows from the old one's. Raises TicketError.

    It comes by mail, from somebody who is there, about a request that needed nothing more: what was `missing` then
    is not waited for again.
    """
    facts = {"id": successor(old), "opened_at": at, "follows": old.id, "severity": severity, "link": None}
    now = {"channel": BY_MAIL, "missing": (), "contact": True}
    try:
        return Ticket.model_validate({**old.model_dump(), **facts, **now})
    except ValidationError as error:
        first = error.errors()[0]
        raise TicketError(f"{first['loc'][0] if first['loc'] else 'id'}: {first['msg']}") from None


def hand_on(state: State, reply: CustomerReplied, at: datetime) -> State:
    """The state with a follow-up ticket to be started, which begins with the reply."""
    try:
        ticket = following(state.ticket, state.severity, at)
    except TicketError as error:
        return could_not_open(state, successor(state.ticket), reply, str(error), at)
    key = f"follow-up-ticket-{reply.id}"
    reply = CustomerReplied.model_validate({**reply.model_dump(), "at": at})
    each = FollowUpTicket(key=key, ticket=ticket, reply=reply, due_at=at)
    return state.evolve(successors=(*state.successors, each))


def could_not_open(state: State, ticket_id: str, reply: CustomerReplied, why: str, at: datetime) -> State:
    """The state of a ticket whose follow-up ticket cannot be opened: listed as troubled, and the owner is told."""
    trouble = Trouble(audience="internal", why=f"{ticket_id} could not be opened ({why})"[:300], code=COULD_NOT_OPEN)
    return tell_owner(
        state.troubled(trouble), reply, f"it belongs to {ticket_id}, which could not be opened ({why})", at
    )


def tell_owner(state: State, reply: CustomerReplied, why: str, at: datetime) -> State:
    """The state with a message to the owner that says where a reply belongs."""
    return notify_team(state, f"handed_on-{reply.id}", "handed_on", at, why)
