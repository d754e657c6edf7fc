"""The rungs of the silence ladder: follow-ups, and what ends the wait for the customer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, TypedDict, assert_never

from sla.inputs.ladder_terms import LadderStep
from sla.rules.closing import close, hold_ladder, solve
from sla.rules.severity import set_severity
from sla.rules.silence import attempt_of, climbed, next_rung, rung_moment
from sla.state.ladder import Ladder
from sla.state.state import Closing, State
from sla.state.timeline import What
from sla.steps.lateness import counted_at, note_late
from sla.steps.recipients import is_switched_off
from sla.steps.step import BaseStep, StepKind, to_level, told_level


@dataclass(frozen=True, kw_only=True)
class _RungStep(BaseStep):
    """A rung, counted from 1, of the ticket's `cycle`-th ladder."""

    cycle: int
    rung: int

    def name(self, state: State) -> str:
        """`notify 3 to lead`."""
        return f"{self.kind.replace('_', ' ')} {self.rung}{to_level(self)}"

    def climbed(self, state: State, now: datetime) -> State:
        """The state with the rung done; nothing changes where the ladder ended while its message was on its way."""
        stands = state.ladder is not None and state.ladder.cycle == self.cycle
        return climbed(state, self.rung, self.due_at, now) if stands else state


@dataclass(frozen=True, kw_only=True)
class FollowUpStep(_RungStep):
    """Write to the customer, or ask one of us to call."""

    kind: ClassVar[StepKind] = "follow_up"

    def text(self, state: State) -> str:
        """`follow-up 2 of 3`."""
        return f"follow-up {self._attempt(state)}{self._way}"

    def name(self, state: State) -> str:
        """`follow-up 2 of 3`."""
        return f"follow-up {self._attempt(state)}"

    def done(self, state: State, now: datetime) -> State:
        """One more attempt to reach the customer."""
        told = f"{self._attempt(state)}{self._way}"
        state = self.climbed(state.evolve(follow_ups=state.follow_ups + 1), now)
        return state.noting(now, What.FOLLOW_UP, told, self.due_at)

    def unheard(self, state: State, now: datetime) -> State:
        """A silence that was to be broken waits for a person."""
        off = is_switched_off(state, self)
        why = "its message is switched off" if off else "there is nobody to call the customer"
        return hold_ladder(state, f"a follow-up was not made: {why}", now)

    def values(self, state: State) -> dict[str, str]:
        """Which attempt it is, and of how many."""
        attempt, attempts = attempt_of(state, self.rung)
        return {"attempt": str(attempt), "attempts": str(attempts)}

    @property
    def _way(self) -> str:
        return " by telephone" if self.audience == "internal" else ""

    def _attempt(self, state: State) -> str:
        attempt, attempts = attempt_of(state, self.rung)
        return f"{attempt} of {attempts}"


@dataclass(frozen=True, kw_only=True)
class NotifyStep(_RungStep):
    """Tell a level that the customer is silent."""

    kind: ClassVar[StepKind] = "notify"

    def text(self, state: State) -> str:
        """`tell Lead`."""
        return f"tell {told_level(state, self) or 'nobody'}"

    def done(self, state: State, now: datetime) -> State:
        """The level knows."""
        return self.climbed(state, now).noting(now, What.NOTIFIED, told_level(state, self), self.due_at)

    def unheard(self, state: State, now: datetime) -> State:
        """The ladder goes on."""
        return self.climbed(state, now)

    def undelivered(self, state: State, why: str, now: datetime) -> State:
        """The ladder goes on."""
        return self.climbed(state, now)


@dataclass(frozen=True, kw_only=True)
class LowerSeverityStep(_RungStep):
    """Lower the severity."""

    kind: ClassVar[StepKind] = "lower_severity"
    to: str | None

    def text(self, state: State) -> str:
        """`lower the severity on silence`."""
        return "lower the severity on silence"

    def done(self, state: State, now: datetime) -> State:
        """Nothing but the rung where the ticket has that severity, or a lower one, already."""
        order = list(state.terms.promises)
        state = self.climbed(state, now)
        if self.to not in order or order.index(self.to) <= order.index(state.severity):
            return state
        return set_severity(state, self.to, counted_at(state, self, now), " on silence")


@dataclass(frozen=True, kw_only=True)
class SolveStep(_RungStep):
    """Mark the ticket as solved."""

    kind: ClassVar[StepKind] = "solve"

    def text(self, state: State) -> str:
        """`mark as solved on silence`."""
        return "mark as solved on silence"

    def done(self, state: State, now: datetime) -> State:
        """The ticket is solved."""
        return solve(note_late(state, self, now), counted_at(state, self, now), What.SOLVED_ON_SILENCE)


@dataclass(frozen=True, kw_only=True)
class CloseStep(_RungStep):
    """Close the ticket."""

    kind: ClassVar[StepKind] = "close"

    def text(self, state: State) -> str:
        """`close on silence`."""
        return "close on silence"

    def done(self, state: State, now: datetime) -> State:
        """The ticket is closed."""
        closing = Closing(at=counted_at(state, self, now), by="silence", reason="no answer from the customer")
        return close(note_late(state, self, now), closing)


RungStep = FollowUpStep | NotifyStep | LowerSeverityStep | SolveStep | CloseStep


def rung_steps(state: State) -> Iterator[RungStep]:
    """The next rung of the ladder, foreseen. Raises PastHorizon, NoOpenTime."""
    ladder, following = state.ladder, next_rung(state)
    if ladder is None or following is None or ladder.held or ladder.paused or _solution_untold(state):
        return
    yield _step(state, ladder, *following)


class _Shared(TypedDict):
    key: str
    due_at: datetime
    wake_at: datetime
    message: str | None
    cycle: int
    rung: int


def _step(state: State, ladder: Ladder, rung: int, step: LadderStep) -> RungStep:
    due, key = rung_moment(state, ladder, rung).due_at, ladder.key(rung, step)
    shared = _Shared(
        key=key, due_at=due, wake_at=state.wake(key, due), message=step.message, cycle=ladder.cycle, rung=rung
    )
    match step.do:
        case "follow_up":
            audience = "customer" if step.channel == "email" else "internal"
            return FollowUpStep(**shared, audience=audience, level=step.level)
        case "notify":
            return NotifyStep(**shared, audience="internal", level=step.level)
        case "lower_severity":
            return LowerSeverityStep(**shared, to=step.to)
        case "solve":
            return SolveStep(**shared)
        case "close":
            return CloseStep(**shared)
        case _:
            assert_never(step.do)


def _solution_untold(state: State) -> bool:
    """The wait for a last word begins when the customer is told of the solution, not before."""
    return any(notice.message == "solved" for notice in state.notices)
