"""The bare workflow that a ticket is measured against: the same commands, and no rules."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.common import RawValue, SearchAttributeUpdate

import workflows.contract as contract

ALARM = timedelta(hours=1)


@workflow.defn
class Bare:
    """Receives, publishes and sets its alarm anew for each message."""

    def __init__(self) -> None:
        self._inbox: list[str] = []
        self._alarm: asyncio.Task[None] | None = None

    @workflow.run
    async def run(self) -> None:
        """Live for ever."""
        while True:
            await workflow.wait_condition(lambda: bool(self._inbox))
            ours = self._inbox.pop(0) == "agent_replied"
            updates: list[SearchAttributeUpdate[Any]] = [
                contract.TICKET_STATUS.value_set("pending" if ours else "open"),
                contract.WAITS_FOR.value_set("customer" if ours else "agent"),
                contract.SINCE.value_set(workflow.now()),
                contract.NEXT_DUE.value_set(workflow.now() + ALARM),
            ]
            workflow.upsert_search_attributes(updates)  # pyright: ignore[reportUnknownMemberType]
            if self._alarm:
                self._alarm.cancel()
            self._alarm = asyncio.create_task(workflow.sleep(ALARM))

    @workflow.signal(dynamic=True)
    def arrive(self, name: str, args: Sequence[RawValue]) -> None:
        """A message, decoded as a ticket decodes it."""
        workflow.payload_converter().from_payload(args[0].payload)
        self._inbox.append(name)
