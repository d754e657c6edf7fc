"""Holidays as a policy lists them, and the dates they fall on."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from importlib.metadata import version
from pathlib import PurePosixPath, PureWindowsPath
from typing import Annotated, Literal, cast

import holidays
from dateutil.rrule import rrulestr
from pydantic import AfterValidator, ConfigDict, Discriminator, Field, Tag

from sla.base.errors import PolicyError
from sla.base.fields import Line, Record

Dates = dict[date, str]
"""Holiday names by local date."""

RULE = re.compile(r"(RRULE:)?([A-Z]+=[A-Z0-9,+-]+;)*FREQ=(YEARLY|MONTHLY|WEEKLY)(;[A-Z]+=[A-Z0-9,+-]+)*", re.ASCII)
LANGUAGE = "en_US"
MIDNIGHT = time()
# A rule that falls on no date is followed to the year 9999, which from today takes a second: 28 years show as much.
LAST_YEARS = datetime.combine(date(9971, 1, 1), MIDNIGHT)
# With an interval of zero dateutil asks the same year for ever; of two frequencies it takes the last.
NO_INTERVAL = re.compile(r"INTERVAL=0*(;|$)")
UNTIL = re.compile(r"UNTIL=[^;]*;|;UNTIL=[^;]*")
HOLIDAYS_RELEASE = version("holidays")
KINDS = "a holiday has a country, a date and a name, an rrule, from and a name, or an ics file"
MOST_DAYS = 366


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

    country: Annotated[str, AfterValidator(_check_country)] = Field(description="the code of the country, such as `US`")
    subdivision: str | None = Field(default=None, description="the code of a state or province, such as `CA`")
    categories: tuple[str, ...] = Field(default=("public",), description="kinds of holidays, such as `bank`")
    observed: bool = Field(default=True, description="whether days off in lieu count")
    only: Annotated[tuple[Line, ...], Field(min_length=1)] | None = Field(
        default=None, description="only the holidays with these English names; all if left out"
    )

    @property
    def source(self) -> str:
        """The set by name, such as `US`, or `DE-BY public, catholic`."""
        place = f"{self.country}-{self.subdivision}" if self.subdivision else self.country
        return place if self.categories == ("public",) else f"{place} {', '.join(self.categories)}"

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
        return [name for name in names if self.only is None or any(is_named(name, each) for each in self.only)]

    def _check_only(self, names: Iterable[str]) -> None:
        known = sorted(set(names))
        for wanted in self.only or ():
            if not any(is_named(name, wanted) for name in known):
                raise PolicyError(f"{self.country} has no holiday {wanted!r}; there is {', '.join(known)}")


Days = Annotated[int, Field(ge=1, le=MOST_DAYS)]


class DatedHoliday(Record):
    """A holiday of one date, or of `days` dates in a row."""

    model_config = ConfigDict(serialize_by_alias=True)

    date_: Annotated[date, Field(alias="date", description="the date, or the first of several")]
    days: Days = Field(default=1, description="how many dates in a row it lasts")
    name: Line = Field(description="what it is called")

    def between(self, first: date, last: date) -> Dates:
        """The dates of the holiday that lie from `first` to `last`."""
        return _lasting([self.date_], self.days, self.name, first, last)


class RuleHoliday(Record):
    """A holiday of `days` dates in a row that recurs by an RFC 5545 rule, counted from `from_`.

    It does not begin on the dates `except_`.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    rrule: Annotated[str, AfterValidator(_check_rule)] = Field(
        description="a yearly, monthly or weekly rule of RFC 5545, such as `FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24`"
    )
    from_: Annotated[date, Field(alias="from", description="the date from which the rule counts")]
    days: Days = Field(default=1, description="how many dates in a row it lasts")
    except_: Annotated[tuple[date, ...], Field(alias="except", description="dates on which it does not begin")] = ()
    name: Line = Field(description="what it is called")

    def between(self, first: date, last: date) -> Dates:
        """The dates of the holiday from `first` to `last`."""
        begins = _begins(self.rrule, self.from_, first - timedelta(days=self.days - 1), last)
        return _lasting((each for each in begins if each not in self.except_), self.days, self.name, first, last)


def _check_file(name: str) -> str:
    if "://" in name or name.lower().startswith("webcal:"):
        raise ValueError(f"{name!r} is an address: save the calendar as a file beside the policy")
    if "\\" in name or PureWindowsPath(name).drive or PurePosixPath(name).is_absolute() or ".." in name.split("/"):
        raise ValueError(f"{name!r} must be a path below the policy's own directory, such as company-2026.ics")
    if not name.lower().endswith(".ics"):
        raise ValueError(f"{name!r} is not the name of an iCalendar file, such as company-2026.ics")
    return name


class IcsHolidays(Record):
    """The events of an iCalendar file beside the policy's own, once read; `only` keeps those named.

    `policies.ics.with_files` replaces it by what the file says.
    """

    ics: Annotated[Line, AfterValidator(_check_file)] = Field(
        description="the name of an iCalendar file beside the policy's or below, such as `company-2026.ics`"
    )
    only: Annotated[tuple[Line, ...], Field(min_length=1)] | None = Field(
        default=None, description="only the events with these names; all if left out"
    )

    def between(self, first: date, last: date) -> Dates:
        """Raises PolicyError: the file has not been read."""
        raise PolicyError(f"{self.ics}: the file has not been read, so its holidays from {first} to {last} are unknown")


def _kind(entry: object) -> Literal["country", "date", "rrule", "ics"] | None:
    keys = set(cast("Mapping[str, object]", entry)) if isinstance(entry, Mapping) else {_KIND_OF.get(type(entry), "")}
    for kind in ("country", "rrule", "date", "ics"):
        if kind in keys:
            return kind
    return None


_KIND_OF: dict[type, str] = {CountryHolidays: "country", DatedHoliday: "date", RuleHoliday: "rrule", IcsHolidays: "ics"}

Holiday = Annotated[
    Annotated[CountryHolidays, Tag("country")]
    | Annotated[DatedHoliday, Tag("date")]
    | Annotated[RuleHoliday, Tag("rrule")]
    | Annotated[IcsHolidays, Tag("ics")],
    Discriminator(_kind, custom_error_type="holiday", custom_error_message=KINDS),
]
"""One entry of a policy's list of holidays."""


def dates_between(first: date, last: date) -> Iterator[date]:
    """Every date from `first` to `last`, both included."""
    return (first + timedelta(days=step) for step in range((last - first).days + 1))


def is_named(name: str, wanted: str) -> bool:
    """Whether a holiday is the one wanted."""
    # The package marks a moved day: "Christmas Day (observed)".
    return name == wanted or name.startswith(f"{wanted} (")


def _lasting(begins: Iterable[date], days: int, name: str, first: date, last: date) -> Dates:
    dates = (begin + timedelta(days=step) for begin in begins for step in range(days))
    return {day: name for day in dates if first <= day <= last}


@lru_cache(maxsize=1024)
def _begins(rrule: str, start: date, first: date, last: date) -> tuple[date, ...]:
    # Local dates, not instants: dateutil counts in naive datetimes.
    rule = rrulestr(rrule, dtstart=datetime.combine(start, MIDNIGHT))
    found = rule.between(datetime.combine(first, MIDNIGHT), datetime.combine(last, MIDNIGHT), inc=True)
    return tuple(each.date() for each in found)
