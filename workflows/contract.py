"""What clients may rely on: names, ids, the queue, search attributes. Nobody spells one of these twice."""

from temporalio.common import SearchAttributeKey

from sla.base.fields import Line
from sla.inputs.event import EVENTS
from sla.rules.reply_meaning import Aftermath
from sla.state.state import Closing

TASK_QUEUE = "holdfast"
WORKFLOW = "Ticket"
STATUS = "status"
TIMELINE = "timeline"
STATE = "state"
SIGNALS = tuple(EVENTS)
"""One signal for each event, under the event's name."""

POLICY = SearchAttributeKey.for_keyword("Policy")
PLAN = SearchAttributeKey.for_keyword("Plan")
SEVERITY = SearchAttributeKey.for_keyword("Severity")
TICKET_STATUS = SearchAttributeKey.for_keyword("TicketStatus")
WAITS_FOR = SearchAttributeKey.for_keyword("WaitsFor")
TROUBLE = SearchAttributeKey.for_keyword("Trouble")
SINCE = SearchAttributeKey.for_datetime("Since")
NEXT_DUE = SearchAttributeKey.for_datetime("NextDue")
BREACHED = SearchAttributeKey.for_bool("Breached")
FOLLOW_UPS = SearchAttributeKey.for_int("FollowUps")

SEARCH_ATTRIBUTES = (
    POLICY,
    PLAN,
    SEVERITY,
    TICKET_STATUS,
    WAITS_FOR,
    TROUBLE,
    SINCE,
    NEXT_DUE,
    BREACHED,
    FOLLOW_UPS,
)
"""All of ours. SQL visibility has room for 10 keywords and 3 of each other kind."""

KEYWORD_LENGTH = 255
"""A longer keyword does not fit PostgreSQL's column, and one over 2 kB ends the workflow."""


def workflow_id(ticket_id: str) -> str:
    """The id of a ticket's workflow."""
    return f"ticket/{ticket_id}"


def ticket_id(workflow_id: str) -> str:
    """The ticket of a workflow id."""
    return workflow_id.removeprefix("ticket/")


class Outcome(Aftermath):
    """What a ticket's workflow returns: how it ended, and the rules for what comes after its end.

    `seen` lets the desk drop an event that comes again after the end.
    """

    ticket_id: str
    subject: Line
    closing: Closing
    severity: str
    follow_ups: int
    breached: bool
    seen: tuple[str, ...]
