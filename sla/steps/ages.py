"""Escalation because a ticket is still unsolved at an age."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sla.calendars.duration import due_at
from sla.inputs.terms import AgeRule
from sla.state.state import State
from sla.state.timeline import What
from sla.steps.alerts import age_rules, raised
from sla.steps.step import BaseStep, StepKind, to_level, told_level


@dataclass(frozen=True, kw_only=True)
class AgeStep(BaseStep):
    """Tell a level that the ticket is unsolved."""

    kind: ClassVar[StepKind] = "age"

    def text(self, state: State) -> str:
        """`still unsolved: escalate to Lead`."""
        return f"still unsolved: escalate to {told_level(state, self)}"

    def name(self, state: State) -> str:
        """`escalation to lead by age`."""
        return f"escalation{to_level(self)} by age"

    def done(self, state: State, now: datetime) -> State:
        """The level knows, and is reminded where the policy says so."""
        state = self._passed(state, now)
        return state.noting(now, What.ESCALATED, f"{told_level(state, self)}: {self.detail}", self.due_at)

    def unheard(self, state: State, now: datetime) -> State:
        """It goes on from here, without a line."""
        return self._passed(state, now)

    def undelivered(self, state: State, why: str, now: datetime) -> State:
        """It goes on from here."""
        return self._passed(state, now)

    def _passed(self, state: State, now: datetime) -> State:
        repeat = next((rule.repeat for rule in age_rules(state) if rule.key == self.key), None)
        return raised(state.evolve(aged=(*state.aged, self.key)), self, None, repeat, now)


def age_steps(state: State) -> Iterator[AgeStep]:
    """What is told because of the ticket's age, each once in its life. Raises PastHorizon, NoOpenTime.

    An age that is reached while the ticket is solved is told when it is reopened.
    """
    return (_step(state, rule) for rule in age_rules(state) if rule.key not in state.aged)


def _step(state: State, rule: AgeRule) -> AgeStep:
    opened = state.ticket.opened_at
    due = max(due_at(state.calendar(rule.calendar), opened, rule.age), state.reopened_at or opened)
    return AgeStep(
        key=rule.key,
        due_at=due,
        wake_at=state.wake(rule.key, due),
        message="age",
        audience="internal",
        level=rule.level,
        detail=f"unsolved after {rule.age.said}",
    )
