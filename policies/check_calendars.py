"""Calendars as the rest of a policy uses them: open at all, used at all, and cut-offs within their hours.

What depends on the date (holidays, clock changes) is no concern of this file.
"""

from collections.abc import Iterator
from datetime import date

from policies.calendars import CalendarSpec
from policies.cells import TargetSpec
from policies.check_names import targets
from policies.complaint import Complaint
from policies.format import PlanSpec, PolicySpec
from policies.holiday_dates import CountryHolidays
from policies.places import ladders
from sla.base.errors import PolicyError
from sla.calendars.compiled import DAY_SECONDS

A_DAY = date(2026, 1, 1)
"""Any: what is unknown then is unknown for ever."""


def countries(policy: PolicySpec) -> Iterator[Complaint]:
    """Countries, subdivisions, categories and names of which no holidays are known."""
    for name, spec in policy.calendars.items():
        for index, entry in enumerate(spec.holidays):
            try:
                entry.between(A_DAY, A_DAY) if isinstance(entry, CountryHolidays) else {}
            except PolicyError as error:
                yield Complaint(("calendars", name, "holidays", index), str(error))


def closed(policy: PolicySpec) -> Iterator[Complaint]:
    """Calendars without an open minute."""
    for name, spec in policy.calendars.items():
        if spec.weekly == ((),) * 7 and all(each.hours == "closed" for each in spec.exceptions):
            yield Complaint(("calendars", name, "hours"), "not one minute is open")


def unused(policy: PolicySpec) -> Iterator[Complaint]:
    """Warnings: calendars that nothing counts by."""
    used = {policy.calendar}
    for plan in policy.plans.values():
        used |= {plan.calendar, *(rule.use for rule in plan.calendars)}
    for _, _, target in targets(policy):
        used |= {target.calendar or "", target.hours or ""}
    used |= {rung.calendar or "" for ladder in ladders(policy) for rung in ladder.spec.steps}
    for name in policy.calendars:
        if name not in used:
            yield Complaint(("calendars", name), "nothing counts by this calendar")


def _deciding(policy: PolicySpec, plan: PlanSpec | None, target: TargetSpec) -> list[CalendarSpec]:
    """The calendars of which one says whether a clock begins outside hours, or after a cut-off."""
    chosen = [plan.calendar, *(rule.use for rule in plan.calendars)] if plan else list(policy.calendars)
    own = target.hours or target.calendar
    names = [own] if own else chosen
    return [policy.calendars[name] for name in names if name in policy.calendars]


def outside(policy: PolicySpec) -> Iterator[Complaint]:
    """Durations for a time that never is, and hours that nothing asks."""
    for path, plan, target in targets(policy):
        deciding = _deciding(policy, plan, target)
        if target.outside and deciding and all(_always_open(spec) for spec in deciding):
            yield Complaint((*path, "outside"), "never counts: the calendar that decides is open round the clock")
        if target.hours and not target.outside and not target.cutoff:
            yield Complaint((*path, "hours"), "decides nothing without 'outside' or 'cutoff'")


def _always_open(spec: CalendarSpec) -> bool:
    week = spec.weekly
    around = week is not None and all(day == ((0, DAY_SECONDS),) for day in week)
    return around and not spec.holidays and not spec.exceptions


def early_cutoffs(policy: PolicySpec) -> Iterator[Complaint]:
    """Cut-offs before the first opening of every day: whatever begins would be late."""
    for path, _, hours in _cutoffs(policy):
        if hours < 0:
            yield Complaint(
                (*path, "cutoff"), "lies before the calendar opens, so that every ticket would come too late"
            )


def late_cutoffs(policy: PolicySpec) -> Iterator[Complaint]:
    """Warnings: cut-offs after the last closing of every day."""
    for path, _, hours in _cutoffs(policy):
        if hours > 0:
            why = "changes little: the calendar is closed by then, and what begins later waits for the opening anyway"
            yield Complaint((*path, "cutoff"), why)


def _cutoffs(policy: PolicySpec) -> Iterator[tuple[tuple[str | int, ...], TargetSpec, int]]:
    """Every cut-off: negative where it lies before all hours, positive where after, of every calendar that decides."""
    for path, plan, target in targets(policy):
        weeks = [spec.weekly for spec in _deciding(policy, plan, target)]
        days = [day for week in weeks if week for day in week if day]
        if target.cutoff and days and None not in weeks:
            at = target.cutoff.at
            before = all(at <= day[0][0] for day in days)
            after = all(at >= day[-1][1] for day in days)
            yield path, target, after - before
