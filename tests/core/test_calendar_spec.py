"""The words of a policy's calendar, and every refusal in words that its author understands."""

import zoneinfo
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from itertools import pairwise
from typing import Any

import pytest
import tzdata
from compiling import DAYS, END, PLAIN, START, compiled, texts
from pydantic import ValidationError

from policies.calendars import CalendarSpec, compile_calendar, compile_spec
from policies.zones import offsets, zone_named
from sla.base.errors import CalendarError, PolicyError

ALL, OFFICE = ["00:00-24:00"], ["09:00-17:00"]
WEEKS: list[tuple[Any, dict[str, list[str]], str]] = [
    ("24x7", dict.fromkeys(DAYS, ALL), "always"),
    ("24x5", dict.fromkeys(DAYS[:5], ALL), "Monday 00:00 to Friday 24:00"),
    ("closed", {}, "never"),
    ({"mon-fri": "09:00-17:00"}, dict.fromkeys(DAYS[:5], OFFICE), "a range of days"),
    ({"fri-mon": "09:00-17:00"}, dict.fromkeys(("fri", "sat", "sun", "mon"), OFFICE), "a range over Sunday"),
    ({"mon,wed": "09:00-17:00"}, dict.fromkeys(("mon", "wed"), OFFICE), "a list of days"),
    ({"mon-tue, Fri": "09:00-17:00"}, dict.fromkeys(("mon", "tue", "fri"), OFFICE), "a list with a range"),
    ({"Monday - Friday": "9:00 - 17:00"}, dict.fromkeys(DAYS[:5], OFFICE), "full names, and spaces"),
    ({"daily": "09:00\u201317:00"}, dict.fromkeys(DAYS, OFFICE), "every day; a dash is a dash"),
    ({"mon": ["13:00-15:00", "09:00-12:00"]}, {"mon": ["09:00-12:00", "13:00-15:00"]}, "several windows, put in order"),
    ({"mon": ["09:00-12:00", "11:00-15:00"]}, {"mon": ["09:00-15:00"]}, "overlap counts once"),
    ({"mon": ["09:00-12:00", "12:00-15:00"]}, {"mon": ["09:00-15:00"]}, "touching windows are one"),
    ({"sun": "22:00-06:00"}, {"sun": ["22:00-24:00"], "mon": ["00:00-06:00"]}, "the tail is the next date's"),
    ({"mon": "22:00-00:00"}, {"mon": ["22:00-24:00"]}, "00:00 as an end is midnight"),
    ({"mon": "22:00-24:00"}, {"mon": ["22:00-24:00"]}, "and so is 24:00"),
    ({"mon": "09:00-17:00", "tue": "closed", "wed": []}, {"mon": OFFICE}, "closed, and no windows at all"),
]


@pytest.mark.parametrize(("hours", "expected", "why"), WEEKS)
def test_hours(hours: Any, expected: dict[str, list[str]], why: str) -> None:
    weekly = compiled(hours=hours).weekly
    assert {day: texts(windows) for day, windows in zip(DAYS, weekly, strict=True) if windows} == expected, why


BAD_HOURS: list[tuple[Any, str]] = [
    ({"mon": "9-17"}, r"hours: mon: '9-17' is not hours such as 09:00-17:00"),
    ({"mon": "09:00"}, "is not hours such as"),
    ({"mon": 9}, "mon: 9 is not hours such as"),
    ({"mon": None}, "mon: None is not hours such as"),
    ({"mon": "09:00-17:60"}, "holds a time that no clock shows"),
    ({"mon": "09:00-24:01"}, "holds a time that no clock shows"),
    ({"mon": "24:00-06:00"}, "begins at 24:00"),
    ({"mon": "09:00-09:00"}, "ends when it begins"),
    ({"mon": "00:00-00:00"}, "ends when it begins: write 00:00-24:00 for the whole day"),
    ({"moon": "09:00-17:00"}, "'moon' is no day: write mon, mon-fri"),
    ({"mon-": "09:00-17:00"}, "'mon-' is no day"),
    ({"mon-fri": "09:00-17:00", "wed": "10:00-12:00"}, "wed is given twice"),
    ({"daily": "09:00-17:00", "sun": "10:00-12:00"}, "sun is given twice"),
    ("24x6", "'24x6' is neither 24x7, 24x5 nor hours by day"),
    (["09:00-17:00"], "nor hours by day"),
    (24, "24 is neither"),
]


