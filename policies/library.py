"""The policies at hand: those that ship with Holdfast and those of one's own directory, which win."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from pydantic import TypeAdapter

from policies.checks import complaints
from policies.complaint import judged, refuse
from policies.entitled import opening_date
from policies.format import MessageSpec, PolicySpec
from policies.ics import file_complaints, with_files
from policies.templates import compile_template
from policies.yaml_file import Document
from sla.base.errors import NotInForce, PolicyError, UnknownPolicy
from sla.inputs.ticket import Ticket
from sla.inputs.wording import Message

_HERE = Path(__file__).parent
VENDORS = _HERE / "vendors"


@lru_cache(maxsize=1)
def default_messages() -> dict[str, Message]:
    """The wording used where a policy has none of its own."""
    written = TypeAdapter(dict[str, MessageSpec]).validate_python(Document.read(_HERE / "messages.yaml").data)
    return {name: _compiled(spec) for name, spec in written.items()}


def read_policy(path: Path) -> PolicySpec:
    """The policy in a file. Raises PolicyError with one `file:line:column: field: reason` line for each complaint."""
    document = Document.read(path)
    return _filled(document, parse_policy(document), path.parent)


def _filled(document: Document, policy: PolicySpec, directory: Path) -> PolicySpec:
    """The policy with the dates of its calendar files in place of the files' names. Raises PolicyError."""
    refuse(document, _of_files(policy, directory))
    calendars = {name: with_files(spec, directory) for name, spec in policy.calendars.items()}
    return policy.model_copy(update={"calendars": calendars})


def _of_files(policy: PolicySpec, directory: Path) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for name, spec in policy.calendars.items():
        yield from ((("calendars", name, *place), why) for place, why in file_complaints(spec, directory))


def parse_policy(document: Document) -> PolicySpec:
    """The policy in a document. Raises PolicyError."""
    policy = judged(PolicySpec, document)
    refuse(document, complaints(policy, frozenset(default_messages())))
    return policy


class Library:
    """Policies by name. A file is read again when it changes; a broken file harms only those who ask for it."""

    def __init__(self, own: Path | None = None) -> None:
        """`own`: a directory of policy files that add to, or replace, those that ship."""
        self._directories = (*((own,) if own else ()), VENDORS)

    def names(self) -> tuple[str, ...]:
        """Every policy name, sorted."""
        return tuple(sorted({_name(path) for path in self.files()}))

    def files(self) -> tuple[Path, ...]:
        """Every policy file: of each name those of one's own directory, else those that ship."""
        chosen: dict[str, Path] = {}
        paths = [path for directory in self._directories for path in sorted(directory.glob("*.yaml"))]
        for path in paths:
            chosen.setdefault(_name(path), path.parent)
        return tuple(sorted((path for path in paths if chosen[_name(path)] == path.parent), key=lambda path: path.stem))

    def _revisions(self, name: str) -> tuple[Path, ...]:
        paths = tuple(path for path in self.files() if _name(path) == name)
        if not paths:
            raise UnknownPolicy(f"there is no policy {name!r}; there is {', '.join(self.names())}")
        return paths

    def load(self, name: str) -> PolicySpec:
        """The newest revision of a policy. Raises UnknownPolicy, PolicyError."""
        return max((_read(path) for path in self._revisions(name)), key=lambda policy: policy.revision)

    def in_force(self, ticket: Ticket) -> PolicySpec:
        """The revision of the ticket's policy that was in force when the ticket was opened.

        Raises UnknownPolicy, PolicyError, NotInForce when the first revision is later.
        """
        known = sorted((_read(path) for path in self._revisions(ticket.policy)), key=lambda policy: policy.revision)
        for policy in reversed(known):
            if policy.revision <= opening_date(policy, ticket):
                return policy
        raise NotInForce(
            f"policy {ticket.policy} is in force from {known[0].revision} on, after this ticket was opened"
        )


def _name(path: Path) -> str:
    """The policy of a file: `acronis.yaml`, or `acronis@2027-01-01.yaml` for another revision."""
    return path.stem.partition("@")[0]


def _read(path: Path) -> PolicySpec:
    """The policy in a file whose name must agree with it. Raises PolicyError."""
    document, parsed = _cached(path, path.stat().st_mtime_ns)
    policy = _filled(document, parsed, path.parent)  # asked each time: a calendar file may have changed by itself
    if why := misnamed(path, policy):
        raise PolicyError(f"{path}:1:1: {why}")
    return policy


def misnamed(path: Path, policy: PolicySpec) -> str | None:
    """Why a file's name does not fit its policy; None when it does."""
    name, _, revision = path.stem.partition("@")
    if policy.policy != name:
        return f"policy: says {policy.policy}, but the file is named {path.name}; name it {policy.policy}.yaml"
    if revision and revision != str(policy.revision):
        return f"revision: says {policy.revision}, but the file is named {path.name}"
    return None


@lru_cache(maxsize=64)
def _cached(path: Path, changed: int) -> tuple[Document, PolicySpec]:
    document = Document.read(path)
    return document, parse_policy(document)


def _compiled(spec: MessageSpec) -> Message:
    return Message(subject=compile_template(spec.subject), body=compile_template(spec.body))


def messages_of(policy: PolicySpec) -> dict[str, Message]:
    """All wording of a policy: the defaults, replaced or switched off (`none`) by its own."""
    own = {name: _compiled(spec) for name, spec in policy.messages.items() if isinstance(spec, MessageSpec)}
    silenced = {name for name, spec in policy.messages.items() if spec == "none"}
    return {name: message for name, message in {**default_messages(), **own}.items() if name not in silenced}
