"""A slow oracle of business time: it looks at the wall clock every minute.

It shares nothing with the engine: it asks `zoneinfo` what the clock shows at each minute of UTC.
"""

from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from policies.zoned_hours import ZonedWindow
from sla.calendars.compiled import CompiledCalendar

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
SPAN = 12
"""Days of a horizon: short, for every minute of it is looked at."""

Zoned = tuple[ZonedWindow, ...]


def shown_open(compiled: CompiledCalendar, zoned: Zoned, at: datetime) -> bool:
    """Whether the wall clock shows an open time at `at`, or a window between zones holds it."""
    local = at.astimezone(ZoneInfo(compiled.zone))
    second = local.hour * 3600 + local.minute * 60 + local.second
    dated = {each.day: each.windows for each in compiled.exceptions}
    hours = dated.get(local.date(), compiled.weekly[local.weekday()])
    if local.date() not in dated and any(at.replace(second=0) in zoned_minutes(compiled, each) for each in zoned):
        return True
    return any(each.start <= second < each.end for each in hours)


BEFORE = 10 * DAY
"""Longer than a window: what opened before is closed by the start."""


def reached_minutes(compiled: CompiledCalendar, zone: str | None, weekday: int, second: int) -> set[datetime]:
    """The minutes at which the clock of a zone first shows a time of the week, or more."""
    held = ZoneInfo(zone or compiled.zone)
    at = compiled.start - BEFORE
    shown = at.astimezone(held).replace(tzinfo=None)
    due = datetime.combine(shown.date(), datetime.min.time()) + (weekday - shown.weekday()) % 7 * DAY
    due += timedelta(seconds=second) + (7 * DAY if due + timedelta(seconds=second) <= shown else timedelta())
    found: set[datetime] = set()
    while at < compiled.end:
        if at.astimezone(held).replace(tzinfo=None) >= due:
            found.add(at)
            due += 7 * DAY
        at += MINUTE
    return found


@lru_cache(maxsize=4)
def zoned_minutes(compiled: CompiledCalendar, window: ZonedWindow) -> frozenset[datetime]:
    """The open minutes of a window between zones."""
    opens, closes = (reached_minutes(compiled, each.zone, each.weekday, each.second) for each in window)
    at, is_open, found = compiled.start - BEFORE, False, set[datetime]()
    while at < compiled.end:
        is_open = at in opens or (is_open and at not in closes)
        if is_open:
            found.add(at)
        at += MINUTE
    return frozenset(found)


@lru_cache(maxsize=4)
def open_minutes(compiled: CompiledCalendar, zoned: Zoned) -> tuple[datetime, ...]:
    minutes = (compiled.start + step * MINUTE for step in range(SPAN * 1440))
    return tuple(at for at in minutes if shown_open(compiled, zoned, at))


def oracle_between(compiled: CompiledCalendar, zoned: Zoned, start: datetime, end: datetime) -> timedelta:
    if end < start:
        return -oracle_between(compiled, zoned, end, start)
    parts = (min(at + MINUTE, end) - max(at, start) for at in open_minutes(compiled, zoned))
    return sum((part for part in parts if part > timedelta()), timedelta())


def oracle_add(compiled: CompiledCalendar, zoned: Zoned, start: datetime, amount: timedelta) -> datetime | None:
    for at in open_minutes(compiled, zoned):
        part = at + MINUTE - max(at, start)
        if timedelta() < part < amount:
            amount -= part
        elif part >= amount:
            return max(at, start) + amount
    return None
