"""What a calendar refuses to answer, what it says then, and the shape in which it is kept."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from policies.calendars import compile_calendar, compile_spec
from sla.base.errors import CalendarError, NoOpenTime, PastHorizon
from sla.base.instant import Instant, to_micros
from sla.calendars.calendar import Calendar, SharedCalendar
from sla.calendars.compiled import CompiledCalendar, DatedHours, OffsetFrom, Week, Window

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
    ({"start": datetime(2026, 1, 1)}, "is a time without an offset or Z"),  # noqa: DTZ001
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
    ("2026-03-02T09:00:00", "without an offset"),
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


def test_equal_calendars_read_from_history_are_one_object() -> None:
    text = NEW_YORK.compiled.model_dump_json()
    one, other = (TypeAdapter[CompiledCalendar](SharedCalendar).validate_json(text) for _ in range(2))
    assert one is other
    assert one == NEW_YORK.compiled


def test_other_hours_under_the_same_name_are_another_calendar() -> None:
    longer = NEW_YORK.compiled.model_copy(update={"weekly": NEW_YORK.compiled.weekly[::-1]})
    assert hash(longer) == hash(NEW_YORK.compiled)
    assert Calendar.of(longer) is not Calendar.of(NEW_YORK.compiled)
    assert Calendar.of(longer).compiled == longer
