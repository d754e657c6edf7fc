"""What events do to escalations: the customer asks for one, one of us takes it in hand, an answer ends it.

An alert is silent while its cause does not hold: under a severity at which it was not told, and while its clock stands
still. An answer to the customer ends it; a solution and a close end those with a clock. One by age is silent while the
ticket is solved or closed and goes on when it is reopened. An alert whose clock can never count again is forgotten.
"""

from datetime import datetime

from sla.inputs.event import Acknowledged, EscalationRequested
from sla.inputs.terms import Objective
from sla.rules.ticket_clocks import reach, start_clock
from sla.state.alert import Alert
from sla.state.state import Notice, State, Status, Trouble
from sla.state.timeline import What

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
        return state.troubled(
            Trouble(audience="internal", why="the customer asked to escalate, and there is nobody to tell")
        )
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
    tried = alert.next_key in state.retries or alert.next_key in state.sending
    return alert if alert.raised_at > at else alert.taken(at, tried=tried)


def calm(state: State, at: datetime) -> State:
    """An answer of ours, written at `at`, ends what was told by then; what was told later goes on with its clock."""
    kept = tuple(alert for alert in state.alerts if alert.raised_at > at)
    gone = {alert.next_key for alert in state.alerts if alert not in kept}
    return _forget(state.evolve(alerts=kept), gone)


def _forget(state: State, keys: set[str]) -> State:
    return state.evolve(retries={key: retry for key, retry in state.retries.items() if key not in keys})
