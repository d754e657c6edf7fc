"""How what is promised reads in a terminal of 80 columns."""

import textwrap
from collections.abc import Iterable, Iterator
from datetime import datetime

from cli.output.tickets import plain
from sla.calendars.calendar import Calendar
from sla.calendars.time_text import humane, instant_text
from sla.inputs.terms import Objective
from sla.state.state import State
from sla.views.explanation import account, asked, tells_zones, told_in
from sla.views.forecast import Foresight, Mark, Outlook

WIDTH = 80
DUE = "due"


def due_lines(state: State, seen: Foresight) -> Iterator[str]:
    """The due instants of every objective, local to the calendar that counts and in UTC.

    The opening is local to the same zone; where calendars of several zones count, each objective names its own.
    """
    terms = state.terms
    yield from filled(f"{terms.title}, plan {terms.plan}, severity {state.severity}; revision {terms.revision}", hang=2)
    yield f"opened {instant_text(told_in(state), seen.opened_at)}{_zone(state, told_in(state))}"
    for outlook in seen.objectives:
        yield ""
        yield from _outlook_lines(state, outlook)
    for age in seen.ages:
        calendar = state.calendar(state.terms.calendar)
        yield from ("", f"unsolved for {age.age}")
        yield from _instant_lines(state, calendar, "escalation", age.at, age.tell)


def _outlook_lines(state: State, outlook: Outlook) -> Iterator[str]:
    name = humane(outlook.objective)
    if outlook.kind != "target":
        yield f"{name}{_supposing(outlook)}: {humane(outlook.kind)}"
        return
    zone = _zone(state, _calendar(state, outlook)) if outlook.due_at else ""
    yield from filled(f"{name}: {outlook.target}{zone}" + (f" ({outlook.verdict})" if outlook.verdict else ""))
    if outlook.due_at is None:
        yield from filled(f"begins {humane(outlook.begins or '')}", "  ")
    for mark in outlook.thresholds:
        yield from _mark_lines(state, outlook, mark)
    if outlook.due_at is not None and all(mark.what != "breach" for mark in outlook.thresholds):
        yield from _instant_lines(state, _calendar(state, outlook), DUE, outlook.due_at, None)


def _supposing(outlook: Outlook) -> str:
    return ", if the customer asks to escalate" if outlook.objective is Objective.ESCALATION_REVIEW else ""


def _zone(state: State, calendar: Calendar) -> str:
    return f", {calendar.zone} time" if tells_zones(state) else ""


def _calendar(state: State, outlook: Outlook) -> Calendar:
    promise = state.terms.promise(state.severity, outlook.objective)
    return state.calendar(promise.calendar if promise.kind == "target" else None)


def _mark_lines(state: State, outlook: Outlook, mark: Mark) -> Iterator[str]:
    what = DUE if mark.what == "breach" else mark.what
    yield from _instant_lines(state, _calendar(state, outlook), what, mark.at, mark.tell)


def _instant_lines(state: State, calendar: Calendar, what: str, at: datetime, tell: str | None) -> Iterator[str]:
    told = f" → {state.terms.level(tell).title}" if tell else ""
    when = f"{instant_text(calendar, at):<29} {at:%Y-%m-%dT%H:%M:%SZ}"
    yield from filled(plain(f"{what:<10} {when}{told}"), "  ", 13)


def explanation_lines(state: State) -> Iterator[str]:
    """The same as sentences, a paragraph for each objective."""
    yield from filled(asked(state))
    for objective in state.terms.promises[state.severity]:
        yield ""
        yield humane(objective).capitalize()
        yield from filled(" ".join(account(state, objective)), "  ")


def filled(text: str, indent: str = "", hang: int | None = None) -> Iterable[str]:
    """A text folded to 80 columns, later lines under the first or `hang` columns in."""
    later = indent if hang is None else " " * hang
    return textwrap.wrap(plain(text), WIDTH, initial_indent=indent, subsequent_indent=later, break_on_hyphens=False)
