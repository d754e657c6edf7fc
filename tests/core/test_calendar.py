"""Business time in tables, with the reason for each row."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from policies.calendars import compile_calendar, compile_spec
from sla.calendar import Calendar
from sla.compiled import CompiledCalendar, DatedHours, OffsetFrom, Week, Window
from sla.errors import CalendarError, NoOpenTime, PastHorizon
from sla.instant import Instant, from_micros, to_micros

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
]


@pytest.mark.parametrize(("zone", "hours", "start", "end", "open_hours", "why"), CLOCK_CHANGES)
def test_clock_changes(zone: str, hours: Any, start: str, end: str, open_hours: float, why: str) -> None:
    asked = calendar(zone, hours, start)
    assert asked.between(at(start), at(end)) == open_hours * HOUR, why


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


ASKS: list[tuple[str, Callable[[Calendar, datetime], object]]] = [
    ("add", lambda asked, instant: asked.add(instant, HOUR)),
    ("subtract", lambda asked, instant: asked.subtract(instant, HOUR)),
    ("between", lambda asked, instant: asked.between(instant, instant)),
    ("is_open", lambda asked, instant: asked.is_open(instant)),
    ("next_open", lambda asked, instant: asked.next_open(instant)),
    ("add_days", lambda asked, instant: asked.add_days(instant, 1)),
    ("add_business_days", lambda asked, instant: asked.add_business_days(instant, 1)),
    ("close_of_business_day", lambda asked, instant: asked.close_of_business_day(instant, 1)),
    ("local", lambda asked, instant: asked.local(instant)),
    ("explain", lambda asked, instant: asked.explain(instant, HOUR)),
]


@pytest.mark.parametrize(("name", "ask"), ASKS)
def test_every_question_refuses_a_naive_time_and_one_outside_the_horizon(
    name: str, ask: Callable[[Calendar, datetime], object]
) -> None:
    with pytest.raises(CalendarError, match="must be aware"):
        ask(NEW_YORK, at("2026-11-20 15:00").replace(tzinfo=None))
    for outside in (NEW_YORK.compiled.start - HOUR, NEW_YORK.compiled.end + HOUR):
        with pytest.raises(PastHorizon, match="outside the calendar 'America/New_York'") as caught:
            ask(NEW_YORK, outside)
        assert caught.value.needed == outside, name


BEYOND: list[tuple[str, Callable[[Calendar], object]]] = [
    ("add", lambda asked: asked.add(asked.compiled.start, 1000 * HOUR)),
    ("next_open", lambda asked: asked.next_open(asked.compiled.end)),
    ("is_open", lambda asked: asked.is_open(asked.compiled.end)),
    ("add_days", lambda asked: asked.add_days(asked.compiled.start, 81)),
    ("add_business_days", lambda asked: asked.add_business_days(asked.compiled.start, 80)),
    ("close_of_business_day", lambda asked: asked.close_of_business_day(asked.compiled.start, 80)),
]


@pytest.mark.parametrize(("name", "ask"), BEYOND)
def test_an_answer_beyond_the_end_says_how_far_to_look(name: str, ask: Callable[[Calendar], object]) -> None:
    with pytest.raises(PastHorizon) as caught:
        ask(NEW_YORK)
    assert caught.value.needed > NEW_YORK.compiled.end, name


def test_an_answer_before_the_start_says_how_far_to_look() -> None:
    with pytest.raises(PastHorizon) as caught:
        NEW_YORK.subtract(NEW_YORK.compiled.end, 1000 * HOUR)
    assert caught.value.needed < NEW_YORK.compiled.start


def test_a_date_that_the_horizon_cuts_is_not_guessed() -> None:
    noon = at("2026-11-20 17:00")
    asked = compile_calendar({"zone": "America/New_York", "hours": OFFICE}, noon - 10 * DAY, noon)
    assert asked.close_of_business_day(noon - DAY, 0) == noon - DAY + 5 * HOUR
    with pytest.raises(PastHorizon):
        asked.close_of_business_day(noon - DAY, 1)


def extended_until_it_answers(spec: dict[str, Any], duration: timedelta) -> tuple[datetime, int]:
    """What the shell does: compile as far as is needed and ask again."""
    start = at("2026-11-20 15:00")
    needed, rounds = start + DAY, 0
    while True:
        rounds += 1
        try:
            return compile_calendar(spec, start, needed).add(start, duration), rounds
        except PastHorizon as error:
            needed = error.needed


def test_asking_again_reaches_the_answer_in_a_few_rounds() -> None:
    rarely_open = {"zone": "UTC", "hours": {"fri": "15:00-15:05"}}
    due, rounds = extended_until_it_answers(rarely_open, timedelta(minutes=50))
    assert due == at("2027-01-22 15:05")
    assert rounds < 10


def test_asking_again_ends_at_the_last_year() -> None:
    with pytest.raises(CalendarError, match="no calendar reaches that far"):
        extended_until_it_answers({"zone": "UTC", "hours": {"fri": "09:00-17:00"}}, timedelta(days=500_000))


SEARCHES: list[Callable[[Calendar, datetime], object]] = [
    lambda asked, now: asked.add(now, HOUR),
    lambda asked, now: asked.subtract(now, HOUR),
    lambda asked, now: asked.next_open(now),
    lambda asked, now: asked.add_business_days(now, 1),
    lambda asked, now: asked.close_of_business_day(now, 1),
]


@pytest.mark.parametrize("ask", SEARCHES)
def test_a_calendar_that_never_opens(ask: Callable[[Calendar, datetime], object]) -> None:
    now = at("2026-11-20 15:00")
    closed = calendar("UTC", "closed", "2026-11-20")
    assert not closed.is_open(now)
    assert closed.between(now, now + DAY) == timedelta()
    assert closed.add(now, timedelta()) == now
    with pytest.raises(NoOpenTime, match="never opens from 2026-10-11 to 2026-12-30"):
        ask(closed, now)


def test_json_round_trip_gives_an_equal_answer() -> None:
    text = NEW_YORK.compiled.model_dump_json()
    again = CompiledCalendar.model_validate_json(text)
    assert again == NEW_YORK.compiled
    assert hash(again) == hash(NEW_YORK.compiled)
    assert Calendar.of(again) is Calendar.of(NEW_YORK.compiled)
    assert Calendar(again).explain(at("2026-11-25 21:00"), 80 * HOUR) == NEW_YORK.explain(
        at("2026-11-25 21:00"), 80 * HOUR
    )
    assert len(text) < 1000


CLOSED: Week = ((), (), (), (), (), (), ())
PLAIN: dict[str, Any] = {
    "zone": "UTC",
    "start": at("2026-01-01"),
    "end": at("2027-01-01"),
    "weekly": CLOSED,
    "offsets": (OffsetFrom(0, 0, "UTC"),),
}
BAD_CALENDARS: list[tuple[dict[str, Any], str]] = [
    ({"end": at("2026-01-01")}, "must end after it starts"),
    ({"weekly": ((Window(0, 10), Window(5, 20)), *CLOSED[1:])}, "must not overlap"),
    ({"weekly": ((Window(20, 10),), *CLOSED[1:])}, "must not overlap"),
    ({"weekly": (((0, 86_401),), *CLOSED[1:])}, "less than or equal to 86400"),
    ({"exceptions": (DatedHours(date(2026, 5, 1), (), "a"),) * 2}, "one for a date"),
    ({"offsets": (OffsetFrom(0, 0, "UTC"), OffsetFrom(0, 0, "UTC"))}, "offsets must be in order"),
    (
        {"offsets": (OffsetFrom(to_micros(at("2026-02-01")) // 1_000_000, 0, "UTC"),)},
        "first offset must hold at the start",
    ),
    ({"offsets": ()}, "at least 1 item"),
    ({"start": datetime(2026, 1, 1)}, "a naive time is no instant"),  # noqa: DTZ001
    ({"extra": 1}, "Extra inputs are not permitted"),
]


@pytest.mark.parametrize(("change", "complaint"), BAD_CALENDARS)
def test_a_calendar_that_contradicts_itself_is_refused(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        CompiledCalendar.model_validate({**PLAIN, **change})


class Holder(BaseModel):
    at: Instant


INSTANTS = [
    ("2026-03-02T09:00:00Z", "2026-03-02T09:00:00Z"),
    ("2026-03-02T09:00:00-05:00", "2026-03-02T14:00:00Z"),
]


@pytest.mark.parametrize(("text", "utc"), INSTANTS)
def test_an_instant_is_utc(text: str, utc: str) -> None:
    held = Holder.model_validate({"at": text})
    assert held.at.tzinfo is UTC
    assert held.model_dump_json() == f'{{"at":"{utc}"}}'


BAD_INSTANTS = [
    ("2026-03-02T09:00:00", "naive"),
    ("1989-12-31T23:59:59Z", "1989 lies outside 1990 to 2200"),
    ("1990-01-01T00:00:00+14:00", "1989 lies outside"),
    ("2201-01-01T00:00:00Z", "2201 lies outside"),
    ("0001-01-01T00:00:00+14:00", "1 lies outside"),
    ("9999-12-31T23:59:59-12:00", "9999 lies outside"),
]


@pytest.mark.parametrize(("text", "complaint"), BAD_INSTANTS)
def test_an_instant_is_aware_and_of_this_age(text: str, complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        TypeAdapter(Instant).validate_python(text)


def test_a_clock_change_on_the_last_instant_is_known() -> None:
    change = at("2026-11-01 06:00")
    compiled = compile_spec({"zone": "America/New_York", "hours": "24x7"}, change - DAY, change)
    assert Calendar(compiled).local(change).tzname() == "EST"
