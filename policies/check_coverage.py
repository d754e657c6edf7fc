"""The matrix of plan, severity, objective and channel: what it leaves out, and what it says twice."""

from collections.abc import Iterator
from itertools import combinations

from policies.cells import OTHER_CHANNELS, Cell
from policies.check_names import cells
from policies.complaint import Complaint
from policies.format import ChoiceSpec, PlanSpec, PolicySpec, ThresholdSpec
from policies.ladder_specs import LadderSpec
from policies.places import ladders
from policies.yaml_file import KeyPath as Path
from sla.inputs.terms import Objective


def rows(policy: PolicySpec) -> Iterator[Complaint]:
    """Severities of which a plan says nothing."""
    for name, plan in policy.plans.items():
        for severity in policy.severities:
            if severity not in plan.targets:
                yield Complaint(("plans", name, "targets"), f"no row for severity {severity!r}")


def channels(policy: PolicySpec) -> Iterator[Complaint]:
    """Cells by channel that say nothing of a channel that their plan allows."""
    for path, plan, cell in cells(policy):
        missing = [each for each in (plan.channels if plan else ()) if not _covers(cell, each)]
        if missing:
            why = f"nothing is said of {' and '.join(missing)}; add it, or 'other' for every channel not named"
            yield Complaint(path, why)


def _covers(cell: Cell, channel: str) -> bool:
    return channel in cell.by_channel or OTHER_CHANNELS in cell.by_channel


def spare_others(policy: PolicySpec) -> Iterator[Complaint]:
    """Warnings: an `other` in a cell that names every channel of its plan."""
    for path, plan, cell in cells(policy):
        named = set(cell.by_channel) - {OTHER_CHANNELS}
        if plan and plan.channels and OTHER_CHANNELS in cell.by_channel and named >= set(plan.channels):
            yield Complaint((*path, OTHER_CHANNELS), "no channel of the plan is left for 'other'")


def gaps(policy: PolicySpec) -> Iterator[Complaint]:
    """Warnings: objectives given at some severities of a plan and left out at others."""
    for name, plan in policy.plans.items():
        given = {objective for row in plan.targets.values() for objective in row}
        for severity, row in plan.targets.items():
            missing = [each.value for each in Objective if each in given - set(row)]
            if missing:
                why = f"{' and '.join(missing)} left out, though other severities have it: it counts as 'not stated'"
                yield Complaint(("plans", name, "targets", severity), why)


def choices(policy: PolicySpec) -> Iterator[Complaint]:
    """Calendar rules that no ticket reaches, because one above fits all that they fit."""
    for name, plan in policy.plans.items():
        for index, rule in enumerate(plan.calendars):
            for number, earlier in enumerate(plan.calendars[:index], 1):
                if _takes_all(policy, earlier, rule):
                    yield Complaint(
                        ("plans", name, "calendars", index), f"never chosen: rule {number} fits all that this one fits"
                    )
                    break


def _takes_all(policy: PolicySpec, earlier: ChoiceSpec, later: ChoiceSpec) -> bool:
    everything = set(policy.severities)
    return (
        set(earlier.severities or everything) >= set(later.severities or everything)
        and _includes(earlier.channels, later.channels)
        and _includes(earlier.regions, later.regions)
        and (later.requested or not earlier.requested)
    )


def _includes(wide: tuple[str, ...], narrow: tuple[str, ...]) -> bool:
    """Whether a condition fits all that another fits; one without names fits everything."""
    return not wide or (bool(narrow) and set(wide) >= set(narrow))


def fits_everything(policy: PolicySpec) -> Iterator[Complaint]:
    """Warnings: a calendar rule without a condition, which makes the plan's own calendar pointless."""
    for name, plan in policy.plans.items():
        for index, rule in enumerate(plan.calendars):
            if rule == ChoiceSpec(use=rule.use):
                why = f"fits every ticket, so that the plan's calendar {plan.calendar!r} never counts"
                yield Complaint(("plans", name, "calendars", index), why)


def covered_ladders(policy: PolicySpec) -> Iterator[Complaint]:
    """Ladders that no ticket reaches, because those above fit all that they fit."""
    placed = list(ladders(policy))
    for index, ladder in enumerate(placed):
        earlier = [each.spec for each in placed[:index] if each.kind == ladder.kind]
        plans = [plan for plan in ladder.spec.plans or policy.plans if plan in policy.plans]
        if plans and all(any(_fits(each, plan, ladder.spec) for each in earlier) for plan in plans):
            yield Complaint(ladder.path, "never chosen: the ladders above fit all that this one fits")


def _fits(earlier: LadderSpec, plan: str, later: LadderSpec) -> bool:
    return (not earlier.plans or plan in earlier.plans) and _includes(earlier.channels, later.channels)


def repeated_thresholds(policy: PolicySpec) -> Iterator[Complaint]:
    """Thresholds that tell the same level at the same instant."""
    for (first, one), (second, other) in combinations(enumerate(policy.thresholds), 2):
        if _instant(one) == _instant(other) and one.tell == other.tell and _meet(policy, one, other):
            yield Complaint(
                ("thresholds", second), f"threshold {first + 1} tells {other.tell!r} at this instant already"
            )


def _instant(threshold: ThresholdSpec) -> tuple[object, ...]:
    return threshold.at, threshold.before, threshold.after


def _meet(policy: PolicySpec, one: ThresholdSpec, other: ThresholdSpec) -> bool:
    severities = set(one.severities or policy.severities) & set(other.severities or policy.severities)
    return bool(severities and set(one.objectives or Objective) & set(other.objectives or Objective))


def repeated_ages(policy: PolicySpec) -> Iterator[Complaint]:
    """Ages that tell the same level at the same instant."""
    for (first, one), (second, other) in combinations(enumerate(policy.escalation.ages), 2):
        both = set(one.severities or policy.severities) & set(other.severities or policy.severities)
        if one.age == other.age and one.tell == other.tell and both:
            here: Path = ("escalation", "ages", second)
            yield Complaint(here, f"age {first + 1} tells {other.tell!r} at this instant already")


def promised(plan: PlanSpec) -> frozenset[Objective]:
    """What a plan promises a duration for, at any severity and channel."""
    return frozenset(objective for row in plan.targets.values() for objective, cell in row.items() if cell.spans)


def promised_anywhere(policy: PolicySpec) -> frozenset[Objective]:
    """What any plan promises a duration for."""
    request = policy.escalation.on_request
    review = {Objective.ESCALATION_REVIEW} if request and request.review and request.review.spans else set[Objective]()
    return frozenset(review).union(*(promised(plan) for plan in policy.plans.values()))
