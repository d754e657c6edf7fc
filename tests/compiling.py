"""Calendars compiled from a spec with one thing changed, and how they read."""

from datetime import UTC, datetime
from typing import Any

from policies.calendars import compile_spec
from sla.calendars.compiled import CompiledCalendar, Windows

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
PLAIN: dict[str, Any] = {"zone": "America/New_York", "hours": {"mon-fri": "09:00-17:00"}}
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def compiled(**changes: Any) -> CompiledCalendar:
    return compile_spec({**PLAIN, **changes}, START, END)


def texts(windows: Windows) -> list[str]:
    return [f"{_clock(each.start)}-{_clock(each.end)}" for each in windows]


def _clock(second: int) -> str:
    return f"{second // 3600:02}:{second % 3600 // 60:02}"


def special(calendar: CompiledCalendar) -> dict[str, tuple[list[str], str]]:
    return {str(each.day): (texts(each.windows), each.reason) for each in calendar.exceptions}
