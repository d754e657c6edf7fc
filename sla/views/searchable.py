"""The values by which tickets are searched and listed, under the names of their search attributes."""

from typing import Any, Literal

from sla.inputs.terms import Objective
from sla.inputs.ticket import Ticket
from sla.rules.reply_meaning import reopening_ends
from sla.state.state import State, Status
from sla.steps.agenda import Step
from sla.views.status import is_breached

Who = Literal["agent", "customer", "third-party", "nobody"]
"""Who is waited for."""


def opening_values(ticket: Ticket) -> dict[str, Any]:
    """What is known of a ticket before its terms are."""
    return {
        "Policy": ticket.policy,
        "Plan": ticket.plan,
        "Severity": ticket.severity,
        "TicketStatus": Status.OPEN.value,
        "WaitsFor": "agent",
        "Since": ticket.opened_at,
        "Breached": False,
        "Acknowledged": False,
        "FollowUps": 0,
    }


def searchable_values(state: State, step: Step | None) -> dict[str, Any]:
    """What is searched now; `step` is what comes next. None stands for nothing to be found."""
    return {
        "Policy": state.terms.policy,
        "Plan": state.terms.plan,
        "Severity": state.severity,
        "TicketStatus": state.status.value,
        "WaitsFor": awaited(state),
        "Trouble": sorted({trouble.code for trouble in state.troubles}) or None,
        "Since": state.since,
        "NextDue": step.due_at if step else None,
        "RetainUntil": reopening_ends(state),
        "Breached": is_breached(state, state.woken_at),
        "Acknowledged": Objective.ACKNOWLEDGEMENT in state.reached,
        "FollowUps": state.follow_ups,
    }


def awaited(state: State) -> Who:
    """Who is waited for; one of us where the ladder waits for a person."""
    if state.ladder is not None and state.ladder.held:
        return "agent"
    return _AWAITED[state.status]


_AWAITED: dict[Status, Who] = {
    Status.OPEN: "agent",
    Status.PENDING: "customer",
    Status.ON_HOLD: "third-party",
    Status.SOLVED: "customer",
    Status.CLOSED: "nobody",
}
