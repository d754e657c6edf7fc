"""How the differences of two policies read in a terminal of 80 columns."""

from collections.abc import Iterable, Iterator
from difflib import ndiff
from itertools import groupby

from cli.output.due_times import filled
from policies.differences import Change, Differences
from policies.foretold import Moved
from sla.calendars.time_text import humane


def diff_lines(found: Differences) -> Iterator[str]:
    """Every difference, or the words that there is none."""
    if found.none:
        yield "no difference"
        return
    yield from filled(f"{found.before} → {found.after}")
    yield from _section("Targets", (each.model_copy(update={"where": humane(each.where)}) for each in found.targets))
    yield from _section("Ladders", found.ladders)
    yield from _section("Other", found.other)
    if found.due:
        yield from ("", "Due instants of sample tickets")
    for (plan, severity, channel), each in groupby(found.due, lambda one: (one.plan, one.severity, one.channel)):
        yield from filled(f"plan {plan}, severity {severity}, by {channel}", "  ")
        for one in each:
            yield from filled(_moved(one), "    ", 6)


def _section(title: str, changes: Iterable[Change]) -> Iterator[str]:
    listed = list(changes)
    if listed:
        yield from ("", title)
    for change in listed:
        if "\n" in f"{change.before}{change.after}".rstrip("\n"):
            yield from filled(f"{change.where}:{_alone(change)}", "  ", 4)
            yield from _lines(change.before or "", change.after or "")
        else:
            yield from filled(f"{change.where}: {_change(change.before, change.after)}", "  ", 4)


def _alone(change: Change) -> str:
    if change.before is None:
        return " (added)"
    return " (removed)" if change.after is None else ""


def _lines(before: str, after: str) -> Iterator[str]:
    """The lines of a text that differ: `-` what it was, `+` what it becomes."""
    for line in ndiff(before.splitlines(), after.splitlines()):
        if line[0] in "-+":
            yield from filled(line, "    ", 6) or ("    " + line[0],)


def _change(before: str | None, after: str | None) -> str:
    if before is None:
        return f"{after} (added)"
    return f"{before} (removed)" if after is None else f"{before} → {after}"


def _moved(one: Moved) -> str:
    return f"{humane(one.objective)} of a ticket opened {one.opened}: {_change(one.before, one.after)}"
