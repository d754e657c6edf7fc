"""Business time in tables, with the reason for each row."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest

from policies.calendars import compile_calendar
from sla.base.errors import CalendarError
from sla.base.instant import from_micros, to_micros
from sla.calendars.calendar import Calendar

OFFICE = {"mon-fri": "09:00-17:00"}
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def at(text: str) -> datetime:
    """`2026-03-06 21:00` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def calendar(zone: str, hours: Any, around: str, **more: Any) -> Calendar:
    """A calendar of 80 days around a date."""
    middle = at(around)
    return compile_calendar({"zone": zone, "hours": hours, **more}, middle - 40 * DAY, middle + 40 * DAY)


NEW_YORK = calendar(
    "America/New_York", OFFICE, "2026-11-20", holidays=[{"date": "2026-11-26", "name": "Thanksgiving Day"}]
)

ADDED = [
    ("2026-11-20 21:00", 1, "2026-11-20 22:00", "Friday 16:00 + 1 h lands on closing and is due at closing"),
    ("2026-11-20 21:00", 1.5, "2026-11-23 14:30", "half an hour past closing is Monday 09:30"),
    ("2026-11-20 22:00", 1, "2026-11-23 15:00", "the closing instant itself is closed"),
    ("2026-11-21 15:00", 1, "2026-11-23 15:00", "opened on Saturday: counting starts on Monday"),
    ("2026-11-25 21:00", 2, "2026-11-27 15:00", "Thanksgiving in between counts nothing"),
    ("2026-11-21 15:00", 0, "2026-11-21 15:00", "zero moves nothing, open or not"),
    ("2026-11-23 15:00", -1, "2026-11-23 14:00", "negative: the opening instant, an hour back"),
    ("2026-11-23 14:00", -1, "2026-11-20 21:00", "before the opening lies Friday afternoon"),
    ("2026-10-30 20:00", 3, "2026-11-02 16:00", "over the autumn change: Monday 11:00 is 16:00 UTC now"),
]


@pytest.mark.parametrize(("start", "hours", "due", "why"), ADDED)
def test_add(start: str, hours: float, due: str, why: str) -> None:
    assert NEW_YORK.add(at(start), hours * HOUR) == at(due), why
    assert NEW_YORK.subtract(at(start), -hours * HOUR) == at(due), why


def test_answers_are_in_utc_whatever_the_zone_asked_in() -> None:
    kolkata = timezone(5.5 * HOUR)
    due = NEW_YORK.add(at("2026-11-20 21:00").astimezone(kolkata), HOUR)
    assert (due, due.tzinfo) == (at("2026-11-20 22:00"), UTC)
    assert NEW_YORK.add(at("2026-11-20 21:00").astimezone(kolkata), timedelta()).tzinfo is UTC
    assert NEW_YORK.zone == "America/New_York"


def test_microseconds_are_exact() -> None:
    start = at("2026-11-20 21:59") + timedelta(seconds=59, microseconds=999_999)
    assert NEW_YORK.add(start, timedelta(microseconds=1)) == at("2026-11-20 22:00")
    assert NEW_YORK.add(start, timedelta(microseconds=2)) == at("2026-11-23 14:00") + timedelta(microseconds=1)
    assert from_micros(to_micros(start)) == start


OPENINGS = [
    ("2026-11-20 14:00", True, "2026-11-20 14:00", "the opening instant is open"),
    ("2026-11-20 22:00", False, "2026-11-23 14:00", "the closing instant is not"),
    ("2026-11-20 21:59", True, "2026-11-20 21:59", "the minute before is"),
    ("2026-11-26 15:00", False, "2026-11-27 14:00", "a holiday"),
]


@pytest.mark.parametrize(("instant", "is_open", "opening", "why"), OPENINGS)
def test_opening(instant: str, is_open: bool, opening: str, why: str) -> None:
    assert NEW_YORK.is_open(at(instant)) is is_open, why
    assert NEW_YORK.next_open(at(instant)) == at(opening), why


LATE = {"mon-fri": "08:00-24:00"}
SHORT_FRIDAY = {"mon-thu": "09:00-17:00", "fri": ["09:00-11:00", "12:00-14:00"]}
BUSINESS_DAYS = [
    (OFFICE, "2026-11-18 15:00", 2, "2026-11-20 15:00", "same clock time two dates later"),
    (OFFICE, "2026-11-20 15:00", 1, "2026-11-23 15:00", "over the weekend"),
    (OFFICE, "2026-11-21 15:00", 1, "2026-11-24 14:00", "Saturday counts from Monday's opening"),
    (OFFICE, "2026-11-25 15:00", 1, "2026-11-27 15:00", "Thanksgiving is no business day"),
    (OFFICE, "2026-11-21 15:00", 0, "2026-11-23 14:00", "zero is the first open minute"),
    (OFFICE, "2026-10-30 15:00", 1, "2026-11-02 16:00", "11:00 stays 11:00 over the autumn change"),
    (SHORT_FRIDAY, "2026-11-19 21:30", 1, "2026-11-20 19:00", "16:30 is past Friday's close: pulled back to 14:00"),
    (SHORT_FRIDAY, "2026-11-19 16:30", 1, "2026-11-20 17:00", "11:30 is Friday's break: on to 12:00"),
    (LATE, "2026-11-21 04:30", 1, "2026-11-24 04:30", "Friday 23:30 + 1 is Monday 23:30"),
    (LATE, "2026-11-21 05:00", 1, "2026-11-24 13:00", "Saturday 00:00 + 1 is Tuesday 08:00: later, not earlier"),
]


