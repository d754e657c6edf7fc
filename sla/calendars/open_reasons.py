"""Why a due time is where it is: a stretch of time as spans that are open, or closed for a reason."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from sla.base.instant import MICROSECOND, from_micros
from sla.calendars.intervals import OpenTime
from sla.calendars.wall_clock import DAY, WallClock

OPEN, CLOSED, CLOCK_CHANGE = "open", "closed", "clock change"


class Span(NamedTuple):
    """From `start` to `end` (UTC), of which `counted` is open time.

    `why` is "open", "closed", the name of the holiday or exception that closes it, or "clock change": that
    one has no length and stands where the wall clock is put forward or back.
    """

    start: datetime
    end: datetime
    counted: timedelta
    why: str


@dataclass(frozen=True)
class Reasons:
    """What explains any instant: open time, the wall clock and, by local date, why its hours are special."""

    open: OpenTime
    wall: WallClock
    dated: Mapping[int, str]

    def spans(self, start: int, end: int) -> Iterator[Span]:
        """Spans that tile [start, end), in order."""
        changes = set(self.wall.changes(start, end))
        for low, high in pairwise(self._borders(start, end, changes)):
            if low in changes:
                yield _span(low, low, CLOCK_CHANGE)
            yield _span(low, high, self._why(low))

    def _why(self, at: int) -> str:
        return OPEN if self.open.holds(at) else self.dated.get(self.wall.day(at), CLOSED)

    def _borders(self, start: int, end: int, changes: set[int]) -> list[int]:
        # Between two cuts all instants have one reason, so looking at the first is enough.
        cuts = sorted({start, *changes, *self._edges(start, end), *self._midnights(start, end)})
        kept = [at for before, at in pairwise(cuts) if at in changes or self._why(before) != self._why(at)]
        return [start, *kept, end]

    def _edges(self, start: int, end: int) -> Iterator[int]:
        for stretch in self.open.within(start, end):
            yield from (edge for edge in stretch if edge < end)

    def _midnights(self, start: int, end: int) -> Iterator[int]:
        for low, high, shift in self.wall.periods(start, end):
            for day in self.dated:
                yield from (at for at in (day * DAY - shift, (day + 1) * DAY - shift) if low < at < high)


def _span(start: int, end: int, why: str) -> Span:
    return Span(from_micros(start), from_micros(end), MICROSECOND * (end - start) * (why == OPEN), why)
