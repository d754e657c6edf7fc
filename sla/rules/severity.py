"""Changes of what a ticket is: its severity, what is known of it, whether the customer has somebody to work with us."""

from datetime import datetime

from sla.inputs.event import Completed, ContactChanged, SeverityChanged
from sla.inputs.terms import Objective
from sla.rules.ticket_clocks import complete, follow_status, meet_at_once, start_clock
from sla.state.state import State
from sla.state.timeline import What


def severity_changed(state: State, event: SeverityChanged, at: datetime) -> State:
    """The ticket under another severity, where that side may change it. Raises UnknownSeverity."""
    state.terms.check_severity(event.severity)
    if event.by not in state.terms.severity_rules.by:
        wish = f"severity {event.severity}: the {event.by} may ask for it and not change it"
        return state.noting(at, What.IGNORED, wish)
    return set_severity(state, event.severity, at)


def set_severity(state: State, severity: str, at: datetime, why: str = "") -> State:
    """The ticket under another severity; its clocks count on, or anew where the policy says so."""
    if severity == state.severity:
        return state
    detail = f"{state.severity} → {severity}{why}"
    state = state.evolve(severity=severity).noting(at, What.SEVERITY_CHANGED, detail)
    if state.terms.severity_rules.targets == "change":
        state = _anew(state, at)
    return meet_at_once(follow_status(state, at), at)


def _anew(state: State, at: datetime) -> State:
    running = [clock.objective for clock in state.clocks if clock.stopped_at is None]
    clocks = tuple(clock.give_up(at) for clock in state.clocks)
    state = state.evolve(clocks=clocks)
    for objective in running:
        if objective is not Objective.ESCALATION_REVIEW:
            state = start_clock(state, objective, at)
    return state


def completed(state: State, event: Completed, at: datetime) -> State:
    """Something that clocks wait for is there."""
    if event.what in state.facts:
        return state
    state = state.evolve(facts=(*state.facts, event.what)).noting(at, What.COMPLETED, event.what.value)
    return follow_status(complete(state, at), at)


def contact_changed(state: State, event: ContactChanged, at: datetime) -> State:
    """The customer has somebody to work with us, or has nobody any more."""
    if event.available == state.contact:
        return state
    detail = "available" if event.available else "not available"
    state = state.evolve(contact=event.available).noting(at, What.CONTACT_CHANGED, detail)
    return follow_status(state, at)
