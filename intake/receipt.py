"""What the desk gives back."""

from typing import Any

from sla.base.fields import Record
from workflows.contract import workflow_id


class Receipt(Record):
    """What became of a ticket or an event: `duplicate` when it was known before, `ticket_id` where it went.

    `dropped`: thanks, or a confirmation, for a ticket that has ended; it changed nothing. `followed_up`: it went,
    or is going, to the follow-up ticket. `refused`: why no follow-up ticket can be opened for a reply that `ticket_id`
    has on record.
    """

    ticket_id: str
    workflow_id: str
    duplicate: bool = False
    followed_up: bool = False
    dropped: bool = False
    refused: str | None = None


def receipt_of(ticket_id: str, **more: Any) -> Receipt:
    """The receipt for a ticket."""
    return Receipt(ticket_id=ticket_id, workflow_id=workflow_id(ticket_id), **more)
