"""Sample tickets: what a plan asks of a ticket, filled in, for questions that are not about one customer."""

from datetime import date, datetime, timedelta
from typing import Any

from policies.cells import OTHER_CHANNELS
from policies.entitled import local_date
from policies.format import PlanSpec, PolicySpec

USUAL_CHANNEL = "email"
"""How a ticket comes that does not say how; on a plan without it, the plan's first channel."""

_CUSTOMER = "customer@customer.example"
_COVERED = timedelta(days=365)


def sample_facts(policy: PolicySpec, plan: str | None, opened_at: datetime, **fields: Any) -> dict[str, Any]:
    """The fields of a ticket that the plan covers, opened at an instant (UTC); fields given win.

    Dates are those of the opening as `policies.entitled` takes it, in the `time_zone` given.
    """
    spec = policy.plans.get(plan or policy.default_plan or next(iter(policy.plans)))
    zone = fields.get("time_zone")
    on = local_date(policy, opened_at, zone if isinstance(zone, str) else None)
    covered = _covered(policy, spec, on) if spec else {}
    facts = {"id": "T-1", "subject": "A request", "customer": {"email": _CUSTOMER}, "plan": plan}
    return {**facts, **covered, **fields, "policy": policy.policy, "opened_at": opened_at}


def _covered(policy: PolicySpec, plan: PlanSpec, day: date) -> dict[str, Any]:
    asked = plan.entitlement
    email = asked.contacts[0] if asked.contacts else _CUSTOMER
    version = max(policy.versions, key=lambda each: policy.versions[each], default=None)
    return {
        "customer": {"email": email, "role": asked.roles[0] if asked.roles else None},
        "version": version,
        **({} if not plan.channels or USUAL_CHANNEL in plan.channels else {"channel": plan.channels[0]}),
        "entitlement": {
            "registered_on": day,
            "purchased_on": day,
            "expires_on": day + _COVERED,
            "incidents_left": 1,
        },
    }


def channels(policy: PolicySpec, plan: PlanSpec) -> tuple[str, ...]:
    """The channels on which a plan promises different things; one that stands for all where there is no difference."""
    cells = [cell.by_channel for row in plan.targets.values() for cell in row.values()]
    named = tuple(dict.fromkeys(name for cell in cells for name in cell if name != OTHER_CHANNELS))
    allowed = [name for name in named if not plan.channels or name in plan.channels]
    if not all(OTHER_CHANNELS in cell for cell in cells):
        return tuple(allowed) or plan.channels or (USUAL_CHANNEL,)
    others = [name for name in plan.channels or (USUAL_CHANNEL,) if name not in allowed][:1]
    return (*allowed, *others)
