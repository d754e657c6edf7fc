"""A compiled calendar: everything the arithmetic needs, as plain numbers with a horizon.

It holds no rule that could change under an open ticket: zone data and holidays were looked up before.
"""

from collections.abc import Iterable
from datetime import date
from itertools import pairwise
from typing import Annotated, NamedTuple, Self

from pydantic import Field, model_validator

from sla.base.fields import Record
from sla.base.instant import Instant, to_micros

DAY_SECONDS = 86_400


class Window(NamedTuple):
    """Open local civil time of one date, half-open, in seconds: 32,400 to 61,200 is 09:00-17:00."""

    start: Annotated[int, Field(ge=0, lt=DAY_SECONDS)]
    end: Annotated[int, Field(gt=0, le=DAY_SECONDS)]


Windows = tuple[Window, ...]
Week = tuple[Windows, Windows, Windows, Windows, Windows, Windows, Windows]


class DatedHours(NamedTuple):
    """The hours of one local date, replacing its weekly hours. No windows: closed, for `reason`."""

    day: date
    windows: Windows
    reason: str


class Stretch(NamedTuple):
    """Open real time, half-open, in UTC epoch seconds: hours whose two ends follow different zones."""

    start: int
    end: int


class HolidaySet(NamedTuple):
    """What a named set of holidays gave within the horizon, in order: also on dates that other rules decide."""

    source: str
    dates: tuple[tuple[date, str], ...]


class OffsetFrom(NamedTuple):
    """The zone's offset (seconds east of UTC) and abbreviation, in force from `at` (UTC epoch seconds) on."""

    at: int
    seconds: Annotated[int, Field(gt=-DAY_SECONDS, lt=DAY_SECONDS)]
    name: str


def _apart(spans: tuple[Window, ...] | tuple[Stretch, ...]) -> bool:
    return all(each.start < each.end for each in spans) and all(a.end <= b.start for a, b in pairwise(spans))


def _ascending(values: Iterable[int]) -> bool:
    return all(a < b for a, b in pairwise(values))


class CompiledCalendar(Record):
    """Weekly hours, dated exceptions and UTC offsets of one zone, good from `start` to `end` (UTC).

    `zone` is a label: the offsets are in `offsets`, ordered, the first holding at `start` already. `weekly`
    runs from Monday to Sunday. `exceptions` are ordered by date. `stretches`, in order, are open besides the
    weekly hours; an exception replaces both for its date. `holidays` decides nothing: it says what each named
    set gave. `made_by` says which releases it was compiled from.
    """

    name: str = ""
    zone: str
    start: Instant
    end: Instant
    weekly: Week
    exceptions: tuple[DatedHours, ...] = ()
    offsets: Annotated[tuple[OffsetFrom, ...], Field(min_length=1)]
    made_by: dict[str, str] = Field(default_factory=dict[str, str])
    # Histories hold calendars from before these: each needs a default.
    stretches: tuple[Stretch, ...] = ()
    holidays: tuple[HolidaySet, ...] = ()

    @model_validator(mode="after")
    def _check(self) -> Self:
        rules = {
            "a calendar must end after it starts": self.start < self.end,
            "the windows of a date must be in order and must not overlap": all(map(_apart, self._hours())),
            "stretches must be in order and must not overlap": _apart(self.stretches),
            "exceptions must be in order, one for a date": _ascending(e.day.toordinal() for e in self.exceptions),
            "offsets must be in order": _ascending(o.at for o in self.offsets),
            "the first offset must hold at the start": self.offsets[0].at * 1_000_000 <= to_micros(self.start),
        }
        for rule, holds in rules.items():
            if not holds:
                raise ValueError(rule)
        return self

    def _hours(self) -> tuple[Windows, ...]:
        return (*self.weekly, *(each.windows for each in self.exceptions))

    def __hash__(self) -> int:
        # Asked before each question to a calendar: few fields, and equal calendars still hash alike.
        return hash((self.name, self.zone, self.start))
