"""Special hours of dates, and which of all rules decides a date.

From weakest to strongest, the hours of a local date are: the ordinary hours, a season (`from`/`to`), a holiday,
a dated exception. Hours across midnight are cut there first, so each of these rules exactly its own dates.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from policies.holiday_dates import Dates, dates_between
from policies.hours import DayHours, SeasonHours, cut, day_intervals, head, season_intervals, tail, windows
from sla.base.fields import Line, Record
from sla.calendars.compiled import DatedHours, Week, Windows

DAY = timedelta(days=1)
CLOSED: Week = ((), (), (), (), (), (), ())
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


def _kind(entry: object) -> Literal["date", "season"] | None:
    if isinstance(entry, DatedException) or (isinstance(entry, Mapping) and "date" in entry):
        return "date"
    return "season" if isinstance(entry, Season) or (isinstance(entry, Mapping) and "from" in entry) else None


SpecialHours = Annotated[
    Annotated[DatedException, Tag("date")] | Annotated[Season, Tag("season")],
    Discriminator(_kind, custom_error_type="exception", custom_error_message=KINDS),
]


def seasons(exceptions: Iterable[SpecialHours]) -> list[Season]:
    """The exceptions that last, in order."""
    return sorted((each for each in exceptions if isinstance(each, Season)), key=lambda each: each.from_)


def dated(exceptions: Iterable[SpecialHours]) -> list[DatedException]:
    """The exceptions of one date, in order."""
    return sorted((each for each in exceptions if isinstance(each, DatedException)), key=lambda each: each.date_)


def check_exceptions(exceptions: tuple[SpecialHours, ...], zoned: bool) -> None:
    """Raises ValueError when two rule one date, or one runs past midnight into hours that no date has (`zoned`)."""
    for one, other in pairwise(dated(exceptions)):
        if one.date_ == other.date_:
            raise ValueError(f"{one.date_} has two exceptions, {one.name} and {other.name}; keep one")
    for one, other in pairwise(seasons(exceptions)):
        if other.from_ <= one.to:
            raise ValueError(f"{one.name} and {other.name} overlap; end one before the other begins")
    for each in dated(exceptions):
        if zoned and tail(day_intervals(each.hours)):
            raise ValueError(f"{each.name} runs past midnight of {each.date_}: end it at 24:00, and give the next date")


def dated_hours(
    exceptions: Iterable[SpecialHours], holidays: Dates, weekly: Week | None, first: date, last: date
) -> tuple[DatedHours, ...]:
    """The hours of every date from `first` to `last` that are not the ordinary ones.

    `weekly` is None where the ordinary hours are no hours of dates: then a season says them for every date of it.
    """
    listed = tuple(exceptions)
    dates = _seasonal(seasons(listed), weekly, first, last)
    closed = {day: DatedHours(day, (), name) for day, name in holidays.items()}
    special = {each.date_: _special(each) for each in dated(listed)}
    for each in dated(listed):
        after = each.date_ + DAY
        if after not in closed and after not in special:
            dates = dates | _spilled(each, after, dates.get(after), weekly or CLOSED)
    merged = dates | closed | special
    return tuple(merged[day] for day in sorted(merged) if first <= day <= last)


def _seasonal(listed: list[Season], weekly: Week | None, first: date, last: date) -> dict[date, DatedHours]:
    dates: dict[date, DatedHours] = {}
    for season in listed:
        week = cut(season_intervals(season.hours))
        for day in dates_between(max(first, season.from_), min(last, season.to)):
            hours = week[day.weekday()]
            if weekly is None or hours != weekly[day.weekday()]:
                dates[day] = DatedHours(day, hours, season.name)
    return dates


def _special(exception: DatedException) -> DatedHours:
    return DatedHours(exception.date_, head(day_intervals(exception.hours)), exception.name)


def _spilled(exception: DatedException, after: date, known: DatedHours | None, weekly: Week) -> dict[date, DatedHours]:
    """The date after an exception that runs past midnight: its own hours and what spills into it."""
    spill: Windows = tail(day_intervals(exception.hours))
    own = known.windows if known else weekly[after.weekday()]
    return {after: DatedHours(after, windows((*own, *spill)), exception.name)} if spill else {}
