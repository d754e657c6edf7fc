"""Reading YAML that may be wrong or hostile, without losing where anything stands.

Order matters: size, then a scan of the event stream (no anchors, aliases, tags, second document; bounded depth and
length), and only then loading: eight levels of aliases once took 700 MB before any model saw them.
"""

from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, DocumentStartEvent
from ruamel.yaml.nodes import MappingNode, SequenceNode

from sla.errors import PolicyError

MAX_BYTES = 256 * 1024
MAX_DEPTH = 24
MAX_EVENTS = 20_000

KeyPath = tuple[str | int, ...]


def _yaml() -> Any:
    """ruamel.yaml has no types to speak of: what comes out of it is `Any` until a model has judged it."""
    return YAML(typ="safe", pure=True)


class Document:
    """A YAML document: its plain data, and the place of every path in it."""

    def __init__(self, name: str, text: str) -> None:
        """Raises PolicyError with file:line:column."""
        self.name = name
        try:
            self._scan(text)
            self._root: Any = _yaml().compose(StringIO(text))
            self.data: Any = _yaml().load(StringIO(text))
        except MarkedYAMLError as error:
            raise PolicyError(self._marked(error)) from error
        except (YAMLError, ValueError, RecursionError) as error:
            raise PolicyError(f"{name}:1:1: not readable as YAML: {_one_line(error)}") from error

    @classmethod
    def read(cls, path: Path) -> "Document":
        """The document in a file. Raises PolicyError."""
        try:
            with path.open("rb") as file:
                raw = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise PolicyError(f"{path}: cannot be read: {error.strerror}") from error
        if len(raw) > MAX_BYTES:
            raise PolicyError(f"{path}:1:1: larger than {MAX_BYTES // 1024} KB")
        try:
            return cls(str(path), raw.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise PolicyError(f"{path}:{raw.count(10, 0, error.start) + 1}:1: not UTF-8 text") from error

    def place(self, path: KeyPath) -> str:
        """`file:line:column` of a path of keys and indexes; parts that the file does not have are passed over."""
        node = self._root
        mark = node.start_mark if node else None
        for part in path:
            found = _child(node, part)
            if found is not None:
                mark, node = found
        return self._at(mark)

    def _at(self, mark: Any) -> str:
        return f"{self.name}:{mark.line + 1}:{mark.column + 1}" if mark is not None else f"{self.name}:1:1"

    def _marked(self, error: Any) -> str:
        where = self._at(error.problem_mark or error.context_mark)
        return f"{where}: not readable as YAML: {_one_line(error.problem or error.context)}"

    def _scan(self, text: str) -> None:
        depth = documents = 0
        for count, event in enumerate(_yaml().parse(StringIO(text))):
            documents += isinstance(event, DocumentStartEvent)
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if problem := _refusal(event, depth, documents, count):
                raise PolicyError(f"{self._at(event.start_mark)}: {problem}")


def _refusal(event: Any, depth: int, documents: int, count: int) -> str | None:
    if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
        return "anchors and aliases are not allowed"
    if str(getattr(event, "tag", None)) not in {"None", "!", ""}:
        return "tags are not allowed"
    if depth > MAX_DEPTH:
        return f"nested deeper than {MAX_DEPTH} levels"
    if documents > 1:
        return "a second document is not allowed"
    return f"longer than {MAX_EVENTS} items" if count > MAX_EVENTS else None


def _child(node: Any, part: str | int) -> tuple[Any, Any] | None:
    """The mark and node of a key or an index."""
    if _is(node, MappingNode):
        return next(((key.start_mark, value) for key, value in node.value if str(key.value) == str(part)), None)
    if _is(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark, node.value[part]
    return None


def _is(node: Any, kind: type[Any]) -> bool:
    """isinstance that leaves the untyped node `Any`."""
    return isinstance(node, kind)


def _one_line(problem: object) -> str:
    return " ".join(str(problem).split())[:200]
