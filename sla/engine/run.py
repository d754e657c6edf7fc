"""One ticket as the engine holds it: its state, what has arrived and is not taken in yet, and what is under way."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from sla.engine.requests import Result
from sla.inputs.event import Event
from sla.state.state import State
from sla.state.timeline import What
from sla.steps.agenda import Step


@dataclass(frozen=True)
class Arrived:
    """An event and when it reached the ticket (UTC); or, without one, a request to cancel the ticket."""

    event: Event | None
    at: datetime


@dataclass(frozen=True)
class Answer:
    """The result of a request, and when it came (UTC)."""

    id: str
    result: Result
    at: datetime


@dataclass(frozen=True)
class Run:
    """A ticket under way. `steps` are those whose requests are out, by the request's id."""

    state: State
    inbox: tuple[Arrived, ...] = ()
    answers: tuple[Answer, ...] = ()
    steps: dict[str, Step] = field(default_factory=dict[str, Step])
    extending: bool = False

    def having(self, state: State) -> "Run":
        """The run with another state."""
        return replace(self, state=state)

    def noting(self, at: datetime, what: What, detail: str) -> "Run":
        """The run with one more line in the ticket's timeline."""
        return self.having(self.state.noting(at, what, detail))

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way and nothing waits to be taken in: the state alone says everything."""
        return not (self.inbox or self.answers or self.steps or self.extending)
