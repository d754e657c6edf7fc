"""How instants, spans and names read to people, in a calendar's local time."""

from datetime import UTC, datetime, timedelta

from sla.base.errors import CalendarError
from sla.calendars.calendar import Calendar

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
    except CalendarError:
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
