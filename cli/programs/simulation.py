"""`holdfast simulate`: what a policy would make of a script of events, told to the second without any server."""

import json
import textwrap
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import typer

from cli.inputs.simulation_script import read_script
from cli.output.due_times import WIDTH, filled
from intake.reading import validated
from policies.entitled import admit
from policies.terms import extend_terms, make_terms
from sla.base.errors import TicketError
from sla.base.fields import Record
from sla.base.instant import Instant
from sla.calendars.time_text import humane, instant_text
from sla.engine.simulator import ENDLESS, MOST_STEPS, Rehearsal, rehearse
from sla.state.state import Status
from sla.state.timeline import What
from sla.steps.agenda import next_step
from sla.views.status import Foreseen, TimelineLine, view, view_timeline
from worker.settings import Settings


class Simulated(Record):
    """What would happen, oldest first; what is due after it; and why it was followed no further, if so."""

    timeline: tuple[TimelineLine, ...]
    status: Status
    closed_at: Instant | None
    next: tuple[Foreseen, ...]
    note: str | None = None


class _Until(Record):
    until: Instant | None = None


def simulate(name: str, events: Path, until: str | None, settings: Settings, *, as_json: bool) -> None:
    """Print what would happen. Raises PolicyError, TicketError."""
    limit = validated(_Until, {"until": until}).until
    life = _lived(name, events, limit, settings)
    made = simulated(life)
    if as_json:
        shown = made.model_dump(mode="json", exclude={"note"} if made.note is None else None)
        typer.echo(json.dumps(shown, indent=2, ensure_ascii=False))
        return
    for line in _lines(life, made):
        typer.echo(line)


def _lived(name: str, events: Path, until: datetime | None, settings: Settings) -> Rehearsal:
    script = read_script(events, name, settings)
    if until is not None and until < script.ticket.opened_at:
        raise TicketError("until: lies before the opening")
    admit(script.policy, script.ticket)
    terms = make_terms(script.policy, script.ticket, script.ticket.opened_at)
    return rehearse(script.ticket, terms, script.events, until, extend_terms)


def simulated(life: Rehearsal) -> Simulated:
    """A rehearsal as it is printed."""
    state = life.whole()
    shown = view(state, life.now)
    return Simulated(
        timeline=view_timeline(state),
        status=state.status,
        closed_at=state.closing.at if state.closing else None,
        next=shown.next,
        note=_endless(life) if life.endless else None,
    )


def _endless(life: Rehearsal) -> str:
    """Why a rehearsal stopped although more is due."""
    step = next_step(life.state)
    what = step.text(life.state) if step else "a reminder"
    return f"stopped here: `{what}` repeats without an end (followed for {ENDLESS.days} days or {MOST_STEPS:,} steps)"


def _lines(life: Rehearsal, made: Simulated) -> Iterator[str]:
    terms, state = life.state.terms, life.state
    yield from filled(f"{state.ticket.id}  {state.ticket.subject}")
    yield from filled(f"{terms.title}, plan {terms.plan}; zone {state.zone()}", hang=2)
    yield ""
    for line in made.timeline:
        yield from told(line.local, f"{line.text}{_done(life, line)}")
    yield ""
    yield from filled(made.note or _end(life))
    for step in made.next:
        yield from told(step.due_local, step.what)


def told(when: str, text: str) -> list[str]:
    """An instant and a text, folded to 80 columns under its own beginning."""
    return textwrap.wrap(text, WIDTH, initial_indent=f"{when:<29} ", subsequent_indent=" " * 30, break_on_hyphens=False)


def _done(life: Rehearsal, line: TimelineLine) -> str:
    """For a clock that stopped: when it was due."""
    if line.what not in {What.MET, What.MISSED} or line.due_at is None:
        return ""
    return f" (due {instant_text(life.state.calendar(), line.due_at)})"


def _end(life: Rehearsal) -> str:
    status = humane(life.state.status).capitalize()
    if next_step(life.state) is None:
        return f"{status}; nothing more is due"
    return f"{status} at {instant_text(life.state.calendar(), life.now)}; due next:"
