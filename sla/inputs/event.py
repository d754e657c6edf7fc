"""What may happen to a ticket. Every event has an id; the same id is applied once for the life of the ticket."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from sla.base.fields import Id, Line, Name, Record, Text
from sla.base.instant import Instant
from sla.inputs.terms import Fact


class ReplyKind(StrEnum):
    """Who speaks in a customer's mail: only a person's words move a ticket."""

    HUMAN = "human"
    AUTO = "auto"
    BOUNCE = "bounce"


class _Event(Record):
    id: Id
    at: Instant | None = Field(
        default=None, description="when it happened at its source; the time of arrival if left out"
    )


class CustomerReplied(_Event):
    """A message came from the customer's side.

    `text` is what the customer wrote, for policies with a keyword or a list of thanks. `returns` is the day of return
    that an automatic reply names.
    """

    event: Literal["customer_replied"] = "customer_replied"
    kind: ReplyKind = ReplyKind.HUMAN
    text: Text = ""
    returns: date | None = None


class Bounced(_Event):
    """A mail of ours to the customer came back."""

    event: Literal["bounced"] = "bounced"


class AgentReplied(_Event):
    """A person on our side sent the customer a message that the customer can see.

    `awaiting` says whose turn it is then; `workaround` marks the message as a way around the issue, `solution` as the
    answer to the original issue.
    """

    event: Literal["agent_replied"] = "agent_replied"
    awaiting: Literal["customer", "us"] = "customer"
    workaround: bool = False
    solution: bool = False


class CustomerContacted(_Event):
    """One of us tried to reach the customer, by telephone for instance: it counts as an attempt of the ladder."""

    event: Literal["customer_contacted"] = "customer_contacted"


class SeverityChanged(_Event):
    """The ticket was given another severity; the policy says from where its targets count, and who may do so."""

    event: Literal["severity_changed"] = "severity_changed"
    severity: Name
    by: Literal["agent", "customer"] = "agent"


class ContactChanged(_Event):
    """The customer has somebody to work with us now, or has not: for work round the clock."""

    event: Literal["contact_changed"] = "contact_changed"
    available: bool


class Completed(_Event):
    """Something that a clock may wait for is there now: a call, a complete description, a known sender."""

    event: Literal["completed"] = "completed"
    what: Fact


class PutOnHold(_Event):
    """The ticket waits for something that is neither ours nor the customer's; until a moment, where it is known."""

    event: Literal["put_on_hold"] = "put_on_hold"
    until: Instant | None = None
    reason: Line | None = None


class Resumed(_Event):
    """The hold is over."""

    event: Literal["resumed"] = "resumed"


class Solved(_Event):
    """One of us marked the ticket as solved, without a message of their own."""

    event: Literal["solved"] = "solved"


class Reopened(_Event):
    """Somebody opened a solved or closed ticket again, by a button for instance."""

    event: Literal["reopened"] = "reopened"


class EscalationRequested(_Event):
    """The customer asked to escalate."""

    event: Literal["escalation_requested"] = "escalation_requested"
    reason: Line = "the customer asked for it"


class Acknowledged(_Event):
    """One of us took the ticket, or an escalation of it, in hand."""

    event: Literal["acknowledged"] = "acknowledged"
    by: Line | None = None


class Closed(_Event):
    """A person closed the ticket."""

    event: Literal["closed"] = "closed"
    reason: Line = "closed by an agent"


AnyEvent = (
    CustomerReplied | Bounced | AgentReplied | CustomerContacted | SeverityChanged | ContactChanged | Completed
    | PutOnHold | Resumed | Solved | Reopened | EscalationRequested | Acknowledged | Closed
)  # fmt: skip

Event = Annotated[AnyEvent, Field(discriminator="event")]

EVENTS: dict[str, type[AnyEvent]] = {
    "customer_replied": CustomerReplied,
    "bounced": Bounced,
    "agent_replied": AgentReplied,
    "customer_contacted": CustomerContacted,
    "severity_changed": SeverityChanged,
    "contact_changed": ContactChanged,
    "completed": Completed,
    "put_on_hold": PutOnHold,
    "resumed": Resumed,
    "solved": Solved,
    "reopened": Reopened,
    "escalation_requested": EscalationRequested,
    "acknowledged": Acknowledged,
    "closed": Closed,
}
"""Events by name: the name of an event is the name of its signal."""
