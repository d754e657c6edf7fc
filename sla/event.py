"""What may happen to a ticket. Every event has an id; the same id is applied once for the life of the ticket."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from sla.instant import Instant
from sla.record import Id, Line, Name, Record


class Voice(StrEnum):
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
    """A message came from the customer's side."""

    event: Literal["customer_replied"] = "customer_replied"
    voice: Voice = Voice.HUMAN


class AgentReplied(_Event):
    """A person on our side sent the customer a message that the customer can see.

    `awaiting` says whose turn it is then; `solution` marks the message as the answer to the original issue.
    """

    event: Literal["agent_replied"] = "agent_replied"
    awaiting: Literal["customer", "us"] = "customer"
    solution: bool = False


class SeverityChanged(_Event):
    """The ticket was given another severity; its targets count from where its clocks began."""

    event: Literal["severity_changed"] = "severity_changed"
    severity: Name


class Closed(_Event):
    """A person closed the ticket."""

    event: Literal["closed"] = "closed"
    reason: Line = "closed by an agent"


Event = Annotated[CustomerReplied | AgentReplied | SeverityChanged | Closed, Field(discriminator="event")]

EVENTS: dict[str, type[CustomerReplied] | type[AgentReplied] | type[SeverityChanged] | type[Closed]] = {
    "customer_replied": CustomerReplied,
    "agent_replied": AgentReplied,
    "severity_changed": SeverityChanged,
    "closed": Closed,
}
"""Events by name: the name of an event is the name of its signal."""
