"""What of a follow-up ticket its policy covers."""

from collections.abc import Callable

from sla.base.errors import TicketError
from sla.inputs.ticket import Ticket


def covered(new: Ticket, channel: str, check: Callable[[Ticket], Ticket]) -> Ticket:
    """What `check` makes of a follow-up ticket: by mail, or by the old ticket's `channel` where only that is covered.

    Raises what `check` raises.
    """
    try:
        return check(new)
    except TicketError:
        return check(new.model_copy(update={"channel": channel}))
