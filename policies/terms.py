"""From a policy to the terms of one ticket."""

from datetime import UTC, datetime, timedelta

from pydantic import ValidationError

from policies.calendars import compile_spec, lengthen
from policies.cells import OTHER_CHANNELS
from policies.entitled import plan_of
from policies.format import PlanSpec, PolicySpec
from policies.library import messages_of
from policies.promises import Promises, ages, clocks, ladders, replies, seconds
from sla.base.errors import NoOpenTime, PolicyError, TicketError, UnknownSeverity
from sla.base.fields import Name
from sla.base.instant import FIRST_YEAR, LAST_YEAR
from sla.calendars.calendar import Calendar
from sla.calendars.compiled import CompiledCalendar
from sla.inputs.terms import Level, SeverityRules, Terms
from sla.inputs.ticket import Ticket

BEFORE = timedelta(days=14)
"""Calendar kept before the opening, for what is asked of an earlier day."""

EARLIEST, LATEST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC), datetime(LAST_YEAR, 12, 31, tzinfo=UTC)

AHEAD = timedelta(days=731)
"""Calendar made ahead; a search that runs past it asks for fresh terms."""


def make_terms(policy: PolicySpec, ticket: Ticket, now: datetime) -> Terms:
    """The terms of a ticket, made at `now` (UTC), with calendars that reach two years ahead.

    Whether the plan covers the ticket is not asked here, but by `policies.entitled.admit`. Raises UnknownPlan,
    UnknownSeverity, TicketError (a zone is missing or unknown; a channel or region is not one of the policy's),
    PolicyError.
    """
    plan_name, plan = plan_of(policy, ticket)
    _check_severity(policy, ticket)
    _check_channel(policy, plan_name, plan, ticket)
    _check_region(policy, ticket)
    start, end = max(ticket.opened_at - BEFORE, EARLIEST), _month(max(ticket.opened_at, now) + AHEAD)
    calendars = _calendars(policy, ticket, _month(start), min(end, LATEST))
    return Terms(
        policy=policy.policy,
        title=policy.title,
        revision=policy.revision,
        plan=plan_name,
        default_severity=policy.default_severity,
        calendar=policy.calendar,
        calendars=calendars,
        calendar_specs={name: spec.model_dump(mode="json") for name, spec in policy.calendars.items()},
        promises={severity: Promises(policy, plan, severity, ticket).row() for severity in plan.targets},
        clocks=clocks(policy),
        ladders=ladders(policy, plan_name, ticket),
        levels=tuple(Level(name=name, title=spec.title, email=spec.email) for name, spec in policy.levels.items()),
        ages=ages(policy),
        on_request=policy.escalation.on_request.tell if policy.escalation.on_request else None,
        messages=messages_of(policy),
        replies=replies(policy),
        severity_rules=SeverityRules(targets=policy.severity_change.targets, by=policy.severity_change.by),
        survey_on=policy.survey_on,
        link=ticket.link or policy.link,
        grace_seconds=seconds(policy, policy.grace),
        made_by=dict(calendars[policy.calendar].made_by),
        made_at=now,
    )


def extend_terms(terms: Terms, ticket: Ticket, needed: datetime) -> Terms:
    """The same terms with calendars that reach well past `needed` (UTC).

    Made from what the terms themselves hold: a policy that was edited or deleted meanwhile moves nothing, and what the
    calendars already say up to their end stays as it was. Raises PolicyError.
    """
    longer = {
        name: lengthen(known, terms.calendar_specs[name], _month(needed + AHEAD), zone=ticket.time_zone)
        for name, known in terms.calendars.items()
    }
    return terms.model_copy(update={"calendars": longer})


def _month(instant: datetime) -> datetime:
    """The first instant of a month (UTC): tickets of one month share compiled calendars, and so one cache entry."""
    return instant.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def _check_severity(policy: PolicySpec, ticket: Ticket) -> None:
    if ticket.severity is not None and ticket.severity not in policy.severities:
        known = ", ".join(policy.severities)
        raise UnknownSeverity(f"severity: policy {policy.policy} has no severity {ticket.severity!r}; there is {known}")


def _check_channel(policy: PolicySpec, name: Name, plan: PlanSpec, ticket: Ticket) -> None:
    """Where a plan promises by channel, a channel that it does not name would silently have no promise."""
    cells = [set(cell.by_channel) for row in plan.targets.values() for cell in row.values()]
    known = set[str]().union(*(cell for cell in cells if OTHER_CHANNELS not in cell))
    if known and ticket.channel not in known:
        there = ", ".join(sorted(known))
        raise TicketError(f"channel: policy {policy.policy}, plan {name}, has no {ticket.channel!r}; there is {there}")


def _check_region(policy: PolicySpec, ticket: Ticket) -> None:
    """Where calendar rules name regions, one that none of them names would silently get the plan's own calendar."""
    rules = (rule for plan in policy.plans.values() for rule in plan.calendars)
    known = {region for rule in rules for region in rule.regions}
    if known and ticket.region is not None and ticket.region not in known:
        there = ", ".join(sorted(known))
        raise TicketError(f"region: policy {policy.policy} has no {ticket.region!r}; there is {there}; or leave it out")


def _calendars(policy: PolicySpec, ticket: Ticket, start: datetime, end: datetime) -> dict[str, CompiledCalendar]:
    compiled: dict[str, CompiledCalendar] = {}
    for name, spec in policy.calendars.items():
        if spec.zone == "customer" and ticket.time_zone is None:
            raise TicketError(
                f"time_zone: policy {policy.policy} counts in the customer's time zone; give one such as Europe/Berlin"
            )
        compiled[name] = _compiled(policy, name, ticket, start, end)
    return compiled


def _compiled(policy: PolicySpec, name: str, ticket: Ticket, start: datetime, end: datetime) -> CompiledCalendar:
    spec = policy.calendars[name]
    try:
        compiled = compile_spec(spec, start, end, name=name, zone=ticket.time_zone)
        Calendar.of(compiled).next_open(start)
        return compiled
    except NoOpenTime as error:
        raise PolicyError(f"calendars.{name}: {error}") from error
    except PolicyError as error:
        blame = TicketError if spec.zone == "customer" else PolicyError
        field = "time_zone" if blame is TicketError else f"calendars.{name}"
        raise blame(f"{field}: {error}") from error
    except ValidationError as error:
        raise PolicyError(f"calendars.{name}: {error.errors()[0]['msg']}") from error
