"""The engines that are compared, each set up for the same office: its zone, hours and holidays.

A peer is imported when it is built, so that everything else here needs none.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module
from zoneinfo import ZoneInfo

import holidays
from pydantic import TypeAdapter

from policies.calendars import CalendarSpec, compile_calendar
from sla.calendars.calendar import Calendar, SharedCalendar

Add = Callable[[datetime], datetime]
Between = Callable[[datetime, datetime], timedelta]

ZONE = ZoneInfo("America/New_York")
OPENS, CLOSES = time(9), time(17)
SATURDAY = 5
SPEC = CalendarSpec.model_validate(
    {"zone": "America/New_York", "hours": {"mon-fri": "09:00-17:00"}, "holidays": [{"country": "US"}]}
)
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
HOLIDAYS = frozenset(holidays.country_holidays("US", years=range(START.year - 1, END.year + 6)))
"""Local dates that are closed; some years more than ours, since a peer fails beyond the last one."""


@dataclass(frozen=True)
class Engine:
    """One way to count business time: `adder` makes the call that adds a span, `between` measures, if it can."""

    name: str
    adder: Callable[[timedelta], Add]
    between: Between | None


def holdfast() -> Engine:
    """Ours, as a ticket asks it: the calendar found anew for each question, from a copy read from history."""
    made = compile_calendar(SPEC, START, END).compiled
    read = TypeAdapter[SharedCalendar](SharedCalendar).validate_json(made.model_dump_json())
    return Engine(
        "Holdfast",
        lambda span: lambda at: Calendar.of(read).add(at, span),
        lambda start, end: Calendar.of(read).between(start, end),
    )


def day_by_day() -> Engine:
    """The reference: walks through the dates of the office, and knows nothing of our calendars."""
    return Engine("day by day", lambda span: lambda at: _walk(at, span), _measure)


def workclock() -> Engine:
    """workclock, called with the span as a timedelta, which costs it less than naming hours."""
    package = import_module("workclock")
    schedule = package.Schedule([package.WorkDay(OPENS, CLOSES), package.Holidays(HOLIDAYS)], time_zone=ZONE)
    return Engine(
        "workclock", lambda span: lambda at: schedule.add(at, span), lambda start, end: schedule.between(start, end)
    )


def custom_business_hour() -> Engine:
    """pandas CustomBusinessHour, which adds whole hours to local timestamps and does not measure."""
    pandas = import_module("pandas")

    def adder(span: timedelta) -> Add:
        hours = pandas.offsets.CustomBusinessHour(
            n=span // timedelta(hours=1), start=OPENS, end=CLOSES, holidays=sorted(HOLIDAYS)
        )
        return lambda at: pandas.Timestamp(at).tz_convert(ZONE) + hours

    return Engine("pandas", adder, None)


def businesstimedelta() -> Engine:
    """businesstimedelta, with its holidays as a set, which costs it less than a list."""
    package, zone = import_module("businesstimedelta"), import_module("pytz").timezone(ZONE.key)
    rules = package.Rules([package.WorkDayRule(OPENS, CLOSES, tz=zone), package.HolidayRule(HOLIDAYS, tz=zone)])

    def adder(span: timedelta) -> Add:
        duration = package.BusinessTimeDelta(rules, timedelta=span)
        return lambda at: at + duration

    return Engine("businesstimedelta", adder, lambda start, end: rules.difference(start, end).timedelta)


PEERS = {"workclock": workclock, "pandas": custom_business_hour, "businesstimedelta": businesstimedelta}
"""How each peer is built, by the name of its distribution."""


def _open_on(day: date) -> bool:
    return day.weekday() < SATURDAY and day not in HOLIDAYS


def _stretches(at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Opening and closing (UTC) of each open date, from the local date of `at` on; without end."""
    day = at.astimezone(ZONE).date()
    while True:
        if _open_on(day):
            opens, closes = (datetime.combine(day, each, ZONE).astimezone(UTC) for each in (OPENS, CLOSES))
            yield max(opens, at), max(closes, at)
        day += timedelta(days=1)


def _walk(at: datetime, span: timedelta) -> datetime:
    left = span
    for opens, closes in _stretches(at):
        if closes - opens >= left:
            return opens + left
        left -= closes - opens
    raise AssertionError("the dates have no end")


def _measure(start: datetime, end: datetime) -> timedelta:
    passed = timedelta()
    for opens, closes in _stretches(start):
        if opens >= end:
            return passed
        passed += min(closes, end) - opens
    raise AssertionError("the dates have no end")
