"""A calendar as a policy writes it, and its compilation into plain numbers with a horizon.

From weakest to strongest, the hours of a local date are: the weekly hours, a season (`from`/`to`), a holiday,
a dated exception. Hours across midnight are cut there first, so each of these rules exactly its own dates.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Annotated, Any, Literal, Self

import tzdata
from pydantic import ConfigDict, Discriminator, Field, Tag, ValidationError, model_validator

from policies.holiday_dates import HOLIDAYS_RELEASE, Holiday, dates_between, holiday_dates
from policies.hours import (
    DayHours,
    SeasonHours,
    WeekHours,
    cut,
    day_intervals,
    head,
    season_intervals,
    tail,
    week_intervals,
    windows,
)
from policies.zones import offsets, zone_named
from sla.calendar import Calendar
from sla.compiled import CompiledCalendar, DatedHours, Week, Windows
from sla.errors import PolicyError
from sla.record import Line, Record

CUSTOMER = "customer"
DAY = timedelta(days=1)
KINDS = "an exception has a date, hours and a name, or from, to, hours and a name"


class DatedException(Record):
    """Special hours of one date, even of a holiday."""

    model_config = ConfigDict(serialize_by_alias=True)

    date_: Annotated[date, Field(alias="date", description="the date")]
    hours: DayHours = Field(description="its hours, such as `09:00-12:00`, a list of such, or `closed`")
    name: Line = Field(description="why, in words for people")


class Season(Record):
    """Hours that replace the weekly ones from `from_` to `to`, both included; holidays stay closed."""

    model_config = ConfigDict(serialize_by_alias=True)

    from_: Annotated[date, Field(alias="from", description="the first date")]
    to: date = Field(description="the last date")
    hours: SeasonHours = Field(description="the hours by day, or the same every day")
    name: Line = Field(description="why, in words for people")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.to < self.from_:
            raise ValueError(f"{self.name} ends on {self.to}, before it begins on {self.from_}")
        return self


def _check_zone(name: str) -> None:
    try:
        zone_named("UTC" if name == CUSTOMER else name)
    except PolicyError as error:
        raise ValueError(str(error)) from None


def _kind(entry: object) -> Literal["date", "season"] | None:
    if isinstance(entry, DatedException) or (isinstance(entry, Mapping) and "date" in entry):
        return "date"
    return "season" if isinstance(entry, Season) or (isinstance(entry, Mapping) and "from" in entry) else None


SpecialHours = Annotated[
    Annotated[DatedException, Tag("date")] | Annotated[Season, Tag("season")],
    Discriminator(_kind, custom_error_type="exception", custom_error_message=KINDS),
]


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
    def seasons(self) -> list[Season]:
        """The exceptions that last, in order."""
        return sorted((each for each in self.exceptions if isinstance(each, Season)), key=lambda each: each.from_)

    @property
    def dated(self) -> list[DatedException]:
        """The exceptions of one date, in order."""
        return sorted(
            (each for each in self.exceptions if isinstance(each, DatedException)),
            key=lambda each: each.date_,
        )

    @model_validator(mode="after")
    def _check(self) -> Self:
        _check_zone(self.zone)
        for one, other in pairwise(self.dated):
            if one.date_ == other.date_:
                raise ValueError(f"{one.date_} has two exceptions, {one.name} and {other.name}; keep one")
        for one, other in pairwise(self.seasons):
            if other.from_ <= one.to:
                raise ValueError(f"{one.name} and {other.name} overlap; end one before the other begins")
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
    try:
        return CompiledCalendar(
            name=name,
            zone=label,
            start=start,
            end=end,
            weekly=cut(week_intervals(known.hours)),
            exceptions=_exceptions(known, start.date() - DAY, end.date() + DAY),
            offsets=changes,
            made_by={"tzdata": tzdata.IANA_VERSION, "holidays": HOLIDAYS_RELEASE, **(made_by or {})},
        )
    except ValidationError as error:
        raise _refusal(error) from None


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


def _exceptions(spec: CalendarSpec, first: date, last: date) -> tuple[DatedHours, ...]:
    """The hours of every date from `first` to `last` that are not the weekly ones."""
    weekly = cut(week_intervals(spec.hours))
    dates = _seasonal(spec, weekly, first, last)
    closed = {day: DatedHours(day, (), name) for day, name in holiday_dates(spec.holidays, first, last).items()}
    special = {each.date_: _special(each) for each in spec.dated}
    for each in spec.dated:
        after = each.date_ + DAY
        if after not in closed and after not in special:
            dates = dates | _spilled(each, after, dates.get(after), weekly)
    merged = dates | closed | special
    return tuple(merged[day] for day in sorted(merged) if first <= day <= last)


def _seasonal(spec: CalendarSpec, weekly: Week, first: date, last: date) -> dict[date, DatedHours]:
    dates: dict[date, DatedHours] = {}
    for season in spec.seasons:
        week = cut(season_intervals(season.hours))
        for day in dates_between(max(first, season.from_), min(last, season.to)):
            hours = week[day.weekday()]
            if hours != weekly[day.weekday()]:
                dates[day] = DatedHours(day, hours, season.name)
    return dates


def _special(exception: DatedException) -> DatedHours:
    return DatedHours(exception.date_, head(day_intervals(exception.hours)), exception.name)


def _spilled(exception: DatedException, after: date, known: DatedHours | None, weekly: Week) -> dict[date, DatedHours]:
    """The date after an exception that runs past midnight: its own hours and what spills into it."""
    spill: Windows = tail(day_intervals(exception.hours))
    own = known.windows if known else weekly[after.weekday()]
    return {after: DatedHours(after, windows((*own, *spill)), exception.name)} if spill else {}
