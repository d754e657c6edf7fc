"""Sending one notification, once. Repeating is the workflow's decision."""

from temporalio import activity

from activities.channels.base import Channel
from sla.notification import Delivery, Notification


class Notifications:
    """Sends through one channel."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    @activity.defn
    async def send_notification(self, notification: Notification) -> Delivery:
        """One attempt; a failure is an answer, not an exception."""
        return await self._channel.send(notification)

    @activity.defn
    async def tell_fate(self, identity: str) -> Delivery:
        """What became of an attempt whose worker died before it could answer."""
        return await self._channel.fate(identity)
