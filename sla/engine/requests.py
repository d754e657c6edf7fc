"""What the engine asks of whoever drives it. Each request has an id; its result comes back under the same id."""

from dataclasses import dataclass
from datetime import datetime

from sla.inputs.event import CustomerReplied
from sla.inputs.terms import Terms
from sla.inputs.ticket import Ticket
from sla.state.notification import Delivery, Notification


@dataclass(frozen=True)
class Send:
    """Send one message. Its result is a Delivery. `words` says what it is, for a list of activities."""

    id: str
    notification: Notification
    words: str


@dataclass(frozen=True)
class StartFollowUp:
    """Start a follow-up ticket with the customer's reply: the first of `tickets` that its policy covers.

    Where its id is taken, the ticket that has it gets the reply. The result is a Delivery: sent, or why not.
    """

    id: str
    tickets: tuple[Ticket, ...]
    reply: CustomerReplied


@dataclass(frozen=True)
class ExtendCalendars:
    """Make the terms with calendars that reach past `needed` (UTC). The result is the Terms, or a Failure."""

    id: str
    ticket: Ticket
    terms: Terms
    needed: datetime


@dataclass(frozen=True)
class Failure:
    """Why a request came to nothing this time."""

    why: str


Request = Send | StartFollowUp | ExtendCalendars
Result = Delivery | Terms | Failure
