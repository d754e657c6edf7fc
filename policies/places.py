"""Where the ladders of a policy stand, and the complaints about names that it does not have."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import NamedTuple

from policies.complaint import Complaint
from policies.format import PolicySpec
from policies.ladder_specs import LadderSpec
from policies.yaml_file import KeyPath as Path
from sla.inputs.ladder_terms import LadderKind

KINDS: tuple[LadderKind, ...] = ("pending", "solved")


class Placed(NamedTuple):
    """A ladder and where it stands."""

    kind: LadderKind
    path: Path
    steps_path: Path
    spec: LadderSpec


def ladders(policy: PolicySpec) -> Iterator[Placed]:
    """Every ladder of a policy, however it is written: a list of steps, one ladder, or a list of ladders."""
    for kind in KINDS:
        here: Path = ("silence", kind)
        if isinstance(policy.silence.pending if kind == "pending" else policy.silence.solved, LadderSpec):
            yield Placed(kind, here, (*here, "steps"), *policy.silence.ladders(kind))
            continue
        for number, spec in enumerate(policy.silence.ladders(kind)):
            plain = _is_plain(policy, kind)
            path = here if plain else (*here, number)
            yield Placed(kind, path, path if plain else (*path, "steps"), spec)


def _is_plain(policy: PolicySpec, kind: LadderKind) -> bool:
    written = policy.silence.pending if kind == "pending" else policy.silence.solved
    return not any(isinstance(each, LadderSpec) for each in (written if isinstance(written, tuple) else (written,)))


def hint(name: str, known: Iterable[str]) -> str:
    """The name that was probably meant, and all there are."""
    there = sorted(known)
    near = get_close_matches(name, there, n=1)
    return (f"did you mean {near[0]}? " if near else "") + f"there is {', '.join(there) or 'none'}"


def unknown(path: Path, kind: str, name: str | None, known: Iterable[str]) -> Iterator[Complaint]:
    """A complaint where a name is given that the policy does not have."""
    there = set(known)
    if name is not None and name not in there:
        yield Complaint(path, f"there is no {kind} {name!r}; {hint(name, there)}")


def unknowns(path: Path, kind: str, names: Iterable[str], known: Iterable[str]) -> Iterator[Complaint]:
    """The same for a list of names."""
    there = set(known)
    for index, name in enumerate(names):
        yield from unknown((*path, index), kind, name, there)
