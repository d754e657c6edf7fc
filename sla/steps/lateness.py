"""What is late: beyond the policy's grace, what follows counts from when a step was really done."""

from datetime import datetime, timedelta

from sla.state.state import State, Status
from sla.state.timeline import What
from sla.steps.step import BaseStep


def is_late(state: State, due: datetime, now: datetime) -> bool:
    """Whether something that was due at `due` is done later than the grace allows."""
    return now - due > timedelta(seconds=state.terms.grace_seconds)


def counted_at(state: State, step: BaseStep, now: datetime) -> datetime:
    """When a step counts as done: when it was due, or now after an outage longer than the grace."""
    return now if is_late(state, step.due_at, now) else step.due_at


def note_late(state: State, step: BaseStep, now: datetime) -> State:
    """The state with a line that says so, where an open ticket's step is late."""
    late = is_late(state, step.due_at, now) and state.status != Status.CLOSED
    return state.noting(now, What.LATE, step.kind, step.due_at) if late else state
