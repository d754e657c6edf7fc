"""Replies that a solved or closed ticket leaves to its follow-up ticket, and what that ticket is."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from intake.questions import Questions
from intake.reading import validated
from sla.base.errors import ServerUnreachable, TicketError, TicketFailed
from sla.inputs.event import CustomerReplied
from sla.inputs.terms import AfterClose
from sla.inputs.ticket import Ticket, successor
from sla.rules.reply_meaning import turned_away
from sla.state.state import State

PATIENCE, PAUSE = 5.0, 0.25
"""For how many seconds a ticket is asked, and with what pauses, whether it has taken a reply in."""

BY_MAIL = "email"
WHY_LENGTH = 300


def is_handed_on(state: State, event: CustomerReplied, at: datetime) -> bool | None:
    """Whether a reply that was written at `at` (UTC) belongs to the follow-up ticket of the ticket in `state`.

    None where the ticket did not hear it yet and is not solved as far as it knows.
    """
    if event.id in state.seen:
        return event.id in state.handed_on
    return True if turned_away(state, event.text, at) is AfterClose.FOLLOW_UP_TICKET else None


async def handed_on(ask: Questions, ticket_id: str, event: CustomerReplied, at: datetime) -> State | None:
    """The ticket when it has left a reply that it was told to its follow-up ticket, or is going to.

    None where it keeps the reply, or has not taken it in for so long: it takes in nothing while a message of it is
    leaving. Raises ServerUnreachable when it does not answer.
    """
    until = asyncio.get_running_loop().time() + PATIENCE
    while True:
        state = await _answer(ask, ticket_id, final=asyncio.get_running_loop().time() >= until)
        found = is_handed_on(state, event, at) if state else None
        if found is not None:
            return state if found else None
        if asyncio.get_running_loop().time() >= until:
            return None
        await asyncio.sleep(PAUSE)


async def _answer(ask: Questions, ticket_id: str, *, final: bool) -> State | None:
    """The ticket's state; None where it cannot be told yet and this is not the `final` question."""
    try:
        return await ask.state(ticket_id)
    except (ServerUnreachable, TicketFailed) as error:
        if isinstance(error, TicketFailed) and not final:
            return None
        raise unsaid(ticket_id, error) from error


def unsaid(ticket_id: str, error: Exception) -> ServerUnreachable:
    """What a caller is told whose reply is on record and may have to open a follow-up ticket."""
    why = f"ticket {ticket_id} has the reply and does not say whether a follow-up ticket is to be opened"
    return ServerUnreachable(f"{why}; tell it again: {error}")


def following(old: Ticket, severity: str, at: datetime) -> Ticket:
    """The follow-up ticket that a reply of `at` (UTC) opens; its id follows from the old one's. Raises TicketError.

    It comes by mail, from somebody who is there, about a request that needed nothing more: what was `missing` then
    is not waited for again.
    """
    facts = {"id": successor(old), "opened_at": at, "follows": old.id, "severity": severity, "link": None}
    now = {"channel": BY_MAIL, "missing": (), "contact": True}
    return validated(Ticket, {**old.model_dump(), **facts, **now})


def covered(new: Ticket, channel: str, check: Callable[[Ticket], Ticket]) -> Ticket:
    """What `check` makes of a follow-up ticket: by mail, or by the old ticket's `channel` where only that is covered.

    Raises what `check` raises.
    """
    try:
        return check(new)
    except TicketError:
        return check(new.model_copy(update={"channel": channel}))


def why_line(error: Exception) -> str:
    """The reason in an error, short enough for an event and a mail."""
    why = " ".join("".join(each if each.isprintable() else " " for each in str(error)).split())
    return why if len(why) <= WHY_LENGTH else f"{why[: WHY_LENGTH - 1].rstrip()}…"
