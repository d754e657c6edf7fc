"""How fast business time is counted, beside the packages that others use.

    uv run --group bench python -m benchmarks.business_time

Every engine answers the same questions about the same instants in this one process, after its answers were checked.
Exit status: 0 when every target is met, 1 when one is missed, 2 when a peer is not installed.
"""

import os
import platform
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from benchmarks.engines import PEERS, Engine, holdfast
from benchmarks.race import (
    INSTANTS,
    OPERATIONS,
    PASSES,
    SPANS,
    Measured,
    Operation,
    Results,
    compiling,
    judge,
    race,
)

ROUNDS = 20
FACTORS = {"+4 h": 3, "+80 h": 3, "+2,000 h": 30, "1 week": 3, "1 year": 30}
"""How many times as fast as `RIVAL` we are to be."""

RIVAL = "workclock"
COMPILED_MS = 5.0
FLAT = 1.5
"""What the dearest of the spans may cost, in units of the cheapest: room for noise, none for a walk."""

MARKS = "abcdefghij"


@dataclass(frozen=True)
class Verdict:
    """A target and whether it is met."""

    met: bool
    text: str

    def __str__(self) -> str:
        return f"{'met   ' if self.met else 'MISSED'}  {self.text}"


def missing(packages: Iterable[str]) -> list[str]:
    """Those of the packages that are not installed."""
    return [package for package in packages if _release(package) is None]


def table(engines: Sequence[Engine], operations: Sequence[Operation], results: Results) -> list[str]:
    """Operations a second and ratios, a line for each engine, ours first; notes below. At most 80 columns."""
    notes = list(dict.fromkeys(filter(None, (_note(name, each) for (name, _), each in results.items()))))
    head = f"{'':17}" + "".join(f"{operation.label:>8}{'':4}" for operation in operations)
    lines = [_line(engine.name, engines[0].name, operations, results, notes) for engine in engines]
    return [head.rstrip(), *lines, *(f"{mark} {note}" for mark, note in zip(MARKS, notes, strict=False))]


def ratio(ours: Measured, theirs: Measured) -> float:
    """How many times as many answers a second as theirs ours are."""
    return ours.per_second / theirs.per_second


def costs(results: Results, name: str) -> dict[str, float]:
    """Nanoseconds of one addition, by the span that is added."""
    return {span.label: 1e9 / results[name, span.label].per_second for span in SPANS}


def verdicts(results: Results, compiled: float, spans: dict[str, float]) -> list[Verdict]:
    """Every target, met or not."""
    flat = max(spans.values()) / min(spans.values())
    return [
        *(_faster(label, factor, results) for label, factor in FACTORS.items()),
        Verdict(compiled < COMPILED_MS, f"three years compiled in < {COMPILED_MS:.0f} ms: {compiled:.1f} ms"),
        Verdict(flat <= FLAT, f"the span that is dearest to add costs ≤ {FLAT} × the cheapest: {flat:.2f} ×"),
    ]


def run(rounds: int) -> list[Verdict]:
    """Check, measure and print; the verdicts."""
    engines = [holdfast(), *(build() for build in PEERS.values())]
    results, alone = judge(engines, OPERATIONS), judge(engines[:1], SPANS)
    race(engines, OPERATIONS, results, rounds)
    race(engines[:1], SPANS, alone, rounds)
    spans, compiled = costs(alone, engines[0].name), compiling(rounds * PASSES)
    print(*_about(rounds), "", *table(engines, OPERATIONS, results), "", *_ours(spans, compiled), "", sep="\n")
    return verdicts(results, compiled, spans)


def main(peers: Iterable[str] = PEERS, rounds: int = ROUNDS) -> int:
    """Print the table and a verdict on each target; the exit status."""
    absent = missing(peers)
    if absent:
        hint = "run `uv run --group bench python -m benchmarks.business_time`"
        print(f"not installed: {', '.join(absent)}; {hint}", file=sys.stderr)
        return 2
    found = run(rounds)
    print(*found, sep="\n")
    return 0 if all(verdict.met for verdict in found) else 1


def _release(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _about(rounds: int) -> list[str]:
    peers = ", ".join(f"{package} {_release(package)}" for package in PEERS)
    return [
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        peers,
        f"Answers a second on {len(INSTANTS)} instants, best pass of {rounds * PASSES}, and our factor (×)",
    ]


def _ours(spans: dict[str, float], compiled: float) -> list[str]:
    told = ", ".join(f"{label} {cost:.0f}" for label, cost in spans.items())
    return [f"To add (ns): {told}", f"To compile three years (ms): {compiled:.1f}"]


def _faster(label: str, factor: int, results: Results) -> Verdict:
    ours, theirs = results["Holdfast", label], results[RIVAL, label]
    if not (ours.correct and theirs.correct):
        return Verdict(False, f"{label}: no ratio, since an answer is wrong or lacking")
    reached = ratio(ours, theirs)
    return Verdict(reached >= factor, f"{label}: ≥ {factor} × {RIVAL}: {reached:.1f} ×")


def _note(name: str, measured: Measured) -> str | None:
    return f"{name} {measured.note}" if measured.note else None


def _line(name: str, ours: str, operations: Sequence[Operation], results: Results, notes: list[str]) -> str:
    cells = (_cell(name, results[name, each.label], results[ours, each.label], notes) for each in operations)
    return f"{name:17}{''.join(cells)}".rstrip()


def _cell(name: str, measured: Measured, ours: Measured, notes: list[str]) -> str:
    note = _note(name, measured)
    mark = MARKS[notes.index(note)] if note else " "
    if not measured.correct:
        return f"{'–':>6}{mark}{'':5}"
    factor = "" if measured is ours or not ours.correct else _times(ratio(ours, measured))
    return f"{_speed(measured.per_second):>6}{mark}{factor:>5}"


def _speed(number: float) -> str:
    """`921k`, `16.5k`, `776`, `34`."""
    if number < 1_000:
        return f"{number:.0f}"
    return f"{number / 1_000:.{0 if number >= 100_000 else 1}f}k"


def _times(factor: float) -> str:
    """`3.7×`, `54×`, `906×`, `1.2k×`, `28k×`."""
    if factor >= 1_000:
        return f"{factor / 1_000:.{0 if factor >= 10_000 else 1}f}k×"
    return f"{factor:.{0 if factor >= 10 else 1}f}×"


if __name__ == "__main__":
    sys.exit(main())
