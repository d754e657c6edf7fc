"""Half-open intervals of open time, and what lies in them, found by bisect.

All values are int microseconds; an interval (a, b) holds a and does not hold b.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

Interval = tuple[int, int]


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """The same points as ordered intervals that neither overlap nor touch."""
    merged: list[Interval] = []
    for start, end in sorted(intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif start < end:
            merged.append((start, end))
    return merged


def overlaps(intervals: Iterable[Interval], start: int, end: int) -> Iterator[Interval]:
    """The parts of `intervals` that lie in [start, end)."""
    for low, high in intervals:
        if max(low, start) < min(high, end):
            yield max(low, start), min(high, end)


class OpenTime:
    """Open stretches of one horizon: every question costs one or two bisects."""

    def __init__(self, stretches: Iterable[Interval]) -> None:
        self.stretches = union(stretches)
        self.opens = [start for start, _ in self.stretches]
        self.closes = [end for _, end in self.stretches]

    def holds(self, at: int) -> bool:
        """Whether `at` is open."""
        last = bisect_right(self.opens, at) - 1
        return last >= 0 and at < self.closes[last]

    def opening(self, at: int) -> int | None:
        """`at` when it is open, else the next opening; None when there is none."""
        following = bisect_right(self.opens, at)
        if following and at < self.closes[following - 1]:
            return at
        return self.opens[following] if following < len(self.opens) else None

    def within(self, start: int, end: int) -> Iterator[Interval]:
        """The open stretches in [start, end)."""
        first = bisect_right(self.closes, start)
        last = bisect_left(self.opens, end)
        return overlaps(zip(self.opens[first:last], self.closes[first:last], strict=True), start, end)
