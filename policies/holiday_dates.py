"""Holidays as a policy lists them, and the dates they fall on."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from importlib.metadata import version
from typing import Annotated, Literal, Self, cast

import holidays
from dateutil.rrule import rrulestr
from pydantic import AfterValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from sla.errors import PolicyError
from sla.record import Line, Record

Dates = dict[date, str]
"""Holiday names by local date."""

RULE = re.compile(r"(RRULE:)?([A-Z]+=[A-Z0-9,+-]+;)*FREQ=(YEARLY|MONTHLY|WEEKLY)(;[A-Z]+=[A-Z0-9,+-]+)*", re.ASCII)
A_YEAR = date(2026, 1, 1)
LANGUAGE = "en_US"
MIDNIGHT = time()
# A rule that falls on no date is followed to the year 9999, which from today takes a second: 28 years show as much.
LAST_YEARS = datetime.combine(date(9971, 1, 1), MIDNIGHT)
# With an interval of zero dateutil asks the same year for ever; of two frequencies it takes the last.
NO_INTERVAL = re.compile(r"INTERVAL=0*(;|$)")
UNTIL = re.compile(r"UNTIL=[^;]*;|;UNTIL=[^;]*")
HOLIDAYS_RELEASE = version("holidays")
KINDS = "a holiday has a country, a date and a name, or an rrule, from and a name"


def _check_country(code: str) -> str:
    if not re.fullmatch(r"[A-Z]{2}", code):
        raise ValueError(f"{code!r} is not a country code of two capital letters, such as US")
    return code


def _check_rule(text: str) -> str:
    # Finer rules are refused: they are no dates, and take seconds to list.
    if not RULE.fullmatch(text) or text.count("FREQ=") > 1 or NO_INTERVAL.search(text):
        raise ValueError(
            f"{text!r} is not a yearly, monthly or weekly recurrence rule, such as FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24"
        )
    try:
        rrulestr(text, dtstart=LAST_YEARS)
        first = next(iter(rrulestr(UNTIL.sub("", text), dtstart=LAST_YEARS)), None)
    except (ValueError, IndexError) as error:
        raise ValueError(f"{text!r} is not a recurrence rule: {error}") from None
    if first is None:
        raise ValueError(f"{text!r} falls on no date")
    return text


class CountryHolidays(Record):
    """The holidays of a country, as the `holidays` package names them in English; `only` keeps those named."""

    country: Annotated[str, AfterValidator(_check_country)]
    subdivision: str | None = None
    categories: tuple[str, ...] = ("public",)
    observed: bool = True
    only: Annotated[tuple[Line, ...], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _check(self) -> Self:
        try:
            self.between(A_YEAR, A_YEAR)
        except PolicyError as error:
            raise ValueError(str(error)) from None
        return self

    def between(self, first: date, last: date) -> Dates:
        """The holidays from `first` to `last`. Raises PolicyError when the package does not know them."""
        known = self._known(first, last)
        if not known.start_year <= first.year <= last.year <= known.end_year:
            years = f"{known.start_year} to {known.end_year}"
            raise PolicyError(f"holidays of {self.country} are known for {years}, not {first.year} to {last.year}")
        named = {day: self._kept(known.get_list(day)) for day in known}
        self._check_only(name for day in known for name in known.get_list(day))
        return {day: "; ".join(names) for day, names in named.items() if names and first <= day <= last}

    def _known(self, first: date, last: date) -> holidays.HolidayBase:
        # One year more on both sides: a holiday is sometimes observed in the year before or after its own.
        # Without a language the names, and so `only`, would follow the locale of the machine.
        years = range(first.year - 1, last.year + 2)
        try:
            return holidays.country_holidays(
                self.country,
                self.subdivision,
                years,
                observed=self.observed,
                categories=self.categories,
                language=LANGUAGE,
            )
        except (NotImplementedError, ValueError) as error:
            raise PolicyError(f"holidays: {error}".replace("Entity", "country")) from None

    def _kept(self, names: list[str]) -> list[str]:
        return [name for name in names if self.only is None or any(_is(name, each) for each in self.only)]

    def _check_only(self, names: Iterable[str]) -> None:
        known = sorted(set(names))
        for wanted in self.only or ():
            if not any(_is(name, wanted) for name in known):
                raise PolicyError(f"{self.country} has no holiday {wanted!r}; there is {', '.join(known)}")


class DatedHoliday(Record):
    """A holiday on one date."""

    model_config = ConfigDict(serialize_by_alias=True)

    date_: Annotated[date, Field(alias="date")]
    name: Line

    def between(self, first: date, last: date) -> Dates:
        """The holiday when it lies from `first` to `last`."""
        return {self.date_: self.name} if first <= self.date_ <= last else {}


class RuleHoliday(Record):
    """A holiday that recurs by an RFC 5545 rule, counted from `from_`."""

    model_config = ConfigDict(serialize_by_alias=True)

    rrule: Annotated[str, AfterValidator(_check_rule)]
    from_: Annotated[date, Field(alias="from")]
    name: Line

    def between(self, first: date, last: date) -> Dates:
        """The days of the rule from `first` to `last`."""
        # Local dates, not instants: dateutil counts in naive datetimes.
        rule = rrulestr(self.rrule, dtstart=datetime.combine(self.from_, MIDNIGHT))
        days = rule.between(datetime.combine(first, MIDNIGHT), datetime.combine(last, MIDNIGHT), inc=True)
        return {day.date(): self.name for day in days}


def _kind(entry: object) -> Literal["country", "date", "rrule"] | None:
    keys = set(cast("Mapping[str, object]", entry)) if isinstance(entry, Mapping) else {_KIND_OF.get(type(entry), "")}
    for kind in ("country", "rrule", "date"):
        if kind in keys:
            return kind
    return None


_KIND_OF: dict[type, str] = {CountryHolidays: "country", DatedHoliday: "date", RuleHoliday: "rrule"}

Holiday = Annotated[
    Annotated[CountryHolidays, Tag("country")]
    | Annotated[DatedHoliday, Tag("date")]
    | Annotated[RuleHoliday, Tag("rrule")],
    Discriminator(_kind, custom_error_type="holiday", custom_error_message=KINDS),
]
"""One entry of a policy's list of holidays."""


def holiday_dates(entries: Iterable[Holiday], first: date, last: date) -> Dates:
    """All holidays from `first` to `last`; the first entry names a date. Raises PolicyError."""
    dates: Dates = {}
    for entry in entries:
        dates = entry.between(first, last) | dates
    return dates


def dates_between(first: date, last: date) -> Iterator[date]:
    """Every date from `first` to `last`, both included."""
    return (first + timedelta(days=step) for step in range((last - first).days + 1))


def _is(name: str, wanted: str) -> bool:
    # The package marks a moved day: "Christmas Day (observed)".
    return name == wanted or name.startswith(f"{wanted} (")
