"""What the models cannot see: names that must exist elsewhere in the file. A table of rules, each with its place."""

from collections.abc import Iterator
from typing import NamedTuple, get_args

from policies.format import MessageSpec, PolicySpec, RungSpec
from policies.templates import check_template
from sla.terms import LadderKind


class Complaint(NamedTuple):
    """Something wrong in a policy: where (a path of keys and indexes) and why."""

    path: tuple[str | int, ...]
    why: str


def complaints(policy: PolicySpec, messages: frozenset[str]) -> Iterator[Complaint]:
    """Everything wrong with a policy that reads well; `messages` are the ones that exist by default."""
    yield from _names(policy)
    yield from _plans(policy)
    yield from _thresholds(policy)
    for kind in get_args(LadderKind):
        for number, ladder in enumerate(policy.silence.ladders(kind)):
            yield from _ladder(policy, kind, number, ladder.steps, messages)
    yield from _messages(policy, messages)


def _unknown(
    path: tuple[str | int, ...], kind: str, name: str, known: dict[str, object] | frozenset[str]
) -> Iterator[Complaint]:
    if name not in known:
        yield Complaint(path, f"there is no {kind} {name!r}; there is {', '.join(sorted(known)) or 'none'}")


def _names(policy: PolicySpec) -> Iterator[Complaint]:
    yield from _unknown(("calendar",), "calendar", policy.calendar, dict[str, object](policy.calendars))
    yield from _unknown(
        ("default_severity",), "severity", policy.default_severity, dict[str, object](policy.severities)
    )
    if policy.default_plan is not None:
        yield from _unknown(("default_plan",), "plan", policy.default_plan, dict[str, object](policy.plans))


def _plans(policy: PolicySpec) -> Iterator[Complaint]:
    for name, plan in policy.plans.items():
        here = ("plans", name)
        yield from _unknown((*here, "calendar"), "calendar", plan.calendar, dict[str, object](policy.calendars))
        for severity in plan.targets:
            yield from _unknown(
                (*here, "targets", severity), "severity", severity, dict[str, object](policy.severities)
            )
        for severity in policy.severities:
            if severity not in plan.targets:
                yield Complaint((*here, "targets"), f"no row for severity {severity!r}")


def _thresholds(policy: PolicySpec) -> Iterator[Complaint]:
    for index, threshold in enumerate(policy.thresholds):
        here = ("thresholds", index)
        yield from _unknown((*here, "tell"), "level", threshold.tell, dict[str, object](policy.levels))
        if [threshold.at, threshold.before, threshold.after].count(None) != 2:
            yield Complaint(here, "give one of 'at' (a percentage or 'breach'), 'before' and 'after' (a duration)")


def _ladder(
    policy: PolicySpec, kind: str, number: int, rungs: tuple[RungSpec, ...], known: frozenset[str]
) -> Iterator[Complaint]:
    silenced = {name for name, message in policy.messages.items() if message == "none"}
    for index, rung in enumerate(rungs):
        here = ("silence", kind, index) if not number else ("silence", kind, number, "steps", index)
        if rung.do == "follow_up":
            yield from _unknown(
                (*here, "message"), "message", rung.message or "follow_up", (known | set(policy.messages)) - silenced
            )
        elif rung.message is not None:
            yield Complaint(
                (*here, "message"), f"a rung that does {rung.do!r} sends its own notice; leave 'message' out"
            )
        if rung.do in {"solve", "close"} and not rung.severities and index + 1 < len(rungs):
            yield Complaint((*here, "do"), f"nothing after {rung.do!r} can be reached")
        if kind == "solved" and rung.do == "solve":
            yield Complaint((*here, "do"), "the ticket is solved already")


def _messages(policy: PolicySpec, known: frozenset[str]) -> Iterator[Complaint]:
    ladders = (*policy.silence.ladders("pending"), *policy.silence.ladders("solved"))
    used = {rung.message for ladder in ladders for rung in ladder.steps}
    for name, message in policy.messages.items():
        if name not in known | used | {"survey"}:
            yield Complaint(
                ("messages", name),
                f"nothing sends a message {name!r}; there is {', '.join(sorted(known))}, survey",
            )
        if isinstance(message, MessageSpec):
            for field, text in (("subject", message.subject), ("body", message.body)):
                if why := check_template(text):
                    yield Complaint(("messages", name, field), why)
