"""Hours that begin or end in a time which a clock change skips or repeats."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from policies.calendars import CUSTOMER, CalendarSpec, compile_spec
from policies.holiday_dates import MIDNIGHT, dates_between
from policies.zoned_hours import End, zoned_windows
from policies.zones import offsets, zone_named
from sla.calendars.compiled import Window

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 wall clocks have no zone
SECOND = timedelta(seconds=1)

Path = tuple[str | int, ...]
Found = tuple[Path, str]


class Change(NamedTuple):
    """The times from `low` to `high` on the wall clock that `zone` skips, or else shows twice."""

    zone: str
    low: datetime
    high: datetime
    skips: bool

    def __str__(self) -> str:
        minutes = (self.high - self.low) // SECOND // 60
        length = "hour" if minutes == 60 else f"{minutes} minutes"
        does = "skips" if self.skips else "repeats"
        return f"the {length} that {self.zone} {does} on {self.low.day} {self.low:%B %Y}"

    def holds(self, wall: datetime) -> bool:
        """Whether a time is skipped, or shown twice."""
        return self.low < wall < self.high or (wall == self.low and not self.skips)

    def meets(self, day: date, window: Window) -> bool:
        """Whether a window of a date begins or ends inside, or is swallowed whole."""
        opens, closes = _wall(day, window.start), _wall(day, window.end)
        begins_or_ends = self.low < opens < self.high or self.low < closes < self.high
        return begins_or_ends or self.low <= opens < closes <= self.high


def clock_warnings(spec: CalendarSpec, start: datetime, end: datetime) -> list[Found]:
    """Hours that a clock change between two instants meets: their path inside the calendar, and a sentence.

    The first time is told. Raises PolicyError when the calendar cannot be compiled.
    """
    met = _ends_met(spec, start, end) if spec.zoned else _hours_met(spec, start, end)
    first: dict[tuple[Path, str, bool], Found] = {}
    for path, said, change in met:
        first.setdefault((path, said, change.skips), (path, f"{said} {change}"))
    return list(first.values())


def clock_changes(zone: str, start: datetime, end: datetime) -> list[Change]:
    """What the clock of a zone skips and repeats between two instants."""
    found: list[Change] = []
    for before, after in pairwise(offsets(zone_named(zone), start, end)):
        low, high = sorted(EPOCH + (after.at + each.seconds) * SECOND for each in (before, after))
        if low < high:
            found.append(Change(zone, low, high, after.seconds > before.seconds))
    return found


def place(spec: CalendarSpec, index: int) -> Path:
    """Where a window between two zones stands in its calendar."""
    return ("hours", index) if isinstance(spec.hours, tuple) else ("hours",)


def ends(spec: CalendarSpec) -> Iterator[tuple[Path, End, str]]:
    """The ends of the windows between two zones, each with its place and its zone."""
    for index, window in enumerate(zoned_windows(spec.hours) if spec.zoned else ()):
        for side, end in zip(("from", "to"), window, strict=True):
            yield (*place(spec, index), side), end, end.zone or spec.zone


def _ends_met(spec: CalendarSpec, start: datetime, end: datetime) -> Iterator[tuple[Path, str, Change]]:
    for path, each, zone in ends(spec):
        for change in clock_changes(zone, start, end) if zone != CUSTOMER else ():
            for day in dates_between(change.low.date(), change.high.date()):
                if day.weekday() == each.weekday and change.holds(_wall(day, each.second)):
                    yield path, f"{each.said} falls into", change


def _hours_met(spec: CalendarSpec, start: datetime, end: datetime) -> Iterator[tuple[Path, str, Change]]:
    if spec.zone == CUSTOMER:
        return
    compiled = compile_spec(spec, start, end)
    special = {each.day: each for each in compiled.exceptions}
    for change in clock_changes(spec.zone, start, end):
        for day in dates_between(change.low.date(), change.high.date()):
            path = _named(spec, special[day].reason) if day in special else ("hours",)
            hours = special[day].windows if day in special else compiled.weekly[day.weekday()]
            yield from ((path, f"{_said(each)} falls into", change) for each in hours if change.meets(day, each))


def _named(spec: CalendarSpec, reason: str) -> Path:
    return next(
        (("exceptions", index) for index, each in enumerate(spec.exceptions) if each.name == reason), ("hours",)
    )


def _wall(day: date, second: int) -> datetime:
    return datetime.combine(day, MIDNIGHT) + second * SECOND


def _said(window: Window) -> str:
    opens, closes = (f"{each // 3600:02}:{each % 3600 // 60:02}" for each in window)
    return f"{opens}-{closes}"
