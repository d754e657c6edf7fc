"""One timer at a time.

A timer costs an action and two events: it is armed again only when the next due instant moves earlier. When it moves
later, the old timer rings and the ticket looks again.
"""

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow


class Alarm:
    """Rings at the earliest instant it was asked for; `rung` stays true until it is reset."""

    def __init__(self) -> None:
        self.rung = False
        self._at: datetime | None = None
        self._task: asyncio.Task[None] | None = None

    def reset(self) -> None:
        """Stop ringing; a timer that runs goes on running."""
        self.rung = False

    def set(self, at: datetime, summary: str) -> None:
        """Ring at `at` (UTC), or earlier when an earlier timer runs already."""
        if self._at is not None and self._at <= at:
            return
        self.cancel()
        self._at = at
        self._task = asyncio.create_task(self._sleep(at, summary))

    def cancel(self) -> None:
        """No timer any more."""
        if self._task is not None:
            self._task.cancel()
        self._task, self._at = None, None

    async def _sleep(self, at: datetime, summary: str) -> None:
        await workflow.sleep(max(timedelta(), at - workflow.now()), summary=summary)
        self.rung, self._at, self._task = True, None, None
