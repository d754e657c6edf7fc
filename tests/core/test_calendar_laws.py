"""Laws of business time on generated calendars, and the same calendars against the oracle."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle import DAY, SPAN, Zoned, open_minutes, oracle_add, oracle_between, shown_open

from policies.hours import DAYS, windows
from policies.zoned_hours import stretches, zoned_windows
from policies.zones import offsets, zone_named
from sla.base.errors import NoOpenTime, PastHorizon
from sla.calendars.calendar import Calendar
from sla.calendars.compiled import CompiledCalendar, DatedHours, Windows
from sla.calendars.intervals import union

# Around a clock change, a change of 30 minutes, a skipped date, a change of standard offset, and none.
CHANGES = (
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Europe/Dublin", date(2026, 10, 25)),
    ("Africa/Casablanca", date(2026, 2, 15)),
    ("America/Caracas", date(2016, 5, 1)),
    ("Europe/Moscow", date(2014, 10, 26)),
    ("America/Sao_Paulo", date(2018, 2, 18)),
    ("America/St_Johns", date(2010, 11, 7)),
    ("Antarctica/Troll", date(2026, 3, 29)),
    ("Asia/Kolkata", date(2026, 6, 1)),
)


class Case(NamedTuple):
    """A calendar with what its stretches come from, two instants of its horizon and a duration."""

    calendar: Calendar
    zoned: Zoned
    one: datetime
    other: datetime
    duration: timedelta


@st.composite
def day_windows(draw: st.DrawFn) -> Windows:
    edges = draw(st.lists(st.integers(0, 288), max_size=6, unique=True).map(sorted))
    return windows((a * 300, b * 300) for a, b in zip(edges[::2], edges[1::2], strict=False))


week: st.SearchStrategy[Any] = st.one_of(
    st.tuples(*[day_windows()] * 7),
    st.just(tuple(windows([(0, 86_400)]) for _ in range(7))),
    st.just(tuple(windows([(32_400, 61_200)] if day < 5 else []) for day in range(7))),
)


@st.composite
def zoned_hours(draw: st.DrawFn, zone: str) -> dict[str, str]:
    """Hours between two zones, of which one or both may be the calendar's and have its change."""
    zones = st.one_of(st.just(zone), st.sampled_from(sorted({name for name, _ in CHANGES})))
    minutes, days = st.integers(0, 287).map(lambda each: each * 5), st.sampled_from(DAYS)
    ends = [(draw(days), *divmod(draw(minutes), 60), draw(zones)) for _ in range(2)]
    opens, closes = (f"{day} {hour:02}:{minute:02} {name}" for day, hour, minute, name in ends)
    return {"from": opens, "to": closes} if opens != closes else {"from": "mon 10:00 UTC", "to": "fri 17:00 UTC"}


@st.composite
def calendars(draw: st.DrawFn) -> tuple[Calendar, Zoned]:
    zone, change = draw(st.sampled_from(CHANGES))
    start = datetime.combine(change, datetime.min.time(), UTC) - SPAN // 2 * DAY
    end = start + SPAN * DAY
    dated = draw(st.dictionaries(st.integers(0, SPAN), day_windows(), max_size=3))
    zoned = draw(st.lists(zoned_hours(zone), max_size=2))
    compiled = CompiledCalendar(
        zone=zone,
        start=start,
        end=end,
        weekly=draw(week),
        stretches=stretches(zoned, zone, start, end),
        exceptions=tuple(DatedHours(start.date() + day * DAY, dated[day], "special") for day in sorted(dated)),
        offsets=offsets(zone_named(zone), start, end),
    )
    return Calendar(compiled), zoned_windows(zoned)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    calendar, zoned = draw(calendars())
    seconds = st.integers(0, SPAN * 86_400).map(lambda each: calendar.compiled.start + timedelta(seconds=each))
    duration = st.timedeltas(timedelta(microseconds=1), timedelta(days=3))
    return Case(calendar, zoned, draw(seconds), draw(seconds), draw(duration))


def reached(ask: Callable[[], datetime]) -> datetime | None:
    """The answer, or None when the horizon does not hold it."""
    try:
        return ask()
    except (PastHorizon, NoOpenTime):
        return None


