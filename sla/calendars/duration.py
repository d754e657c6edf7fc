"""A span that a policy promises, and the one place where a span becomes a due instant."""

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import Field

from sla.base.errors import CalendarError
from sla.base.fields import Line, Record
from sla.base.instant import LAST_YEAR
from sla.calendars.calendar import Calendar


class Count(StrEnum):
    """How a duration counts (design: "Meaning of time").

    `ELAPSED` and `BUSINESS` amounts are seconds; the others are days. `BUSINESS_DAYS` means the same clock time N
    business days later, `BUSINESS_CLOSE` the closing time of the N-th business day, `DAYS` the same wall clock N dates
    later.
    """

    ELAPSED = "elapsed"
    BUSINESS = "business"
    DAYS = "days"
    BUSINESS_DAYS = "business_days"
    BUSINESS_CLOSE = "business_close"


_SHORT = {
    Count.ELAPSED: "s",
    Count.BUSINESS: "bs",
    Count.DAYS: "d",
    Count.BUSINESS_DAYS: "bd",
    Count.BUSINESS_CLOSE: "bc",
}

CLOCK_TIME = frozenset({Count.ELAPSED, Count.DAYS})
"""Counts that run on when the calendar is closed."""


LONGEST = 400_000_000
"""The largest amount of a duration: as seconds, almost thirteen years."""


class Duration(Record):
    """A span as a policy says it. `said` keeps the policy's own words for people."""

    count: Count
    amount: int = Field(ge=0, le=LONGEST)
    said: Line

    @property
    def is_at_once(self) -> bool:
        """Whether it has no length: the end of a business day has one, even with no day in between."""
        return self.amount == 0 and self.count is not Count.BUSINESS_CLOSE

    @property
    def rests(self) -> bool:
        """Whether it is at least a minute long: what is repeated must rest."""
        return (self.count not in {Count.ELAPSED, Count.BUSINESS} and self.amount > 0) or self.amount >= 60

    @property
    def short(self) -> str:
        """A short name for ids, the same for equal durations: `3600s`, `1bd`."""
        return f"{self.amount}{_SHORT[self.count]}"


def due_at(calendar: Calendar, start: datetime, duration: Duration) -> datetime:
    """The instant (UTC) at which `duration`, counted from `start`, has fully elapsed.

    Raises PastHorizon when the calendar ends before it, NoOpenTime when the calendar never opens, CalendarError when it
    lies after the last year that is known.
    """
    match duration.count:
        case Count.ELAPSED:
            return _moved(start, timedelta(seconds=duration.amount))
        case Count.BUSINESS:
            return calendar.add(start, timedelta(seconds=duration.amount))
        case Count.DAYS:
            return calendar.add_days(start, duration.amount)
        case Count.BUSINESS_DAYS:
            return calendar.add_business_days(start, duration.amount)
        case Count.BUSINESS_CLOSE:
            return calendar.close_of_business_day(start, duration.amount)


def spent(calendar: Calendar, count: Count, start: datetime, end: datetime) -> timedelta:
    """Time between two instants as `count` measures it: open time, or elapsed time for `CLOCK_TIME` counts."""
    return end - start if count in CLOCK_TIME else calendar.between(start, end)


def later(calendar: Calendar, count: Count, at: datetime, by: timedelta) -> datetime:
    """`at` moved by a span of the time that `count` measures; backwards when `by` is negative. Raises CalendarError."""
    return _moved(at, by) if count in CLOCK_TIME else calendar.add(at, by)


def _moved(at: datetime, by: timedelta) -> datetime:
    moved = at + by
    if moved.year > LAST_YEAR:
        raise CalendarError(f"{moved:%Y-%m-%d} lies after {LAST_YEAR}, the last year that is known")
    return moved
