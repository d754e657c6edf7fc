"""Hours between two zones, with instants worked out by hand from both zones' clock changes of 2026.

Sydney is at UTC+11 until Sunday 5 April and from Sunday 4 October, else at UTC+10. Los Angeles is at UTC-8 until
Sunday 8 March and from Sunday 1 November, else at UTC-7.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from compiling import END, START, special

from policies.calendars import CalendarSpec, compile_calendar, compile_spec, lengthen
from sla.base.errors import PolicyError
from sla.calendars.calendar import Calendar
from sla.calendars.compiled import CompiledCalendar, Stretch

FOLLOW_THE_SUN = {"from": "mon 10:00 Australia/Sydney", "to": "fri 17:00 America/Los_Angeles"}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def at(text: str) -> datetime:
    """`2026-03-06 21:00` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def made(hours: Any = FOLLOW_THE_SUN, zone: str = "UTC", **more: Any) -> Calendar:
    return compile_calendar({"zone": zone, "hours": hours, **more}, START, END)


WEEKS = [
    ("2026-01-05 12:00", "2026-01-04 23:00", "2026-01-10 01:00", 122, "summer there, winter here"),
    ("2026-03-11 12:00", "2026-03-08 23:00", "2026-03-14 00:00", 121, "Los Angeles has put its clocks forward"),
    ("2026-03-31 12:00", "2026-03-29 23:00", "2026-04-04 00:00", 121, "the last week of Sydney's summer time"),
    ("2026-04-07 12:00", "2026-04-06 00:00", "2026-04-11 00:00", 120, "Sydney has put its clocks back"),
    ("2026-10-07 12:00", "2026-10-04 23:00", "2026-10-10 00:00", 121, "and forward"),
    ("2026-11-04 12:00", "2026-11-01 23:00", "2026-11-07 01:00", 122, "Los Angeles has put its back"),
]


@pytest.mark.parametrize(("inside", "opens", "closes", "hours", "why"), WEEKS)
def test_both_ends_follow_their_own_clock(inside: str, opens: str, closes: str, hours: int, why: str) -> None:
    calendar = made()
    assert calendar.next_open(at(opens) - HOUR) == at(opens), why
    assert calendar.close_of_business_day(at(closes) - HOUR, 0) == at(closes), why
    assert calendar.between(at(inside) - 4 * DAY, at(inside) + 4 * DAY) >= hours * HOUR
    assert calendar.between(at(opens), at(closes)) == hours * HOUR, why
    assert not calendar.is_open(at(closes))
    assert not calendar.is_open(at(opens) - timedelta(seconds=1))


def test_a_promise_runs_over_the_pause_between_windows() -> None:
    calendar = made()
    friday = at("2026-01-10 00:30")
    assert calendar.add(friday, HOUR) == at("2026-01-11 23:30")
    assert [each.why for each in calendar.explain(friday, HOUR)] == ["open", "closed", "open"]
    assert calendar.subtract(at("2026-01-11 23:30"), HOUR) == friday


ENDS = [
    ({"from": "sun 02:30 America/New_York", "to": "sun 12:00 UTC"}, "2026-03-08 07:00", 5, "a skipped end: the change"),
    (
        {"from": "sun 01:30 America/New_York", "to": "sun 12:00 UTC"},
        "2026-11-01 05:30",
        6.5,
        "a repeated one: the first",
    ),
    (
        {"from": "sun 02:15 Australia/Lord_Howe", "to": "sun 12:00 UTC"},
        "2026-10-03 15:30",
        20.5,
        "a change of 30 minutes",
    ),
    ({"from": "sat 24:00 UTC", "to": "sun 12:00 UTC"}, "2026-06-07 00:00", 12, "24:00 is the next day's beginning"),
    ({"from": "Sunday 9:00 UTC+05:30", "to": "sun 12:00 UTC"}, "2026-06-07 03:30", 8.5, "a fixed offset"),
]


@pytest.mark.parametrize(("hours", "opens", "length", "why"), ENDS)
def test_an_end_that_a_clock_change_meets(hours: Any, opens: str, length: float, why: str) -> None:
    calendar = made(hours)
    assert calendar.next_open(at(opens) - DAY) == at(opens), why
    assert calendar.between(at(opens) - DAY, at(opens) + DAY) == length * HOUR, why


def test_a_skipped_date_opens_when_the_next_one_begins() -> None:
    hours = {"from": "fri 10:00 Pacific/Apia", "to": "sat 12:00 Pacific/Apia"}
    calendar = compile_calendar({"zone": "UTC", "hours": hours}, at("2011-12-20 00:00"), at("2012-01-10 00:00"))
    assert calendar.next_open(at("2011-12-28 00:00")) == at("2011-12-30 10:00")
    assert calendar.between(at("2011-12-28 00:00"), at("2012-01-01 00:00")) == 12 * HOUR


@pytest.mark.parametrize("zone", ["America/New_York", "Australia/Sydney", "Europe/Dublin", "UTC+05:30"])
def test_ends_without_a_zone_are_the_same_as_hours_by_day(zone: str) -> None:
    by_day = {"mon": "10:00-24:00", "tue-thu": "00:00-24:00", "fri": "00:00-17:00"}
    assert made({"from": "mon 10:00", "to": "fri 17:00"}, zone)._open.opens == made(by_day, zone)._open.opens
    assert made({"from": "mon 10:00", "to": "fri 17:00"}, zone)._open.closes == made(by_day, zone)._open.closes


