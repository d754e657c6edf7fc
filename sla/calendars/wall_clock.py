"""The wall clock of a zone, from the UTC offsets of a compiled calendar.

Everything is an int: instants are microseconds after 1970-01-01T00:00Z, wall times microseconds after local
midnight of 1970-01-01, days the number of local dates after it.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import timedelta, timezone
from itertools import pairwise

from sla.calendars.compiled import OffsetFrom

SECOND = 1_000_000
DAY = 86_400 * SECOND


class WallClock:
    """What the clock on the wall shows at an instant, and which instant it is when it shows a time."""

    def __init__(self, offsets: tuple[OffsetFrom, ...]) -> None:
        self._starts = [each.at * SECOND for each in offsets]
        self._shifts = [each.seconds * SECOND for each in offsets]
        self._wall_ends = [end + shift for end, shift in zip(self._starts[1:], self._shifts, strict=False)]
        self._zones = [timezone(timedelta(seconds=each.seconds), each.name) for each in offsets]

    def wall(self, instant: int) -> int:
        """The wall time at `instant`."""
        return instant + self._shifts[bisect_right(self._starts, instant) - 1]

    def day(self, instant: int) -> int:
        """The local date at `instant`."""
        return self.wall(instant) // DAY

    def zone(self, instant: int) -> timezone:
        """The fixed offset in force at `instant`, named by the zone's abbreviation."""
        return self._zones[bisect_right(self._starts, instant) - 1]

    def instant(self, wall: int) -> int:
        """When the clock shows `wall`: the first time if twice; if never, later by the jump."""
        period = bisect_right(self._wall_ends, wall)
        instant = wall - self._shifts[period]
        if period and instant < self._starts[period]:
            return wall - self._shifts[period - 1]
        return instant

    def reached(self, wall: int) -> int:
        """The first instant at which the clock shows `wall` or later: when it is skipped, that of the jump."""
        period = bisect_right(self._wall_ends, wall)
        return max(self._starts[period], wall - self._shifts[period])

    def periods(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """The stretches of one offset from `start` to `end`, each as (from, to, offset)."""
        bounds = [start, *(each for each in self._starts if start < each < end), end]
        for low, high in pairwise(bounds):
            yield low, high, self.wall(low) - low

    def changes(self, start: int, end: int) -> list[int]:
        """The instants in [start, end) at which the clock is put forward or back."""
        jumps = zip(self._starts[1:], pairwise(self._shifts), strict=True)
        return [at for at, (before, after) in jumps if before != after and start <= at < end]
