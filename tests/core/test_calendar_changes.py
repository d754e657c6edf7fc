"""Hours through clock changes in twelve zones, each worked out by hand, with the reason for each row."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from policies.calendars import compile_calendar

OFFICE = {"mon-fri": "09:00-17:00"}


def at(text: str) -> datetime:
    """`2026-03-06 21:00` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


CLOCK_CHANGES = [
    (
        "America/New_York",
        "24x7",
        "2026-03-08 05:00",
        "2026-03-09 04:00",
        23,
        "24x7 is real time: a spring date has 23 hours",
    ),
    ("America/New_York", "24x7", "2026-11-01 04:00", "2026-11-02 05:00", 25, "and an autumn date 25"),
    (
        "America/New_York",
        {"sun": "02:15-02:45"},
        "2026-03-08 05:00",
        "2026-03-09 04:00",
        0,
        "a skipped window is no time",
    ),
    (
        "America/New_York",
        {"sun": "02:30-05:00"},
        "2026-03-08 05:00",
        "2026-03-09 04:00",
        2,
        "it opens when the clock jumps to 03:00",
    ),
    (
        "America/New_York",
        {"sun": "00:00-03:00"},
        "2026-11-01 04:00",
        "2026-11-02 05:00",
        4,
        "01:00-02:00 happens twice",
    ),
    ("America/New_York", {"sun": "01:30-01:45"}, "2026-11-01 04:00", "2026-11-02 05:00", 0.5, "both times, apart"),
    ("America/New_York", OFFICE, "2026-03-06 05:00", "2026-03-10 04:00", 16, "office hours keep their length"),
    (
        "Australia/Lord_Howe",
        {"sun": "00:00-06:00"},
        "2026-10-03 12:00",
        "2026-10-04 12:00",
        5.5,
        "a jump of 30 minutes",
    ),
    ("Australia/Lord_Howe", {"sun": "00:00-06:00"}, "2026-04-04 12:00", "2026-04-05 12:00", 6.5, "and back"),
    ("Pacific/Apia", "24x7", "2011-12-29 10:00", "2011-12-31 10:00", 48, "no real time is lost with the skipped date"),
    (
        "Pacific/Apia",
        {"fri": "00:00-24:00"},
        "2011-12-29 10:00",
        "2011-12-31 10:00",
        0,
        "Friday 30 December 2011 never was",
    ),
    (
        "Pacific/Apia",
        {"sat": "00:00-06:00"},
        "2011-12-29 10:00",
        "2011-12-31 10:00",
        6,
        "Saturday came right after Thursday",
    ),
    (
        "Europe/Dublin",
        {"sun": "00:30-02:30"},
        "2026-10-24 12:00",
        "2026-10-25 12:00",
        3,
        "standard time is the summer one there",
    ),
    ("Europe/Dublin", {"sun": "00:30-02:30"}, "2026-03-28 12:00", "2026-03-29 12:00", 1, "01:00 jumps to 02:00"),
    ("Africa/Casablanca", {"sun": "01:00-04:00"}, "2026-02-14 12:00", "2026-02-15 12:00", 4, "back for Ramadan"),
    ("Africa/Casablanca", {"sun": "01:00-04:00"}, "2026-03-21 12:00", "2026-03-22 12:00", 2, "and forward after it"),
    (
        "America/Caracas",
        {"sun": "02:00-04:00"},
        "2016-04-30 12:00",
        "2016-05-01 12:00",
        1.5,
        "02:30 became 03:00, for good",
    ),
    (
        "Europe/Moscow",
        {"sun": "00:00-03:00"},
        "2014-10-25 12:00",
        "2014-10-26 12:00",
        4,
        "02:00 became 01:00, for good",
    ),
    ("America/Sao_Paulo", {"sun": "00:00-06:00"}, "2018-11-03 12:00", "2018-11-04 12:00", 5, "midnight is skipped"),
    ("America/Sao_Paulo", {"sat": "22:00-24:00"}, "2018-02-17 12:00", "2018-02-18 12:00", 3, "23:00 comes again"),
    (
        "America/St_Johns",
        {"sat": "23:00-24:00"},
        "2010-11-06 12:00",
        "2010-11-07 12:00",
        119 / 60,
        "Sunday 00:01 became Saturday 23:01: 59 minutes more",
    ),
    (
        "America/St_Johns",
        {"sun": "00:00-01:00"},
        "2010-11-06 12:00",
        "2010-11-07 12:00",
        61 / 60,
        "and Sunday began twice",
    ),
    ("Antarctica/Troll", {"sun": "00:00-06:00"}, "2026-03-28 12:00", "2026-03-29 12:00", 4, "two hours at once"),
    (
        "Europe/Istanbul",
        {"sun": "00:00-06:00"},
        "2016-10-29 12:00",
        "2016-10-30 12:00",
        6,
        "summer time, kept that autumn",
    ),
    ("Asia/Pyongyang", {"fri": "23:00-24:00"}, "2015-08-14 12:00", "2015-08-15 12:00", 1.5, "half an hour back"),
    ("Asia/Pyongyang", {"fri": "23:00-24:00"}, "2018-05-04 12:00", "2018-05-05 12:00", 0.5, "and forward again"),
]


@pytest.mark.parametrize(("zone", "hours", "start", "end", "open_hours", "why"), CLOCK_CHANGES)
def test_clock_changes(zone: str, hours: Any, start: str, end: str, open_hours: float, why: str) -> None:
    day = timedelta(days=1)
    asked = compile_calendar({"zone": zone, "hours": hours}, at(start) - day, at(end) + day)
    assert asked.between(at(start), at(end)) == timedelta(hours=open_hours), why


def test_the_zones_are_twelve() -> None:
    assert len({zone for zone, *_ in CLOCK_CHANGES}) == 12
