"""What a ticket is labelled with when it starts: free of cost then, and there before any worker has seen it."""

import hashlib
from typing import Any

from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

import workflows.contract as contract
from sla.inputs.ticket import Ticket
from sla.views.searchable import opening_values


def first_attributes(ticket: Ticket, customer: str) -> TypedSearchAttributes:
    """The search attributes that are known already; `customer` is how the customer is listed."""
    values: dict[SearchAttributeKey[Any], Any] = {
        **{key: value for key, value in keyed(opening_values(ticket)).items() if value is not None},
        contract.CUSTOMER: customer,
    }
    if ticket.owner:
        values[contract.OWNER] = ticket.owner[: contract.KEYWORD_LENGTH]
    return TypedSearchAttributes([SearchAttributePair(key, value) for key, value in values.items()])


def keyed(values: dict[str, Any]) -> dict[SearchAttributeKey[Any], Any]:
    """Searchable values under their search attributes."""
    return {_KEYS[name]: value for name, value in values.items()}


_KEYS: dict[str, SearchAttributeKey[Any]] = {key.name: key for key in contract.SEARCH_ATTRIBUTES}


def listed_customer(ticket: Ticket, *, plain: bool = False) -> str:
    """How a customer is listed: by a hash of the address, or by the address where that is allowed."""
    address = ticket.customer.email.lower()
    if plain:
        return address[: contract.KEYWORD_LENGTH]
    return hashlib.blake2b(address.encode(), digest_size=8).hexdigest()


def summary(ticket: Ticket) -> str:
    """One line for a list of workflows."""
    return f"{ticket.id}: {ticket.subject}"[:200]


def details(ticket: Ticket) -> str:
    """How the ticket came in."""
    follows = f"\nFollows ticket {ticket.follows}" if ticket.follows else ""
    return (
        f"Opened {ticket.opened_at:%Y-%m-%d %H:%M} UTC by {ticket.channel}; customer {ticket.customer.email}{follows}"
    )
