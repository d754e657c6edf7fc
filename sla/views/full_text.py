"""Days, moments, spans and opening hours in full words, for sentences that customers read."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sla.calendars.calendar import Calendar
from sla.calendars.compiled import DAY_SECONDS, Week, Windows

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_UNITS = ((3600, "hour"), (60, "minute"), (1, "second"))


def day_text(day: date) -> str:
    """`Friday 12 June`."""
    return f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"


def clock_text(local: datetime) -> str:
    """`16:30`; seconds only where there are any."""
    return f"{local.hour:02}:{local.minute:02}" + (f":{local.second:02}" if local.second else "")


def moment_text(calendar: Calendar, at: datetime) -> str:
    """`Friday 12 June 2026 at 16:30 EDT`, in the calendar's time. Raises PastHorizon."""
    local = calendar.local(at)
    return f"{day_text(local.date())} {local.year} at {clock_text(local)} {local.tzname()}"


def span_words(span: timedelta) -> str:
    """A span in hours, minutes and seconds: `3 hours 30 minutes`."""
    seconds, parts = int(span.total_seconds()), list[str]()
    for size, unit in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}{'' if count == 1 else 's'}")
    return " ".join(parts) or "no time"


def joined(parts: Sequence[str]) -> str:
    """`one`, `one and two`, `one, two and three`."""
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def is_round_the_clock(week: Week) -> bool:
    """Whether a week is open in every minute."""
    return all(windows == ((0, DAY_SECONDS),) for windows in week)


def hours_text(week: Week) -> str:
    """The hours of a week: `Monday to Friday 09:00–17:00 and Saturday 10:00–12:00`; empty when it never opens."""
    return joined([f"{_days(first, last)} {_windows(week[first])}" for first, last in _runs(week) if week[first]])


def _runs(week: Week) -> list[tuple[int, int]]:
    """First and last day of each run of days with the same hours."""
    starts = [day for day in range(7) if not day or week[day] != week[day - 1]]
    return list(zip(starts, [*(start - 1 for start in starts[1:]), 6], strict=True))


def _days(first: int, last: int) -> str:
    if first == last:
        return DAYS[first]
    return f"{DAYS[first]} {'and' if last == first + 1 else 'to'} {DAYS[last]}"


def _windows(windows: Windows) -> str:
    return joined([f"{_time(each.start)}–{_time(each.end)}" for each in windows])


def _time(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}"
