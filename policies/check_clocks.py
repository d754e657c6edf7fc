"""When clocks begin."""

from collections.abc import Iterator

from policies.check_coverage import promised
from policies.complaint import Complaint
from policies.format import PolicySpec
from policies.promises import clocks
from sla.inputs.terms import Objective

BY_CAUSE = {
    Objective.NEXT_RESPONSE: "with each message of the customer",
    Objective.ESCALATION_REVIEW: "with each request to escalate",
}
"""Objectives whose beginning nobody chooses."""


def beginnings(policy: PolicySpec) -> Iterator[Complaint]:
    """Rules for a beginning that the objective does not have."""
    for objective, spec in policy.clocks.items():
        here = ("clocks", objective.value)
        if objective in BY_CAUSE and spec.starts is not None:
            why = f"{objective.value} begins {BY_CAUSE[objective]}; leave 'starts' out"
            yield Complaint((*here, "starts"), why)
        if spec.needs and (objective in BY_CAUSE or objective is Objective.UPDATE):
            yield Complaint(
                (*here, "needs"), f"{objective.value} begins anew with every cause and cannot wait; leave 'needs' out"
            )


def circles(policy: PolicySpec) -> Iterator[Complaint]:
    """Clocks that wait for one another, so that none of them ever begins."""
    rules = clocks(policy)
    for objective, spec in policy.clocks.items():
        seen, at = [objective], rules[objective].starts
        while spec.starts is not None and isinstance(at, Objective) and at not in seen:
            seen, at = [*seen, at], rules[at].starts
        if spec.starts is not None and at == objective:
            circle = " after ".join(each.value for each in (*seen, objective))
            yield Complaint(("clocks", objective.value, "starts"), f"never begins: {circle}")


def unpromised_causes(policy: PolicySpec) -> Iterator[Complaint]:
    """Warnings: clocks that begin after something which their plan does not promise."""
    for objective, spec in policy.clocks.items():
        for name, plan in policy.plans.items():
            cause, known = spec.starts, promised(plan)
            if isinstance(cause, Objective) and objective in known and cause not in known:
                why = f"plan {name!r} promises no {cause.value}: if it is never given, this clock never begins"
                yield Complaint(("clocks", objective.value, "starts"), why)
