"""The all-day events of an iCalendar file (RFC 5545) as plain holidays.

An event is a holiday whether it is marked busy or free (TRANSP): calendar programs make all-day events free unless
told otherwise. A cancelled one is none. `icalendar` reads each event by itself.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple, cast

from dateutil.rrule import rrulestr
from pydantic import ValidationError

from policies.holiday_dates import MIDNIGHT, DatedHoliday, RuleHoliday
from policies.ics_text import EventText, event_texts
from sla.base.errors import PolicyError

MAX_RULES = 100
"""Rules are listed anew for each calendar that is compiled: thousands of them would take seconds."""

FIRST_YEAR, LAST_YEAR = 1900, 2200
DAY = timedelta(days=1)
READ = ("SUMMARY", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "STATUS", "UID")
ALL_DAY = "a holiday is an all-day event (DTSTART;VALUE=DATE), or lasts from midnight to midnight of its own zone"

PlainHoliday = DatedHoliday | RuleHoliday
Moved = Mapping[str, set[date]]
"""By UID, the dates of a recurring event that other events of the file stand for."""


class Event(NamedTuple):
    """One event: its text, and what `icalendar` reads there by property."""

    text: EventText
    read: Any

    def one(self, name: str) -> Any:
        """The value of a property, or None. Raises PolicyError when it stands there twice."""
        value = self.read.get(name)
        if isinstance(value, list):
            raise self.text.refusal(f"the event has more than one {name}", name)
        return value

    def words(self, name: str) -> str:
        """The text of a property on one line, or nothing."""
        return " ".join(str(self.one(name) or "").split())

    def dates(self, name: str) -> list[date]:
        """The dates that a property lists."""
        value: Any = self.read.get(name) or []
        listed = cast("list[Any]", value) if isinstance(value, list) else [value]
        return [self.date(name, each.dt) for values in listed for each in values.dts]

    def date(self, name: str, value: object) -> date:
        """A date, or the date that a midnight begins. Raises PolicyError."""
        # A midnight of UTC begins no local date.
        if isinstance(value, datetime) and (value.time() != time() or value.tzname() == "UTC"):
            raise self.text.refusal(f"{name} is {value:%Y-%m-%d %H:%M %Z}".strip() + f"; {ALL_DAY}", name)
        day = value.date() if isinstance(value, datetime) else value
        if not isinstance(day, date):
            raise self.text.refusal(f"{name} is no date; {ALL_DAY}", name)
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise self.text.refusal(f"{name}: the year {day.year} lies outside {FIRST_YEAR} to {LAST_YEAR}", name)
        return day


def read_events(file: str, raw: bytes) -> tuple[PlainHoliday, ...]:
    """The holidays of a file, in order. Raises PolicyError with `file:line: reason`."""
    events = [_event(text) for text in event_texts(file, raw)]
    recurring = [event for event in events if "RRULE" in event.read]
    if len(recurring) > MAX_RULES:
        raise recurring[MAX_RULES].text.refusal(f"more than {MAX_RULES} events recur", "RRULE")
    moved = _moved(events)
    return tuple(holiday for event in events for holiday in _holidays(event, moved))


@contextmanager
def _told(text: EventText) -> Generator[None, None, None]:
    """Whatever goes wrong inside is told of this event."""
    try:
        yield
    except PolicyError:
        raise
    except ValidationError as error:
        first = error.errors()[0]
        raise text.refusal(first["msg"].removeprefix("Value error, "), _property(first["loc"])) from None
    except Exception as error:  # A hostile event meets the library in ways that it does not list.
        raise text.refusal(f"the event cannot be read: {error}") from None


def _property(place: tuple[int | str, ...]) -> str | None:
    return {"rrule": "RRULE", "name": "SUMMARY", "days": "DTEND"}.get(str(place[0])) if place else None


def _event(text: EventText) -> Event:
    # Costs a sixth of a second, which only a policy with such a file need pay.
    from icalendar import Event as Component

    with _told(text):
        read: Any = Component.from_ical("\r\n".join(text.lines) + "\r\n")
        for name, why in read.errors:
            if name is None or str(name).upper() in READ:
                raise text.refusal(f"{name or 'the event'} cannot be read: {why}", name and str(name).upper())
        return Event(text, read)


def _moved(events: list[Event]) -> Moved:
    moved: dict[str, set[date]] = {}
    for event in events:
        with _told(event.text):
            if instead := _instead_of(event):
                moved.setdefault(event.words("UID"), set()).add(instead)
    return moved


def _instead_of(event: Event) -> date | None:
    value = event.one("RECURRENCE-ID")
    if value is not None and "RANGE" in value.params:
        why = "RECURRENCE-ID with RANGE is not understood: end the rule and begin another"
        raise event.text.refusal(why, "RECURRENCE-ID")
    return None if value is None else event.date("RECURRENCE-ID", value.dt)


def _holidays(event: Event, moved: Moved) -> list[PlainHoliday]:
    with _told(event.text):
        if event.words("STATUS").upper() == "CANCELLED":
            return []
        without = {*event.dates("EXDATE"), *moved.get(event.words("UID"), ())}
        (first, days), name, rule = _lasts(event), _name(event), event.one("RRULE")
        recurring = [] if rule is None else [_recurring(event, rule, first, days, name, without)]
        listed = {*event.dates("RDATE"), *([first] if rule is None else [])}
        # What stands for a date of a rule must not be taken away with it.
        kept = listed - without if event.one("RECURRENCE-ID") is None else listed
        return [*recurring, *(_dated(day, days, name) for day in sorted(kept))]


def _name(event: Event) -> str:
    name = event.words("SUMMARY")
    if not name:
        raise event.text.refusal("the event has no SUMMARY, which names the holiday")
    return name


def _lasts(event: Event) -> tuple[date, int]:
    """The first date of an event, and how many it lasts."""
    begin, end, duration = (event.one(name) for name in ("DTSTART", "DTEND", "DURATION"))
    if begin is None:
        raise event.text.refusal("the event has no DTSTART")
    first = event.date("DTSTART", begin.dt)
    if end is None and duration is None:
        if isinstance(begin.dt, datetime):
            raise event.text.refusal(f"the event has no end; {ALL_DAY}", "DTSTART")
        return first, 1
    after = event.date("DTEND", end.dt) if end is not None else event.date("DURATION", begin.dt + duration.dt)
    if after < first:
        raise event.text.refusal(f"the event ends on {after}, before it begins on {first}", "DTEND")
    if after == first and isinstance(begin.dt, datetime):
        raise event.text.refusal(f"the event ends when it begins; {ALL_DAY}", "DTEND")
    # The end is the date after the last; some programs write the last itself for a single date.
    return first, max((after - first).days, 1)


def _dated(day: date, days: int, name: str) -> DatedHoliday:
    return DatedHoliday.model_validate({"date": day, "days": days, "name": name})


def _recurring(event: Event, rule: Any, first: date, days: int, name: str, without: set[date]) -> RuleHoliday:
    parts = {part: [_until(each) for each in values] for part, values in rule.items()}
    text = type(rule)(parts).to_ical().decode()
    made = RuleHoliday.model_validate(
        {"rrule": text, "from": first, "days": days, "except": sorted(without), "name": name}
    )
    begin = datetime.combine(first, MIDNIGHT)
    if next(iter(rrulestr(text, dtstart=begin)), None) != begin:
        raise event.text.refusal(f"the rule {text} does not fall on the event's own date, {first}", "RRULE")
    return made


def _until(value: Any) -> Any:
    # Dates, not instants: dateutil would compare an UNTIL in UTC with a date that has no zone.
    return value.date() if isinstance(value, datetime) else value
