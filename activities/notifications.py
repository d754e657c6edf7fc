"""Sending one notification, once. Repeating is the workflow's decision."""

import asyncio

from temporalio import activity

from activities.channels.base import Channel
from sla.state.notification import Delivery, Notification

BEAT_SECONDS = 4


async def _beat() -> None:
    """Sign of life of a slow send, so that the death of its worker is known soon and not at its timeout."""
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        activity.heartbeat()


class Notifications:
    """Sends through one channel."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    @activity.defn
    async def send_notification(self, notification: Notification) -> Delivery:
        """One attempt; a failure is an answer, not an exception."""
        beating = asyncio.create_task(_beat())
        try:
            return await self._channel.send(notification)
        finally:
            beating.cancel()

    @activity.defn
    async def tell_fate(self, identity: str) -> Delivery:
        """What became of an attempt whose worker died before it could answer."""
        return await self._channel.fate(identity)
