"""Whether the due instants of a path are those that were recorded."""

from collections.abc import Generator, Mapping
from datetime import datetime, timedelta
from itertools import zip_longest

from replay.golden import Due, Recorded

WHAT_TO_DO = """\
An open ticket takes its due instants from today's core, and replay does not see that one moved: the promise
of every open ticket would change silently. Either take the change of the core back, or, where the old
instant was wrong, say so in the change log, tell those who watch the tickets, and record anew:
    uv run python tests/replay/record.py"""


def compare(name: str, recorded: Recorded, now: Recorded) -> str:
    """What differs between the due instants of a path, as a message; empty when nothing does."""
    lines = [*_differences(recorded.steps, now.steps), *_differences(recorded.timeline, now.timeline)]
    if not lines:
        return ""
    return "\n".join([f"path {name}, ticket {recorded.ticket_id}:", *lines, "", WHAT_TO_DO])


def _differences(recorded: tuple[Due, ...], now: tuple[Due, ...]) -> Generator[str, None, None]:
    before, after = _by_step(recorded), _by_step(now)
    for what in dict.fromkeys((*before, *after)):
        for old, new in zip_longest(before.get(what, []), after.get(what, [])):
            if old is None or new is None or abs(old - new) >= timedelta(seconds=1):
                yield f"  {what}: recorded {_said(old)}, now {_said(new)}"


def _by_step(dues: tuple[Due, ...]) -> Mapping[str, list[datetime]]:
    found: dict[str, list[datetime]] = {}
    for due in dues:
        found.setdefault(due.what, []).append(due.due_at)
    return found


def _said(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "never"
