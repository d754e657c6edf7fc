"""The steps of silence ladders: what each needs, and whether a ticket ever comes to it."""

from collections.abc import Iterator

from policies.complaint import Complaint
from policies.format import PolicySpec
from policies.ladder_specs import RungSpec
from policies.places import Placed, hint, ladders
from policies.promises import default_message
from policies.yaml_file import KeyPath as Path

ENDS = frozenset({"solve", "close"})
SAID_BY = {"message": ("follow_up", "notify"), "tell": ("notify",), "to": ("lower_severity",)}
"""The fields of a step that only some kinds of step have."""


def steps(policy: PolicySpec) -> Iterator[Complaint]:
    """What a step lacks, and what it says in vain."""
    for path, rung in _rungs(policy):
        yield from _lacking(path, rung)
        for field, kinds in SAID_BY.items():
            if getattr(rung, field) is not None and rung.do not in kinds:
                yield Complaint((*path, field), f"a step that does {rung.do!r} has no {field!r}; leave it out")
        if rung.channel == "phone" and rung.do != "follow_up":
            yield Complaint((*path, "channel"), f"only a 'follow_up' goes by phone, not {rung.do!r}")
        elif rung.channel == "phone" and not policy.levels:
            why = "nobody is asked to call where a ticket has no owner; add 'levels', of which the first is asked"
            yield Complaint((*path, "channel"), why)


def _rungs(policy: PolicySpec) -> Iterator[tuple[Path, RungSpec]]:
    for ladder in ladders(policy):
        for index, rung in enumerate(ladder.spec.steps):
            yield (*ladder.steps_path, index), rung


def _lacking(path: Path, rung: RungSpec) -> Iterator[Complaint]:
    if rung.do == "notify" and rung.tell is None:
        yield Complaint(path, "'notify' needs 'tell': the level that is told")
    if rung.do == "lower_severity" and rung.to is None:
        yield Complaint(path, "'lower_severity' needs 'to': the severity that the ticket gets")


def messages(policy: PolicySpec, known: frozenset[str]) -> Iterator[Complaint]:
    """Wording that a step sends and nobody wrote, or that was switched off."""
    silenced = {name for name, message in policy.messages.items() if message == "none"}
    for path, rung in _rungs(policy):
        name = default_message(rung) if rung.do not in SAID_BY["message"] else rung.message or default_message(rung)
        if name in silenced:
            yield Complaint((*path, "message"), f"the message {name!r} is switched off; give it words, or name another")
        elif name is not None and name not in known | set(policy.messages):
            yield Complaint(
                (*path, "message"), f"there is no message {name!r}; {hint(name, known | set(policy.messages))}"
            )


def lowered(policy: PolicySpec) -> Iterator[Complaint]:
    """Severities that a step does not lower; they are listed highest first."""
    order = list(policy.severities)
    for path, rung in _rungs(policy):
        if rung.do != "lower_severity" or rung.to not in order:
            continue
        above = order[: order.index(rung.to)]
        wrong = [each for each in rung.severities if each in order and each not in above]
        if not above:
            yield Complaint((*path, "to"), f"{rung.to!r} is the highest severity: nothing is lowered to it")
        for name in wrong:
            yield Complaint(
                (*path, "to"), f"{rung.to!r} is not lower than {name!r}; severities are listed highest first"
            )


def reached(policy: PolicySpec) -> Iterator[Complaint]:
    """Steps to which no ticket comes: at each of their severities a step above has ended the ladder."""
    for ladder in ladders(policy):
        yield from _reached(policy, ladder)


def _reached(policy: PolicySpec, ladder: Placed) -> Iterator[Complaint]:
    alive, ended_by = set(policy.severities), 0
    for index, rung in enumerate(ladder.spec.steps):
        meant = alive & set(rung.severities or alive)
        if not meant:
            yield Complaint((*ladder.steps_path, index), _why_not(rung, ended_by))
        elif rung.do in ENDS:
            alive, ended_by = alive - meant, index + 1
        elif rung.do == "lower_severity" and rung.to in policy.severities:
            alive = _lowered(policy, alive, meant, rung.to)


def _lowered(policy: PolicySpec, alive: set[str], meant: set[str], to: str) -> set[str]:
    listed = list(policy.severities)
    higher = meant & set(listed[: listed.index(to)])
    return (alive - higher) | ({to} if higher else set())


def _why_not(rung: RungSpec, ended_by: int) -> str:
    at = f" at {' and '.join(rung.severities)}" if rung.severities else ""
    return (
        f"never reached: no ticket{at} comes past step {ended_by}" if ended_by else f"never reached: no ticket is{at}"
    )


def order(policy: PolicySpec) -> Iterator[Complaint]:
    """Steps that stand where they cannot stand."""
    for ladder in ladders(policy):
        for index, rung in enumerate(ladder.spec.steps):
            above = ladder.spec.steps[:index]
            if rung.since == "first_follow_up" and not any(each.do == "follow_up" for each in above):
                yield Complaint((*ladder.steps_path, index, "since"), "there is no follow-up above this step")
            if ladder.kind == "solved" and rung.do == "solve":
                yield Complaint((*ladder.steps_path, index, "do"), "the ticket is solved already")


def in_vain(policy: PolicySpec) -> Iterator[Complaint]:
    """Warnings: rules of a ladder that change nothing."""
    for ladder in ladders(policy):
        done = [rung.do for rung in ladder.spec.steps]
        if ladder.spec.separate_business_days and done.count("follow_up") < 2:
            why = "changes nothing: the ladder has no two follow-ups"
            yield Complaint((*ladder.path, "separate_business_days"), why)
        if ladder.spec.minimum_age is not None and not ENDS & set(done):
            yield Complaint((*ladder.path, "minimum_age"), "changes nothing: the ladder neither solves nor closes")
