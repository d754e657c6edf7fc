"""Reading YAML that may be wrong or hostile, without losing where anything stands.

Order matters: a regular file, its size, its characters, then one pass over the event stream that refuses each anchor,
alias, tag and directive as it comes and bounds depth and length; nothing is built before its events were judged: eight
levels of aliases once took 700 MB before any model saw them.
"""

import re
import stat
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import SafeConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent, DocumentStartEvent
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode
from ruamel.yaml.parser import Parser
from ruamel.yaml.scanner import Scanner

from sla.base.errors import PolicyError

MAX_BYTES = 128 * 1024
MAX_DEPTH = 24
MAX_EVENTS = 8_000
MAX_DIGITS = 40

KeyPath = tuple[str | int, ...]

_TAG = "tag:yaml.org,2002:"
# The last three end a line for YAML and for no editor: every place after them would be off.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff\u2028\u2029]")
_HALF = re.compile("[\ud800-\udfff]")
_ENCODINGS = (
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\xfe\xff", "UTF-16"),
    (b"\xff\xfe", "UTF-16"),
)
_NO_CHARACTER = "a backslash here begins no character that exists; use single quotes"
_PLAIN_WORDS = (
    ("found character '\\t'", "a tab indents here; YAML wants blanks"),
    ("that cannot start any token", "a value cannot begin with this sign; put it in quotes"),
    ("found unexpected end of stream", "a quote opens here and never closes"),
    ("found unexpected document separator", "a quote opens here and never closes"),
    ("but got '<stream end>'", "a bracket opens here and never closes"),
    ("expected ',' or", "a comma or a closing bracket is missing before this"),
    ("mapping values are not allowed", "a second ': ' stands here; put a text that holds a colon in quotes"),
    ("could not find expected ':'", "a key has no ': ' after it"),
    ("expected <block end>", "this does not fit the lines around it; check the indentation and the quotes"),
    ("expected '<document start>'", "something follows the end of the document; check the indentation and the quotes"),
    ("unknown escape character", "a backslash here begins nothing that YAML knows; use single quotes"),
    ("escape sequence of", _NO_CHARACTER),
    ("expected the node content", "a value is missing before this; put a text that begins with a sign in quotes"),
    ("alphabetic or numeric", "a value cannot begin with this sign; put it in quotes"),
)
"""What ruamel.yaml says, and what a person would."""

_NEVER_CLOSED = ("found unexpected end of stream", "but got '<stream end>'", "found unexpected document separator")


class _Refused(Exception):
    """Something that no document may hold, and where."""

    def __init__(self, mark: Any, why: str) -> None:
        super().__init__(why)
        self.mark = mark


class _Scanner(Scanner):
    """Says where a character code is none."""

    def fetch_more_tokens(self) -> Any:
        parent: Any = super()
        try:
            return parent.fetch_more_tokens()
        except (ValueError, ArithmeticError) as error:
            myself: Any = self
            raise _Refused(myself.reader.get_mark(), _NO_CHARACTER) from error


class _Parser(Parser):
    """Judges each event before anybody builds from it."""

    def __init__(self, loader: Any) -> None:
        parent: Any = super()
        parent.__init__(loader)
        self._depth = self._documents = self._count = 0

    def get_event(self) -> Any:
        parent: Any = super()
        event = parent.get_event()
        self._count += 1
        self._documents += _is(event, DocumentStartEvent)
        self._depth += _is(event, CollectionStartEvent) - _is(event, CollectionEndEvent)
        if problem := _refusal(event, self._depth, self._documents, self._count):
            raise _Refused(event.start_mark, problem)
        return event


class _Constructor(SafeConstructor):
    """Builds plain data; keys are text, given once, and no value fails without its place."""

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        if node.tag in {f"{_TAG}int", f"{_TAG}float"} and len(node.value) > MAX_DIGITS:
            raise _Refused(node.start_mark, f"a number of more than {MAX_DIGITS} digits")
        parent: Any = super()
        try:
            return parent.construct_object(node, deep=deep)
        except (ValueError, ArithmeticError, YAMLError) as error:
            what = "date or time" if node.tag == f"{_TAG}timestamp" else "value"
            raise _Refused(node.start_mark, f"{shown(node.value)} is no {what} that exists") from error

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        known = set[str]()
        for key, _ in node.value:
            if problem := _key_problem(key, known):
                raise _Refused(key.start_mark, problem)
            known.add(key.value)
        parent: Any = super()
        return parent.construct_mapping(node, deep=deep)


