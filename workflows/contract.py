"""What clients may rely on: names, ids, the queue, search attributes. Nobody spells one of these twice."""

from temporalio.common import SearchAttributeKey

from sla.inputs.event import EVENTS

TASK_QUEUE = "holdfast"
WORKFLOW = "Ticket"
STATUS = "status"
TIMELINE = "timeline"
STATE = "state"

SIGNALS = tuple(EVENTS)
"""One signal for each event, under the event's name."""

SEND_NOTIFICATION = "send_notification"
TELL_FATE = "tell_fate"
RESOLVE_TERMS = "resolve_terms"
EXTEND_TERMS = "extend_terms"

POLICY = SearchAttributeKey.for_keyword("Policy")
PLAN = SearchAttributeKey.for_keyword("Plan")
SEVERITY = SearchAttributeKey.for_keyword("Severity")
TICKET_STATUS = SearchAttributeKey.for_keyword("TicketStatus")
WAITS_FOR = SearchAttributeKey.for_keyword("WaitsFor")
OWNER = SearchAttributeKey.for_keyword("Owner")
CUSTOMER = SearchAttributeKey.for_keyword("Customer")
TROUBLE = SearchAttributeKey.for_keyword_list("Trouble")
BREACHED = SearchAttributeKey.for_bool("Breached")
ACKNOWLEDGED = SearchAttributeKey.for_bool("Acknowledged")
SINCE = SearchAttributeKey.for_datetime("Since")
NEXT_DUE = SearchAttributeKey.for_datetime("NextDue")
RETAIN_UNTIL = SearchAttributeKey.for_datetime("RetainUntil")
FOLLOW_UPS = SearchAttributeKey.for_int("FollowUps")

SEARCH_ATTRIBUTES = (
    POLICY,
    PLAN,
    SEVERITY,
    TICKET_STATUS,
    WAITS_FOR,
    OWNER,
    CUSTOMER,
    TROUBLE,
    BREACHED,
    ACKNOWLEDGED,
    SINCE,
    NEXT_DUE,
    RETAIN_UNTIL,
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
