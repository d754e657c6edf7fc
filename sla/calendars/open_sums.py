"""How much is open before an instant, and its inverse: prefix sums and bisect, on datetimes.

Intervals come in as int microseconds. The questions stay in datetimes (aware, in `UTC` itself) and timedeltas:
turning those into ints and back costs more than the search.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate, chain

from sla.base.instant import from_micros
from sla.calendars.intervals import Interval


class OpenSums:
    """Open stretches of one horizon, ordered and apart, summed up."""

    def __init__(self, stretches: Sequence[Interval]) -> None:
        self._edges = list(map(from_micros, chain.from_iterable(stretches)))
        opens, closes = self._edges[::2], self._edges[1::2]
        lengths = (end - start for start, end in zip(opens, closes, strict=True))
        self._sums = list(accumulate(lengths, initial=timedelta()))
        # In a stretch, an instant and the open time before it are always this far apart.
        self._shifts = [start - passed for start, passed in zip(opens, self._sums, strict=False)]
        self.total = self._sums[-1]

    def before(self, at: datetime) -> timedelta:
        """Open time before `at`."""
        edges = bisect_right(self._edges, at)
        return at - self._shifts[edges >> 1] if edges & 1 else self._sums[edges >> 1]

    def earliest(self, amount: timedelta) -> datetime:
        """The earliest instant before which `amount` is open. 0 < `amount` <= `total`."""
        return self._shifts[bisect_left(self._sums, amount) - 1] + amount

    def latest(self, amount: timedelta) -> datetime:
        """The latest instant before which only `amount` is open. 0 <= `amount` < `total`."""
        return self._shifts[bisect_right(self._sums, amount) - 1] + amount
