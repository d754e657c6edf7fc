"""Reminders: an escalation that is told again because nobody acted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sla.calendars.duration import due_at
from sla.calendars.time_text import humane
from sla.inputs.terms import Objective
from sla.state.alert import Alert
from sla.state.state import State
from sla.state.timeline import What
from sla.steps.alerts import cause, counted_from
from sla.steps.step import BaseStep, StepKind, to_level, told_level


@dataclass(frozen=True, kw_only=True)
class ReminderStep(BaseStep):
    """Remind a level. `objective` is missing where no clock is behind it."""

    kind: ClassVar[StepKind] = "reminder"
    objective: Objective | None

    def text(self, state: State) -> str:
        """`remind Lead`."""
        return f"remind {told_level(state, self)}"

    def name(self, state: State) -> str:
        """`reminder to lead of first response`."""
        return f"reminder{to_level(self)} of {humane(self.objective) if self.objective else 'age'}"

    def done(self, state: State, now: datetime) -> State:
        """The next reminder counts from this one."""
        state = self._passed(state, now)
        return state.noting(now, What.REMINDED, f"{told_level(state, self)}: {self.detail}", self.due_at)

    def unheard(self, state: State, now: datetime) -> State:
        """The next reminder counts from this one, without a line."""
        return self._passed(state, now)

    def undelivered(self, state: State, why: str, now: datetime) -> State:
        """The next reminder counts from this one."""
        return self._passed(state, now)

    def _passed(self, state: State, now: datetime) -> State:
        return state.evolve(alerts=tuple(self._told_again(state, alert, now) for alert in state.alerts))

    def _told_again(self, state: State, alert: Alert, now: datetime) -> Alert:
        return alert.told_again(counted_from(state, alert.repeat, self.due_at, now)) if self._is_of(alert) else alert

    def _is_of(self, alert: Alert) -> bool:
        return alert.next_key == self.key

    def values(self, state: State) -> dict[str, str]:
        """The objective that is not met."""
        return {"objective": humane(self.objective)} if self.objective else {}


def reminder_steps(state: State) -> Iterator[ReminderStep]:
    """What is told again because nobody acted. Raises PastHorizon, NoOpenTime."""
    for alert in state.alerts:
        since = cause(state, alert)
        span = alert.repeat.every if alert.acknowledged_at is None else alert.repeat.rearm
        if since is not None and span is not None:
            base = max(since, alert.told_at, alert.acknowledged_at or alert.told_at)
            yield _step(state, alert, due_at(state.calendar(alert.repeat.calendar), base, span))


def _step(state: State, alert: Alert, due: datetime) -> ReminderStep:
    about = "its age" if alert.objective is None else humane(alert.objective)
    again = "" if alert.acknowledged_at is None else ", taken in hand and nothing followed"
    return ReminderStep(
        key=alert.next_key,
        due_at=due,
        wake_at=state.wake(alert.next_key, due),
        message="reminder",
        audience="internal",
        objective=alert.objective,
        level=alert.level,
        detail=f"{about}, {alert.times + 1}{again}",
    )
