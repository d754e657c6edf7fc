"""Business time: what is open, how much of it lies between two instants, and where a promise falls due.

An instant is open iff the wall clock then shows an open time on an open local date. An hour that a clock
change skips does not exist, one that it repeats counts both times, and a date that a zone skips has no time
at all. Stretches are open in real time, on every local date without an exception.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Annotated

from pydantic import AfterValidator

from sla.base.errors import CalendarError, NoOpenTime, PastHorizon
from sla.base.instant import FIRST_YEAR, LAST_YEAR, MICROSECOND, from_micros, to_micros
from sla.calendars.compiled import CompiledCalendar, Stretch, Windows
from sla.calendars.intervals import Interval, OpenTime, overlaps
from sla.calendars.open_reasons import CLOSED, Reasons, Span
from sla.calendars.open_sums import OpenSums
from sla.calendars.wall_clock import DAY, SECOND, WallClock

__all__ = ["Calendar", "CompiledCalendar", "SharedCalendar", "Span"]

EPOCH_DAY = date(1970, 1, 1).toordinal()
EPOCH_WEEKDAY = 3
ZERO = timedelta()
FIRST = to_micros(datetime(FIRST_YEAR, 1, 1, tzinfo=UTC))
LAST = to_micros(datetime(LAST_YEAR, 12, 31, tzinfo=UTC))


class Calendar:
    """The questions a compiled calendar answers, each in a time that does not grow with the duration.

    Instants go in aware, in any zone, and come out in UTC. Every question raises CalendarError on a naive
    datetime and PastHorizon when it, or its answer, lies outside the horizon. NoOpenTime is raised by the
    questions that look for open time when the horizon holds none.
    """

    def __init__(self, compiled: CompiledCalendar) -> None:
        self.compiled = compiled
        self._first, self._last = compiled.start, compiled.end
        self._start, self._end = to_micros(compiled.start), to_micros(compiled.end)
        self._wall = WallClock(compiled.offsets)
        self._open = OpenTime((low, high) for _, low, high in self._dated_stretches())
        self._sums = OpenSums(self._open.stretches)

    @staticmethod
    @lru_cache(maxsize=256)
    def of(compiled: CompiledCalendar) -> "Calendar":
        """The calendar of `compiled`; equal ones share it."""
        return Calendar(compiled)

    @property
    def zone(self) -> str:
        """The name of the zone whose wall clock it follows."""
        return self.compiled.zone

    def add(self, start: datetime, duration: timedelta) -> datetime:
        """The earliest instant by which `duration` of open time has passed since `start`.

        Exactly enough until closing is due at closing. Zero gives `start`; a negative duration subtracts.
        """
        at = self._known(start)
        if duration > ZERO:
            return self._ahead(at, duration)
        return self._back(at, -duration) if duration else at

    def subtract(self, end: datetime, duration: timedelta) -> datetime:
        """The latest instant with `duration` of open time until `end`; a negative duration adds."""
        return self.add(end, -duration)

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Open time from `start` to `end`, negative when `end` is earlier."""
        begun, ended = self._known(start), self._known(end)
        return self._sums.before(ended) - self._sums.before(begun)

    def is_open(self, at: datetime) -> bool:
        """Whether `at` is open: the opening instant is, the closing instant is not."""
        instant = self._inside(at)
        if instant == self._end:
            raise self._outside(instant + SECOND)
        return self._open.holds(instant)

    def next_open(self, at: datetime) -> datetime:
        """`at` when it is open, else the next opening."""
        return from_micros(self._opening(self._inside(at)))

    def add_days(self, start: datetime, days: int) -> datetime:
        """`days` local dates later (earlier when negative) at the same wall clock, open or not.

        A wall time that is skipped moves on by as much as the clock was put forward; a repeated one is the
        first.
        """
        at = self._inside(start)
        goal = self._wall.instant(self._wall.wall(at) + days * DAY) if days else at
        if not self._start <= goal <= self._end:
            raise self._outside(goal)
        return from_micros(goal)

    def day_start(self, at: datetime, days: int) -> datetime:
        """The first instant of the local date `days` after that of `at`; a skipped midnight moves on with the clock."""
        return from_micros(self._wall.instant((self._wall.day(self._inside(at)) + days) * DAY))

    def add_business_days(self, start: datetime, days: int) -> datetime:
        """The same wall clock on the `days`-th later date with open time, from the first open minute on.

        If it is closed then: the next opening on that date, else that date's last closing. Zero days: the
        first open minute. Raises CalendarError when `days` is negative.
        """
        at = self._opening(self._inside(start))
        if not days:
            return from_micros(at)
        day, close = self._business_day(self._wall.day(at), days)
        same_time = self._wall.instant(day * DAY + self._wall.wall(at) % DAY)
        return from_micros(close if same_time >= close else self._opening(same_time))

    def close_of_business_day(self, start: datetime, days: int) -> datetime:
        """The last closing of the `days`-th local date with open time after the date of `start`.

        Zero days: of the date of the first open minute at or after `start`. Raises CalendarError when `days`
        is negative.
        """
        at = self._inside(start)
        day = self._wall.day(at) if days else self._wall.day(self._opening(at)) - 1
        return from_micros(self._business_day(day, days or 1)[1])

    def local(self, at: datetime) -> datetime:
        """`at` on the wall clock of the calendar, in a fixed offset named by its abbreviation (`%Z`)."""
        return at.astimezone(self._wall.zone(self._inside(at)))

    def explain(self, start: datetime, duration: timedelta) -> tuple[Span, ...]:
        """Why `add(start, duration)` is where it is: the spans of the time from `start` to it."""
        return self.spans(*sorted((start, self.add(start, duration))))

    def spans(self, start: datetime, end: datetime) -> tuple[Span, ...]:
        """The time from `start` to `end` in spans that tile it, each open or closed for a reason."""
        begun, ended = self._inside(start), self._inside(end)
        return tuple(self._reasons.spans(begun, ended)) if begun < ended else ()

    def _inside(self, instant: datetime) -> int:
        at = to_micros(instant)
        if self._start <= at <= self._end:
            return at
        raise self._outside(at)

    def _known(self, instant: datetime) -> datetime:
        at = instant if instant.tzinfo is UTC else from_micros(self._inside(instant))
        if self._first <= at <= self._last:
            return at
        raise self._outside(to_micros(at))

    def _ahead(self, at: datetime, amount: timedelta) -> datetime:
        before = self._sums.before(at)
        missing = amount - (self._sums.total - before)
        if missing > ZERO:
            raise self._after_end(missing // MICROSECOND)
        return self._sums.earliest(before + amount)

    def _back(self, at: datetime, amount: timedelta) -> datetime:
        missing = amount - self._sums.before(at)
        if missing > ZERO:
            raise self._unreached(self._start - max(missing // MICROSECOND, self._end - self._start))
        return self._sums.latest(-missing)

    def _opening(self, at: int) -> int:
        opening = self._open.opening(at)
        if opening is None:
            raise self._after_end()
        return opening

    def _business_day(self, day: int, count: int) -> tuple[int, int]:
        """The `count`-th local date with open time after `day`, and its last closing."""
        if count < 0:
            raise CalendarError("business days are counted forwards only")
        days, closes = self._business_days
        index = bisect_right(days, day) + count - 1
        if index >= len(days):
            raise self._after_end()
        return days[index], closes[index]

    @cached_property
    def _business_days(self) -> tuple[list[int], list[int]]:
        closes: dict[int, int] = {}
        for day, _, close in self._dated_stretches():
            closes[day] = max(close, closes.get(day, close))
        # The date on which the horizon ends may have closings beyond it.
        days = sorted(day for day in closes if day < self._wall.day(self._end))
        return days, [closes[day] for day in days]

    @cached_property
    def _reasons(self) -> Reasons:
        dated = {each.day.toordinal() - EPOCH_DAY: each.reason or CLOSED for each in self.compiled.exceptions}
        return Reasons(self._open, self._wall, dated)

    def _dated_stretches(self) -> Iterator[tuple[int, int, int]]:
        """Open stretches as (local date, from, to), cut at midnight, clock changes and the horizon."""
        hours = _hours_by_day(self.compiled)
        for day, midnight, low, high in self._dates(self._start, self._end):
            for opens, closes in hours(day):
                start, end = max(midnight + opens, low), min(midnight + closes, high)
                if start < end:
                    yield day, start, end
        yield from self._real_stretches()

    def _real_stretches(self) -> Iterator[tuple[int, int, int]]:
        special = {each.day.toordinal() - EPOCH_DAY for each in self.compiled.exceptions}
        for start, end in overlaps(_in_micros(self.compiled.stretches), self._start, self._end):
            yield from ((day, low, high) for day, _, low, high in self._dates(start, end) if day not in special)

    def _dates(self, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
        """The parts of local dates in [start, end) as (date, its midnight, from, to), cut at clock changes."""
        for low, high, shift in self._wall.periods(start, end):
            for day in range((low + shift) // DAY, (high - 1 + shift) // DAY + 1):
                midnight = day * DAY - shift
                yield day, midnight, max(midnight, low), min(midnight + DAY, high)

    def _after_end(self, missing: int = 0) -> CalendarError:
        return self._unreached(self._end + max(missing, self._end - self._start))

    def _unreached(self, needed: int) -> CalendarError:
        if self._sums.total:
            return self._outside(needed)
        return NoOpenTime(f"the calendar {self._label} never opens {self._horizon}")

    def _outside(self, needed: int) -> CalendarError:
        # Clamped, so that asking again with a longer calendar ends at the last year an instant may have.
        reachable = min(max(needed, FIRST), LAST)
        if self._start <= reachable <= self._end:
            return CalendarError(f"no calendar reaches that far: {self._label} is known {self._horizon}")
        message = f"the answer lies outside the calendar {self._label}, which is known {self._horizon}"
        return PastHorizon(message, needed=from_micros(reachable))

    @property
    def _label(self) -> str:
        return repr(self.compiled.name or self.compiled.zone)

    @property
    def _horizon(self) -> str:
        return f"from {self.compiled.start:%Y-%m-%d} to {self.compiled.end:%Y-%m-%d}"


SharedCalendar = Annotated[CompiledCalendar, AfterValidator(lambda compiled: Calendar.of(compiled).compiled)]
"""A pydantic field: equal compiled calendars of a process are one object, which `Calendar.of` finds at once."""


def _in_micros(spans: Windows | tuple[Stretch, ...]) -> tuple[Interval, ...]:
    return tuple((each.start * SECOND, each.end * SECOND) for each in spans)


def _hours_by_day(compiled: CompiledCalendar) -> Callable[[int], tuple[Interval, ...]]:
    week = [_in_micros(windows) for windows in compiled.weekly]
    dated = {each.day.toordinal() - EPOCH_DAY: _in_micros(each.windows) for each in compiled.exceptions}

    def hours(day: int) -> tuple[Interval, ...]:
        return dated[day] if day in dated else week[(day + EPOCH_WEEKDAY) % 7]

    return hours
