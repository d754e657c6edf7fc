"""Whether a plan covers a ticket: its term, incidents, contacts and product version.

All dates are local to the policy's calendar. What a plan does not ask for is not looked at; what it asks for and intake
does not say is refused with a sentence or accepted, as the policy says. A version that is not told is never refused:
the first answer will ask for it.
"""

from collections.abc import Iterator, Mapping
from datetime import MAXYEAR, date, timedelta
from typing import Literal

from pydantic import Field

from sla.base.fields import Email, Line, Name, Record
from sla.inputs.ticket import Ticket

DAY = timedelta(days=1)


class EntitlementRules(Record):
    """What a plan asks of a ticket at its opening.

    The term is `days` or `months` long and begins on the date `since`, which is its first day. `supported_months`: a
    major version is supported until so long after the next one of `versions` was released; `newest`: only so many of
    those released are.
    """

    accept_unknown: bool = False
    said: Line | None = None
    days: int = 0
    months: int = 0
    since: Literal["registered", "purchased"] = "purchased"
    expires: bool = False
    incidents: bool = False
    contacts: tuple[Email, ...] = ()
    roles: tuple[Name, ...] = ()
    newest: int | None = None
    supported_months: int | None = None
    versions: dict[str, date] = Field(default_factory=dict[str, date])


def months_later(day: date, months: int) -> date:
    """The same day of a later month; the first of the month after where there is no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > MAXYEAR:
        return date.max
    try:
        return day.replace(year=year, month=month + 1)
    except ValueError:
        return months_later(day.replace(day=1), months + 1)


def last_day(first: date, rules: EntitlementRules) -> date:
    """The last date that a term covers: 15 days from the 1st end with the 15th, a year from 1 June with 31 May."""
    return months_later(first, rules.months) + DAY * (rules.days - 1)


def refusals(rules: EntitlementRules, ticket: Ticket, on: date) -> Iterator[str]:
    """Why the plan does not cover a ticket opened on a local date; nothing when it does."""
    yield from _term(rules, ticket, on)
    yield from _expiry(rules, ticket, on)
    yield from _incidents(rules, ticket)
    yield from _contact(rules, ticket)
    yield from _version(rules, ticket, on)


def _term(rules: EntitlementRules, ticket: Ticket, on: date) -> Iterator[str]:
    if not (rules.days or rules.months):
        return
    field = f"{rules.since}_on"
    first: date | None = getattr(ticket.entitlement, field)
    if first is None:
        if not rules.accept_unknown:
            yield f"entitlement.{field}: the plan lasts {rules.said} from this date; give it"
    elif on < first:
        yield f"entitlement.{field}: the plan begins on {first}"
    elif on > last_day(first, rules):
        yield f"entitlement.{field}: the plan lasts {rules.said} and ended on {last_day(first, rules)}"


def _expiry(rules: EntitlementRules, ticket: Ticket, on: date) -> Iterator[str]:
    last = ticket.entitlement.expires_on
    if not rules.expires:
        return
    if last is None:
        if not rules.accept_unknown:
            yield "entitlement.expires_on: the plan has an expiry date; give it"
    elif on > last:
        yield f"entitlement.expires_on: the plan ended on {last}"


def _incidents(rules: EntitlementRules, ticket: Ticket) -> Iterator[str]:
    left = ticket.entitlement.incidents_left
    if rules.incidents and left is None and not rules.accept_unknown:
        yield "entitlement.incidents_left: the plan is paid by incident; say how many are left"
    elif rules.incidents and left == 0:
        yield "entitlement.incidents_left: no incident is left"


def _contact(rules: EntitlementRules, ticket: Ticket) -> Iterator[str]:
    if rules.contacts and ticket.customer.email.lower() not in {each.lower() for each in rules.contacts}:
        yield f"customer.email: {ticket.customer.email} is not one of the contacts who may open tickets"
    unknown = ticket.customer.role is None and rules.accept_unknown
    if rules.roles and ticket.customer.role not in rules.roles and not unknown:
        yield f"customer.role: only {', '.join(rules.roles)} may open tickets, not {ticket.customer.role or 'no role'}"


def _version(rules: EntitlementRules, ticket: Ticket, on: date) -> Iterator[str]:
    if not rules.versions or ticket.version is None or (rules.newest is None and rules.supported_months is None):
        return
    major = ticket.version.partition(".")[0].strip()
    if major not in rules.versions:
        yield f"version: {ticket.version} is not known; there is {', '.join(rules.versions)}"
        return
    end = supported_until(major, rules.versions, rules.supported_months) if rules.supported_months is not None else None
    if end is not None and on >= end:
        yield f"version: support of {major} ended on {end - DAY}"
    if rules.newest is not None and major not in (newest := newest_of(rules.versions, rules.newest, on)):
        yield f"version: {ticket.version} is not supported any more; there is {', '.join(newest)}"


def newest_of(versions: Mapping[str, date], count: int, on: date) -> tuple[str, ...]:
    """The newest major versions among those released by a date, newest first."""
    out = sorted((major for major in versions if versions[major] <= on), key=lambda major: versions[major])
    return tuple(reversed(out))[:count]


def supported_until(major: str, versions: Mapping[str, date], months: int) -> date | None:
    """The first date on which a major version is no longer supported; None while no later one was released."""
    later = sorted(released for released in versions.values() if released > versions[major])
    return months_later(later[0], months) if later else None
