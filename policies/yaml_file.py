"""Reading YAML that may be wrong or hostile, without losing where anything stands.

Order matters: size, then a scan of the event stream (no anchors, aliases, tags, second document; bounded depth and
length), and only then loading: eight levels of aliases once took 700 MB before any model saw them.
"""

from io import StringIO
from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    NodeEvent,
)
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from sla.errors import PolicyError

MAX_BYTES = 256 * 1024
MAX_DEPTH = 24
MAX_EVENTS = 20_000

Path_ = tuple[str | int, ...]


class Document:
    """A YAML document: its plain data, and the place of every path in it."""

    def __init__(self, name: str, text: str) -> None:
        """Raises PolicyError with file:line:column."""
        self.name = name
        try:
            self._scan(text)
            self._root: Node | None = cast("Any", YAML(typ="safe", pure=True)).compose(StringIO(text))
            self.data: object = cast("Any", YAML(typ="safe", pure=True)).load(StringIO(text))
        except MarkedYAMLError as error:
            raise PolicyError(self._marked(error)) from error
        except (YAMLError, ValueError, RecursionError) as error:
            raise PolicyError(f"{name}:1:1: not readable as YAML: {_one_line(str(error))}") from error

    @classmethod
    def read(cls, path: Path) -> "Document":
        """The document in a file. Raises PolicyError."""
        try:
            raw = path.read_bytes()[: MAX_BYTES + 1]
        except OSError as error:
            raise PolicyError(f"{path}: cannot be read: {error.strerror}") from error
        if len(raw) > MAX_BYTES:
            raise PolicyError(f"{path}:1:1: larger than {MAX_BYTES // 1024} KB")
        try:
            return cls(str(path), raw.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise PolicyError(f"{path}:{raw.count(10, 0, error.start) + 1}:1: not UTF-8 text") from error

    def place(self, path: Path_) -> str:
        """`file:line:column` of a path of keys and indexes; of its nearest existing parent when it is missing."""
        node, mark = self._root, self._root.start_mark if self._root else None
        for part in path:
            found = _child(node, part)
            if found is None:
                break
            mark, node = found
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        return f"{self.name}:{line}:{column}"

    def _marked(self, error: MarkedYAMLError) -> str:
        mark = cast("Any", error).problem_mark or cast("Any", error).context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        return f"{self.name}:{line}:{column}: not readable as YAML: {_one_line(str(cast('Any', error).problem or error.context))}"

    def _scan(self, text: str) -> None:
        depth = documents = 0
        for count, event in enumerate(cast("Any", YAML(typ="safe", pure=True)).parse(StringIO(text))):
            documents += isinstance(event, DocumentStartEvent)
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            problem = _refusal(event, depth, documents, count)
            if problem:
                mark = cast("Any", event).start_mark
                raise PolicyError(f"{self.name}:{mark.line + 1}:{mark.column + 1}: {problem}")


def _refusal(event: Event, depth: int, documents: int, count: int) -> str | None:
    if isinstance(event, AliasEvent) or (isinstance(event, NodeEvent) and cast("Any", event).anchor):
        return "anchors and aliases are not allowed"
    if getattr(event, "tag", None) is not None and not _plain_tag(event):
        return "tags are not allowed"
    if depth > MAX_DEPTH:
        return f"nested deeper than {MAX_DEPTH} levels"
    if documents > 1:
        return "a second document is not allowed"
    return f"longer than {MAX_EVENTS} items" if count > MAX_EVENTS else None


def _plain_tag(event: Event) -> bool:
    tag = cast("Any", event).tag
    return str(tag) in {"None", "!", ""}


def _child(node: Node | None, part: str | int) -> tuple[Any, Node] | None:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if str(key.value) == str(part):
                return key.start_mark, value
    if isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
        item = node.value[part]
        return item.start_mark, item
    return None


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]
