"""Whether a plan covers a ticket, on the date of its opening."""

from datetime import UTC, date, datetime

from policies.entitlements import EntitlementSpec
from policies.format import PlanSpec, PolicySpec
from policies.zones import zone_named
from sla.base.errors import NotEntitled, NotInForce, PolicyError, UnknownPlan
from sla.base.fields import Name
from sla.inputs.entitlement import EntitlementRules, refusals
from sla.inputs.ticket import Ticket


def opening_date(policy: PolicySpec, ticket: Ticket) -> date:
    """The local date of the opening in the zone of the policy's calendar; in UTC where that zone is not known."""
    return local_date(policy, ticket.opened_at, ticket.time_zone)


def local_date(policy: PolicySpec, at: datetime, time_zone: str | None) -> date:
    """As `opening_date`, of an instant (UTC) and the zone of a customer."""
    zone = policy.calendars[policy.calendar].zone
    try:
        return at.astimezone(zone_named((time_zone or "UTC") if zone == "customer" else zone)).date()
    except PolicyError:
        return at.astimezone(UTC).date()


def admit(policy: PolicySpec, ticket: Ticket) -> None:
    """Raises NotEntitled, with every reason, or NotInForce, when a new ticket is not covered by its plan.

    Raises UnknownPlan too.
    """
    name, plan = plan_of(policy, ticket)
    on = opening_date(policy, ticket)
    if plan.retired is not None and on >= plan.retired:
        raise NotInForce(f"plan: {name} of policy {policy.policy} takes no new tickets since {plan.retired}")
    whys = [*_channel(plan, ticket), *refusals(_rules(policy, plan.entitlement), ticket, on)]
    if whys:
        raise NotEntitled(f"policy {policy.policy}, plan {name}, does not cover this ticket: {'; '.join(whys)}")


def plan_of(policy: PolicySpec, ticket: Ticket) -> tuple[Name, PlanSpec]:
    """The plan of a ticket and its name: its own, the policy's default, or the only one. Raises UnknownPlan."""
    only = next(iter(policy.plans)) if len(policy.plans) == 1 else None
    name = ticket.plan or policy.default_plan or only
    if name is None:
        raise UnknownPlan(f"plan: policy {policy.policy} has several; give one of {', '.join(policy.plans)}")
    if name not in policy.plans:
        raise UnknownPlan(f"plan: policy {policy.policy} has no plan {name!r}; there is {', '.join(policy.plans)}")
    return name, policy.plans[name]


def _channel(plan: PlanSpec, ticket: Ticket) -> list[str]:
    if not plan.channels or ticket.channel in plan.channels:
        return []
    return [f"channel: there is no {ticket.channel!r}; there is {', '.join(plan.channels)}"]


def _rules(policy: PolicySpec, spec: EntitlementSpec) -> EntitlementRules:
    return EntitlementRules(
        accept_unknown=spec.unknown == "accept",
        said=spec.term.said if spec.term else None,
        days=spec.term.days if spec.term else 0,
        months=spec.term.months if spec.term else 0,
        since=spec.since,
        expires=spec.expires is not None,
        incidents=spec.incidents is not None,
        contacts=spec.contacts,
        roles=spec.roles,
        newest=spec.newest,
        supported_months=spec.supported,
        versions=policy.versions,
    )
