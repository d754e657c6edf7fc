"""What two policies promise differently: targets, ladders, all else that they say, and sample due instants."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, cast, get_args

from policies.cells import OTHER_CHANNELS, Cell, TargetSpec
from policies.foretold import Moved, moved
from policies.format import PolicySpec
from policies.ladder_specs import LadderSpec, RungSpec
from policies.samples import channels
from sla.base.fields import Record
from sla.inputs.terms import LadderKind, Objective

_ELSEWHERE = {"plans", "silence"}


class Change(Record):
    """What one policy says where the other says something else; missing where it says nothing."""

    where: str
    before: str | None
    after: str | None


class Differences(Record):
    """Every difference; empty everywhere when there is none."""

    before: str
    after: str
    targets: tuple[Change, ...]
    ladders: tuple[Change, ...]
    other: tuple[Change, ...]
    due: tuple[Moved, ...]

    @property
    def none(self) -> bool:
        """Whether the two promise the same."""
        return not (self.targets or self.ladders or self.other or self.due)


def differences(before: PolicySpec, after: PolicySpec, since: datetime, time_zone: str) -> Differences:
    """What differs; sample tickets of customers in `time_zone` are opened in the weeks after `since` (UTC).

    Raises PolicyError, TicketError.
    """
    return Differences(
        before=f"{before.policy} {before.revision}",
        after=f"{after.policy} {after.revision}",
        targets=_changes(_cells(before), _cells(after)),
        ladders=_changes(_rungs(before), _rungs(after)),
        other=_changes(_sections(before), _sections(after)),
        due=tuple(moved(before, after, since, time_zone)),
    )


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Change, ...]:
    places = [*before, *(place for place in after if place not in before)]
    found = (Change(where=place, before=before.get(place), after=after.get(place)) for place in places)
    return tuple(change for change in found if change.before != change.after)


def _cells(policy: PolicySpec) -> dict[str, str]:
    """Every cell that a plan states, in words, by plan, severity, objective and, where it matters, channel."""
    return {place: words for name in policy.plans for place, words in _plan_cells(policy, name)}


def _plan_cells(policy: PolicySpec, name: str) -> Iterator[tuple[str, str]]:
    plan = policy.plans[name]
    for severity in (each for each in policy.severities if each in plan.targets):
        for objective in (each for each in Objective if each in plan.targets[severity]):
            cell = plan.targets[severity][objective]
            for channel in channels(policy, plan) if len(cell.by_channel) > 1 else ("",):
                place = (name, severity, objective.value, channel)
                yield " ".join(part for part in place if part), _promised(cell, channel)


def _promised(cell: Cell, channel: str) -> str:
    promised = cell.on(channel) if channel else next(iter(cell.by_channel.values()))
    words = _target(promised) if isinstance(promised, TargetSpec) else promised
    only = next(iter(cell.by_channel))
    return words if channel or only == "other" else f"{words} by {only}"


def _target(target: TargetSpec) -> str:
    said = {
        "outside hours": target.outside.said if target.outside else None,
        "hours of": target.hours,
        "calendar": target.calendar,
        "cut-off": f"{target.cutoff.kind} {target.cutoff.at // 3600:02}:{target.cutoff.at % 3600 // 60:02}"
        if target.cutoff
        else None,
    }
    return ", ".join([target.target.said, *(f"{key} {value}" for key, value in said.items() if value)])


def _rungs(policy: PolicySpec) -> dict[str, str]:
    """Every step of every ladder, and a ladder's own rules, in words by place."""
    return dict(
        entry
        for kind in get_args(LadderKind)
        for number, ladder in enumerate(policy.silence.ladders(kind), start=1)
        for entry in _ladder(kind if number == 1 else f"{kind} (ladder {number})", ladder)
    )


def _ladder(place: str, ladder: LadderSpec) -> Iterator[tuple[str, str]]:
    for number, rung in enumerate(ladder.steps, start=1):
        yield f"{place}, step {number}", _rung(rung)
    for field in LadderSpec.model_fields:
        if field != "steps" and getattr(ladder, field) != LadderSpec.model_fields[field].default:
            yield f"{place}, {field}", _words(ladder.model_dump(mode="json", by_alias=True)[field])


def _rung(rung: RungSpec) -> str:
    extra = {
        "since": rung.since if rung.since != "previous" else None,
        "at": ", ".join(rung.severities),
        "message": rung.message,
        "by": rung.channel if rung.channel != "email" else None,
        "telling": rung.tell,
        "to": rung.to,
        "calendar": rung.calendar,
    }
    told = "".join(f", {key} {value}" for key, value in extra.items() if value)
    return f"{rung.do} after {rung.wait.said}{told}"


def _sections(policy: PolicySpec) -> dict[str, str]:
    """All else that a policy says, by the keys of its file with dots between them."""
    dumped = policy.model_dump(mode="json", exclude=_ELSEWHERE, exclude_defaults=True, by_alias=True)
    if (request := policy.escalation.on_request) and request.review:
        dumped["escalation"]["on_request"]["review"] = _review(request.review)
    plans = {
        name: plan.model_dump(mode="json", exclude={"targets"}, exclude_defaults=True, by_alias=True)
        for name, plan in policy.plans.items()
    }
    day = policy.business_day
    said = f"{day.hours} business hours" if day.reading == "hours" else day.reading
    return dict(_flat("", {**dumped, "business_day": said, "plans": plans}))


def _review(cell: Cell) -> dict[str, str] | str:
    """A cell as its file says it: its words alone, or words by channel."""
    said = {name: _target(each) if isinstance(each, TargetSpec) else each for name, each in cell.by_channel.items()}
    return said[OTHER_CHANNELS] if set(said) == {OTHER_CHANNELS} else said


def _flat(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value and "said" not in value:
        for key, inner in cast("dict[str, Any]", value).items():
            yield from _flat(f"{path}.{key}" if path else str(key), inner)
    elif isinstance(value, list) and any(isinstance(each, dict) for each in cast("list[Any]", value)):
        for number, each in enumerate(cast("list[Any]", value), start=1):
            yield from _flat(f"{path}.{number}", each)
    else:
        yield path, _words(value)


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return str(cast("dict[str, Any]", value).get("said", "none"))
    if isinstance(value, list):
        return ", ".join(map(_words, cast("list[Any]", value))) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
