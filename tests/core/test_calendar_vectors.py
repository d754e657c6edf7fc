"""2,500 answers of an independent minute-by-minute oracle (shared research, section 4), each checked exactly.

Twice: on a calendar put together here, date by date, and on one compiled from the words of a policy.
"""

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from policies.calendars import compile_spec
from policies.hours import cut, day_intervals, head, tail, week_intervals, windows
from policies.zones import offsets, zone_named
from sla.base.errors import PastHorizon
from sla.calendars.calendar import Calendar
from sla.calendars.compiled import CompiledCalendar, DatedHours, Windows

DATA = Path(__file__).parent / "data"
FILES = ("time_business_days", "time_dense_dst", "time_odd_weeks")
OPS = ("add", "sub", "within", "in_hours", "add_days")
DAY = timedelta(days=1)
YEAR = timedelta(days=366)

Vector = dict[str, Any]
Build = Callable[[Vector, datetime, datetime], CompiledCalendar]


@lru_cache
def vectors(file: str) -> tuple[Vector, ...]:
    return tuple(map(json.loads, (DATA / f"{file}.jsonl").read_text().splitlines()))


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def texts(pairs: list[list[str]]) -> list[str]:
    return [f"{start}-{end}" for start, end in pairs]


def week_words(schedule: Vector) -> dict[str, list[str]]:
    return {day: texts(pairs) for day, pairs in schedule["hours"].items()}


def without(hours: Windows, breaks: Windows) -> Windows:
    open_minutes = {at for each in hours for at in range(each.start, each.end, 60)}
    open_minutes -= {at for each in breaks for at in range(each.start, each.end, 60)}
    return windows((at, at + 60) for at in open_minutes)


def by_date(vector: Vector, start: datetime, end: datetime) -> CompiledCalendar:
    schedule = vector["schedule"]
    weekly = cut(week_intervals(week_words(schedule)))
    special = {day: day_intervals(texts(pairs)) for day, pairs in schedule.get("overrides", {}).items()}
    hours: dict[str, Windows] = {day: head(intervals) for day, intervals in special.items()}
    for day, intervals in special.items():
        after = date.fromisoformat(day) + DAY
        if str(after) not in special:
            hours[str(after)] = windows((*weekly[after.weekday()], *tail(intervals)))
    for day, pairs in schedule.get("breaks", {}).items():
        own = hours.get(day, weekly[date.fromisoformat(day).weekday()])
        hours[day] = without(own, head(day_intervals(texts(pairs))))
    hours |= dict.fromkeys(schedule["holidays"], ())
    return CompiledCalendar(
        zone=schedule["tz"],
        start=start,
        end=end,
        weekly=weekly,
        exceptions=tuple(DatedHours(date.fromisoformat(day), hours[day], "special") for day in sorted(hours)),
        offsets=offsets(zone_named(schedule["tz"]), start, end),
    )


def by_words(vector: Vector, start: datetime, end: datetime) -> CompiledCalendar:
    schedule = vector["schedule"]
    holidays = set(schedule["holidays"])
    special = {day: pairs for day, pairs in schedule.get("overrides", {}).items() if day not in holidays}
    return compile_spec(
        {
            "zone": schedule["tz"],
            "hours": week_words(schedule),
            "holidays": [{"date": day, "name": "holiday"} for day in holidays],
            "exceptions": [{"date": day, "hours": texts(pairs), "name": "special"} for day, pairs in special.items()],
        },
        start,
        end,
    )


def answer(calendar: Calendar, vector: Vector) -> datetime | int | bool:
    start = instant(vector["start"])
    match vector["op"]:
        case "add":
            return calendar.add(start, timedelta(seconds=vector["seconds"]))
        case "sub":
            return calendar.subtract(start, timedelta(seconds=vector["seconds"]))
        case "within":
            return round(calendar.between(start, instant(vector["end"])).total_seconds())
        case "in_hours":
            return calendar.is_open(start)
        case "add_days":
            return calendar.add_business_days(start, vector["amount"])
        case other:
            raise AssertionError(f"unknown operation {other}")


def answered(build: Build, vector: Vector) -> datetime | int | bool:
    """The answer, asking again with the instant the calendar says it needs."""
    start, end = instant(vector["start"]) - 14 * DAY, instant(vector.get("end", vector["start"])) + 14 * DAY
    for _ in range(12):
        try:
            return answer(Calendar(build(vector, start, end)), vector)
        except PastHorizon as error:
            start, end = min(start, error.needed), max(end, error.needed)
    raise AssertionError("still past the horizon")


def expected(vector: Vector) -> datetime | int | bool:
    value = vector["expected"]
    return instant(value) if isinstance(value, str) else value


def mismatches(build: Build, chosen: list[Vector]) -> Iterator[str]:
    for vector in chosen:
        got = answered(build, vector)
        if got != expected(vector):
            yield f"{vector['id']}: {vector['op']} gave {got}, expected {vector['expected']}"


CASES = [
    pytest.param(file, op, id=f"{file}-{op}")
    for file in FILES
    for op in OPS
    if any(v["op"] == op for v in vectors(file))
]


def test_all_vectors_are_there() -> None:
    assert [len(vectors(file)) for file in FILES] == [250, 1500, 750]
    assert {v["op"] for file in FILES for v in vectors(file)} == set(OPS)


@pytest.mark.parametrize(("file", "op"), CASES)
def test_calendar_by_date(file: str, op: str) -> None:
    wrong = list(mismatches(by_date, [v for v in vectors(file) if v["op"] == op]))
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(("file", "op"), CASES)
def test_calendar_by_words(file: str, op: str) -> None:
    # Breaks have no words in a policy: their hours are written out as exceptions instead.
    chosen = [v for v in vectors(file) if v["op"] == op and not v["schedule"].get("breaks")]
    wrong = list(mismatches(by_words, chosen))
    assert not wrong, "\n".join(wrong)
