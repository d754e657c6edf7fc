"""The spans in which a clock or a ladder stands still, and how they move a due instant: arithmetic that exists once."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple, overload

from pydantic import Field, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from sla.base.fields import Line, Name, Record
from sla.base.instant import Instant
from sla.calendars.calendar import Calendar
from sla.calendars.duration import Count, later, spent

Calendars = Callable[[str], Calendar]
"""The calendars of a ticket by name."""


class Pause(Record):
    """A span in which a clock stood still, or counted by another `calendar`; open while `end` is missing."""

    start: Instant
    end: Instant | None = None
    why: Line
    calendar: Name | None = None
    anew: bool = Field(default=False, description="the clock begins anew after it")

    def until(self, end: datetime) -> "Pause":
        """The pause, ended at `end` (UTC), or at its start where that is later."""
        return Pause(start=self.start, end=max(end, self.start), why=self.why, calendar=self.calendar, anew=self.anew)

    def asking_anew(self, *, anew: bool) -> "Pause":
        """The pause; its clock begins anew after it when either wait says so."""
        if self.anew or not anew:
            return self
        return Pause(start=self.start, end=self.end, why=self.why, calendar=self.calendar, anew=True)


@dataclass(frozen=True, slots=True)
class Measure:
    """What a due instant is counted by."""

    calendar: Calendar
    count: Count
    calendars: Calendars


class _Sum(NamedTuple):
    """A due instant after the first `pauses` closed pauses, the last of which is `last`."""

    pauses: int
    last: Pause | None
    due: datetime


_Key = tuple[datetime, datetime, Count, Calendar]
KEPT_SUMS = 32
"""Sums remembered for one ledger: some for each threshold."""


class Pauses:
    """An append-only ledger of pauses, oldest first, that remembers what its closed part adds to a due instant.

    A conversation has a pause for each turn, and every threshold asks for all of them: without the memory, the cost of
    an event grows with the ticket's age. Ledgers that grew from each other share the memory; it is checked by the
    identity of the pause that it ends with, so that a ledger that was changed in the middle never uses it.
    """

    __slots__ = ("_spans", "_sums")

    def __init__(self, spans: Iterable[Pause] = (), sums: dict[_Key, _Sum] | None = None) -> None:
        self._spans = tuple(spans)
        self._sums: dict[_Key, _Sum] = {} if sums is None else sums

    def __iter__(self) -> Iterator[Pause]:
        return iter(self._spans)

    def __len__(self) -> int:
        return len(self._spans)

    @overload
    def __getitem__(self, index: int) -> Pause: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Pause, ...]: ...
    def __getitem__(self, index: int | slice) -> Pause | tuple[Pause, ...]:
        return self._spans[index]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Pauses) and self._spans == other._spans

    def __hash__(self) -> int:
        return hash(self._spans)

    def __repr__(self) -> str:
        return f"Pauses({self._spans!r})"

    @property
    def open(self) -> Pause | None:
        """The span that has begun and not ended."""
        return self._spans[-1] if self._spans and self._spans[-1].end is None else None

    def add(self, pause: Pause) -> "Pauses":
        """The ledger with one more pause."""
        return Pauses((*self._spans, pause), self._sums)

    def replace_last(self, pause: Pause) -> "Pauses":
        """The ledger with another last pause."""
        return Pauses((*self._spans[:-1], pause), self._sums)

    def ended(self, at: datetime) -> "Pauses":
        """The ledger without an open pause."""
        return self if self.open is None else self.replace_last(self.open.until(at))

    def cut(self, end: datetime) -> "Pauses":
        """The ledger of a clock that stopped at `end` (UTC): what lies after that is no part of it."""
        if not self._spans or (self._spans[-1].end is not None and self._spans[-1].end <= end):
            return self
        spans = (each if each.end is not None and each.end <= end else each.until(end) for each in self._begun(end))
        return Pauses(spans)

    def _begun(self, end: datetime) -> Iterator[Pause]:
        return (each for each in self._spans if each.start < end)

    def latest_end(self) -> datetime | None:
        """The latest end of a pause that stood still."""
        closed = (each.end for each in reversed(self._spans) if each.end is not None and each.calendar is None)
        return next(closed, None)

    def moved(self, due: datetime, start: datetime, by: Measure) -> datetime:
        """`due` moved by every pause after `start` that began before it, in the measure's own time.

        An open pause counts as one that ends where it begins. Raises PastHorizon, NoOpenTime.
        """
        key = (due, start, by.count, by.calendar)
        known = self._known(key) or _Sum(0, None, due)
        at, index = known.due, known.pauses
        for index in range(known.pauses, len(self._spans)):
            pause = self._spans[index]
            if max(pause.start, start) >= at or pause.end is None:
                return self._with_open(pause, start, at, by)
            at = _moved_by(pause, start, at, by)
            self._remember(key, _Sum(index + 1, pause, at))
        return at

    def _with_open(self, pause: Pause, start: datetime, at: datetime, by: Measure) -> datetime:
        stands_still = pause.calendar is None or max(pause.start, start) >= at
        return at if stands_still else _moved_by(pause, start, at, by)

    def _known(self, key: _Key) -> _Sum | None:
        known = self._sums.get(key)
        if known is None or known.pauses > len(self._spans):
            return None
        return known if self._spans[known.pauses - 1] is known.last else None

    def _remember(self, key: _Key, known: _Sum) -> None:
        if len(self._sums) >= KEPT_SUMS and key not in self._sums:
            self._sums.clear()
        self._sums[key] = known

    def counted(self, begun: datetime, until: datetime, by: Measure) -> timedelta:
        """How much of the time from `begun` to `until` counts (in the measure's time)."""
        total = spent(by.calendar, by.count, begun, until)
        for pause in self._spans:
            if pause.end is not None and pause.end <= begun:
                continue
            start, end = min(max(pause.start, begun), until), min(pause.end or until, until)
            total -= spent(by.calendar, by.count, start, end)
            if pause.calendar is not None:
                total += by.calendars(pause.calendar).between(start, end)
        return total

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        spans = handler(tuple[Pause, ...])
        return core_schema.no_info_after_validator_function(
            _ledger,
            core_schema.union_schema([core_schema.is_instance_schema(cls), spans]),
            serialization=core_schema.plain_serializer_function_ser_schema(tuple, return_schema=spans),
        )


def _ledger(spans: "Pauses | tuple[Pause, ...]") -> Pauses:
    return spans if isinstance(spans, Pauses) else Pauses(spans)


def _moved_by(pause: Pause, start: datetime, due: datetime, by: Measure) -> datetime:
    """A due instant after one pause that began before it; what lies before `start` does not count."""
    begun = max(pause.start, start)
    if pause.calendar is not None:
        return _through(begun, pause.end, by.calendars(pause.calendar), due, by)
    if pause.end is None or pause.end <= start:
        return due
    return later(by.calendar, by.count, due, spent(by.calendar, by.count, begun, pause.end))


def _through(begun: datetime, end: datetime | None, other: Calendar, due: datetime, by: Measure) -> datetime:
    """A due instant when another calendar counts during a span: what is left of the target is counted by it."""
    if end is not None and end <= begun:
        return due
    left = spent(by.calendar, by.count, begun, due)
    if end is None or other.between(begun, end) >= left:
        return other.add(begun, left)
    return later(by.calendar, by.count, end, left - other.between(begun, end))
