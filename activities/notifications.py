"""Sending one notification, once. Repeating is the workflow's decision."""

import asyncio

from temporalio import activity
from temporalio.client import AsyncActivityCancelledError
from temporalio.service import RPCError

from activities.channels.base import Channel, MayNotBegin
from sla.state.notification import BEGUN, Attempt, Delivery, Notification

BEAT_SECONDS = 4


class _Beats:
    """Signs of life of a slow send, so that the death of its worker is known soon and not at its timeout.

    Hazard: the SDK sends heartbeats later and drops some, and a late one without the word would hide that the message
    has begun. So each is sent here, one after the other, and awaited.
    """

    def __init__(self) -> None:
        self._handle = activity.client().get_async_activity_handle(task_token=activity.info().task_token)
        self._one = asyncio.Lock()
        self._said: tuple[str, ...] = ()

    async def begin(self) -> None:
        """The server knows that the message begins to leave; it refuses once the workflow has given the attempt up."""
        async with self._one:
            try:
                await self._handle.heartbeat(BEGUN)
            except (RPCError, AsyncActivityCancelledError) as error:
                raise MayNotBegin(f"the attempt may not begin: {error}") from error
            self._said = (BEGUN,)

    async def go_on(self) -> None:
        """Beat until canceled. A beat that fails says nothing: the server will see that they stopped."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            async with self._one:
                await self._beat()

    async def _beat(self) -> None:
        try:
            await self._handle.heartbeat(*self._said)
        except (RPCError, AsyncActivityCancelledError) as error:
            activity.logger.info("no sign of life: %s", error)


class Notifications:
    """Sends through one channel."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    @activity.defn
    async def send_notification(self, notification: Notification) -> Delivery:
        """One attempt; a failure is an answer, not an exception, also when the worker is stopped in it."""
        beats = _Beats()
        beating = asyncio.create_task(beats.go_on())
        try:
            return await self._channel.send(notification, beats.begin)
        finally:
            beating.cancel()

    @activity.defn
    async def tell_fate(self, attempt: Attempt) -> Delivery:
        """What became of an attempt whose worker died before it could answer."""
        return await self._channel.fate(attempt)
