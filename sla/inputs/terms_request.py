"""What is asked of whoever resolves terms."""

from sla.base.fields import Record
from sla.base.instant import Instant
from sla.inputs.terms import Terms
from sla.inputs.ticket import Ticket


class TermsRequest(Record):
    """Which ticket, and when (UTC)."""

    ticket: Ticket
    now: Instant


class ExtensionRequest(Record):
    """Which terms, and how far (UTC) their calendars must at least reach."""

    ticket: Ticket
    terms: Terms
    needed: Instant
