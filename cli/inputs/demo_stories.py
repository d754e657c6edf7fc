"""Stories: tickets with the events that happen to them, at moments told relative to now. What `holdfast demo` plays."""

import re
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from dateutil.relativedelta import FR, MO, SA, SU, TH, TU, WE, relativedelta, weekday
from pydantic import Field, TypeAdapter

from intake.reading import validated
from policies.yaml_file import Document
from sla.base.errors import TicketError
from sla.base.fields import Line, Record
from sla.inputs.event import Event
from sla.inputs.ticket import Ticket

_DAYS: dict[str, weekday] = {
    "monday": MO, "tuesday": TU, "wednesday": WE, "thursday": TH, "friday": FR, "saturday": SA, "sunday": SU,
}  # fmt: skip
_NEXT = re.compile(r"next (\w+day) (\d\d:\d\d)")
_EVE = re.compile(r"eve of (.+) (\d\d:\d\d)")
_SPAN = re.compile(r"\+(\d+) (minutes?|hours?)")
_LATER = re.compile(r"\+(\d+) days? (\d\d:\d\d)")
_EVENT: TypeAdapter[Event] = TypeAdapter(Event)


class Story(Record):
    """One ticket and the events to come, in order, each at its instant (UTC)."""

    ticket: Ticket
    events: tuple[Annotated[Event, Field()], ...]


class _Told(Record):
    opened: Line
    zone: Line
    country: Line = "US"
    ticket: dict[str, Any]
    events: tuple[dict[str, Any], ...] = ()


class _Book(Record):
    tickets: tuple[_Told, ...] = Field(min_length=1)


def read_stories(path: Path, now: datetime, tag: str = "") -> tuple[Story, ...]:
    """The stories in a file, with instants counted from `now` (aware); `tag` is added to every ticket's id.

    Raises PolicyError (not YAML), TicketError.
    """
    book = validated(_Book, Document.read(path).data, f"{path}: ")
    return tuple(_story(told, now, tag) for told in book.tickets)


def _story(told: _Told, now: datetime, tag: str) -> Story:
    zone = ZoneInfo(told.zone)
    opened = _opening(told, now.astimezone(zone), zone)
    ticket = validated(Ticket, {**told.ticket, "id": f"{told.ticket.get('id', '')}{tag}", "opened_at": opened})
    events = (_event(ticket, number, each, opened, zone) for number, each in enumerate(told.events, 1))
    return Story(ticket=ticket, events=tuple(events))


def _event(ticket: Ticket, number: int, told: dict[str, Any], opened: datetime, zone: ZoneInfo) -> Event:
    at = _moment(str(told.get("at", "")), opened, zone)
    return _EVENT.validate_python({**told, "id": f"{ticket.id}-event-{number}", "at": at})


def _opening(told: _Told, local: datetime, zone: ZoneInfo) -> datetime:
    if match := _NEXT.fullmatch(told.opened):
        return _at(_next_day(local.date(), match[1]), match[2], zone)
    if match := _EVE.fullmatch(told.opened):
        return _at(_eve(told.country, match[1], local.date()), match[2], zone)
    raise TicketError(f"opened: {told.opened!r} is not like 'next friday 16:30' or 'eve of Thanksgiving 16:00'")


def _moment(text: str, opened: datetime, zone: ZoneInfo) -> datetime:
    if match := _SPAN.fullmatch(text):
        return opened + timedelta(minutes=int(match[1]) * (60 if match[2].startswith("hour") else 1))
    if match := _LATER.fullmatch(text):
        return _at(opened.date() + timedelta(days=int(match[1])), match[2], zone)
    if match := _NEXT.fullmatch(text):
        return _at(_next_day(opened.date(), match[1]), match[2], zone)
    raise TicketError(f"at: {text!r} is not like '+40 minutes', '+3 days 10:00' or 'next monday 09:10'")


def _next_day(after: date, name: str) -> date:
    if name not in _DAYS:
        raise TicketError(f"{name!r} is not a day of the week")
    return after + relativedelta(days=1, weekday=_DAYS[name](1))


def _eve(country: str, name: str, after: date) -> date:
    """The day before the next public holiday whose name holds `name`, at least two days ahead."""
    from holidays import country_holidays

    years = range(after.year, after.year + 3)
    found = sorted(
        day for day, known in country_holidays(country, years=years, observed=False).items() if name in known
    )
    eves = [day - timedelta(days=1) for day in found if day - timedelta(days=1) > after]
    if not eves:
        raise TicketError(f"opened: {country} has no public holiday {name!r}")
    return eves[0]


def _at(day: date, clock: str, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=zone)
