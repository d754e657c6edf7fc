"""Whether a plan covers a ticket, on the date of its opening."""

from datetime import UTC, date

from policies.entitlements import EntitlementSpec
from policies.format import PolicySpec
from policies.zones import zone_named
from sla.entitlement import EntitlementRules, refusals
from sla.errors import NotEntitled, PolicyError
from sla.record import Name
from sla.ticket import Ticket


def opening_date(policy: PolicySpec, ticket: Ticket) -> date:
    """The local date of the opening in the zone of the policy's calendar; in UTC where that zone is not known."""
    zone = policy.calendars[policy.calendar].zone
    try:
        return ticket.opened_at.astimezone(
            zone_named((ticket.time_zone or "UTC") if zone == "customer" else zone)
        ).date()
    except PolicyError:
        return ticket.opened_at.astimezone(UTC).date()


def check_entitled(policy: PolicySpec, name: Name, ticket: Ticket) -> None:
    """Raises NotEntitled, with every reason, when the plan does not cover the ticket."""
    rules = _rules(policy, policy.plans[name].entitlement)
    whys = list(refusals(rules, ticket, opening_date(policy, ticket)))
    if whys:
        raise NotEntitled(f"policy {policy.policy}, plan {name}, does not cover this ticket: {'; '.join(whys)}")


def _rules(policy: PolicySpec, spec: EntitlementSpec) -> EntitlementRules:
    return EntitlementRules(
        said=spec.term.said if spec.term else None,
        days=spec.term.days if spec.term else 0,
        months=spec.term.months if spec.term else 0,
        since=spec.since,
        expires=spec.expires is not None,
        incidents=spec.incidents is not None,
        contacts=spec.contacts,
        roles=spec.roles,
        supported_months=spec.supported,
        versions=policy.versions,
    )
