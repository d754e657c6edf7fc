"""Escalation that does not hang on one clock: by age, on the customer's request, and again until somebody acts."""

from collections.abc import Iterator
from datetime import datetime

from sla.event import Acknowledged, EscalationRequested
from sla.state import State, What
from sla.step import Step
from sla.terms import Objective
from sla.ticking import reach


def escalation_requested(state: State, event: EscalationRequested, at: datetime) -> State:
    """The customer asked to escalate."""
    return state.noting(at, What.ESCALATION_REQUESTED, event.reason)


def acknowledged(state: State, event: Acknowledged, at: datetime) -> State:
    """One of us took the ticket, and every escalation of it, in hand."""
    state = state.noting(at, What.TAKEN, event.by or "")
    return reach(state, {Objective.ACKNOWLEDGEMENT, Objective.ESCALATION_REVIEW}, at)


def age_steps(state: State) -> Iterator[Step]:
    """What is told because of the ticket's age."""
    yield from ()


def reminder_steps(state: State) -> Iterator[Step]:
    """What is told again because nobody acted."""
    yield from ()


def aged(state: State, step: Step, now: datetime) -> State:
    """The state after a level was told of the ticket's age."""
    return state


def reminded(state: State, step: Step, now: datetime) -> State:
    """The state after a level was told again."""
    return state
