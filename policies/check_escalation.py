"""Thresholds, repetitions and levels."""

from collections.abc import Iterator

from policies.check_coverage import promised_anywhere
from policies.complaint import Complaint
from policies.format import PolicySpec, RepeatSpec
from policies.places import ladders
from policies.promises import duration
from policies.yaml_file import KeyPath as Path
from sla.calendars.duration import Count
from sla.inputs.terms import Objective

UNCOUNTABLE = frozenset({Count.BUSINESS_DAYS, Count.BUSINESS_CLOSE})
"""What cannot be counted backwards from a due instant."""


def thresholds(policy: PolicySpec) -> Iterator[Complaint]:
    """Thresholds without one instant, or with one that cannot be counted."""
    for index, threshold in enumerate(policy.thresholds):
        here = ("thresholds", index)
        if [threshold.at, threshold.before, threshold.after].count(None) != 2:
            yield Complaint(here, "give one of 'at' (a percentage or 'breach'), 'before' and 'after' (a duration)")
        if threshold.before and duration(policy, threshold.before).count in UNCOUNTABLE:
            why = "cannot be counted backwards in business days; write it in business hours, such as '9 business hours'"
            yield Complaint((*here, "before"), why)


def repeats(policy: PolicySpec) -> Iterator[Complaint]:
    """Repetitions that say nothing, or that would never rest."""
    for path, repeat in _repeats(policy):
        if repeat.every is None and repeat.rearm is None:
            yield Complaint(path, "give 'every', 'rearm' or both")
        for field, span in (("every", repeat.every), ("rearm", repeat.rearm)):
            if span is not None and not duration(policy, span).rests:
                yield Complaint((*path, field), "must be at least a minute")


def silenced(policy: PolicySpec) -> Iterator[Complaint]:
    """Levels that are told by a message that is switched off."""
    for path, message in _messages(policy):
        if policy.messages.get(message) == "none":
            yield Complaint(path, f"the message {message!r} is switched off: nobody would be told; give it words")


def _messages(policy: PolicySpec) -> Iterator[tuple[Path, str]]:
    """Where a level is told, and by which message."""
    for index, threshold in enumerate(policy.thresholds):
        early = threshold.before is not None or (threshold.at or 100) < 100
        yield ("thresholds", index, "tell"), "escalation" if threshold.after else "warning" if early else "breach"
    for index in range(len(policy.escalation.ages)):
        yield ("escalation", "ages", index, "tell"), "age"
    if policy.escalation.on_request:
        yield ("escalation", "on_request", "tell"), "requested"
    for path, _ in _repeats(policy):
        yield path, "reminder"


def _repeats(policy: PolicySpec) -> Iterator[tuple[Path, RepeatSpec]]:
    for index, threshold in enumerate(policy.thresholds):
        if threshold.repeat:
            yield ("thresholds", index, "repeat"), threshold.repeat
    for index, age in enumerate(policy.escalation.ages):
        if age.repeat:
            yield ("escalation", "ages", index, "repeat"), age.repeat


def unpromised(policy: PolicySpec) -> Iterator[Complaint]:
    """Warnings: thresholds and clocks of objectives that no plan promises."""
    known = promised_anywhere(policy)
    for index, threshold in enumerate(policy.thresholds):
        for number, objective in enumerate(threshold.objectives):
            if objective not in known:
                yield Complaint(("thresholds", index, "objectives", number), _nobody(objective))
    for objective in policy.clocks:
        if objective not in known:
            yield Complaint(("clocks", objective.value), _nobody(objective))


def _nobody(objective: Objective) -> str:
    return f"no plan promises {objective.value!r}, so this never counts"


def reviewed_twice(policy: PolicySpec) -> Iterator[Complaint]:
    """Warnings: a review of requests that the plans' own targets replace."""
    request = policy.escalation.on_request
    rows = [row for plan in policy.plans.values() for row in plan.targets.values()]
    if request and request.review and rows and all(Objective.ESCALATION_REVIEW in row for row in rows):
        why = "never counts: every plan gives 'escalation_review' at every severity"
        yield Complaint(("escalation", "on_request", "review"), why)


def levels(policy: PolicySpec) -> Iterator[Complaint]:
    """Warnings: levels that nobody tells anything. The first is told of trouble where a ticket has no owner."""
    told = {each.tell for each in (*policy.thresholds, *policy.escalation.ages)}
    told |= {rung.tell for ladder in ladders(policy) for rung in ladder.spec.steps if rung.tell}
    told |= {policy.escalation.on_request.tell} if policy.escalation.on_request else set()
    for name in list(policy.levels)[1:]:
        if name not in told:
            yield Complaint(("levels", name), "nothing tells this level")
