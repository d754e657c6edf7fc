"""What every step has in common: one thing that time does to a ticket, with its key, its words and its effect."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

from sla.state.notification import Audience
from sla.state.state import State

StepKind = Literal[
    "notice",
    "resume",
    "follow_up_ticket",
    "threshold",
    "age",
    "reminder",
    "follow_up",
    "notify",
    "lower_severity",
    "solve",
    "close",
]


@dataclass(frozen=True, kw_only=True)
class BaseStep(ABC):
    """One thing to do at an instant. `key` is unique within the ticket for life and names its message.

    `due_at` is when the policy wants it, `wake_at` when it is looked at: later than that where it is tried again. Both
    are UTC. `message` and `audience` are missing where nobody is told; `level` names who inside is told.
    """

    kind: ClassVar[StepKind]
    key: str
    due_at: datetime
    wake_at: datetime
    message: str | None = None
    audience: Audience | None = None
    level: str | None = None
    detail: str = ""

    @property
    def waits_for_alarm(self) -> bool:
        """Whether it is done only once the alarm has rung for it; what an event asks for at once is not."""
        return True

    @abstractmethod
    def text(self, state: State) -> str:
        """What the step will do, for lists and timers."""

    @abstractmethod
    def name(self, state: State) -> str:
        """What was to be told, the same for every turn of the ticket: the same trouble must be listed once."""

    @abstractmethod
    def done(self, state: State, now: datetime) -> State:
        """The state after the step was done at `now` (UTC), and whoever it tells was told."""

    def unheard(self, state: State, now: datetime) -> State:
        """The state after the step came to nothing, because there is nobody to tell or no message for it."""
        return self.done(state, now)

    def undelivered(self, state: State, why: str, now: datetime) -> State:
        """The state after its message was given up, for the reason `why`: what of the step holds all the same."""
        return state

    def delayed(self, state: State, now: datetime) -> State:
        """The state after its message could not be sent at first."""
        return state

    def values(self, state: State) -> dict[str, str]:
        """What it adds to the values that fill its message."""
        return {}


def told_level(state: State, step: BaseStep) -> str:
    """The title of the level that a step tells; empty where it tells none."""
    return state.terms.level(step.level).title if step.level else ""


def to_level(step: BaseStep) -> str:
    """` to lead`, for the name of a step."""
    return f" to {step.level}" if step.level else ""
