"""What is due now and what is due next.

`agenda` lists every step that is foreseen, soonest first; `next_step` is its head. A step that could not be delivered
keeps its due instant and is looked at again at `wake_at`.
"""

from collections.abc import Iterator

from sla.inputs.terms import Target, Threshold
from sla.rules.escalation import age_steps, reminder_steps, threshold_key
from sla.rules.silence import rung_steps
from sla.state.clock import Clock, thresholds
from sla.state.state import State, Status
from sla.steps.step import ORDER, Step


def agenda(state: State) -> tuple[Step, ...]:
    """All foreseen steps by the instant they are looked at. Raises PastHorizon, NoOpenTime."""
    foreseen = (_notices, _resumption, _thresholds, age_steps, reminder_steps, rung_steps)
    steps = (step for foresee in foreseen for step in foresee(state))
    return tuple(sorted(steps, key=lambda step: (step.wake_at, ORDER.index(step.kind), step.due_at, step.key)))


def next_step(state: State) -> Step | None:
    """The step to wait for or to do; None when only an event can move the ticket. Raises PastHorizon, NoOpenTime."""
    steps = agenda(state)
    return steps[0] if steps else None


def is_over(state: State) -> bool:
    """Whether the ticket is closed and nothing more has to be told. Raises PastHorizon, NoOpenTime."""
    return state.status == Status.CLOSED and not agenda(state)


def _notices(state: State) -> Iterator[Step]:
    for notice in state.notices:
        yield Step(
            kind="notice",
            key=notice.key,
            due_at=notice.due_at,
            wake_at=state.wake(notice.key, notice.due_at),
            message=notice.message,
            audience=notice.audience,
            level=notice.level,
            detail=notice.detail,
        )


def _resumption(state: State) -> Iterator[Step]:
    if state.hold_until is not None:
        key = f"resume-{state.hold_until:%Y%m%dT%H%M%S}"
        yield Step(kind="resume", key=key, due_at=state.hold_until, wake_at=state.hold_until)


def _thresholds(state: State) -> Iterator[Step]:
    for clock in state.clocks:
        promise = state.promise(clock.objective)
        if isinstance(promise, Target):
            yield from _clock_steps(state, clock, promise)


def _clock_steps(state: State, clock: Clock, target: Target) -> Iterator[Step]:
    for threshold, at in thresholds(clock, target, state.calendar):
        key = threshold_key(clock, state.severity, threshold)
        if key not in clock.fired and (clock.running or key in state.retries):
            yield Step(
                kind="threshold",
                key=key,
                due_at=at,
                wake_at=state.wake(key, at),
                message=_threshold_message(threshold),
                audience="internal" if threshold.level else None,
                objective=clock.objective,
                cycle=clock.cycle,
                threshold=threshold,
                level=threshold.level,
            )


def _threshold_message(threshold: Threshold) -> str | None:
    if threshold.level is None:
        return None
    if threshold.is_breach:
        return "breach"
    return "escalation" if threshold.after else "warning"