@pytest.mark.parametrize(("hours", "start", "days", "due", "why"), BUSINESS_DAYS)
def test_business_days_at_the_same_time(hours: Any, start: str, days: int, due: str, why: str) -> None:
    holidays = [{"date": "2026-11-26", "name": "Thanksgiving Day"}]
    asked = calendar("America/New_York", hours, "2026-11-20", holidays=holidays)
    assert asked.add_business_days(at(start), days) == at(due), why


CLOSES = [
    ("2026-11-18 15:00", 1, "2026-11-19 22:00", "by closing time of the next business day"),
    ("2026-11-20 15:00", 1, "2026-11-23 22:00", "over the weekend"),
    ("2026-11-21 15:00", 1, "2026-11-23 22:00", "from Saturday, Monday is the first"),
    ("2026-11-20 15:00", 0, "2026-11-20 22:00", "zero is today's close"),
    ("2026-11-20 22:00", 0, "2026-11-23 22:00", "after closing, the next business day is the current one"),
    ("2026-11-25 15:00", 1, "2026-11-27 22:00", "Thanksgiving is no business day"),
]


@pytest.mark.parametrize(("start", "days", "due", "why"), CLOSES)
def test_close_of_business_day(start: str, days: int, due: str, why: str) -> None:
    assert NEW_YORK.close_of_business_day(at(start), days) == at(due), why


CALENDAR_DAYS = [
    ("America/New_York", "2026-10-31 16:00", 1, "2026-11-01 17:00", "noon to noon is 25 hours in autumn"),
    ("America/New_York", "2026-03-07 17:00", 1, "2026-03-08 16:00", "and 23 in spring"),
    ("America/New_York", "2026-03-07 07:30", 1, "2026-03-08 07:30", "02:30 is skipped: 03:30 it is"),
    ("America/New_York", "2026-10-31 05:30", 1, "2026-11-01 05:30", "01:30 comes twice: the first"),
    ("America/New_York", "2026-11-02 17:00", -2, "2026-10-31 16:00", "days may be counted back"),
    ("America/New_York", "2026-11-01 06:30", 0, "2026-11-01 06:30", "zero days is now, even in the second 01:30"),
    ("Pacific/Apia", "2011-12-29 22:00", 1, "2011-12-30 22:00", "noon of the skipped date: noon of the next"),
]


@pytest.mark.parametrize(("zone", "start", "days", "due", "why"), CALENDAR_DAYS)
def test_calendar_days(zone: str, start: str, days: int, due: str, why: str) -> None:
    assert calendar(zone, OFFICE, start).add_days(at(start), days) == at(due), why


def test_days_are_not_counted_backwards_in_business() -> None:
    for ask in (NEW_YORK.add_business_days, NEW_YORK.close_of_business_day):
        with pytest.raises(CalendarError, match="forwards only"):
            ask(at("2026-11-20 15:00"), -1)


LOCAL = [
    ("America/New_York", "2026-11-01 05:30", "01:30 EDT -0400"),
    ("America/New_York", "2026-11-01 06:30", "01:30 EST -0500"),
    ("Asia/Kolkata", "2026-11-01 06:30", "12:00 IST +0530"),
    ("UTC+05:30", "2026-11-01 06:30", "12:00 UTC+05:30 +0530"),
]


@pytest.mark.parametrize(("zone", "instant", "shown"), LOCAL)
def test_local(zone: str, instant: str, shown: str) -> None:
    assert f"{calendar(zone, OFFICE, instant).local(at(instant)):%H:%M %Z %z}" == shown


def test_explain_names_every_reason() -> None:
    spans = NEW_YORK.explain(at("2026-11-25 21:00"), 2 * HOUR)
    told = [(f"{NEW_YORK.local(each.start):%a %H:%M}", each.counted / HOUR, each.why) for each in spans]
    assert told == [
        ("Wed 16:00", 1, "open"),
        ("Wed 17:00", 0, "closed"),
        ("Thu 00:00", 0, "Thanksgiving Day"),
        ("Fri 00:00", 0, "closed"),
        ("Fri 09:00", 1, "open"),
    ]


@pytest.mark.parametrize("hours", [24, -24])
def test_explain_tiles_the_time_and_marks_a_clock_change(hours: int) -> None:
    start = at("2026-11-01 04:00")
    asked = calendar("America/New_York", "24x7", "2026-11-01")
    spans = asked.explain(start, hours * HOUR)
    ends = sorted((start, asked.add(start, hours * HOUR)))
    assert [spans[0].start, spans[-1].end] == ends
    assert all(one.end == other.start for one, other in pairwise(spans))
    assert sum((each.counted for each in spans), timedelta()) == 24 * HOUR
    changes = [each for each in spans if each.why == "clock change"]
    assert [each.start for each in changes] == ([at("2026-11-01 06:00")] if hours > 0 else [])
    assert all(each.start == each.end for each in changes)


def test_explain_half_day() -> None:
    half_day = [{"date": "2026-12-24", "hours": "09:00-12:00", "name": "Christmas Eve"}]
    asked = calendar("UTC", OFFICE, "2026-12-24", exceptions=half_day)
    spans = asked.explain(at("2026-12-24 11:00"), 2 * HOUR)
    assert [each.why for each in spans] == ["open", "Christmas Eve", "closed", "open"]
    assert asked.explain(at("2026-12-24 13:00"), timedelta()) == ()
