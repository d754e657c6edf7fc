"""Escalation that does not hang on one clock: by age, on the customer's request, and again until somebody acts.

An alert is silent while its cause does not hold: under a severity at which it was not told, and while its clock stands
still. An answer to the customer ends it; a solution and a close end those with a clock. One by age is silent while the
ticket is solved or closed and goes on when it is reopened. An alert whose clock can never count again is forgotten.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sla.calendars.duration import due_at
from sla.inputs.event import Acknowledged, EscalationRequested
from sla.inputs.terms import AgeRule, Objective, Repeat, Target, Threshold
from sla.rules.ticket_clocks import reach, start_clock
from sla.state.alert import Alert
from sla.state.clock import Clock, thresholds
from sla.state.state import Notice, State, Status, What
from sla.steps.step import Step

IN_HAND = frozenset({Objective.ACKNOWLEDGEMENT, Objective.ESCALATION_REVIEW})
"""What is reached when one of us takes the ticket in hand; that alone is no progress for the customer."""


def escalation_requested(state: State, event: EscalationRequested, at: datetime) -> State:
    """The customer asked to escalate: a level is told at once, and a review is owed; one that is owed goes on.

    The ladder waits for a person, because a customer who asks is not silent. A solved ticket stays solved.
    """
    if state.status == Status.CLOSED:
        return state.noting(at, What.IGNORED, "escalation requested: the ticket is closed")
    state = state.evolve(requests=state.requests + 1).noting(at, What.ESCALATION_REQUESTED, event.reason)
    state = _tell_request(_hold(state), event.reason, at)
    owed = any(clock.objective is Objective.ESCALATION_REVIEW and clock.stopped_at is None for clock in state.clocks)
    return state if owed else start_clock(state, Objective.ESCALATION_REVIEW, at)


def _hold(state: State) -> State:
    if state.ladder is None or state.ladder.held:
        return state
    return state.evolve(ladder=state.ladder.hold("the customer asked to escalate"))


def _tell_request(state: State, reason: str, at: datetime) -> State:
    """The level of the policy is told, else the ticket's owner, else the first level."""
    first = state.terms.levels[0].name if state.terms.levels and not state.ticket.owner else None
    level = state.terms.on_request or first
    if level is None and state.ticket.owner is None:
        return state.troubled("internal", "the customer asked to escalate, and there is nobody to tell")
    key = f"requested-{state.requests}"
    notice = Notice(key=key, message="requested", audience="internal", due_at=at, detail=reason, level=level)
    return state.evolve(notices=(*state.notices, notice))


def acknowledged(state: State, event: Acknowledged, at: datetime) -> State:
    """One of us took the ticket, and every escalation of it, in hand."""
    state = state.noting(at, What.TAKEN, event.by or "")
    waiting = {alert.next_key for alert in state.alerts}
    alerts = tuple(_taken(state, alert, at) for alert in state.alerts)
    dropped = waiting - {alert.next_key for alert in alerts}
    return reach(_forget(state.evolve(alerts=alerts), dropped), IN_HAND, at)


def _taken(state: State, alert: Alert, at: datetime) -> Alert:
    """The alert in hand since `at`; one that was told first after that is not."""
    if alert.raised_at > at:
        return alert
    # A telling that was tried may have arrived: its id must not be used for another one.
    times = alert.times + (1 if alert.next_key in state.retries else 0)
    return alert.model_copy(update={"acknowledged_at": max(at, alert.acknowledged_at or at), "times": times})


def calm(state: State, at: datetime) -> State:
    """An answer of ours, written at `at`, ends what was told by then; what was told later goes on with its clock."""
    kept = tuple(alert for alert in state.alerts if alert.raised_at > at)
    gone = {alert.next_key for alert in state.alerts if alert not in kept}
    return _forget(state.evolve(alerts=kept), gone)


def _forget(state: State, keys: set[str]) -> State:
    return state.evolve(retries={key: retry for key, retry in state.retries.items() if key not in keys})


def _clock(state: State, key: str) -> Clock | None:
    """The clock on which a threshold with this key was told."""
    return next((clock for clock in state.clocks if key in clock.fired), None)


def threshold_key(clock: Clock, severity: str, threshold: Threshold) -> str:
    """The name of a threshold's step, for the ticket's life."""
    return f"{clock.objective.value}-{clock.cycle}-{severity}-{threshold.key}"


def age_key(rule: AgeRule) -> str:
    """The name of an age rule's step, for the ticket's life."""
    return f"age-{rule.age.short}-{rule.level}"


def age_steps(state: State) -> Iterator[Step]:
    """What is told because of the ticket's age, each once in its life. Raises PastHorizon, NoOpenTime.

    An age that is reached while the ticket is solved is told when it is reopened.
    """
    for rule in _age_rules(state):
        if age_key(rule) not in state.aged:
            yield _age_step(state, rule)


def _age_rules(state: State) -> Iterator[AgeRule]:
    """The rules that hold now."""
    if state.status not in {Status.SOLVED, Status.CLOSED}:
        for rule in state.terms.ages:
            if not rule.severities or state.severity in rule.severities:
                yield rule


def _age_step(state: State, rule: AgeRule) -> Step:
    opened = state.ticket.opened_at
    due = max(due_at(state.calendar(rule.calendar), opened, rule.age), state.reopened_at or opened)
    return Step(
        kind="age",
        key=age_key(rule),
        due_at=due,
        wake_at=state.wake(age_key(rule), due),
        message="age",
        audience="internal",
        level=rule.level,
        detail=f"unsolved after {rule.age.said}",
    )


