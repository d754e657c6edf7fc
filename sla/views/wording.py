"""How instants, spans, steps and timeline lines read to people. The only place with sentences outside a policy."""

from datetime import UTC, datetime, timedelta

from sla.base.errors import PastHorizon
from sla.calendars.calendar import Calendar
from sla.rules.silence import attempt_of
from sla.state.state import Entry, State, Status, What
from sla.steps.step import Step

LATE_AFTER = timedelta(seconds=60)
"""Lateness worth a word: timers and delivery take seconds."""


def humane(name: str) -> str:
    """`first_response` → `first response`."""
    return name.replace("_", " ")


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def instant_text(calendar: Calendar, at: datetime) -> str:
    """An instant in the calendar's local time: `Fri 27 Nov 2026 16:30 EST`; seconds only where there are any.

    Without strftime, whose words depend on the machine's locale and which imports inside the workflow sandbox.
    """
    try:
        local = calendar.local(at)
    except PastHorizon:
        local = at.astimezone(UTC)  # a look must not need longer calendars
    seconds = f":{local.second:02}" if local.second else ""
    day = f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year}"
    return f"{day} {local.hour:02}:{local.minute:02}{seconds} {local.tzname()}"


def span_text(span: timedelta) -> str:
    """A span in its two largest units: `2 d 4 h`, `1 h 30 min`, `45 s`."""
    seconds = int(abs(span).total_seconds())
    parts: list[str] = []
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"


def lateness(due: datetime, now: datetime) -> str:
    """`late by 2 h 5 min`, or nothing when it is not worth a word."""
    return f"late by {span_text(now - due)}" if now - due > LATE_AFTER else ""


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


def step_text(state: State, step: Step) -> str:
    """What a step will do: `follow-up 2 of 3`, `first response due`, `first response warning at 75 %`."""
    match step.kind:
        case "notice":
            return _notice_text(state, step)
        case "follow_up":
            number, total = attempt_of(state, step.rung)
            return f"follow-up {number} of {total}{' by telephone' if step.audience == 'internal' else ''}"
        case "resume":
            return "end of the hold"
        case "age":
            return f"still unsolved: escalate to {_level(state, step)}"
        case "reminder":
            return f"remind {_level(state, step)}"
        case "notify":
            return f"tell {_level(state, step)}"
        case "lower_severity":
            return "lower the severity on silence"
        case "solve":
            return "mark as solved on silence"
        case "close":
            return "close on silence"
        case "threshold":
            return _threshold_text(state, step)


def _notice_text(state: State, step: Step) -> str:
    if step.message == "requested":
        return f"tell {_level(state, step) if step.level else 'the owner'} that the customer asks to escalate"
    return f"send {humane(step.message or step.key)}"


def _threshold_text(state: State, step: Step) -> str:
    objective, threshold = humane(step.objective or ""), step.threshold
    if threshold is None or threshold.is_breach:
        return f"{objective} due"
    if threshold.percent is not None:
        return f"{objective} warning at {threshold.percent} %"
    if threshold.before is not None:
        return f"{objective} warning {threshold.before.said} before"
    return f"{objective} overdue: escalate to {_level(state, step)}"


def _level(state: State, step: Step) -> str:
    return state.terms.level(step.level).title if step.level else "nobody"


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
    return step_text(state, step)


_AWAITED = {Status.PENDING: "an answer from the customer", Status.ON_HOLD: "somebody to resume it"}
