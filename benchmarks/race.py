"""The questions, the check of every engine's answers, and the rounds that time them."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import starmap
from time import process_time
from timeit import timeit
from typing import Any

from benchmarks.engines import END, SPEC, START, Engine, day_by_day
from policies.calendars import compile_spec
from sla.calendars.calendar import Calendar

PASSES = 5
"""How often an engine answers all instants in its turn."""

PATIENCE = 3.0
"""Seconds (CPU) that an engine may use on an operation; it then sits out what is left."""

INSTANTS = [START + timedelta(hours=33, minutes=15) * step for step in range(200)]
"""Nine months (UTC) of every quarter of an hour: open, closed, on openings, on closings, around a clock change."""

AT_OPENING = "gives the next opening when a span ends at closing"


@dataclass(frozen=True)
class Operation:
    """A question with the arguments of each call; `call` is how to put it to an engine, None if it has no answer."""

    label: str
    arguments: list[tuple[datetime, ...]]
    call: Callable[[Engine], Callable[..., Any] | None]


@dataclass
class Measured:
    """What an engine did with an operation: the CPU seconds of each pass, and what is to be said about its answers."""

    note: str | None = None
    correct: bool = True
    seconds: list[float] = field(default_factory=list[float])

    @property
    def per_second(self) -> float:
        """Answers a second in the best pass."""
        return len(INSTANTS) / min(self.seconds)


Results = dict[tuple[str, str], Measured]
"""By the names of engine and operation."""


def adding(hours: int) -> Operation:
    """Business hours on top of an instant."""
    span = timedelta(hours=hours)
    return Operation(f"+{hours:,} h", [(at,) for at in INSTANTS], lambda engine: engine.adder(span))


def measuring(label: str, days: int) -> Operation:
    """Business time from an instant to the one `days` times 24 hours later."""
    return Operation(label, [(at, at + timedelta(days=days)) for at in INSTANTS], lambda engine: engine.between)


OPERATIONS = [adding(4), adding(80), adding(2_000), measuring("1 week", 7), measuring("1 year", 365)]
SPANS = [adding(hours) for hours in (1, 10, 100, 1_000, 4_000)]


def judge(engines: Iterable[Engine], operations: Iterable[Operation]) -> Results:
    """The answers of every engine against those of the reference, before anything is timed."""
    expected = {operation.label: _answers(day_by_day(), operation) or [] for operation in operations}
    return {
        (engine.name, operation.label): _judged(engine, operation, expected[operation.label])
        for operation in operations
        for engine in engines
    }


def race(engines: Sequence[Engine], operations: Sequence[Operation], results: Results, rounds: int) -> None:
    """Time what is correct: in each round, for each operation, every engine has its turn."""
    for _ in range(rounds):
        for operation in operations:
            for engine in engines:
                _turn(operation.call(engine), operation.arguments, results[engine.name, operation.label])


def compiling(passes: int) -> float:
    """Milliseconds (CPU) from a policy's calendar to three years of one that answers; the best pass."""
    return 1000 * min(_cpu_seconds(lambda: Calendar(compile_spec(SPEC, START, END))) for _ in range(passes))


def _answers(engine: Engine, operation: Operation) -> list[Any] | None:
    call = operation.call(engine)
    return None if call is None else list(starmap(call, operation.arguments))


def _judged(engine: Engine, operation: Operation, expected: Sequence[Any]) -> Measured:
    try:
        given = _answers(engine, operation)
    except Exception as error:  # whatever a peer raises is a finding
        return Measured(f"fails with {type(error).__name__}", correct=False)
    if given is None:
        return Measured("has no such question", correct=False)
    other = [pair for pair in zip(given, expected, strict=True) if pair[0] != pair[1]]
    wrong = sum(not _only_closed(*pair) for pair in other)
    if wrong:
        return Measured(f"{wrong} of {len(given)} answers are wrong", correct=False)
    return Measured(AT_OPENING if other else None)


def _only_closed(given: Any, expected: Any) -> bool:
    """Whether two instants have no open time between them: each is then as good an end of the span."""
    between = day_by_day().between
    return isinstance(given, datetime) and between is not None and not between(*sorted((given, expected)))


def _turn(call: Any, arguments: list[tuple[datetime, ...]], measured: Measured) -> None:
    # The first pass of a turn finds the processor's caches full of another engine's data.
    for _ in range(PASSES if measured.correct else 0):
        if sum(measured.seconds) < PATIENCE:
            measured.seconds.append(_cpu_seconds(lambda: deque(starmap(call, arguments), maxlen=0)))


def _cpu_seconds(work: Callable[[], object]) -> float:
    # On the wall's clock a busy machine spoils long passes and spares short ones: ratios would be too good.
    return timeit(work, timer=process_time, number=1)
