"""What a ticket's workflow is started with: a new ticket, or one that an earlier run carries on."""

from typing import Annotated, Literal, Self

from pydantic import Field, JsonValue, model_validator

from sla.base.fields import Record
from sla.base.instant import Instant
from sla.inputs.event import CustomerReplied
from sla.inputs.ticket import Ticket
from sla.state.state import KEPT_ENTRIES, State

LARGEST = 1_500_000
"""Bytes of JSON that a carried ticket may have: the server refuses 2 MB."""

LARGEST_INBOX = 300_000
"""Bytes of JSON of the arrivals that a carried ticket may take along."""


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
    def _names_exist(self) -> Self:
        """Terms that were resolved always agree with their state; a start that somebody wrote may not."""
        state, terms = self.state, self.state.terms
        if state.severity not in terms.promises:
            raise ValueError(f"state.severity: the terms have no severity {state.severity!r}")
        levels = {level.name for level in terms.levels}
        told = {each.level for each in (*state.notices, *state.alerts) if each.level is not None}
        if not told <= levels:
            raise ValueError(f"state: the terms have no level {', '.join(sorted(told - levels))}")
        messages = {notice.message for notice in state.notices}
        if not messages <= set(terms.messages):
            raise ValueError(
                f"state.notices: the terms have no message {', '.join(sorted(messages - set(terms.messages)))}"
            )
        if state.sending:
            raise ValueError("state.sending: a ticket is carried on only when nothing is on its way")
        return self


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
