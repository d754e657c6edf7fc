"""How the differences of two policies read in a terminal of 80 columns."""

from collections.abc import Iterator
from itertools import groupby

from intake.foretelling import filled
from policies.differences import Change, Differences
from policies.foretold import Moved
from sla.wording import humane


def diff_lines(found: Differences) -> Iterator[str]:
    """Every difference, or the words that there is none."""
    if found.none:
        yield "no difference"
        return
    yield from filled(f"{found.before} → {found.after}")
    for title, changes in (("Targets", found.targets), ("Ladders", found.ladders), ("Other", found.other)):
        yield from _section(title, changes)
    if found.due:
        yield from ("", "Due instants of sample tickets")
    for (plan, severity, channel), each in groupby(found.due, lambda one: (one.plan, one.severity, one.channel)):
        yield from filled(f"plan {plan}, severity {severity}, by {channel}", "  ")
        for one in each:
            yield from filled(_moved(one), "    ", 6)


def _section(title: str, changes: tuple[Change, ...]) -> Iterator[str]:
    if changes:
        yield from ("", title)
    for change in changes:
        yield from filled(f"{humane(change.where)}: {_change(change.before, change.after)}", "  ", 4)


def _change(before: str | None, after: str | None) -> str:
    if before is None:
        return f"{after} (added)"
    return f"{before} (removed)" if after is None else f"{before} → {after}"


def _moved(one: Moved) -> str:
    return f"{humane(one.objective)} of a ticket opened {one.opened}: {_change(one.before, one.after)}"
