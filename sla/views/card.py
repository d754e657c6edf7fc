"""The card of a ticket that the Temporal UI shows."""

from datetime import datetime

from sla.calendars.time_text import humane, instant_text
from sla.inputs.terms import Target
from sla.state.clock import Clock
from sla.state.state import State
from sla.steps.agenda import Step, foreseen
from sla.views.status import judged, promised
from sla.views.wording import waits_for

SHOWN_TROUBLES = 5
"""Troubles on a card."""


SHOWN_CLOCKS = 8
"""Clocks on a card, the newest."""


def card(state: State, now: datetime) -> str:
    """The ticket's card in Markdown: what it waits for, since when and until when."""
    calendar, steps = state.calendar(), foreseen(state)
    until = f" — until **{instant_text(calendar, steps[0].due_at)}**" if steps else ""
    since, waits = instant_text(calendar, state.since), waits_for(state, steps[0] if steps else None)
    terms = state.terms
    lines = [
        f"**{humane(state.status).upper()}** since {since}, waits for **{waits}**{until}",
        "",
        *_clock_table(state, now),
        *(f"- then: {step.text(state)}, {instant_text(calendar, step.due_at)}" for step in steps[1:6]),
        *_trouble_lines(tuple(trouble.why for trouble in state.troubles)),
        "",
        f"{terms.title}, plan {terms.plan}, severity {state.severity}; zone {state.zone()}",
    ]
    return "\n".join(lines)


def timer_summary(state: State, step: Step) -> str:
    """What a timer waits for and until when, in the calendar's time."""
    return f"{waits_for(state, step)}, {instant_text(state.calendar(), step.due_at)}"


def _trouble_lines(troubles: tuple[str, ...]) -> list[str]:
    """The newest troubles, and how many there are besides."""
    lines = [f"- ⚠ {trouble}" for trouble in troubles[-SHOWN_TROUBLES:]]
    return [*lines, f"- ⚠ and {len(troubles) - SHOWN_TROUBLES} more"] if len(troubles) > SHOWN_TROUBLES else lines


def _clock_table(state: State, now: datetime) -> list[str]:
    timed = [(clock, state.promise(clock.objective)) for clock in state.clocks]
    shown = [(clock, target) for clock, target in timed if isinstance(target, Target)][-SHOWN_CLOCKS:]
    rows = [_row(state, clock, target, now) for clock, target in shown]
    return ["| clock | target | due | state |", "|---|---|---|---|", *rows, ""] if rows else []


def _row(state: State, clock: Clock, target: Target, now: datetime) -> str:
    stands, due = judged(state, clock, target, now)
    local = instant_text(state.calendar(target.calendar), due) if due else "moves on"
    said = promised(state, clock, target)
    return f"| {humane(clock.objective)} {clock.cycle} | {said} | {local} | {stands} |"
