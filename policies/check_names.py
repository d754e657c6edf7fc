"""Names in a policy that must exist elsewhere in it."""

from collections.abc import Iterator
from typing import Any, cast

from policies.cells import OTHER_CHANNELS, Cell, TargetSpec
from policies.complaint import Complaint
from policies.format import PlanSpec, PolicySpec
from policies.places import ladders, unknown, unknowns
from policies.yaml_file import KeyPath as Path
from sla.base.fields import Record


def names(policy: PolicySpec) -> Iterator[Complaint]:
    """The names at the head of a policy."""
    yield from unknown(("calendar",), "calendar", policy.calendar, policy.calendars)
    yield from unknown(("default_severity",), "severity", policy.default_severity, policy.severities)
    yield from unknown(("default_plan",), "plan", policy.default_plan, policy.plans)


def plans(policy: PolicySpec) -> Iterator[Complaint]:
    """Calendars, severities and channels that plans name."""
    for name, plan in policy.plans.items():
        here = ("plans", name)
        yield from unknown((*here, "calendar"), "calendar", plan.calendar, policy.calendars)
        for index, rule in enumerate(plan.calendars):
            yield from unknown((*here, "calendars", index, "use"), "calendar", rule.use, policy.calendars)
            severities = (*here, "calendars", index, "severities")
            yield from unknowns(severities, "severity", rule.severities, policy.severities)
            yield from _channels((*here, "calendars", index, "channels"), rule.channels, plan)
        for severity in plan.targets:
            yield from unknown((*here, "targets", severity), "severity", severity, policy.severities)


def _channels(path: Path, given: tuple[str, ...], plan: PlanSpec) -> Iterator[Complaint]:
    if plan.channels:
        yield from unknowns(path, "channel", given, plan.channels)


def cells(policy: PolicySpec) -> Iterator[tuple[Path, PlanSpec | None, Cell]]:
    """Every cell with its place and its plan; the review of a request belongs to all plans."""
    for name, plan in policy.plans.items():
        for severity, row in plan.targets.items():
            for objective, cell in row.items():
                yield ("plans", name, "targets", severity, objective.value), plan, cell
    request = policy.escalation.on_request
    if request and request.review:
        yield ("escalation", "on_request", "review"), None, request.review


def targets(policy: PolicySpec) -> Iterator[tuple[Path, PlanSpec | None, TargetSpec]]:
    """Every target with its place and its plan."""
    for path, plan, cell in cells(policy):
        for channel, promise in cell.by_channel.items():
            if isinstance(promise, TargetSpec):
                # A cell that is the same for every channel is written without one.
                yield path if set(cell.by_channel) == {OTHER_CHANNELS} else (*path, channel), plan, promise


def in_cells(policy: PolicySpec) -> Iterator[Complaint]:
    """Calendars and channels that cells name."""
    for path, plan, cell in cells(policy):
        if plan and plan.channels:
            for channel in sorted(set(cell.by_channel) - {OTHER_CHANNELS} - set(plan.channels)):
                yield from unknown((*path, channel), "channel", channel, plan.channels)
    for path, _, target in targets(policy):
        yield from unknown((*path, "calendar"), "calendar", target.calendar, policy.calendars)
        yield from unknown((*path, "hours"), "calendar", target.hours, policy.calendars)


def in_escalation(policy: PolicySpec) -> Iterator[Complaint]:
    """Levels and severities that thresholds, ages and requests name."""
    for index, threshold in enumerate(policy.thresholds):
        yield from _told(policy, ("thresholds", index), threshold.tell, threshold.severities)
    for index, age in enumerate(policy.escalation.ages):
        yield from _told(policy, ("escalation", "ages", index), age.tell, age.severities)
    if request := policy.escalation.on_request:
        yield from unknown(("escalation", "on_request", "tell"), "level", request.tell, policy.levels)


def _told(policy: PolicySpec, path: Path, level: str | None, severities: tuple[str, ...]) -> Iterator[Complaint]:
    yield from unknown((*path, "tell"), "level", level, policy.levels)
    yield from unknowns((*path, "severities"), "severity", severities, policy.severities)


def in_ladders(policy: PolicySpec) -> Iterator[Complaint]:
    """Plans, channels, severities, levels and calendars that silence ladders name."""
    for ladder in ladders(policy):
        yield from unknowns((*ladder.path, "plans"), "plan", ladder.spec.plans, policy.plans)
        there = [plan.channels for name, plan in policy.plans.items() if name in (ladder.spec.plans or policy.plans)]
        if there and all(there):
            known = {channel for channels in there for channel in channels}
            yield from unknowns((*ladder.path, "channels"), "channel", ladder.spec.channels, known)
        for index, rung in enumerate(ladder.spec.steps):
            here = (*ladder.steps_path, index)
            yield from _told(policy, here, rung.tell, rung.severities)
            yield from unknown((*here, "to"), "severity", rung.to, policy.severities)
            yield from unknown((*here, "calendar"), "calendar", rung.calendar, policy.calendars)


def twice(policy: PolicySpec) -> Iterator[Complaint]:
    """Lists of names that hold one of them twice, wherever they stand."""
    for path, value in _lists(policy, ()):
        for index, name in enumerate(value):
            if name in value[:index]:
                yield Complaint((*path, index), f"{str(name)!r} is given twice")


def _lists(value: Any, path: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    if isinstance(value, Record):
        for field in type(value).model_fields:
            yield from _lists(getattr(value, field), (*path, field))
    elif isinstance(value, dict):
        for key, each in cast("dict[str, Any]", value).items():
            yield from _lists(each, (*path, key))
    elif isinstance(value, tuple):
        listed = cast("tuple[Any, ...]", value)
        if listed and all(isinstance(each, str) for each in listed):
            yield path, cast("tuple[str, ...]", listed)
        for index, each in enumerate(listed):
            yield from _lists(each, (*path, index))