def reminder_steps(state: State) -> Iterator[Step]:
    """What is told again because nobody acted. Raises PastHorizon, NoOpenTime."""
    for alert in state.alerts:
        cause = _age_cause(state, alert) if alert.objective is None else _clock_cause(state, alert)
        span = alert.repeat.every if alert.acknowledged_at is None else alert.repeat.rearm
        if cause is not None and span is not None:
            base = max(cause, alert.told_at, alert.acknowledged_at or alert.told_at)
            yield _reminder(state, alert, due_at(state.calendar(alert.repeat.calendar), base, span))


def _age_cause(state: State, alert: Alert) -> datetime | None:
    """When the alert was raised or the ticket was reopened after it, while its rule holds."""
    holds = any(age_key(rule) == alert.key for rule in _age_rules(state))
    return max(alert.raised_at, state.reopened_at or alert.raised_at) if holds else None


def _clock_cause(state: State, alert: Alert) -> datetime | None:
    """The alert's threshold under the present facts, or the end of a pause after it; None while it is silent."""
    clock = _clock(state, alert.key)
    promise = None if clock is None else state.promise(clock.objective)
    if clock is None or not isinstance(promise, Target) or not _goes_on(clock):
        return None
    for threshold, at in thresholds(clock, promise, state.calendar):
        if threshold_key(clock, state.severity, threshold) == alert.key:
            return max((at, *(pause.end for pause in clock.pauses if pause.end is not None and not pause.calendar)))
    return None


def _goes_on(clock: Clock) -> bool:
    """Whether it counts, or was stopped too late by an acknowledgement after which something has to follow."""
    return clock.running or (clock.kept is False and clock.objective in IN_HAND)


def live_alerts(state: State) -> tuple[Alert, ...]:
    """The alerts that may speak again: by age, or of a clock that is not stopped or has to be followed by something.

    Of the latter only the newest of an objective at a level: whoever asks again and again is still one customer.
    """
    causes = [(alert, _clock(state, alert.key)) for alert in state.alerts]
    newest = {(alert.objective, alert.level): clock.cycle for alert, clock in causes if clock is not None}
    return tuple(alert for alert, clock in causes if alert.objective is None or _may_speak(alert, clock, newest))


def _may_speak(alert: Alert, clock: Clock | None, newest: dict[tuple[Objective | None, str], int]) -> bool:
    if clock is None or clock.stopped_at is None:
        return clock is not None
    return _goes_on(clock) and clock.cycle == newest[alert.objective, alert.level]


def _reminder(state: State, alert: Alert, due: datetime) -> Step:
    about = "its age" if alert.objective is None else alert.objective.value.replace("_", " ")
    again = "" if alert.acknowledged_at is None else ", taken in hand and nothing followed"
    return Step(
        kind="reminder",
        key=alert.next_key,
        due_at=due,
        wake_at=state.wake(alert.next_key, due),
        message="reminder",
        audience="internal",
        objective=alert.objective,
        level=alert.level,
        detail=f"{about}, {alert.times + 1}{again}",
    )


def passed(state: State, step: Step, now: datetime) -> State:
    """The state after an escalation was told or given up: either way it goes on from here."""
    match step.kind:
        case "threshold":
            return _threshold_passed(state, step, now)
        case "age":
            repeat = next((rule.repeat for rule in _age_rules(state) if age_key(rule) == step.key), None)
            return _raised(state.evolve(aged=(*state.aged, step.key)), step, repeat, now)
        case "reminder":
            told = (_told_again(state, alert, step, now) for alert in state.alerts)
            return state.evolve(alerts=tuple(told))
        case _:
            return state


def _threshold_passed(state: State, step: Step, now: datetime) -> State:
    """Nothing is repeated of a clock that an answer stopped or paused before its threshold could be told."""
    clock = _clock(state, step.key)
    if clock is None or not clock.running or step.threshold is None:
        return state
    return _raised(state, step, step.threshold.repeat, now)


def _raised(state: State, step: Step, repeat: Repeat | None, now: datetime) -> State:
    if repeat is None or step.level is None:
        return state
    alert = Alert(
        key=step.key,
        level=step.level,
        repeat=repeat,
        objective=step.objective,
        raised_at=step.due_at,
        told_at=_anchor(state, repeat, step.due_at, now),
    )
    return state.evolve(alerts=(*state.alerts, alert))


def _told_again(state: State, alert: Alert, step: Step, now: datetime) -> Alert:
    if alert.next_key != step.key:
        return alert
    told_at = _anchor(state, alert.repeat, step.due_at, now)
    return alert.model_copy(update={"told_at": told_at, "times": alert.times + 1, "acknowledged_at": None})


def _anchor(state: State, repeat: Repeat, due: datetime, now: datetime) -> datetime:
    """From where the next telling counts: the due instant, or now after an outage that is longer than the grace.

    Also now where the next one would be due already: a short interval must not catch up in a bunch.
    """
    late = now - due > timedelta(seconds=state.terms.grace_seconds)
    crowded = repeat.every is not None and due_at(state.calendar(repeat.calendar), due, repeat.every) <= now
    return now if late or crowded else due