@pytest.mark.parametrize(("hours", "complaint"), BAD_HOURS)
def test_bad_hours(hours: Any, complaint: str) -> None:
    with pytest.raises(PolicyError, match=complaint):
        compiled(hours=hours)


def test_a_model_complains_as_a_model() -> None:
    with pytest.raises(ValidationError, match="is not hours such as"):
        CalendarSpec.model_validate({**PLAIN, "hours": {"mon": "9-17"}})


ZONES = [("UTC+05:30", 19_800), ("UTC-3:00", -10_800), ("UTC+0000", 0), ("UTC", 0), ("Asia/Kolkata", 19_800)]


@pytest.mark.parametrize(("zone", "seconds"), ZONES)
def test_zones(zone: str, seconds: int) -> None:
    (only,) = compiled(zone=zone).offsets
    assert only.seconds == seconds


BAD_ZONES = [
    ("Europe/Berlino", "there is no time zone 'Europe/Berlino'; did you mean Europe/Berlin?"),
    ("Qqqqq", "no time zone 'Qqqqq'; names are such as Europe/Berlin"),
    ("../etc/passwd", "there is no time zone"),
    ("America", "there is no time zone"),
    ("UTC+15:00", "no offset that is in use"),
    ("UTC+05:75", "no offset that is in use"),
    ("", "zone: String should have at least 1 character"),
]


@pytest.mark.parametrize(("zone", "complaint"), BAD_ZONES)
def test_bad_zones(zone: str, complaint: str) -> None:
    with pytest.raises(PolicyError) as caught:
        compiled(zone=zone)
    assert complaint in str(caught.value)


def test_the_zone_of_the_customer() -> None:
    spec = {**PLAIN, "zone": "customer"}
    assert compile_spec(spec, START, END, zone="Asia/Tokyo").zone == "Asia/Tokyo"
    assert compile_calendar(spec, START, END, zone="Asia/Tokyo", name="office").compiled.name == "office"
    assert compile_spec(PLAIN, START, END, zone="Asia/Tokyo").zone == "America/New_York"
    with pytest.raises(PolicyError, match="customer's time zone, and it is not known"):
        compile_spec(spec, START, END)
    with pytest.raises(PolicyError, match="no time zone 'Mars/Base'"):
        compile_spec(spec, START, END, zone="Mars/Base")


def test_only_the_pinned_zone_data_answers() -> None:
    assert zoneinfo.TZPATH == ()


def test_the_releases_used_are_recorded() -> None:
    made = compile_spec(PLAIN, START, END, name="office", made_by={"policy": "acme 2026-01-01"})
    assert made.name == "office"
    assert made.made_by == {
        "tzdata": tzdata.IANA_VERSION,
        "holidays": version("holidays"),
        "policy": "acme 2026-01-01",
    }


def test_bad_horizons() -> None:
    with pytest.raises(PolicyError, match="must end after it starts"):
        compile_spec(PLAIN, END, START)
    with pytest.raises(PolicyError, match="lies outside 1990 to 2200"):
        compile_spec(PLAIN, datetime(1980, 1, 1, tzinfo=UTC), END)
    with pytest.raises(CalendarError, match="must be aware"):
        compile_spec(PLAIN, START.replace(tzinfo=None), END)


ZONES_WITH_CHANGES = (
    "America/New_York",
    "Africa/Casablanca",
    "Pacific/Apia",
    "Europe/Moscow",
    "Asia/Gaza",
    "Antarctica/Troll",
)


@pytest.mark.parametrize("name", ZONES_WITH_CHANGES)
def test_offsets_are_exact_to_the_second(name: str) -> None:
    zone = zone_named(name)
    held = offsets(zone, datetime(2009, 1, 1, tzinfo=UTC), datetime(2017, 1, 1, tzinfo=UTC))
    assert len(held) > 3
    for one, other in pairwise(held):
        before, after = (datetime.fromtimestamp(other.at + step, UTC).astimezone(zone) for step in (-1, 0))
        assert (before.utcoffset(), before.tzname()) == (timedelta(seconds=one.seconds), one.name)
        assert (after.utcoffset(), after.tzname()) == (timedelta(seconds=other.seconds), other.name)


def test_the_room_offers_its_compiler_by_name() -> None:
    import policies

    assert policies.compile_calendar is compile_calendar
