"""Opening hours as a support lead writes them, and the windows they mean.

`09:00-17:00`, a list of such, `closed`; by day: `mon-fri`, `sat-sun`, `mon,wed`, `daily`; a whole week:
`24x7`, `24x5`. Hours that end no later than they begin run into the next date: `22:00-06:00`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, cast

from pydantic import BeforeValidator

from sla.calendars.compiled import DAY_SECONDS, Week, Window, Windows
from sla.calendars.intervals import Interval, union

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FULL_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
INDEX = {name: index for names in (DAYS, FULL_NAMES) for index, name in enumerate(names)}
ALL_DAY: Interval = (0, DAY_SECONDS)
CLOSED: tuple[tuple[Interval, ...], ...] = ((),) * 7
WEEK_WORDS = {"24x7": ((ALL_DAY,),) * 7, "24x5": (*((ALL_DAY,),) * 5, (), ()), "closed": CLOSED}

HOURS = re.compile(r"(\d{1,2}):(\d\d)\s*[-\u2013]\s*(\d{1,2}):(\d\d)", re.ASCII)
EXAMPLE = "hours such as 09:00-17:00, a list of them, or closed"

DayIntervals = tuple[Interval, ...]
"""Hours of one date in seconds after its midnight, not yet cut at the next: an end may exceed 86,400."""

WeekIntervals = tuple[DayIntervals, ...]


def day_intervals(value: object) -> DayIntervals:
    """The hours of one date. Raises ValueError saying what is wrong with the text."""
    if value == "closed":
        return ()
    texts = cast("Sequence[object]", value) if isinstance(value, list | tuple) else (value,)
    return tuple(map(_interval, texts))


def week_intervals(value: object) -> WeekIntervals:
    """The hours of each day from Monday on. Raises ValueError saying what is wrong with the text."""
    if isinstance(value, Mapping):
        return _by_day(cast("Mapping[object, object]", value))
    if isinstance(value, str) and value.strip().lower() in WEEK_WORDS:
        return WEEK_WORDS[value.strip().lower()]
    raise ValueError(f"{value!r} is neither 24x7, 24x5 nor hours by day, such as {{mon-fri: 09:00-17:00}}")


def season_intervals(value: object) -> WeekIntervals:
    """Hours by day, or the same hours every day. Raises ValueError saying what is wrong with the text."""
    if isinstance(value, Mapping) or (isinstance(value, str) and value in WEEK_WORDS):
        return week_intervals(cast("object", value))
    return (day_intervals(value),) * 7


def head(intervals: DayIntervals) -> Windows:
    """The part that lies on the date itself."""
    return windows((start, min(end, DAY_SECONDS)) for start, end in intervals)


def tail(intervals: DayIntervals) -> Windows:
    """The part that lies on the date after, as windows of that date."""
    return windows((0, end - DAY_SECONDS) for _, end in intervals if end > DAY_SECONDS)


def windows(intervals: Iterable[Interval]) -> Windows:
    """Windows in order that neither overlap nor touch."""
    return tuple(Window(*each) for each in union(intervals))


def cut(week: WeekIntervals) -> Week:
    """The week with every window cut at midnight, so that a holiday closes exactly its own date."""
    days = (windows((*head(week[index]), *tail(week[index - 1]))) for index in range(7))
    return cast("Week", tuple(days))


def _interval(text: object) -> Interval:
    match = HOURS.fullmatch(text.strip()) if isinstance(text, str) else None
    if not match:
        raise ValueError(f"{text!r} is not {EXAMPLE}")
    opens, closes = (clock_seconds(hour, minute, match[0]) for hour, minute in (match.group(1, 2), match.group(3, 4)))
    if opens == DAY_SECONDS:
        raise ValueError(f"{text!r} begins at 24:00: begin at 00:00 of the next day")
    if opens == closes:
        raise ValueError(f"{text!r} ends when it begins: write 00:00-24:00 for the whole day, closed for none of it")
    return opens, closes if closes > opens else closes + DAY_SECONDS


def clock_seconds(hour: str, minute: str, text: str) -> int:
    """Seconds after midnight, 24:00 included. Raises ValueError quoting `text`."""
    seconds = int(hour) * 3600 + int(minute) * 60
    if int(minute) > 59 or seconds > DAY_SECONDS:
        raise ValueError(f"{text!r} holds a time that no clock shows: 00:00 to 24:00 are meant")
    return seconds


def _by_day(hours: Mapping[object, object]) -> WeekIntervals:
    week: dict[int, DayIntervals] = {}
    for words, value in hours.items():
        for day in _days(str(words)):
            if day in week:
                raise ValueError(f"{DAYS[day]} is given twice; give all its hours in one list")
            week[day] = _named(str(words), value)
    return tuple(week.get(day, ()) for day in range(7))


def _named(words: str, value: object) -> DayIntervals:
    try:
        return day_intervals(value)
    except ValueError as error:
        raise ValueError(f"{words}: {error}") from None


def _days(words: str) -> Iterator[int]:
    if words.strip().lower() == "daily":
        yield from range(7)
        return
    for part in words.lower().split(","):
        first, dash, last = part.partition("-")
        start = _day(first, words)
        yield from ((start + step) % 7 for step in range((_day(last, words) - start) % 7 + 1 if dash else 1))


def _day(word: str, words: str) -> int:
    if word.strip() not in INDEX:
        raise ValueError(f"{words!r} is no day: write mon, mon-fri, sat-sun, a list such as mon,wed, or daily")
    return INDEX[word.strip()]


def _season_checked(value: object) -> object:
    season_intervals(value)
    return value


def _day_checked(value: object) -> object:
    day_intervals(value)
    return value


DayHours = Annotated[str | tuple[str, ...], BeforeValidator(_day_checked)]
"""Hours of one date, in words that were checked."""

SeasonHours = Annotated[str | tuple[str, ...] | dict[str, str | tuple[str, ...]], BeforeValidator(_season_checked)]
"""Hours of each date of a season: by weekday, or the same every day."""
