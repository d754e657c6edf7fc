"""Alerts that go on until one of us acts: how one is raised, what causes it and when it can still fire."""

from datetime import datetime
from typing import Protocol

from sla.calendars.duration import due_at
from sla.inputs.terms import AgeRule, Objective, Repeat, Target
from sla.rules.escalation import IN_HAND
from sla.state.alert import Alert
from sla.state.clock import Clock, thresholds
from sla.state.state import State, Status
from sla.steps.lateness import is_late


class Raising(Protocol):
    """A step that tells a level of something for the first time."""

    @property
    def key(self) -> str:
        """The step's key."""
        ...

    @property
    def level(self) -> str | None:
        """Who is told."""
        ...

    @property
    def due_at(self) -> datetime:
        """When it was due (UTC)."""
        ...


def raised(state: State, step: Raising, objective: Objective | None, repeat: Repeat | None, now: datetime) -> State:
    """The state with an alert that goes on, where the policy repeats what the step told."""
    if repeat is None or step.level is None:
        return state
    alert = Alert(
        key=step.key,
        level=step.level,
        repeat=repeat,
        objective=objective,
        raised_at=step.due_at,
        told_at=counted_from(state, repeat, step.due_at, now),
    )
    return state.evolve(alerts=(*state.alerts, alert))


def counted_from(state: State, repeat: Repeat, due: datetime, now: datetime) -> datetime:
    """From where the next reminder counts: the due instant, or now after an outage that is longer than the grace.

    Also now where the next one would be due already: a short interval must not catch up in a bunch.
    """
    crowded = repeat.every is not None and due_at(state.calendar(repeat.calendar), due, repeat.every) <= now
    return now if crowded or is_late(state, due, now) else due


def age_rules(state: State) -> tuple[AgeRule, ...]:
    """The age rules that hold now: none while the ticket is solved or closed."""
    if state.status in {Status.SOLVED, Status.CLOSED}:
        return ()
    return tuple(rule for rule in state.terms.ages if not rule.severities or state.severity in rule.severities)


def cause(state: State, alert: Alert) -> datetime | None:
    """From when an alert has its cause (UTC); None while it has none. Raises PastHorizon, NoOpenTime."""
    return _age_cause(state, alert) if alert.objective is None else _clock_cause(state, alert)


def _age_cause(state: State, alert: Alert) -> datetime | None:
    """When the alert was raised or the ticket was reopened after it, while its rule holds."""
    holds = any(rule.key == alert.key for rule in age_rules(state))
    return max(alert.raised_at, state.reopened_at or alert.raised_at) if holds else None


def _clock_cause(state: State, alert: Alert) -> datetime | None:
    """The alert's threshold under the present facts, or the end of a pause after it; None while it is silent."""
    clock = clock_of(state, alert.key)
    promise = None if clock is None else state.promise(clock.objective)
    if clock is None or not isinstance(promise, Target) or not _goes_on(clock):
        return None
    for threshold, at in thresholds(clock, promise, state.calendar):
        if clock.key(state.severity, threshold) == alert.key:
            return max(at, clock.pauses.latest_end() or at)
    return None


def clock_of(state: State, key: str) -> Clock | None:
    """The clock on which a threshold with this key was told."""
    return next((clock for clock in state.clocks if key in clock.fired), None)


def _goes_on(clock: Clock) -> bool:
    """Whether it counts, or was stopped too late by an acknowledgement after which something has to follow."""
    return clock.running or (clock.kept is False and clock.objective in IN_HAND)


def live_alerts(state: State) -> tuple[Alert, ...]:
    """The alerts that can still fire: by age, or of a clock that is not stopped or has to be followed by something.

    Of the latter only the newest of an objective at a level: a customer who asks again and again is still one customer.
    """
    causes = [(alert, clock_of(state, alert.key)) for alert in state.alerts]
    newest = {(alert.objective, alert.level): clock.cycle for alert, clock in causes if clock is not None}
    return tuple(alert for alert, clock in causes if alert.objective is None or _may_fire(alert, clock, newest))


def _may_fire(alert: Alert, clock: Clock | None, newest: dict[tuple[Objective | None, str], int]) -> bool:
    if clock is None or clock.stopped_at is None:
        return clock is not None
    return _goes_on(clock) and clock.cycle == newest[alert.objective, alert.level]
