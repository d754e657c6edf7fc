"""Thresholds that a clock passed unnoticed, in an outage, before it was stopped: nothing disappears in silence."""

from datetime import datetime

from sla.calendars.time_text import humane, instant_text
from sla.inputs.terms import Target, Threshold
from sla.state.clock import BREACH, Clock, thresholds
from sla.state.state import State
from sla.state.timeline import What


def note_skipped(state: State, clock: Clock) -> tuple[State, Clock]:
    """The state with a line for each threshold that a stopped clock passed and nobody was told of, and the clock.

    A breach is on record with its due instant. A message that is on its way, or tried again, still leaves.
    Raises PastHorizon, NoOpenTime.
    """
    promise, stopped_at = state.promise(clock.objective), clock.stopped_at
    if not isinstance(promise, Target) or stopped_at is None:
        return state, clock
    open_ones = [each for each in promise.thresholds if _is_open(state, clock, each)]
    for threshold, due in thresholds(clock, promise, state.calendar, open_ones):
        if due < stopped_at:
            state, clock = _noted(state, clock, threshold, due)
    return state, clock


def _is_open(state: State, clock: Clock, threshold: Threshold) -> bool:
    key = clock.key(state.severity, threshold)
    return key not in clock.fired and key not in state.sending and key not in state.retries


def _noted(state: State, clock: Clock, threshold: Threshold, due: datetime) -> tuple[State, Clock]:
    stopped_at, mark = clock.stopped_at or due, clock.key(state.severity, BREACH)
    if threshold.is_breach and mark not in clock.fired:
        clock = clock.fire(mark, due)
        state = state.noting(stopped_at, What.BREACHED, clock.objective.value, due)
    if threshold.level is None:
        return state, clock
    title, when = state.terms.level(threshold.level).title, instant_text(state.calendar(), stopped_at)
    what = "breach" if threshold.is_breach else threshold.offset
    told = f"{humane(clock.objective)} ({what}) to {title} not sent: answered at {when}"
    return state.noting(stopped_at, What.SKIPPED, told, due), clock
