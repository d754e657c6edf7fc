"""How timeline lines read to people. The only place with sentences outside a policy."""

from sla.calendars.time_text import humane, lateness
from sla.state.state import State, Status
from sla.state.timeline import Entry, What
from sla.steps.agenda import Step


def entry_text(entry: Entry) -> str:
    """One timeline line without its instant."""
    return f"{_TELLING[entry.what]}{_joined(entry)}"


_TELLING = {
    What.OPENED: "opened",
    What.ACKNOWLEDGED: "acknowledged to the customer",
    What.CUSTOMER_REPLIED: "customer replied",
    What.AGENT_REPLIED: "we replied",
    What.AUTO_REPLY: "automatic reply received (not counted)",
    What.BOUNCED: "mail bounced",
    What.THANKED: "thanks received (not counted)",
    What.CONFIRMED: "solution confirmed by the customer",
    What.CUSTOMER_CONTACTED: "attempt to reach the customer",
    What.TAKEN: "taken in hand",
    What.COMPLETED: "now known",
    What.CONTACT_CHANGED: "customer's contact",
    What.PUT_ON_HOLD: "put on hold",
    What.RESUMED: "resumed",
    What.POSTPONED: "next step postponed",
    What.ESCALATION_REQUESTED: "escalation requested",
    What.MET: "met",
    What.MISSED: "missed",
    What.WARNING: "warning",
    What.BREACHED: "breached",
    What.ESCALATED: "escalated to",
    What.REMINDED: "reminded",
    What.FOLLOW_UP: "follow-up",
    What.NOTIFIED: "told",
    What.SEVERITY_CHANGED: "severity changed",
    What.SOLVED: "solved",
    What.SOLVED_ON_SILENCE: "solved on silence",
    What.REOPENED: "reopened",
    What.CLOSED: "closed",
    What.CLOSED_ON_SILENCE: "closed on silence",
    What.NOTICE: "notice sent",
    What.UNDELIVERED: "not delivered",
    What.UNCERTAIN: "delivery uncertain",
    What.HELD: "held for a person",
    What.IGNORED: "ignored",
    What.LATE: "late",
    What.SKIPPED: "escalation",
    What.UNTIMED: "no time given",
    What.FOLLOW_UP_TICKET: "follow-up ticket started",
    What.CALENDARS: "trouble",
    What.TERMS: "terms made",
}


def _joined(entry: Entry) -> str:
    detail = humane(entry.detail) if entry.what in _OF_OBJECTIVE else entry.detail
    late = lateness(entry.due_at, entry.at) if entry.due_at and entry.what not in OF_CLOCK_STOP else ""
    between = " " if entry.what in _RUN_ON else ": "
    return (f"{between}{detail}" if detail else "") + (f" ({late})" if late else "")


_OF_OBJECTIVE = frozenset({What.MET, What.MISSED, What.WARNING, What.BREACHED})
OF_CLOCK_STOP = frozenset({What.MET, What.MISSED})
"""Lines whose due instant is the clock's: they happened when they happened."""

_RUN_ON = frozenset({What.ESCALATED, What.REMINDED, What.NOTIFIED, What.FOLLOW_UP, What.WARNING})


def waits_for(state: State, step: Step | None) -> str:
    """What the ticket waits for, in one phrase, for lists and timers."""
    if state.status == Status.CLOSED:
        return "nothing: closed"
    if state.ladder is not None and state.ladder.held:
        return f"a person: {state.ladder.held}"
    if step is None:
        return _AWAITED.get(state.status, "an event")
    if step.kind == "resume":
        return "the end of the hold"
    return step.text(state)


_AWAITED = {Status.PENDING: "an answer from the customer", Status.ON_HOLD: "somebody to resume it"}
