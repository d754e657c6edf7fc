"""The signals of a ticket: each only puts what came into the inbox, to be judged by the main loop."""

from collections.abc import Sequence

from temporalio import workflow
from temporalio.common import RawValue

from workflows.arrivals import NOTHING, Arrival


class Mailbox:
    """One handler for each event, under its name."""

    def __init__(self) -> None:
        self._inbox: list[Arrival] = []

    @workflow.signal
    def customer_replied(self, event: RawValue = NOTHING) -> None:
        """The customer's side sent a message."""
        self._arrive("customer_replied", event)

    @workflow.signal
    def bounced(self, event: RawValue = NOTHING) -> None:
        """A mail to the customer came back."""
        self._arrive("bounced", event)

    @workflow.signal
    def agent_replied(self, event: RawValue = NOTHING) -> None:
        """One of us answered the customer."""
        self._arrive("agent_replied", event)

    @workflow.signal
    def customer_contacted(self, event: RawValue = NOTHING) -> None:
        """One of us tried to reach the customer."""
        self._arrive("customer_contacted", event)

    @workflow.signal
    def severity_changed(self, event: RawValue = NOTHING) -> None:
        """The ticket has another severity."""
        self._arrive("severity_changed", event)

    @workflow.signal
    def contact_changed(self, event: RawValue = NOTHING) -> None:
        """The customer has somebody to work with us, or has not."""
        self._arrive("contact_changed", event)

    @workflow.signal
    def completed(self, event: RawValue = NOTHING) -> None:
        """Something that a clock waits for is there."""
        self._arrive("completed", event)

    @workflow.signal
    def put_on_hold(self, event: RawValue = NOTHING) -> None:
        """The ticket waits for something else."""
        self._arrive("put_on_hold", event)

    @workflow.signal
    def resumed(self, event: RawValue = NOTHING) -> None:
        """The hold is over."""
        self._arrive("resumed", event)

    @workflow.signal
    def solved(self, event: RawValue = NOTHING) -> None:
        """One of us marked the ticket as solved."""
        self._arrive("solved", event)

    @workflow.signal
    def reopened(self, event: RawValue = NOTHING) -> None:
        """Somebody opened the ticket again."""
        self._arrive("reopened", event)

    @workflow.signal
    def escalation_requested(self, event: RawValue = NOTHING) -> None:
        """The customer asked to escalate."""
        self._arrive("escalation_requested", event)

    @workflow.signal
    def acknowledged(self, event: RawValue = NOTHING) -> None:
        """One of us took the ticket, or its escalation, in hand."""
        self._arrive("acknowledged", event)

    @workflow.signal
    def closed(self, event: RawValue = NOTHING) -> None:
        """One of us closed the ticket."""
        self._arrive("closed", event)

    @workflow.signal(dynamic=True)
    def anything_else(self, name: str, args: Sequence[RawValue]) -> None:
        """A signal we do not know: written down as ignored, never lost in silence."""
        self._arrive(name, NOTHING)

    def _arrive(self, name: str, raw: RawValue) -> None:
        self._inbox.append(Arrival(name, raw, workflow.now()))
