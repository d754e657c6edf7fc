"""The follow-up ticket of a solved ticket: started by the ticket itself, so that it begins for every client."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sla.inputs.ticket import Ticket
from sla.rules.follow_up import could_not_open, tell_owner
from sla.state.state import FollowUpTicket, State
from sla.state.timeline import What
from sla.steps.step import BaseStep, StepKind


@dataclass(frozen=True, kw_only=True)
class FollowUpTicketStep(BaseStep):
    """Start a follow-up ticket with the customer's reply, or give it the reply where it runs already."""

    kind: ClassVar[StepKind] = "follow_up_ticket"
    successor: FollowUpTicket
    tried: bool

    @property
    def waits_for_alarm(self) -> bool:
        """Only where it was tried before."""
        return self.tried

    def text(self, state: State) -> str:
        """`start follow-up ticket A-1.2`."""
        return f"start follow-up ticket {self.ticket.id}"

    def name(self, state: State) -> str:
        """`follow-up ticket A-1.2`."""
        return f"follow-up ticket {self.ticket.id}"

    @property
    def ticket(self) -> Ticket:
        """The ticket to start."""
        return self.successor.ticket

    def done(self, state: State, now: datetime) -> State:
        """The reply is in the follow-up ticket, and the owner is told where it belongs."""
        state = _dropped(state, self).noting(now, What.FOLLOW_UP_TICKET, self.ticket.id)
        return tell_owner(state, self.successor.reply, f"it belongs to {self.ticket.id}", now)

    def undelivered(self, state: State, why: str, now: datetime) -> State:
        """The owner is told why, and the ticket is listed as troubled."""
        return could_not_open(_dropped(state, self), self.ticket.id, self.successor.reply, why, now)


def follow_up_ticket_steps(state: State) -> Iterator[FollowUpTicketStep]:
    """The follow-up tickets that have to be started."""
    for each in state.successors:
        yield FollowUpTicketStep(
            key=each.key,
            due_at=each.due_at,
            wake_at=state.wake(each.key, each.due_at),
            successor=each,
            tried=each.key in state.retries,
        )


def _dropped(state: State, step: FollowUpTicketStep) -> State:
    return state.evolve(successors=tuple(each for each in state.successors if each.key != step.key))
