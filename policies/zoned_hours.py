"""Hours whose two ends follow different clocks: from Monday 10:00 in Sydney to Friday 17:00 in Los Angeles.

    hours: {from: mon 10:00 Australia/Sydney, to: fri 17:00 America/Los_Angeles}

or a list of such. An end without a zone follows the zone of the calendar. Each window opens every week, at the first
instant at which its first clock shows that time or later, and closes at the first instant after it at which its
second clock does: an end that a clock change skips falls on the change, one that it repeats on the first time.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple, cast

from pydantic import BeforeValidator

from policies.hours import INDEX, clock_seconds, week_intervals
from policies.zones import offsets, zone_named
from sla.base.errors import PolicyError
from sla.base.instant import to_micros
from sla.calendars.compiled import DAY_SECONDS, Stretch
from sla.calendars.intervals import overlaps, union
from sla.calendars.wall_clock import DAY, SECOND, WallClock

ENDS = {"from", "to"}
END = re.compile(r"([A-Za-z]+)\s+(\d{1,2}):(\d\d)(?:\s+(\S+))?", re.ASCII)
EXAMPLE = "a weekday, a time and a zone, such as mon 10:00 Australia/Sydney"
MOST_WINDOWS = 21
EPOCH_WEEKDAY = 3

# A window lasts a week at most; a zone may have skipped a date besides.
REACH = timedelta(days=10)


class End(NamedTuple):
    """A time of the week on the clock of a zone; without `zone`, of the calendar's."""

    weekday: int
    second: int
    zone: str | None
    said: str


class ZonedWindow(NamedTuple):
    """Open from one end to the next."""

    opens: End
    closes: End


def is_zoned(hours: object) -> bool:
    """Whether hours are given by their two ends rather than by day."""
    listed = cast("Sequence[object]", hours) if isinstance(hours, list | tuple) else (hours,)
    first = next(iter(listed), None)
    return isinstance(first, Mapping) and bool(ENDS & set(cast("Mapping[object, object]", first)))


def zoned_windows(hours: object) -> tuple[ZonedWindow, ...]:
    """The windows of hours given by their two ends. Raises ValueError saying what is wrong with the text."""
    listed = cast("Sequence[object]", hours) if isinstance(hours, list | tuple) else (hours,)
    if len(listed) > MOST_WINDOWS:
        raise ValueError(f"{len(listed)} windows are more than the {MOST_WINDOWS} that a calendar may have")
    return tuple(map(_window, listed))


def stretches(hours: object, zone: str, start: datetime, end: datetime) -> tuple[Stretch, ...]:
    """When such hours are open from `start` to `end`, in UTC epoch seconds; `zone` is the calendar's own.

    Raises PolicyError when a zone is unknown.
    """
    spans = (span for window in zoned_windows(hours) for span in window_spans(window, zone, start, end))
    inside = overlaps(union(spans), to_micros(start), to_micros(end))
    return tuple(Stretch(low // SECOND, -(-high // SECOND)) for low, high in inside)


def window_spans(window: ZonedWindow, zone: str, start: datetime, end: datetime) -> Iterator[tuple[int, int]]:
    """Every week of a window that touches `start` to `end`, in UTC epoch microseconds."""
    opens, closes = (instants(each, zone, start - REACH, end + REACH) for each in window)
    for opening in opens:
        following = bisect_right(closes, opening)
        if following < len(closes):
            yield opening, closes[following]


def instants(end: End, zone: str, first: datetime, last: datetime) -> list[int]:
    """When the clock of an end reaches it, each week, in UTC epoch microseconds and in order."""
    held = zone_named(end.zone or zone)
    wall = WallClock(offsets(held, first - REACH, last))
    low, high = wall.day(to_micros(first)), wall.day(to_micros(last))
    monday = low - (low + EPOCH_WEEKDAY) % 7
    return [wall.reached((day + end.weekday) * DAY + end.second * SECOND) for day in range(monday, high + 1, 7)]


def _window(value: object) -> ZonedWindow:
    if not isinstance(value, Mapping) or set(cast("Mapping[object, object]", value)) != ENDS:
        raise ValueError(f"{value!r}: give 'from' and 'to', each {EXAMPLE}, and nothing else")
    ends = cast("Mapping[str, object]", value)
    window = ZonedWindow(_end("from", ends["from"]), _end("to", ends["to"]))
    if window.opens[:3] == window.closes[:3]:
        raise ValueError(f"from {window.opens.said} to the same time: write 24x7 for hours that never close")
    return window


def _end(which: str, text: object) -> End:
    match = END.fullmatch(text.strip()) if isinstance(text, str) else None
    if not match or match[1].lower() not in INDEX:
        raise ValueError(f"{which}: {text!r} is not {EXAMPLE}")
    try:
        second = clock_seconds(match[2], match[3], match[0])
        if match[4]:
            zone_named(match[4])
    except (ValueError, PolicyError) as error:
        raise ValueError(f"{which}: {error}") from None
    weekday = INDEX[match[1].lower()]
    if second == DAY_SECONDS:
        weekday, second = (weekday + 1) % 7, 0
    return End(weekday, second, match[4], match[0])


def _checked(value: object) -> object:
    if is_zoned(value):
        zoned_windows(value)
    else:
        week_intervals(value)
    return value


WeekHours = Annotated[
    str | dict[str, str | tuple[str, ...]] | tuple[dict[str, str], ...],
    BeforeValidator(_checked),
]
"""Hours of a week, by day or by their two ends, in words that were checked."""
