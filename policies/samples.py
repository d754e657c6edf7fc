"""Sample tickets: what a plan asks of a ticket, filled in, for questions that are not about one customer."""

from datetime import datetime, timedelta
from typing import Any

from policies.cells import OTHER_CHANNELS
from policies.format import PlanSpec, PolicySpec

_CUSTOMER = "customer@customer.example"
_COVERED = timedelta(days=365)


def sample_facts(policy: PolicySpec, plan: str | None, opened_at: datetime, **fields: Any) -> dict[str, Any]:
    """The fields of a ticket that the plan covers, opened at an instant (UTC); fields given win."""
    spec = policy.plans.get(plan or policy.default_plan or next(iter(policy.plans)))
    covered = _covered(policy, spec, opened_at) if spec else {}
    facts = {"id": "T-1", "subject": "A request", "customer": {"email": _CUSTOMER}, "plan": plan}
    return {**facts, **covered, **fields, "policy": policy.policy, "opened_at": opened_at}


def _covered(policy: PolicySpec, plan: PlanSpec, opened_at: datetime) -> dict[str, Any]:
    asked, day = plan.entitlement, opened_at.date()
    email = asked.contacts[0] if asked.contacts else _CUSTOMER
    version = max(policy.versions, key=lambda each: policy.versions[each], default=None)
    return {
        "customer": {"email": email, "role": asked.roles[0] if asked.roles else None},
        "version": version,
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
        return tuple(allowed) or plan.channels or ("email",)
    others = [name for name in plan.channels or ("email",) if name not in allowed][:1]
    return (*allowed, *others)
