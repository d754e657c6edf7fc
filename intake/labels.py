"""What a ticket is labelled with when it starts: free of cost then, and there before any worker has seen it."""

from temporalio.common import SearchAttributePair, TypedSearchAttributes

from sla.inputs.ticket import Ticket
from workflows import contract


def first_attributes(ticket: Ticket) -> TypedSearchAttributes:
    """The search attributes that are known already."""
    pairs = [
        SearchAttributePair(contract.POLICY, ticket.policy),
        SearchAttributePair(contract.TICKET_STATUS, "open"),
    ]
    if ticket.plan:
        pairs.append(SearchAttributePair(contract.PLAN, ticket.plan))
    if ticket.severity:
        pairs.append(SearchAttributePair(contract.SEVERITY, ticket.severity))
    return TypedSearchAttributes(pairs)


def details(ticket: Ticket) -> str:
    follows = f"\nFollows ticket {ticket.follows}" if ticket.follows else ""
    return (
        f"Opened {ticket.opened_at:%Y-%m-%d %H:%M} UTC by {ticket.channel}; customer {ticket.customer.email}{follows}"
    )
