"""A ticket lived through with the pure core alone: no server, no timer, time is whatever the test says."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from policies.entitled import admit
from policies.library import Library
from policies.terms import extend_terms, make_terms
from sla.engine import simulator as rehearsal
from sla.engine.engine import take_in
from sla.inputs.event import Event
from sla.inputs.terms import Objective
from sla.inputs.ticket import Ticket
from sla.state.notification import Delivery, Fate
from sla.state.state import State
from sla.state.timeline import Entry, What
from sla.steps.agenda import Step, agenda
from sla.steps.thresholds import ThresholdStep
from sla.views.status import ClockView, view
from sla.views.wording import entry_text

EVENT: TypeAdapter[Event] = TypeAdapter(Event)
LIBRARY = Library(Path(__file__).parent / "data" / "policies")


def at(text: str, zone: str = "UTC") -> datetime:
    """An instant from `2026-06-12 16:30` in a zone."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def ticket(policy: str, opened_at: datetime, **fields: Any) -> Ticket:
    """A ticket with what a test does not care about filled in."""
    facts = {"id": "T-1", "subject": "Restore fails", "customer": {"email": "kim@customer.example", "name": "Kim"}}
    return Ticket.model_validate({**facts, "policy": policy, "opened_at": opened_at, **fields})


class Rehearsal(rehearsal.Rehearsal):
    """One ticket. `delivery` decides how each message ends; all are sent unless a test says otherwise."""

    def __init__(self, ticket: Ticket, **terms: Any) -> None:
        policy = LIBRARY.in_force(ticket)
        admit(policy, ticket)
        made = make_terms(policy, ticket, ticket.opened_at)
        super().__init__(ticket, made.model_copy(update=terms), extend_terms)
        self.delivery: Callable[[Step], Fate] = lambda step: Fate.SENT
        self._events = 0

    def become(self, state: State) -> None:
        """The ticket in another state, as a test wants it."""
        self._become(self.run.having(state))

    @property
    def is_over(self) -> bool:
        """Whether the ticket has its outcome."""
        return self._go_on().outcome is not None

    def advance(self, to: datetime, *, late: timedelta = timedelta()) -> "Rehearsal":
        """Let time pass; every step is done at the instant it wakes, or `late` after it."""
        self.late = late
        self.pass_to(to)
        self.late = timedelta()
        return self

    def outage(self, until: datetime) -> "Rehearsal":
        """Nothing runs until then; afterwards whatever is due is done at once."""
        self.now = max(self.now, until)
        return self.advance(self.now)

    def tell(self, event: str, when: datetime, *, arrives: datetime | None = None, **fields: Any) -> "Rehearsal":
        """An event that happened at `when`; it arrives then, or later."""
        arrival = arrives or when
        self.advance(arrival)
        self._events += 1
        told = EVENT.validate_python({"event": event, "id": f"e{self._events}", "at": when, **fields})
        self.become(take_in(self.state, told, arrival))
        return self

    def deliver(self, step: Step) -> Delivery:
        """The end of a message, as the test says."""
        return Delivery(fate=self.delivery(step), detail="as the test says")

    def due(self, kind: str) -> datetime | None:
        """The instant of the next step of a kind: `follow_up`, `solve`, `close`, or an objective's breach."""
        for step in agenda(self.state):
            breach = isinstance(step, ThresholdStep) and step.threshold.is_breach and step.objective == kind
            if step.kind == kind or breach:
                return step.due_at
        return None

    def clock(self, objective: Objective) -> ClockView:
        """The latest clock of an objective."""
        return [clock for clock in view(self.state, self.now).clocks if clock.objective is objective][-1]

    def told(self, *whats: What) -> list[Entry]:
        """The timeline's lines of some kinds."""
        return [entry for entry in self.state.timeline if entry.what in whats]

    def lines(self) -> list[tuple[Entry, str]]:
        """The timeline with its wording."""
        return [(entry, entry_text(entry)) for entry in self.state.timeline]
