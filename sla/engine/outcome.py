"""How a ticket ended, and the rules for what comes after its end."""

from datetime import datetime

from pydantic import Field

from sla.base.fields import Line
from sla.inputs.terms import AfterClose
from sla.inputs.ticket import Ticket
from sla.rules.reply_meaning import Aftermath, aftermath
from sla.state.seen_ids import SeenIds
from sla.state.state import Closing, State
from sla.views.status import is_breached


class Outcome(Aftermath):
    """What a ticket's workflow returns. `seen` lets the desk drop an event that comes again after the end."""

    ticket_id: str
    subject: Line
    closing: Closing
    severity: str
    follow_ups: int
    breached: bool
    seen: SeenIds = Field(default_factory=SeenIds)


def outcome(state: State) -> Outcome | None:
    """The outcome of a closed ticket; None while it is not closed. Raises PastHorizon, NoOpenTime."""
    if state.closing is None:
        return None
    return Outcome(
        ticket_id=state.ticket.id,
        subject=state.ticket.subject,
        closing=state.closing,
        severity=state.severity,
        follow_ups=state.follow_ups,
        breached=is_breached(state, state.woken_at),
        seen=state.seen,
        **dict(aftermath(state)),
    )


def canceled_before_terms(ticket: Ticket, at: datetime) -> Outcome:
    """The outcome of a ticket that was canceled before it had any terms: nothing was promised."""
    return Outcome(
        ticket_id=ticket.id,
        subject=ticket.subject,
        closing=Closing(at=at, by="operator", reason="canceled"),
        severity=ticket.severity or "",
        follow_ups=0,
        breached=False,
        after_close=AfterClose.NEW_CASE,
    )
