"""What a ticket may forget after each event and step. The spans of a clock that may go on are its ledger and stay."""

from collections.abc import Iterator

from sla.inputs.terms import Target
from sla.rules.escalation import age_key, live_alerts, threshold_key
from sla.rules.silence import next_rung
from sla.state.state import State


def tidied(state: State) -> State:
    """The state without alerts that never speak again, and without tries of messages that nothing foresees any more."""
    alerts = live_alerts(state)
    if len(alerts) < len(state.alerts):
        state = state.evolve(alerts=alerts)
    if not state.retries:
        return state
    awaited = set(_awaited(state))
    return state.evolve(retries={key: retry for key, retry in state.retries.items() if key in awaited})


def _awaited(state: State) -> Iterator[str]:
    """Keys of steps that are foreseen or come back when a silence ends: the tries they had count on.

    Asks no calendar, because a look at what may be forgotten must not need longer ones.
    """
    yield from (notice.key for notice in state.notices)
    yield from (alert.next_key for alert in state.alerts)
    yield from (age_key(rule) for rule in state.terms.ages if age_key(rule) not in state.aged)
    yield from _of_clocks(state)
    following = next_rung(state)
    if state.ladder is not None and following is not None:
        rung, step = following
        yield f"{step.do}-{state.ladder.cycle}-{rung}"


def _of_clocks(state: State) -> Iterator[str]:
    for clock in state.clocks:
        promise = state.promise(clock.objective)
        for threshold in promise.thresholds if isinstance(promise, Target) else ():
            key = threshold_key(clock, state.severity, threshold)
            if key not in clock.fired:
                yield key
