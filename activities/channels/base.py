"""What every channel can do."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from sla.state.notification import Attempt, Delivery, Notification


class MayNotBegin(Exception):
    """The attempt was given up, or this cannot be told: nothing may leave."""


Begin = Callable[[], Awaitable[None]]
"""Writes down, where it survives this process, that a message begins to leave. Raises MayNotBegin."""


class Channel(Protocol):
    """A way for messages to leave. It never raises for a failed send: it says how the attempt ended."""

    async def send(self, notification: Notification, begin: Begin) -> Delivery:
        """One attempt. The same notification sent twice must carry the same id.

        A channel that cannot tell later what became of an attempt awaits `begin` before the first byte that the other
        side may keep, and answers when it is canceled.
        """
        ...

    async def fate(self, attempt: Attempt) -> Delivery:
        """What became of an attempt that gave no answer: uncertain where it had begun, unless the channel can tell."""
        ...
