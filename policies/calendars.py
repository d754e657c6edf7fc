"""A calendar as a policy writes it, and its compilation into plain numbers with a horizon."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any, Self

import tzdata
from pydantic import Field, ValidationError, model_validator

from policies.holiday_dates import HOLIDAYS_RELEASE, CountryHolidays, Dates, Holiday
from policies.hours import cut, week_intervals
from policies.special_hours import CLOSED, SpecialHours, check_exceptions, dated_hours
from policies.zoned_hours import WeekHours, is_zoned, stretches
from policies.zones import offsets, zone_named
from sla.base.errors import PolicyError
from sla.base.fields import Line, Record
from sla.calendars.calendar import Calendar
from sla.calendars.compiled import CompiledCalendar, DatedHours, HolidaySet, OffsetFrom, Stretch, Week

CUSTOMER = "customer"
DAY = timedelta(days=1)


def _check_zone(name: str) -> None:
    try:
        zone_named("UTC" if name == CUSTOMER else name)
    except PolicyError as error:
        raise ValueError(str(error)) from None


class CalendarSpec(Record):
    """When support is open. `zone` is an IANA name, a fixed offset such as `UTC+05:30`, or `customer`."""

    zone: Line = Field(
        description="an IANA name such as `Europe/Berlin`, a fixed offset such as `UTC+05:30`, or `customer`: the zone "
        "that the ticket names"
    )
    hours: WeekHours = Field(description="`24x7`, `24x5`, or the hours of each day; a day that is left out is closed")
    holidays: tuple[Holiday, ...] = Field(default=(), description="dates that are closed from midnight to midnight")
    exceptions: tuple[SpecialHours, ...] = Field(default=(), description="special hours of single dates, and seasons")

    @property
    def zoned(self) -> bool:
        """Whether the two ends of its hours follow clocks of their own."""
        return is_zoned(self.hours)

    @property
    def weekly(self) -> Week | None:
        """The hours of each weekday, cut at midnight; None where hours are no hours of dates."""
        return None if self.zoned else cut(week_intervals(self.hours))

    @model_validator(mode="after")
    def _check(self) -> Self:
        _check_zone(self.zone)
        check_exceptions(self.exceptions, self.zoned)
        return self


def compile_spec(
    spec: CalendarSpec | Mapping[str, Any],
    start: datetime,
    end: datetime,
    *,
    name: str = "",
    zone: str | None = None,
    made_by: Mapping[str, str] | None = None,
) -> CompiledCalendar:
    """The calendar of `spec` from `start` to `end` (aware instants), as plain numbers.

    `zone` is the customer's, used only when the spec says `customer`. `made_by` is added to the releases of
    tzdata and holidays that were used. Raises PolicyError when the spec cannot be used, CalendarError when an
    instant is naive.
    """
    known = spec if isinstance(spec, CalendarSpec) else _read(spec)
    label = _zone_name(known, zone)
    changes = offsets(zone_named(label), start, end)
    given = _given(known.holidays, start.date() - DAY, end.date() + DAY)
    try:
        return CompiledCalendar(
            name=name,
            zone=label,
            start=start,
            end=end,
            weekly=known.weekly or CLOSED,
            stretches=stretches(known.hours, label, start, end) if known.zoned else (),
            exceptions=_exceptions(known, given, start.date() - DAY, end.date() + DAY),
            offsets=changes,
            holidays=_named(given),
            made_by={"tzdata": tzdata.IANA_VERSION, "holidays": HOLIDAYS_RELEASE, **(made_by or {})},
        )
    except ValidationError as error:
        raise _refusal(error) from None


def lengthen(
    known: CompiledCalendar, spec: CalendarSpec | Mapping[str, Any], end: datetime, *, zone: str | None = None
) -> CompiledCalendar:
    """`known` up to a later `end`: what it says up to its own end stays, whatever today's releases say of it.

    Arguments and errors as for `compile_spec`.
    """
    made = compile_spec(spec, known.start, end, name=known.name, zone=zone)
    border, at = known.end.date(), ceil(known.end.timestamp())
    later = tuple(Stretch(max(each.start, at), each.end) for each in made.stretches if each.end > at)
    return made.model_copy(
        update={
            "exceptions": (*_until(known.exceptions, border), *(each for each in made.exceptions if each.day > border)),
            "offsets": _offsets(known, made, at),
            "stretches": (*known.stretches, *later),
            "holidays": _joined(known, made, border),
            "made_by": {name: _releases(known, name, release) for name, release in made.made_by.items()},
        }
    )


def compile_calendar(
    spec: CalendarSpec | Mapping[str, Any],
    start: datetime,
    end: datetime,
    *,
    name: str = "",
    zone: str | None = None,
) -> Calendar:
    """The calendar of `spec`, ready to be asked; arguments and errors as for `compile_spec`."""
    return Calendar.of(compile_spec(spec, start, end, name=name, zone=zone))


def _read(spec: Mapping[str, Any]) -> CalendarSpec:
    try:
        return CalendarSpec.model_validate(spec)
    except ValidationError as error:
        raise _refusal(error) from None


def _refusal(error: ValidationError) -> PolicyError:
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    return PolicyError(f"{place}: {first['msg']}".removeprefix(": ").replace("Value error, ", ""))


def _zone_name(spec: CalendarSpec, customer: str | None) -> str:
    if spec.zone != CUSTOMER:
        return spec.zone
    if not customer:
        raise PolicyError("the hours are those of the customer's time zone, and it is not known")
    return customer


Given = list[tuple[Holiday, Dates]]


def _given(entries: tuple[Holiday, ...], first: date, last: date) -> Given:
    return [(entry, entry.between(first, last)) for entry in entries]


def _exceptions(spec: CalendarSpec, given: Given, first: date, last: date) -> tuple[DatedHours, ...]:
    closed: Dates = {}
    for _, dates in given:
        closed = dates | closed
    return dated_hours(spec.exceptions, closed, spec.weekly, first, last)


def _named(given: Given) -> tuple[HolidaySet, ...]:
    """What the sets gave that are named rather than written out in the policy."""
    return tuple(
        HolidaySet(entry.source, tuple(sorted(dates.items())))
        for entry, dates in given
        if isinstance(entry, CountryHolidays)
    )


def _offsets(known: CompiledCalendar, made: CompiledCalendar, at: int) -> tuple[OffsetFrom, ...]:
    """Of `known` before `at`, of `made` from then on: they may disagree on what holds there."""
    kept = tuple(each for each in known.offsets if each.at < at)
    held = next(each for each in reversed(made.offsets) if each.at <= at)
    turn = () if held[1:] == kept[-1][1:] else (held._replace(at=at),)
    return (*kept, *turn, *(each for each in made.offsets if each.at > at))


def _joined(known: CompiledCalendar, made: CompiledCalendar, border: date) -> tuple[HolidaySet, ...]:
    """The sets of both, in their one order: of `known` up to the border, of `made` beyond."""
    if len(known.holidays) != len(made.holidays):
        # A calendar from before sets were kept: its exceptions alone say what was given until the border.
        return tuple(_beyond(each, border) for each in made.holidays)
    pairs = zip(known.holidays, made.holidays, strict=True)
    return tuple(
        HolidaySet(one.source, (*(dated for dated in one.dates if dated[0] <= border), *_beyond(other, border).dates))
        for one, other in pairs
    )


def _releases(known: CompiledCalendar, name: str, later: str) -> str:
    """The release that made a calendar, and the one that made it longer when it is another."""
    first = known.made_by.get(name, later)
    return first if first.endswith(later) else f"{first}; from {known.end:%Y-%m-%d} {later}"


def _beyond(given: HolidaySet, border: date) -> HolidaySet:
    return HolidaySet(given.source, tuple(dated for dated in given.dates if dated[0] > border))


def _until(exceptions: tuple[DatedHours, ...], border: date) -> Iterator[DatedHours]:
    return (each for each in exceptions if each.day <= border)