def test_several_windows() -> None:
    hours = [
        {"from": "mon 09:00 Asia/Tokyo", "to": "mon 17:00 Europe/Berlin"},
        {"from": "mon 09:00 Europe/Berlin", "to": "mon 12:00 America/New_York"},
    ]
    assert made(hours).compiled.stretches[1] == Stretch(
        *(int(at(each).timestamp()) for each in ("2026-01-12 00:00", "2026-01-12 17:00"))
    )


def test_the_zone_of_the_customer_may_be_an_end() -> None:
    spec = {"zone": "customer", "hours": {"from": "mon 10:00", "to": "mon 12:00 UTC"}}
    calendar = compile_calendar(spec, START, END, zone="Asia/Tokyo")
    assert calendar.next_open(at("2026-06-03 00:00")) == at("2026-06-08 01:00")


def test_holidays_and_exceptions_rule_dates_of_the_calendars_own_zone() -> None:
    calendar = made(
        zone="America/New_York",
        holidays=[{"date": "2026-01-07", "name": "Holiday"}],
        exceptions=[
            {"date": "2026-01-08", "hours": "09:00-12:00", "name": "Half day"},
            {"date": "2026-01-11", "hours": "00:00-24:00", "name": "Sunday shift"},
            {"from": "2026-02-02", "to": "2026-02-06", "hours": "closed", "name": "Shutdown"},
        ],
    )
    assert calendar.between(at("2026-01-07 05:00"), at("2026-01-08 05:00")) == timedelta()
    assert calendar.between(at("2026-01-08 05:00"), at("2026-01-09 05:00")) == 3 * HOUR
    assert calendar.between(at("2026-01-11 05:00"), at("2026-01-12 05:00")) == 24 * HOUR
    assert calendar.next_open(at("2026-02-02 05:00")) == at("2026-02-08 23:00")
    assert calendar.spans(at("2026-01-07 06:00"), at("2026-01-07 07:00"))[0].why == "Holiday"


def test_hours_of_a_season_that_closes_days_are_kept() -> None:
    summer = {"from": "2026-07-06", "to": "2026-07-10", "hours": {"mon-tue": "09:00-12:00"}, "name": "Summer"}
    found = special(made(exceptions=[summer]).compiled)
    assert [len(hours) for hours, _ in found.values()] == [1, 1, 0, 0, 0]


def test_business_days_are_dates_of_the_calendars_own_zone() -> None:
    # Sunday 15:00 in Los Angeles is Monday in Sydney: Sunday is a date with open time.
    calendar = made(zone="America/Los_Angeles")
    assert calendar.add_business_days(at("2026-01-10 00:00"), 1) == at("2026-01-12 00:00")


def test_it_is_kept_as_plain_numbers_and_stays_when_made_longer() -> None:
    spec = CalendarSpec.model_validate({"zone": "UTC", "hours": FOLLOW_THE_SUN})
    middle = at("2026-06-17 12:00")
    short, long = compile_spec(spec, START, middle), compile_spec(spec, START, END)
    assert short.weekly == ((),) * 7
    assert CompiledCalendar.model_validate_json(short.model_dump_json()) == short
    assert CalendarSpec.model_validate_json(spec.model_dump_json()) == spec
    longer = lengthen(short, spec, END)
    assert CompiledCalendar.model_validate(longer.model_dump()) == longer
    assert Calendar(longer)._open.opens == Calendar(long)._open.opens
    assert Calendar(longer)._open.closes == Calendar(long)._open.closes
    assert short.stretches[-1].end == middle.timestamp()
    assert len(long.model_dump_json()) < 3_000


BAD_HOURS: list[tuple[Any, str]] = [
    ({"from": "mon 10:00 Australia/Sydney"}, "give 'from' and 'to', each a weekday, a time and a zone"),
    ({**FOLLOW_THE_SUN, "mon": "09:00-17:00"}, "and nothing else"),
    ([FOLLOW_THE_SUN, "24x7"], "'24x7': give 'from' and 'to'"),
    ([FOLLOW_THE_SUN] * 22, "22 windows are more than the 21 that a calendar may have"),
    ({**FOLLOW_THE_SUN, "to": 5}, "to: 5 is not a weekday, a time and a zone, such as mon 10:00 Australia/Sydney"),
    ({**FOLLOW_THE_SUN, "to": "friday"}, "to: 'friday' is not a weekday, a time"),
    ({**FOLLOW_THE_SUN, "to": "fry 17:00 UTC"}, "to: 'fry 17:00 UTC' is not"),
    ({**FOLLOW_THE_SUN, "to": "fri 17:60 UTC"}, "to: 'fri 17:60 UTC' holds a time that no clock shows"),
    ({**FOLLOW_THE_SUN, "to": "fri 17:00 America/Los_Angles"}, "did you mean America/Los_Angeles?"),
    ({"from": "mon 10:00", "to": "Monday 10:00"}, "from mon 10:00 to the same time: write 24x7"),
]


@pytest.mark.parametrize(("hours", "complaint"), BAD_HOURS)
def test_bad_hours(hours: Any, complaint: str) -> None:
    with pytest.raises(PolicyError) as caught:
        made(hours)
    assert complaint in str(caught.value)


def test_an_exception_over_midnight_has_no_hours_to_join() -> None:
    night = {"date": date(2026, 6, 4), "hours": "22:00-02:00", "name": "Release"}
    with pytest.raises(PolicyError, match="Release runs past midnight of 2026-06-04: end it at 24:00"):
        made(exceptions=[night])
