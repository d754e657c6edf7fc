"""What an event does to a ticket: `opened` makes its first state, `apply` takes it on from there.

Pure: the same state, event and `now` always give the same state. `now` is the instant of arrival (UTC); an event counts
from its own `at` where it has one, never later than `now` and never before the ticket was opened.
"""

from datetime import datetime
from typing import assert_never

from sla.inputs.event import (
    Acknowledged,
    AgentReplied,
    Bounced,
    Closed,
    Completed,
    ContactChanged,
    CustomerContacted,
    CustomerReplied,
    EscalationRequested,
    Event,
    PutOnHold,
    Reopened,
    Resumed,
    SeverityChanged,
    Solved,
)
from sla.inputs.terms import Fact, Terms
from sla.inputs.ticket import Ticket
from sla.rules.closing import close, is_stale, notify_customer
from sla.rules.conversation import agent_replied, bounced, customer_replied, reopened, solved
from sla.rules.escalation import acknowledged, calm, escalation_requested
from sla.rules.holds import put_on_hold, resumed
from sla.rules.severity import completed, contact_changed, severity_changed
from sla.rules.silence import customer_contacted
from sla.rules.ticket_clocks import begin, follow_status, owe_update
from sla.state.state import Closing, State
from sla.state.timeline import What


def opened(ticket: Ticket, terms: Terms, now: datetime) -> State:
    """The state of a ticket whose work begins at `now` (UTC), at its opening or later. Raises UnknownSeverity."""
    at = ticket.opened_at
    state = State(
        ticket=ticket,
        terms=terms,
        severity=ticket.severity or terms.default_severity,
        since=at,
        woken_at=now,
        facts=_facts(ticket),
        contact=ticket.contact,
    ).noting(at, What.OPENED, f"follows {ticket.follows}" if ticket.follows else "")
    terms.check_severity(state.severity)
    state = owe_update(follow_status(begin(state, at), at), at)
    return notify_customer(state, "acknowledgement", "acknowledgement", at)


def _facts(ticket: Ticket) -> tuple[Fact, ...]:
    there = {
        Fact.TELEPHONE: ticket.channel == "phone",
        Fact.DESCRIPTION: "description" not in ticket.missing,
        Fact.SENDER: "sender" not in ticket.missing,
    }
    return tuple(fact for fact, known in there.items() if known)


def apply(state: State, event: Event, at: datetime) -> State:
    """The state after an event that happened at `at` (UTC); an id seen before changes nothing.

    Raises PastHorizon, NoOpenTime, UnknownSeverity.
    """
    if event.id in state.seen:
        return state
    state = owe_update(_react(state, event, at), at)
    return state.evolve(seen=state.seen.adding(event.id))


def _react(state: State, event: Event, at: datetime) -> State:
    match event:
        case CustomerReplied():
            return customer_replied(state, event, at)
        case Bounced():
            return bounced(state, at)
        case AgentReplied():
            return calm(agent_replied(state, event, at), at)
        case CustomerContacted():
            return customer_contacted(state, at)
        case SeverityChanged():
            return severity_changed(state, event, at)
        case ContactChanged():
            return contact_changed(state, event, at)
        case Completed():
            return completed(state, event, at)
        case PutOnHold():
            return put_on_hold(state, event, at)
        case Resumed():
            return resumed(state, at)
        case Solved():
            return solved(state, at)
        case Reopened():
            return reopened(state, at)
        case EscalationRequested():
            return escalation_requested(state, event, at)
        case Acknowledged():
            return acknowledged(state, event, at)
        case Closed():
            return _closed(state, event, at)
        case _:
            assert_never(event)


def _closed(state: State, event: Closed, at: datetime) -> State:
    if is_stale(state, at):
        return state.noting(at, What.IGNORED, "closed: a message was written after it")
    return close(state, Closing(at=at, by="agent", reason=event.reason))