def _yaml() -> Any:
    """ruamel.yaml has no types to speak of: what comes out of it is `Any` until a model has judged it."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Scanner, yaml.Parser, yaml.Constructor = _Scanner, _Parser, _Constructor
    return yaml


class Document:
    """A YAML document: its plain data, and the place of every path in it."""

    def __init__(self, name: str, text: str) -> None:
        """Raises PolicyError with `file:line:column: yaml: sentence`."""
        self.name = shown_name(name)
        self._refuse_control(text)
        yaml = _yaml()
        try:
            self._root: Any = yaml.compose(text)
            self.data: Any = yaml.constructor.construct_document(self._root) if self._root else None
        except _Refused as error:
            raise self._refusal(error.mark, str(error)) from error
        except MarkedYAMLError as error:
            raise self._refusal(*_plainly(error)) from error
        except (YAMLError, ValueError, ArithmeticError, RecursionError) as error:
            raise self._refusal(None, f"not readable: {_one_line(error)}") from error

    @classmethod
    def read(cls, path: Path) -> "Document":
        """The document in a regular file. Raises PolicyError."""
        name = shown_name(str(path))
        try:
            raw = _start_of(path)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "no such path can exist"
            raise PolicyError(f"{name}:1:1: file: cannot be read: {why}") from error
        if len(raw) > MAX_BYTES:
            raise PolicyError(f"{name}:1:1: file: larger than {MAX_BYTES // 1024} KB")
        return cls(name, _decoded(name, raw))

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

    def _refusal(self, mark: Any, why: str) -> PolicyError:
        return PolicyError(f"{self._at(mark)}: yaml: {why}")

    def _refuse_control(self, text: str) -> None:
        if found := _CONTROL.search(text):
            line, column = _line_and_column(text, found.start())
            code = f"U+{ord(found[0]):04X}"
            raise PolicyError(f"{self.name}:{line}:{column}: yaml: a control character ({code}) stands here")


def shown(value: object, most: int = 60) -> str:
    """A value as a sentence quotes it: on one line, nothing a terminal would act on, never long."""
    text = str(value) if isinstance(value, date) else repr(value)
    return text if len(text) <= most else f"{text[: most - 2]}…{text[-1]}"


def shown_name(text: str) -> str:
    """A key or a path, with what a terminal would act on written as an escape; never long."""
    safe = text if text.isprintable() else text.encode("unicode_escape").decode("ascii")
    safe = safe or "''"
    return safe if len(safe) <= 300 else f"{safe[:150]}…{safe[-150:]}"


def _start_of(path: Path) -> bytes:
    # Opening a pipe waits for a writer, and a device may never end.
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode):
        raise OSError(0, "it is a directory" if stat.S_ISDIR(mode) else "it is no regular file")
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def _decoded(name: str, raw: bytes) -> str:
    for mark, encoding in _ENCODINGS:
        if raw.startswith(mark):
            raise PolicyError(f"{name}:1:1: file: {encoding} text; save it as UTF-8")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _line_and_column(raw[: error.start].decode("utf-8", "replace"), None)
        raise PolicyError(f"{name}:{line}:{column}: file: not UTF-8 text; save it as UTF-8") from error


def _line_and_column(text: str, at: int | None) -> tuple[int, int]:
    """Both counted from 1."""
    before = text[:at].replace("\r\n", "\n").replace("\r", "\n")
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _refusal(event: Any, depth: int, documents: int, count: int) -> str | None:
    if _is(event, AliasEvent) or getattr(event, "anchor", None):
        return "anchors and aliases are not allowed"
    if _is(event, DocumentStartEvent):
        if event.version or event.tags:
            return "directives are not allowed; leave the lines that begin with % out"
    elif str(getattr(event, "tag", None)) not in {"None", "!", ""}:
        return "tags are not allowed"
    if half := _HALF.search(str(getattr(event, "value", ""))):
        return f"half a character (U+{ord(half[0]):04X}) stands here"
    if depth > MAX_DEPTH:
        return f"nested deeper than {MAX_DEPTH} levels"
    if documents > 1:
        return "a second document is not allowed"
    return f"longer than {MAX_EVENTS} items" if count > MAX_EVENTS else None


def _key_problem(key: Any, known: set[str]) -> str | None:
    if not _is(key, ScalarNode):
        return "a key must be text, and brackets stand here; put wording such as '{{ ticket_id }}' in quotes"
    word: Any = key.value
    if key.tag == f"{_TAG}merge":
        return "merge keys (<<) are not allowed"
    if key.tag != f"{_TAG}str":
        return f"a key must be text; put {shown_name(word)} in quotes" if word else "a key is empty"
    return f"the key {shown(word)} is given twice" if word in known else None


def _plainly(error: Any) -> tuple[Any, str]:
    said = str(error.problem or error.context)
    opened = any(each in said for each in _NEVER_CLOSED)
    mark = (error.context_mark if opened else None) or error.problem_mark or error.context_mark
    plain = [words for technical, words in _PLAIN_WORDS if technical in said]
    return mark, plain[0] if plain else f"not readable: {_one_line(said)}"


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
