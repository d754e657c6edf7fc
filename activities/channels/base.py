"""What every channel can do."""

from typing import Protocol

from sla.state.notification import Delivery, Notification


class Channel(Protocol):
    """A way for messages to leave. It never raises for a failed send: it says how the attempt ended."""

    async def send(self, notification: Notification) -> Delivery:
        """One attempt. The same notification sent twice must carry the same id."""
        ...

    async def fate(self, identity: str) -> Delivery:
        """What became of an attempt that gave no answer: uncertain, unless the channel can tell."""
        ...
