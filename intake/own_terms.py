"""What a ticket's own terms say: never those of a newer revision of its policy."""

from intake.questions import Questions
from policies.library import Library
from sla.base.errors import PolicyError, ServerUnreachable, TicketFailed, UnknownSeverity
from sla.base.fields import Name
from sla.inputs.terms import AfterClose


async def check_severity(ask: Questions, library: Library, ticket_id: str, severity: Name) -> None:
    """A severity that the ticket's terms do not know is refused at the desk; the ticket would only note it.

    Raises UnknownSeverity, TicketNotFound, ServerUnreachable.
    """
    known = await _severities(ask, library, ticket_id)
    if known and severity not in known:
        raise UnknownSeverity(f"severity: the ticket's policy has no {severity!r}; there is {', '.join(known)}")


async def _severities(ask: Questions, library: Library, ticket_id: str) -> tuple[Name, ...]:
    """Those of the ticket; where no worker tells them, those of the policy that was in force at its opening, if any."""
    try:
        return tuple((await ask.state(ticket_id)).terms.promises)
    except (ServerUnreachable, TicketFailed):
        try:
            return tuple(library.in_force(await ask.ticket(ticket_id)).severities)
        except (PolicyError, TicketFailed):
            return ()


async def may_hand_on(ask: Questions, library: Library, ticket_id: str) -> bool:
    """Whether the ticket's policy may leave its replies to a follow-up ticket: only then the ticket need be asked.

    No worker is needed. A policy that cannot be read by now says nothing about its open tickets. Raises TicketNotFound,
    ServerUnreachable.
    """
    try:
        policy = library.in_force(await ask.ticket(ticket_id))
    except TicketFailed:
        return False
    except PolicyError:
        return True
    return policy.replies.solved is AfterClose.FOLLOW_UP_TICKET
