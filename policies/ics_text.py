"""An iCalendar file cut into its events by line, so that every complaint can name one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sla.base.errors import PolicyError

MAX_BYTES = 256 * 1024
MAX_EVENTS = 2_000
BREAK = re.compile(r"\r\n|\n|\r")
PROPERTY = re.compile(r"[A-Za-z0-9-]+[;:]", re.ASCII)
FOLDED = (" ", "\t")


@dataclass(frozen=True)
class EventText:
    """The lines of one event, folded as they stand, and where in which file they begin."""

    file: str
    line: int
    lines: tuple[str, ...]

    def refusal(self, why: str, at: str | None = None) -> PolicyError:
        """An error at the line of the property `at`, else at the first of the event."""
        starts = (f"{at};", f"{at}:")
        found = (step for step, line in enumerate(self.lines) if at and line.upper().startswith(starts))
        return refusal(self.file, self.line + next(found, 0), why)


def refusal(file: str, line: int, why: str) -> PolicyError:
    """`file:line: why`, on one line."""
    return PolicyError(f"{file}:{line}: {' '.join(why.split())[:300]}")


def event_texts(file: str, raw: bytes) -> list[EventText]:
    """The events of a file, in order. Raises PolicyError with `file:line: reason`."""
    lines = _lines(file, raw)
    events = list(_events(file, lines))
    if len(events) > MAX_EVENTS:
        raise refusal(file, events[MAX_EVENTS].line, f"more than {MAX_EVENTS:,} events")
    if not events:
        raise refusal(file, 1, "the file holds no event")
    return events


def _lines(file: str, raw: bytes) -> list[str]:
    if len(raw) > MAX_BYTES:
        raise refusal(file, 1, f"larger than {MAX_BYTES // 1024} KB")
    try:
        lines = BREAK.split(raw.decode("utf-8-sig").rstrip())
    except UnicodeDecodeError as error:
        raise refusal(file, raw.count(b"\n", 0, error.start) + 1, "not UTF-8 text") from None
    if _word(lines[0]) != "BEGIN:VCALENDAR":
        raise refusal(file, 1, "not an iCalendar file: one begins with BEGIN:VCALENDAR")
    # A download that broke off would lose its last holidays without a word.
    if _word(lines[-1]) != "END:VCALENDAR":
        raise refusal(file, len(lines), "the file is cut off: one ends with END:VCALENDAR")
    return lines


def _events(file: str, lines: list[str]) -> Iterator[EventText]:
    begun: int | None = None
    for index, line in enumerate(lines):
        if _word(line) == "BEGIN:VEVENT":
            if begun is not None:
                raise refusal(file, begun + 1, "the event does not end before the next begins")
            begun = index
        if begun is not None:
            _check(file, index, line)
        if _word(line) == "END:VEVENT" and begun is not None:
            yield EventText(file, begun + 1, tuple(lines[begun : index + 1]))
            begun = None
    if begun is not None:
        raise refusal(file, begun + 1, "the event does not end")


def _check(file: str, index: int, line: str) -> None:
    if line.strip() and not line.startswith(FOLDED) and not PROPERTY.match(line):
        raise refusal(file, index + 1, f"{line[:60]!r} is no property, such as SUMMARY:New Year's Day")


def _word(line: str) -> str:
    return line.rstrip().upper()
