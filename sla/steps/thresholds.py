"""The thresholds of a clock: warnings before it is due, the breach, escalations after it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sla.calendars.time_text import humane
from sla.inputs.terms import Objective, Target, Threshold
from sla.state.clock import BREACH, Clock, thresholds
from sla.state.state import State
from sla.state.timeline import What
from sla.steps.alerts import clock_of, raised
from sla.steps.step import BaseStep, StepKind, to_level, told_level


@dataclass(frozen=True, kw_only=True)
class ThresholdStep(BaseStep):
    """Record an instant of a clock, and tell its level where it has one."""

    kind: ClassVar[StepKind] = "threshold"
    objective: Objective
    cycle: int
    threshold: Threshold

    def text(self, state: State) -> str:
        """`first response due`, `first response warning at 75 %`."""
        objective, threshold = humane(self.objective), self.threshold
        if threshold.is_breach:
            return f"{objective} due"
        if threshold.percent is not None:
            return f"{objective} warning at {threshold.percent} %"
        if threshold.before is not None:
            return f"{objective} warning {threshold.before.said} before"
        return f"{objective} overdue: escalate to {told_level(state, self) or 'nobody'}"

    def name(self, state: State) -> str:
        """`warning to lead of first response`."""
        return f"{humane(self.message or self.kind)}{to_level(self)} of {humane(self.objective)}"

    def done(self, state: State, now: datetime) -> State:
        """The instant is on record with who was told of it."""
        return self._passed(self._noted(state, now), now)

    def unheard(self, state: State, now: datetime) -> State:
        """The instant is on record."""
        return self._passed(self._note_instant(state, now), now)

    def undelivered(self, state: State, why: str, now: datetime) -> State:
        """A breach is on record whether or not anybody could be told of it."""
        return self._passed(self._note_breach(state, now), now)

    def delayed(self, state: State, now: datetime) -> State:
        """The promise is broken now, whatever becomes of the mail."""
        return self._note_breach(state, now)

    def values(self, state: State) -> dict[str, str]:
        """The objective."""
        return {"objective": humane(self.objective)}

    def _noted(self, state: State, now: datetime) -> State:
        if self.level is None:
            return self._note_instant(state, now)
        title = told_level(state, self)
        if not self.threshold.is_breach and self.threshold.after is None:
            return self._note_instant(state, now, f" → {title}")
        return self._note_instant(state, now).noting(now, What.ESCALATED, title, self.due_at)

    def _note_instant(self, state: State, now: datetime, told: str = "") -> State:
        """A breach or a warning, and who was told of the latter."""
        if self.threshold.after is not None:
            return state
        if self.threshold.is_breach:
            return self._note_breach(state, now)
        return state.noting(now, What.WARNING, f"({self.threshold.offset}) {self.objective.value}{told}", self.due_at)

    def _note_breach(self, state: State, now: datetime) -> State:
        """Once for a clock under a severity."""
        clock = next((each for each in state.clocks if self._is_of(each)), None)
        if clock is None or not self.threshold.is_breach:
            return state
        mark = clock.key(state.severity, BREACH)
        if mark in clock.fired:
            return state
        state = self._fired(state, mark, self.due_at)
        return state.noting(now, What.BREACHED, clock.objective.value, self.due_at)

    def _fired(self, state: State, key: str, breached_at: datetime | None = None) -> State:
        """The state with a key told on the clock behind the step, where it was not yet."""
        return state.evolve(
            clocks=tuple(
                clock.fire(key, breached_at) if self._is_of(clock) and key not in clock.fired else clock
                for clock in state.clocks
            )
        )

    def _is_of(self, clock: Clock) -> bool:
        return (clock.objective, clock.cycle) == (self.objective, self.cycle)

    def _passed(self, state: State, now: datetime) -> State:
        """Nothing is repeated of a clock that an answer stopped or paused before its threshold could be told."""
        state = self._fired(state, self.key)
        clock = clock_of(state, self.key)
        if clock is None or not clock.running:
            return state
        return raised(state, self, self.objective, self.threshold.repeat, now)


def threshold_steps(state: State) -> Iterator[ThresholdStep]:
    """The thresholds of the clocks that count; of others only those whose message is being tried again."""
    for clock in state.clocks:
        if clock.running or state.retries:
            promise = state.promise(clock.objective)
            if isinstance(promise, Target):
                yield from _of_clock(state, clock, promise)


def _of_clock(state: State, clock: Clock, target: Target) -> Iterator[ThresholdStep]:
    awaited = [each for each in target.thresholds if _is_awaited(state, clock, clock.key(state.severity, each))]
    for threshold, at in thresholds(clock, target, state.calendar, awaited):
        key = clock.key(state.severity, threshold)
        yield ThresholdStep(
            key=key,
            due_at=at,
            wake_at=state.wake(key, at),
            message=_message(threshold),
            audience="internal" if threshold.level else None,
            objective=clock.objective,
            cycle=clock.cycle,
            threshold=threshold,
            level=threshold.level,
        )


def _is_awaited(state: State, clock: Clock, key: str) -> bool:
    return key not in clock.fired and (clock.running or key in state.retries)


def _message(threshold: Threshold) -> str | None:
    if threshold.level is None:
        return None
    if threshold.is_breach:
        return "breach"
    return "escalation" if threshold.after else "warning"
