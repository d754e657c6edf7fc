"""What a ticket may forget: finished alerts, and retries of what nothing foresees any more.

The spans of a clock that may go on are its ledger and stay.
"""

from collections.abc import Iterator

from sla.inputs.terms import Target
from sla.rules.silence import next_rung
from sla.state.state import State
from sla.steps.alerts import live_alerts


def pruned(state: State) -> State:
    """The state without alerts that never fire again, and without tries of messages that nothing foresees any more."""
    if state.alerts:
        alerts = live_alerts(state)
        if len(alerts) < len(state.alerts):
            state = state.evolve(alerts=alerts)
    if not state.retries:
        return state
    awaited = set(_awaited(state))
    return state.evolve(retries={key: retry for key, retry in state.retries.items() if key in awaited})


def _awaited(state: State) -> Iterator[str]:
    """Keys of steps that are foreseen or come back when a silence ends: their retry count is kept.

    Asks no calendar, because a look at what may be forgotten must not need longer ones.
    """
    yield from (notice.key for notice in state.notices)
    yield from (each.key for each in state.successors)
    yield from (alert.next_key for alert in state.alerts)
    yield from (rule.key for rule in state.terms.ages if rule.key not in state.aged)
    yield from _of_clocks(state)
    following = next_rung(state)
    if state.ladder is not None and following is not None:
        yield state.ladder.key(*following)


def _of_clocks(state: State) -> Iterator[str]:
    for clock in state.clocks:
        promise = state.promise(clock.objective)
        for threshold in promise.thresholds if isinstance(promise, Target) else ():
            key = clock.key(state.severity, threshold)
            if key not in clock.fired:
                yield key
