"""A ticket lived again by the engine alone: terms and events from its history, rules from `sla` as it is."""

from collections.abc import Iterator
from datetime import datetime

from pydantic import TypeAdapter, ValidationError
from replay.golden import Answer, Arrived, Begun, Due, Life, Recorded, Turn

from sla.base.errors import HoldfastError
from sla.engine import engine
from sla.engine.requests import ExtendCalendars, Failure, Request, Send, StartFollowUp
from sla.engine.run import Run
from sla.engine.start import NewTicket, Start, Waiting
from sla.state.notification import Delivery, Fate
from sla.state.state import State
from sla.state.timeline import What
from sla.steps.agenda import foreseen
from sla.views.wording import entry_text
from workflows.arrivals import read_arrival
from workflows.options import BATCH

_START: TypeAdapter[Start] = TypeAdapter(Start)


class Rebuilt:
    """The ticket after every turn of its history. `foreseen` holds every due instant its agenda ever had, in order,
    `retries` every instant at which something was to be tried again."""

    def __init__(self, life: Life) -> None:
        self._extensions = list(life.extensions)
        self._sends: dict[str, str] = {}
        self._starts: list[str] = []
        self._waiting: list[tuple[Arrived, datetime]] = []
        self._alarm: datetime | None = None
        self.foreseen: dict[tuple[str, datetime], None] = {}
        self.retries: set[datetime] = set()
        self._run, self._now = self._begun(life)
        for turn in life.turns:
            self._live(turn)

    @property
    def state(self) -> State:
        """The ticket's state."""
        return self._run.state

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

    def _begun(self, life: Life) -> tuple[Run, datetime]:
        start = _START.validate_python(life.start)
        if not isinstance(start, NewTicket):
            self._waiting += [(Arrived(each.name, each.arguments), each.at) for each in start.inbox]
            return Run(start.state), start.state.woken_at
        assert life.begun is not None  # a path without terms is not rebuilt
        run = engine.begin(start.ticket, life.begun.terms, life.begun.at)
        return run if start.reply is None else engine.receive(run, start.reply, life.begun.at), life.begun.at

    def _live(self, turn: Turn) -> None:
        self._now = max(self._now, turn.at)
        for answer in turn.answers:
            self._settle(answer)
        for request_id in [self._starts.pop(0) for _ in range(turn.handed_on)]:
            self._run = engine.answered(self._run, request_id, Delivery(fate=Fate.SENT), self._now)
        self._waiting += [(arrived, turn.at) for arrived in turn.arrived]
        batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
        for arrived, at in batch:
            self._receive(arrived, at)
        if turn.canceled:
            self._run = engine.cancel(self._run, self._now)
        if turn.rang and self._alarm is not None:
            self._run = engine.ring(self._run, self._alarm)
        self._advance()

    def _settle(self, answer: Answer) -> None:
        self._now = max(self._now, answer.at)
        self._run = engine.answered(self._run, self._sends.pop(answer.identity), answer.delivery, self._now)

    def _receive(self, arrived: Arrived, at: datetime) -> None:
        try:
            event, ignored = read_arrival(
                Waiting.model_construct(name=arrived.name, arguments=arrived.arguments, at=at)
            )
        except (ValidationError, HoldfastError):
            self._run = self._run.noting(at, What.IGNORED, arrived.name)
            return
        self._run = engine.receive(self._run, event, at)
        if ignored is not None:
            self._run = self._run.noting(at, What.IGNORED, ignored)

    def _advance(self) -> None:
        """Do what the engine says; calendars that were made longer were there in the same workflow task."""
        while True:
            said = engine.advance(self._run, self._now)
            self._run, self._alarm = said.run, said.wake_at
            self.foreseen.update({(step.key, step.due_at): None for step in foreseen(self.state)})
            self.retries.update(retry.at for retry in self.state.retries.values())
            extended = [self._asked(request) for request in said.requests]
            if not any(extended):
                return

    def _asked(self, request: Request) -> bool:
        match request:
            case Send():
                self._sends[request.notification.id] = request.id
            case StartFollowUp():
                self._starts.append(request.id)
            case ExtendCalendars():
                self._extend(request, self._extensions.pop(0))
                return True
        return False

    def _extend(self, request: ExtendCalendars, longer: Begun | None) -> None:
        self._now = max(self._now, longer.at) if longer else self._now
        result = longer.terms if longer else Failure("as recorded")
        self._run = engine.answered(self._run, request.id, result, self._now)


def _timeline(state: State) -> Iterator[Due]:
    for entry in state.timeline:
        if entry.due_at is not None:
            yield Due(what=entry.what.value, due_at=entry.due_at)
