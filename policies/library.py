"""The policies at hand: those that ship with Holdfast and those of one's own directory, which win."""

from functools import lru_cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from policies.checks import complaints
from policies.format import MessageSpec, PolicySpec
from policies.yaml_file import Document
from sla.errors import PolicyError, UnknownPolicy
from sla.terms import Message

_HERE = Path(__file__).parent
VENDORS = _HERE / "vendors"


@lru_cache(maxsize=1)
def default_messages() -> dict[str, Message]:
    """The wording used where a policy has none of its own."""
    return TypeAdapter(dict[str, Message]).validate_python(Document.read(_HERE / "messages.yaml").data)


def read_policy(path: Path) -> PolicySpec:
    """The policy in a file. Raises PolicyError with one `file:line:column: field: reason` line for each complaint."""
    return parse_policy(Document.read(path))


def parse_policy(document: Document) -> PolicySpec:
    """The policy in a document. Raises PolicyError."""
    try:
        policy = PolicySpec.model_validate(document.data)
    except ValidationError as error:
        raise PolicyError(
            "\n".join(_complaint(document, each["loc"], each["msg"]) for each in error.errors())
        ) from None
    wrong = list(complaints(policy, frozenset(default_messages())))
    if wrong:
        raise PolicyError("\n".join(_complaint(document, each.path, each.why) for each in wrong))
    return policy


def _complaint(document: Document, path: tuple[str | int, ...], why: str) -> str:
    field = ".".join(str(part) for part in path) or "policy"
    return f"{document.place(path)}: {field}: {why.removeprefix('Value error, ')}"


class Library:
    """Policies by name. A file is read again when it changes; a broken file harms only those who ask for it."""

    def __init__(self, own: Path | None = None) -> None:
        """`own`: a directory of policy files that add to, or replace, those that ship."""
        self._directories = (*((own,) if own else ()), VENDORS)

    def names(self) -> tuple[str, ...]:
        """Every policy name, sorted."""
        return tuple(sorted({path.stem for directory in self._directories for path in directory.glob("*.yaml")}))

    def path(self, name: str) -> Path:
        """The file of a policy. Raises UnknownPolicy."""
        for directory in self._directories:
            if name in {path.stem for path in directory.glob("*.yaml")}:
                return directory / f"{name}.yaml"
        raise UnknownPolicy(f"there is no policy {name!r}; there is {', '.join(self.names())}")

    def load(self, name: str) -> PolicySpec:
        """A policy by name. Raises UnknownPolicy, PolicyError."""
        path = self.path(name)
        policy = _cached(path, path.stat().st_mtime_ns)
        if policy.policy != name:
            raise PolicyError(f"{path}: says 'policy: {policy.policy}', but its file is named {name}")
        return policy


@lru_cache(maxsize=64)
def _cached(path: Path, changed: int) -> PolicySpec:
    return read_policy(path)


def messages_of(policy: PolicySpec) -> dict[str, Message]:
    """All wording of a policy: the defaults, replaced or switched off (`none`) by its own."""
    own = {
        name: Message(subject=spec.subject, body=spec.body)
        for name, spec in policy.messages.items()
        if isinstance(spec, MessageSpec)
    }
    silenced = {name for name, spec in policy.messages.items() if spec == "none"}
    return {name: message for name, message in {**default_messages(), **own}.items() if name not in silenced}
