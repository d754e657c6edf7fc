"""Due instants of sample tickets under two policies: the same moments, asked of both."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from policies.calendars import compile_calendar
from policies.format import PolicySpec
from policies.samples import channels, sample_facts
from policies.terms import extend_terms, make_terms
from policies.zones import offsets, zone_named
from sla.base.fields import Record
from sla.base.instant import Instant
from sla.calendars.calendar import Calendar
from sla.calendars.time_text import instant_text
from sla.engine.simulator import far_enough
from sla.inputs.terms import Target, Terms
from sla.inputs.ticket import Ticket
from sla.rules.events import opened
from sla.state.clock import deadline
from sla.state.state import State

DAY = timedelta(days=1)
MONDAY, FRIDAY, SATURDAY = 0, 4, 5
_WEEKLY = ((MONDAY, time(9, 30)), (FRIDAY, time(16, 30)), (SATURDAY, time(11, 0)))
_EVENING = time(16, 30)
_SEARCHED = timedelta(days=400)


class Moved(Record):
    """An objective of a ticket opened at an instant that is due at another one, or that one policy alone promises.

    Instants are UTC; the texts are in the local time of the first policy's calendar, with the year where it is not
    that of the opening.
    """

    plan: str
    severity: str
    channel: str
    objective: str
    opened_at: Instant
    opened: str
    due_before: Instant | None
    before: str | None
    due_after: Instant | None
    after: str | None


class _Row(NamedTuple):
    plan: str
    severity: str
    channel: str
    opened: datetime


Answers = dict[tuple[_Row, str], datetime]


def moved(before: PolicySpec, after: PolicySpec, since: datetime, time_zone: str) -> Iterator[Moved]:
    """Every sample whose due instant differs. Raises PolicyError, TicketError."""
    calendar = _calendar(before, since, time_zone)
    moments = samples(calendar, since)
    one, other = _answers(before, moments, time_zone), _answers(after, moments, time_zone)
    for row, objective in [*one, *(key for key in other if key not in one)]:
        was, becomes = one.get((row, objective)), other.get((row, objective))
        if was != becomes and _is_shared(row, before, after):
            yield _moved(calendar, row, objective, was, becomes)


def _is_shared(row: _Row, *policies: PolicySpec) -> bool:
    """Whether both have this plan and severity; where one has not, every due instant would be one more line."""
    return all(row.plan in each.plans and row.severity in each.plans[row.plan].targets for each in policies)


def _moved(calendar: Calendar, row: _Row, objective: str, was: datetime | None, becomes: datetime | None) -> Moved:
    year = calendar.local(row.opened).year
    return Moved(
        plan=row.plan,
        severity=row.severity,
        channel=row.channel,
        objective=objective,
        opened_at=row.opened,
        opened=_text(calendar, row.opened, year),
        due_before=was,
        before=_text(calendar, was, year) if was else None,
        due_after=becomes,
        after=_text(calendar, becomes, year) if becomes else None,
    )


def _text(calendar: Calendar, at: datetime, year: int) -> str:
    """`Fri 12 Jun 16:30`."""
    return instant_text(calendar, at).rpartition(" ")[0].replace(f" {year} ", " ")


def _calendar(policy: PolicySpec, since: datetime, time_zone: str) -> Calendar:
    spec = policy.calendars[policy.calendar]
    return compile_calendar(spec, since - 2 * DAY, since + 2 * _SEARCHED, name=policy.calendar, zone=time_zone)


def samples(calendar: Calendar, since: datetime) -> list[datetime]:
    """A Monday morning, a Friday evening and a Saturday after `since`, the eve of the next holiday, and the Saturday
    before the clocks change next (UTC, in order), in the calendar's local time.
    """
    zone = zone_named(calendar.zone)
    first = calendar.local(since).date() + DAY
    days = [(first + DAY * ((weekday - first.weekday()) % 7), at) for weekday, at in _WEEKLY]
    holiday = next((each.day for each in calendar.compiled.exceptions if each.day > first and not each.windows), None)
    changes = [change.at for change in offsets(zone, since + 2 * DAY, since + _SEARCHED)[1:]]
    if holiday is not None:
        days.append((holiday - DAY, _EVENING))
    if changes:
        changed = calendar.local(datetime.fromtimestamp(changes[0], since.tzinfo)).date()
        days.append((_saturday_before(changed), _EVENING))
    return sorted({datetime.combine(day, at, tzinfo=zone).astimezone(since.tzinfo) for day, at in days})


def _saturday_before(day: date) -> date:
    return day - DAY * ((day.weekday() - SATURDAY) % 7 or 7)


def _answers(policy: PolicySpec, moments: list[datetime], time_zone: str) -> Answers:
    found: Answers = {}
    for plan in policy.plans:
        for channel in channels(policy, policy.plans[plan]):
            found.update(_of_plan(policy, plan, channel, moments, time_zone))
    return found


def _of_plan(policy: PolicySpec, plan: str, channel: str, moments: list[datetime], time_zone: str) -> Answers:
    """Terms hold the promises of every severity, and calendars for two years: they are made once."""
    ticket = _ticket(policy, plan, moments[0], channel=channel, time_zone=time_zone)
    terms = make_terms(policy, ticket, moments[0])
    found: Answers = {}
    for severity in policy.plans[plan].targets:
        for moment in moments:
            asked = ticket.model_copy(update={"severity": severity, "opened_at": moment})
            row = _Row(plan, severity, channel, moment)
            found.update({(row, objective): due for objective, due in _due(terms, asked)})
    return found


def _ticket(policy: PolicySpec, plan: str, at: datetime, **fields: Any) -> Ticket:
    return Ticket.model_validate(sample_facts(policy, plan, at, **fields))


def _due(terms: Terms, ticket: Ticket) -> list[tuple[str, datetime]]:
    state = far_enough(terms, ticket, extend_terms, lambda known: opened(ticket, known, ticket.opened_at))
    return far_enough(terms, ticket, extend_terms, lambda known: _deadlines(state.evolve(terms=known)))


def _deadlines(state: State) -> list[tuple[str, datetime]]:
    promised = ((clock, state.promise(clock.objective)) for clock in state.clocks)
    return [
        (clock.objective.value, deadline(clock, target, state.calendar))
        for clock, target in promised
        if isinstance(target, Target)
    ]
