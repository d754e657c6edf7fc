"""What the models cannot see of a policy: two tables of rules, those that refuse it and those that warn.

A rule yields complaints, each with its place. None asks for today's date: a policy that is good stays good.
"""

from collections.abc import Callable, Iterator

from policies import (
    check_calendars,
    check_clocks,
    check_coverage,
    check_escalation,
    check_ladders,
    check_names,
    check_waits,
    check_words,
)
from policies.complaint import Complaint
from policies.format import PolicySpec

Rule = Callable[[PolicySpec], Iterator[Complaint]]

REFUSED: tuple[Rule, ...] = (
    check_names.names,
    check_names.plans,
    check_names.in_cells,
    check_names.in_escalation,
    check_names.in_ladders,
    check_names.twice,
    check_coverage.rows,
    check_coverage.channels,
    check_coverage.choices,
    check_coverage.covered_ladders,
    check_coverage.repeated_thresholds,
    check_coverage.repeated_ages,
    check_calendars.countries,
    check_calendars.closed,
    check_calendars.outside,
    check_calendars.early_cutoffs,
    check_clocks.beginnings,
    check_clocks.circles,
    check_escalation.thresholds,
    check_escalation.repeats,
    check_escalation.silenced,
    check_ladders.steps,
    check_ladders.lowered,
    check_ladders.reached,
    check_ladders.order,
    check_words.link,
    check_words.survey,
    check_words.keyword,
    check_words.reopening,
    check_words.entitlements,
    check_words.versions,
)

WARNED: tuple[Rule, ...] = (
    check_coverage.gaps,
    check_coverage.spare_others,
    check_coverage.fits_everything,
    check_calendars.unused,
    check_calendars.late_cutoffs,
    check_clocks.unpromised_causes,
    check_escalation.unpromised,
    check_escalation.reviewed_twice,
    check_escalation.levels,
    check_ladders.in_vain,
    check_waits.overtaken,
    check_words.unsent,
    check_words.same_link,
    check_words.unlisted_versions,
    check_words.unused_versions,
    check_words.retired,
)


def complaints(policy: PolicySpec, messages: frozenset[str]) -> Iterator[Complaint]:
    """Everything wrong with a policy that reads well; `messages` are the ones that exist by default."""
    for rule in REFUSED:
        yield from rule(policy)
    yield from check_ladders.messages(policy, messages)
    yield from check_words.messages(policy, messages)


def warnings(policy: PolicySpec) -> Iterator[Complaint]:
    """What is allowed in a policy without complaints, but hardly meant."""
    for rule in WARNED:
        yield from rule(policy)
