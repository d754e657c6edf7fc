"""The lines of a ticket's timeline."""

from enum import StrEnum

from sla.base.fields import Record
from sla.base.instant import Instant


class What(StrEnum):
    """What a line of the timeline tells."""

    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    CUSTOMER_REPLIED = "customer_replied"
    AGENT_REPLIED = "agent_replied"
    AUTO_REPLY = "auto_reply"
    BOUNCED = "bounced"
    THANKED = "thanked"
    CONFIRMED = "confirmed"
    CUSTOMER_CONTACTED = "customer_contacted"
    TAKEN = "taken"
    COMPLETED = "completed"
    CONTACT_CHANGED = "contact_changed"
    PUT_ON_HOLD = "put_on_hold"
    RESUMED = "resumed"
    POSTPONED = "postponed"
    ESCALATION_REQUESTED = "escalation_requested"
    MET = "met"
    MISSED = "missed"
    WARNING = "warning"
    BREACHED = "breached"
    ESCALATED = "escalated"
    REMINDED = "reminded"
    FOLLOW_UP = "follow_up"
    NOTIFIED = "notified"
    SEVERITY_CHANGED = "severity_changed"
    SOLVED = "solved"
    SOLVED_ON_SILENCE = "solved_on_silence"
    REOPENED = "reopened"
    CLOSED = "closed"
    CLOSED_ON_SILENCE = "closed_on_silence"
    NOTICE = "notice"
    UNDELIVERED = "undelivered"
    UNCERTAIN = "uncertain"
    HELD = "held"
    IGNORED = "ignored"
    LATE = "late"
    SKIPPED = "skipped"
    UNTIMED = "untimed"
    FOLLOW_UP_TICKET = "follow_up_ticket"
    CALENDARS = "calendars"
    TERMS = "terms"


class Entry(Record):
    """One line of the timeline: what happened when, and for what is done by us, when it was due."""

    at: Instant
    what: What
    due_at: Instant | None = None
    detail: str = ""
