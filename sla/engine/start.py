"""What a ticket's workflow is started with: a new ticket, or one that an earlier run carries on."""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, model_validator

from sla.base.fields import Record
from sla.base.instant import Instant
from sla.inputs.agreement import disagreements
from sla.inputs.event import CustomerReplied
from sla.inputs.terms import Target
from sla.inputs.ticket import Ticket
from sla.state.state import KEPT_ENTRIES, State

LARGEST = 1_500_000
"""Bytes of JSON that a carried ticket may have: the server refuses 2 MB."""

LARGEST_INBOX = 300_000
"""Bytes of JSON of the arrivals that a carried ticket may take along."""


MOST_TO_DO = 500
"""Steps that a carried ticket may foresee: all at once they take a second of the two that a workflow task has."""


class NewTicket(Record):
    """A ticket to open; a follow-up ticket begins with the customer's `reply`."""

    kind: Literal["new"] = "new"
    ticket: Ticket
    reply: CustomerReplied | None = None


class Waiting(Record):
    """A signal that has arrived (UTC) and is not taken in yet. `arguments` is missing where they cannot be read."""

    name: str
    arguments: tuple[JsonValue, ...] | None
    at: Instant


class CarriedTicket(Record):
    """The state in which an earlier run of the same ticket ended, and what it had not taken in yet."""

    kind: Literal["carried"] = "carried"
    state: State
    inbox: tuple[Waiting, ...] = ()

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        """Terms that were resolved always agree with their state; a start that somebody wrote may not."""
        for complaint in (*disagreements(self.state.terms), *_strangers(self.state)):
            raise ValueError(complaint)
        return self


def _strangers(state: State) -> Iterator[str]:
    """What a state names and its terms do not have. A message that is missing is one that is switched off."""
    terms = state.terms
    if state.severity not in terms.promises:
        yield f"state.severity: the terms have no severity {state.severity!r}"
    levels = {level.name for level in terms.levels}
    for level in sorted({each.level for each in (*state.notices, *state.alerts) if each.level} - levels):
        yield f"state: the terms have no level {level!r}"
    for calendar in sorted({alert.repeat.calendar for alert in state.alerts} - set(terms.calendars)):
        yield f"state.alerts: the terms have no calendar {calendar!r}"
    strange = {pause.calendar for clock in state.clocks for pause in clock.pauses if pause.calendar}
    for calendar in sorted(strange - set(terms.calendars)):
        yield f"state.clocks: the terms have no calendar {calendar!r}"
    if state.ladder and any(not 1 <= rung <= len(state.ladder_terms().steps) for rung in state.ladder.owed):
        yield "state.ladder.owed: the ladder has no such step"
    if state.severity in terms.promises and _to_do(state) > MOST_TO_DO:
        yield f"state: more than {MOST_TO_DO} things wait for their time"
    if state.sending:
        yield "state.sending: a ticket is carried on only when nothing is on its way"


def _to_do(state: State) -> int:
    """How much a ticket foresees at the most: each step looks at all the others."""
    targets = (state.promise(clock.objective) for clock in state.clocks if clock.stopped_at is None)
    thresholds = sum(len(target.thresholds) for target in targets if isinstance(target, Target))
    return thresholds + len(state.terms.ages) + len(state.alerts) + len(state.notices) + len(state.successors)


Start = Annotated[NewTicket | CarriedTicket, Field(discriminator="kind")]


def carried(state: State, inbox: tuple[Waiting, ...] = ()) -> CarriedTicket:
    """What the next run is started with; of a state that is too large, the oldest lines of timeline stay behind."""
    for kept in (KEPT_ENTRIES, 100, 10):
        whole = CarriedTicket.model_construct(kind="carried", state=_with_lines(state, kept), inbox=inbox)
        if len(whole.model_dump_json()) <= LARGEST:
            return whole
    return CarriedTicket.model_construct(kind="carried", state=_with_lines(state, 1), inbox=inbox)


def _with_lines(state: State, kept: int) -> State:
    return state.evolve(timeline=state.timeline[-kept:])
