"""A ticket lived again by the pure core alone: terms and events from its history, rules from `sla` as it is."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError
from replay.golden import Arrived, Due, Life, Recorded, Turn

from sla.base.errors import HoldfastError, PastHorizon
from sla.inputs.event import Event
from sla.inputs.ticket import Ticket
from sla.rules.events import apply, opened
from sla.state.state import State
from sla.state.timeline import What
from sla.steps.agenda import Step, agenda, next_step
from sla.steps.delivery import done, settle
from sla.steps.message import compose
from sla.views.wording import entry_text

_EVENT: TypeAdapter[Event] = TypeAdapter(Event)
_T = TypeVar("_T")


class Rebuilt:
    """The ticket after every turn of its history. `foreseen` holds every due instant its agenda ever had, in order,
    `retries` every instant at which something was to be sent again."""

    def __init__(self, life: Life) -> None:
        self._terms = list(life.terms)
        self._inbox: list[tuple[Arrived, datetime]] = []
        self._sending: Step | None = None
        self.foreseen: dict[tuple[str, datetime], None] = {}
        self.retries: set[datetime] = set()
        self.state = self._begun(life)
        for turn in life.turns:
            self._live(turn)

    def recorded(self) -> Recorded:
        """What is kept beside the golden history."""
        return Recorded(
            ticket_id=self.state.ticket.id,
            steps=tuple(Due(what=key, due_at=at) for key, at in self.foreseen),
            timeline=tuple(_timeline(self.state)),
        )

    def told(self) -> list[str]:
        """The timeline's words."""
        return [entry_text(entry) for entry in self.state.timeline]

    def _begun(self, life: Life) -> State:
        if life.carried is not None:
            return State.model_validate(life.carried)
        return opened(Ticket.model_validate(life.ticket), self._terms.pop(0), self._terms[0].made_at)

    def _live(self, turn: Turn) -> None:
        self._inbox.extend((arrived, turn.at) for arrived in turn.arrived)
        now, step, answer = turn.at, self._sending, turn.answer
        if step is not None and answer is not None:
            now = max(now, answer.at)
            self.state = self._reaching(now, lambda: settle(self.state, step, answer.delivery, now))
            self._sending = None
        while self._sending is None and self._moves(now):
            pass

    def _moves(self, now: datetime) -> bool:
        """Whether a step was due and is done, or on its way."""
        self._take_in()
        step = self._reaching(now, lambda: next_step(self.state))
        self._foresee()
        if step is None or step.wake_at > now:
            return False
        if compose(self.state, step, now) is not None:
            self._sending = step
        else:
            self.state = self._reaching(now, lambda: done(self.state, step, now))
        return True

    def _foresee(self) -> None:
        self.foreseen.update({(step.key, step.due_at): None for step in agenda(self.state)})
        self.retries.update(retry.at for retry in self.state.retries.values())

    def _take_in(self) -> None:
        while self._inbox:
            arrived, at = self._inbox.pop(0)
            try:
                event = _event(arrived)
                self.state = self._reaching(at, lambda: apply(self.state, event, at))  # noqa: B023
            except (ValidationError, HoldfastError):
                self.state = self.state.noting(at, What.IGNORED, arrived.name)

    def _reaching(self, now: datetime, ask: Callable[[], _T]) -> _T:
        """An answer of the core; past the calendars, after the fresh terms that the history holds."""
        try:
            return ask()
        except PastHorizon:
            self.state = self.state.evolve(terms=self._terms.pop(0)).noting(now, What.TERMS)
            return ask()


def _event(arrived: Arrived) -> Event:
    if not isinstance(arrived.payload, dict):
        raise HoldfastError
    return _EVENT.validate_python({**arrived.payload, "event": arrived.name})


def _timeline(state: State) -> Iterator[Due]:
    for entry in state.timeline:
        if entry.due_at is not None:
            yield Due(what=entry.what.value, due_at=entry.due_at)
