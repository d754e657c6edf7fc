"""Whether a plan covers a ticket."""

from policies.format import PolicySpec
from sla.record import Name
from sla.ticket import Ticket


def check_entitled(policy: PolicySpec, name: Name, ticket: Ticket) -> None:
    """Raises NotEntitled when the plan does not cover the ticket."""
