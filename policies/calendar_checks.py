"""What is wrong, or surprising, in a calendar that reads well: each with its path inside the calendar and a sentence.

All of it looks two years ahead of a date, as far as calendars are compiled for a ticket. Files named by `ics` must
have been read before. A zone that is the customer's is unknown here: what depends on it is not looked at.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from difflib import get_close_matches

import holidays

from policies.calendars import CUSTOMER, CalendarSpec, compile_calendar
from policies.clock_changes import Found, Path, clock_warnings, ends, place
from policies.holiday_dates import MIDNIGHT, CountryHolidays, Dates, dates_between
from policies.special_hours import DatedException, SpecialHours, dated_hours
from policies.zoned_hours import ZonedWindow, window_spans, zoned_windows
from policies.zones import current_name
from sla.base.errors import NoOpenTime, PolicyError
from sla.calendars.compiled import Windows
from sla.calendars.wall_clock import SECOND

AHEAD = timedelta(days=731)
DAY = timedelta(days=1)
HOUR = 3600 * SECOND

# Two zones move a window by an hour each, the strangest by two.
MOST_DRIFT = 4 * HOUR


def calendar_complaints(spec: CalendarSpec, today: date) -> list[Found]:
    """What keeps a calendar from being used from `today` on, and exceptions that change nothing."""
    unknown = [
        found
        for index, entry in enumerate(spec.holidays)
        if isinstance(entry, CountryHolidays)
        for found in _country(("holidays", index), entry, today)
    ]
    # The rest needs the holidays.
    return unknown or [*_never_open(spec, today), *_idle(spec), *_closing_first(spec, today)]


def calendar_warnings(spec: CalendarSpec, today: date) -> list[Found]:
    """What a calendar does from `today` on that its author may not expect: old zone names, drift, clock changes.

    It is one without complaints; else PolicyError may be raised.
    """
    start, end = _horizon(today)
    return [*_old_names(spec), *_drifting(spec, today), *clock_warnings(spec, start, end)]


def _horizon(today: date) -> tuple[datetime, datetime]:
    start = datetime.combine(today, MIDNIGHT, UTC)
    return start, start + AHEAD


def _country(path: Path, entry: CountryHolidays, today: date) -> list[Found]:
    try:
        known = holidays.country_holidays(entry.country)
    except NotImplementedError:
        return [((*path, "country"), f"no holidays are known of a country {entry.country}")]
    places = [*known.subdivisions, *known.subdivisions_aliases]
    wrong = [
        *_unknown((*path, "subdivision"), f"{entry.country} has no subdivision", [entry.subdivision], places),
        *_unknown(
            (*path, "categories"), f"{entry.country} has no category", entry.categories, known.supported_categories
        ),
        *_years((*path, "country"), known, today),
    ]
    return wrong or list(_only(path, entry, today))


def _unknown(path: Path, what: str, given: Iterable[str | None], known: Iterable[str]) -> Iterator[Found]:
    there = sorted(known)
    for each in given:
        if each is not None and each not in there:
            near = get_close_matches(each, there, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there is {', '.join(there) or 'none'}"
            yield path, f"{what} {each!r}; {hint}"


def _years(path: Path, known: holidays.HolidayBase, today: date) -> Iterator[Found]:
    last = (today + AHEAD).year
    if not known.start_year <= today.year <= last <= known.end_year:
        years = f"{known.start_year} to {known.end_year}"
        yield path, f"holidays are known for {years} alone; a ticket of today needs them up to {last}"


def _only(path: Path, entry: CountryHolidays, today: date) -> Iterator[Found]:
    try:
        entry.between(today, today + AHEAD)
    except PolicyError as error:
        yield (*path, "only") if entry.only else path, str(error)


def _never_open(spec: CalendarSpec, today: date) -> Iterator[Found]:
    start, end = _horizon(today)
    try:
        # The customer's zone moves the hours, and cannot make or unmake them.
        compile_calendar(spec, start, end, name="this", zone="UTC").next_open(start)
    except NoOpenTime:
        yield ("hours",), f"the calendar never opens from {start:%Y-%m-%d} to {end:%Y-%m-%d}"
    except PolicyError as error:
        yield ("holidays",), str(error)


def _idle(spec: CalendarSpec) -> Iterator[Found]:
    for index, each in enumerate(spec.exceptions):
        others = (*spec.exceptions[:index], *spec.exceptions[index + 1 :])
        first, last = _dates_of(each)
        try:
            closed = _closed(spec, first, last)
        except PolicyError:
            continue
        if _hours(spec, spec.exceptions, closed, first, last) == _hours(spec, others, closed, first, last):
            when = f"{first}" if first == last else f"{first} to {last}"
            yield ("exceptions", index), f"{each.name} changes nothing: {when} has the same hours without it"


def _dates_of(exception: SpecialHours) -> tuple[date, date]:
    if isinstance(exception, DatedException):
        return exception.date_, exception.date_
    return exception.from_, min(exception.to, exception.from_ + AHEAD)


def _closed(spec: CalendarSpec, first: date, last: date) -> Dates:
    return {day: name for entry in spec.holidays for day, name in entry.between(first, last + DAY).items()}


def _hours(
    spec: CalendarSpec, exceptions: Iterable[SpecialHours], closed: Dates, first: date, last: date
) -> list[Windows | None]:
    """The hours of each date, and of the one after, into which they may run. None: the ordinary ones between zones."""
    until, weekly = last + DAY, spec.weekly
    special = {each.day: each.windows for each in dated_hours(exceptions, closed, weekly, first, until)}
    ordinary = (weekly[day.weekday()] if weekly else None for day in dates_between(first, until))
    return [special.get(day, hours) for day, hours in zip(dates_between(first, until), ordinary, strict=True)]


def _lengths(spec: CalendarSpec, today: date) -> Iterator[tuple[Path, ZonedWindow, int, int]]:
    """Of each window between two zones, the shortest and the longest it becomes."""
    windows = zoned_windows(spec.hours) if spec.zoned else ()
    for index, window in enumerate(windows):
        if spec.zone != CUSTOMER or all(each.zone for each in window):
            lengths = [close - opening for opening, close in window_spans(window, spec.zone, *_horizon(today))]
            yield place(spec, index), window, min(lengths), max(lengths)


def _closing_first(spec: CalendarSpec, today: date) -> Iterator[Found]:
    for path, _, shortest, longest in _lengths(spec, today):
        if longest - shortest > MOST_DRIFT:
            yield path, f"the window is {_range(shortest, longest)} long: in some weeks it closes before it opens"


def _drifting(spec: CalendarSpec, today: date) -> Iterator[Found]:
    for path, window, shortest, longest in _lengths(spec, today):
        if 0 < longest - shortest <= MOST_DRIFT:
            said = f"{window.opens.said} to {window.closes.said}"
            yield path, f"{said} is {_range(shortest, longest)} long, as the clocks of its ends change"


def _range(shortest: int, longest: int) -> str:
    return f"{shortest / HOUR:g} to {longest / HOUR:g} hours"


def _old_names(spec: CalendarSpec) -> Iterator[Found]:
    for path, zone in (("zone",), spec.zone), *((path, end.zone) for path, end, _ in ends(spec)):
        if zone and (current := current_name(zone)):
            yield path, f"{zone} is an old name of {current}"
