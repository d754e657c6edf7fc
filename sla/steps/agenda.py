"""What is due now and what is due next: every step that is foreseen, soonest first.

A step that could not be done keeps its due instant and is looked at again at `wake_at`.
"""

import threading
from collections.abc import Callable, Iterable
from typing import get_args

from sla.base.errors import HoldfastError
from sla.state.state import State
from sla.steps.ages import AgeStep, age_steps
from sla.steps.follow_up_ticket import FollowUpTicketStep, follow_up_ticket_steps
from sla.steps.hold_end import HoldEndStep, hold_end_steps
from sla.steps.notices import NoticeStep, notice_steps
from sla.steps.reminders import ReminderStep, reminder_steps
from sla.steps.rungs import RungStep, rung_steps
from sla.steps.step import StepKind
from sla.steps.thresholds import ThresholdStep, threshold_steps

Step = NoticeStep | HoldEndStep | FollowUpTicketStep | ThresholdStep | AgeStep | ReminderStep | RungStep
"""Everything that time does to a ticket."""

_SOURCES: tuple[Callable[[State], Iterable[Step]], ...] = (
    notice_steps,
    hold_end_steps,
    follow_up_ticket_steps,
    threshold_steps,
    age_steps,
    reminder_steps,
    rung_steps,
)
_ORDER: dict[str, int] = {kind: place for place, kind in enumerate(get_args(StepKind))}
"""What goes first among steps of one instant."""


def agenda(state: State) -> tuple[Step, ...]:
    """All foreseen steps by the instant they are looked at. Raises PastHorizon, NoOpenTime."""
    if _LAST.state is not state:
        _LAST.steps, _LAST.state = _foresee(state), state
    return _LAST.steps


class _Last(threading.local):
    """In one turn the engine, the card and the list ask for the agenda of one and the same state."""

    state: State | None = None
    steps: tuple[Step, ...] = ()


_LAST = _Last()


def _foresee(state: State) -> tuple[Step, ...]:
    steps = [step for foresee in _SOURCES for step in foresee(state)]
    steps.sort(key=lambda step: (step.wake_at, _ORDER[step.kind], step.due_at, step.key))
    return tuple(steps)


def next_step(state: State) -> Step | None:
    """The step to wait for or to do; None when only an event can move the ticket. Raises PastHorizon, NoOpenTime."""
    steps = agenda(state)
    return steps[0] if steps else None


def foreseen(state: State) -> tuple[Step, ...]:
    """All foreseen steps, for a reader: none while the calendars do not reach them."""
    try:
        return agenda(state)
    except HoldfastError:
        return ()