def check_against_oracle(case: Case) -> None:
    calendar, zoned, one, other, duration = case
    assert calendar.between(one, other) == oracle_between(calendar.compiled, zoned, one, other)
    assert reached(lambda: calendar.add(one, duration)) == oracle_add(calendar.compiled, zoned, one, duration)
    if one < calendar.compiled.end:
        assert calendar.is_open(one) == shown_open(calendar.compiled, zoned, one)


def check_laws(case: Case) -> None:
    check_additive(case)
    check_add_then_between(case)
    check_monotone(case)
    check_open_second(case)
    check_explained(case)


def check_additive(case: Case) -> None:
    calendar, _, one, other, _ = case
    middle = one + (other - one) / 3
    assert calendar.between(one, middle) + calendar.between(middle, other) == calendar.between(one, other)
    assert calendar.between(one, other) == -calendar.between(other, one)


def check_add_then_between(case: Case) -> None:
    calendar, _, one, _, duration = case
    due = reached(lambda: calendar.add(one, duration))
    begun = reached(lambda: calendar.subtract(one, duration))
    assert due is None or calendar.between(one, due) == duration
    assert begun is None or calendar.between(begun, one) == duration
    # Subtract mirrors add: the latest start is never before the start that add was given.
    assert due is None or calendar.subtract(due, duration) >= one
    assert begun is None or calendar.add(begun, duration) <= one


def check_monotone(case: Case) -> None:
    calendar, _, *instants, duration = case
    first, last = sorted(instants)
    asks: tuple[Callable[[datetime], datetime], ...] = (
        lambda at: calendar.add(at, duration),
        calendar.next_open,
        lambda at: calendar.close_of_business_day(at, 2),
    )
    for ask in asks:
        early, late = reached(partial(ask, first)), reached(partial(ask, last))
        assert late is None or (early is not None and early <= late)
    less, more = reached(lambda: calendar.add(first, duration / 2)), reached(lambda: calendar.add(first, duration))
    assert more is None or (less is not None and less <= more)


def check_open_second(case: Case) -> None:
    calendar, _, one, *_ = case
    second = timedelta(seconds=1)
    if one + second <= calendar.compiled.end:
        assert calendar.is_open(one) == (calendar.between(one, one + second) == second)


def check_explained(case: Case) -> None:
    calendar, _, *instants, _ = case
    first, last = sorted(instants)
    spans = calendar.spans(first, last)
    edges = [first, *(span.end for span in spans)]
    assert [span.start for span in spans] == edges[:-1]
    assert edges[-1] == last
    assert sum((span.counted for span in spans), timedelta()) == calendar.between(first, last)


ORDINARY = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LONG = settings(ORDINARY, max_examples=100_000)
LONG_ORACLE = settings(ORDINARY, max_examples=3_000)


@settings(ORDINARY, max_examples=2_000)
@given(cases())
def test_laws(case: Case) -> None:
    check_laws(case)


@settings(ORDINARY, max_examples=60)
@given(cases())
def test_oracle(case: Case) -> None:
    check_against_oracle(case)


@pytest.mark.long
@pytest.mark.timeout(7200)
@LONG
@given(cases())
def test_laws_at_length(case: Case) -> None:
    check_laws(case)


@pytest.mark.long
@pytest.mark.timeout(7200)
@LONG_ORACLE
@given(cases())
def test_oracle_at_length(case: Case) -> None:
    check_against_oracle(case)


@ORDINARY
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=8))
def test_union_holds_the_same_points(intervals: list[tuple[int, int]]) -> None:
    points = {point for start, end in intervals for point in range(start, end)}
    merged = union(intervals)
    assert {point for start, end in merged for point in range(start, end)} == points
    assert all(a[1] < b[0] for a, b in pairwise(merged))


@settings(ORDINARY, max_examples=60)
@given(cases(), st.integers(1, 4))
def test_business_days_are_counted_by_date(case: Case, days: int) -> None:
    calendar, zoned, one, *_ = case
    due = reached(lambda: calendar.add_business_days(one, days))
    if due is None:
        return
    zone = ZoneInfo(calendar.zone)
    first = calendar.next_open(one).astimezone(zone).date()
    later = sorted({at.astimezone(zone).date() for at in open_minutes(calendar.compiled, zoned)} - {first})
    # A closing belongs to the date it closes.
    shown = due if calendar.is_open(due) else due - timedelta(microseconds=1)
    assert shown.astimezone(zone).date() == [day for day in later if day > first][days - 1]
