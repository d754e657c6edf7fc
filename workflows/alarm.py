"""One timer at a time.

A timer costs an action and an event. One that is no longer wanted is canceled: a timer that rings for nothing costs a
workflow task as well.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import ClassVar

from temporalio import workflow


class Alarm:
    """Rings at an instant and remembers for which, because `workflow.now()` may be that of an earlier task."""

    noted: ClassVar[Callable[[timedelta], None] | None] = None
    """Told the length of each timer, by a replay that compares them with those in history."""

    def __init__(self) -> None:
        self.rang_for: datetime | None = None
        self._at: datetime | None = None
        self._task: asyncio.Task[None] | None = None

    def taken(self) -> datetime | None:
        """The instant for which it rang since it was last asked (UTC)."""
        rang_for, self.rang_for = self.rang_for, None
        return rang_for

    def set(self, at: datetime | None, summary: str = "") -> None:
        """Ring at `at` (UTC); never where it is missing."""
        if at == self._at:
            return
        self.cancel()
        if at is not None:
            self._at = at
            self._task = asyncio.create_task(self._sleep(at, summary))

    def cancel(self) -> None:
        """No timer any more."""
        if self._task is not None:
            self._task.cancel()
        self._task, self._at = None, None

    async def _sleep(self, at: datetime, summary: str) -> None:
        if Alarm.noted is not None:
            Alarm.noted(at - workflow.now())
        await workflow.sleep(max(timedelta(), at - workflow.now()), summary=summary)
        self.rang_for, self._at, self._task = at, None, None
