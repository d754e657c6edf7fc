"""Waits of silence ladders that a longer one above makes pointless."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from policies.check_ladders import ENDS
from policies.complaint import Complaint
from policies.format import PolicySpec
from policies.ladder_specs import RungSpec
from policies.places import ladders
from policies.promises import duration
from policies.spans import Span
from sla.calendars.duration import Count


class _Offset(NamedTuple):
    """How long after the silence began, in one kind of time: that of a calendar, a zone, or every clock's."""

    measure: tuple[Count, str | None]
    amount: int


_START = _Offset((Count.ELAPSED, None), 0)


def overtaken(policy: PolicySpec) -> Iterator[Complaint]:
    """Warnings: waits that are over before a step above is due, at every severity at which the step is reached."""
    for ladder in ladders(policy):
        walks = [dict(_walked(policy, ladder.spec.steps, severity)) for severity in policy.severities]
        for index, rung in enumerate(ladder.spec.steps):
            late = [walk[index] for walk in walks if index in walk]
            if late and all(late):
                why = "is over before the step above is due: it is due with the step above it, or just after"
                yield Complaint((*ladder.steps_path, index, "wait"), f"{rung.wait.said!r} {why}")


def _walked(policy: PolicySpec, rungs: Sequence[RungSpec], severity: str) -> Iterator[tuple[int, bool]]:
    """The steps that a ticket of a severity comes to, each with whether its wait is over before one above it."""
    listed, tries = list(policy.severities), list[_Offset | None]()
    longest: dict[tuple[Count, str | None], int] = {}
    at: _Offset | None = _START
    for index, rung in enumerate(rungs):
        if rung.severities and severity not in rung.severities:
            continue
        own = _plus(_START if rung.since == "silence" else _origin(rung, at, tries), _offset(policy, rung.wait, rung))
        yield index, own is not None and longest.get(own.measure, 0) > own.amount
        at = own and own._replace(amount=max(own.amount, longest.get(own.measure, 0)))
        longest.update({at.measure: at.amount} if at else {})
        tries.extend([at] if rung.do == "follow_up" else [])
        if rung.do in ENDS:
            return
        if rung.to in listed and listed.index(rung.to) > listed.index(severity):
            severity = rung.to


def _origin(rung: RungSpec, at: _Offset | None, tries: Sequence[_Offset | None]) -> _Offset | None:
    return tries[0] if rung.since == "first_follow_up" and tries else at


def _offset(policy: PolicySpec, wait: Span, rung: RungSpec) -> _Offset:
    counted, name = duration(policy, wait), rung.calendar or policy.calendar
    match counted.count:
        case Count.ELAPSED:
            return _Offset((counted.count, None), counted.amount)
        case Count.DAYS:
            zone = policy.calendars[name].zone if name in policy.calendars else name
            return _Offset((counted.count, zone), counted.amount)
        case _:
            return _Offset((counted.count, name), counted.amount)


def _plus(base: _Offset | None, span: _Offset) -> _Offset | None:
    """The sum; None where spans of different kinds have none."""
    if base is None or (base.amount and base.measure != span.measure):
        return None
    return span._replace(amount=base.amount + span.amount)
