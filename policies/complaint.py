"""What pydantic says of a file, as a sentence for the person who wrote the file, at the path that the file has.

Pydantic's path also names what no file holds: the member of a union (`date`, `season`, `MessageSpec`), the place of a
key (`[key]`) and fields that a validator made. The model's types tell the first two, the data the third.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from itertools import islice
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, Union, cast, get_args, get_origin

from pydantic import BaseModel, Tag, ValidationError

from policies.yaml_file import Document, KeyPath, shown, shown_name
from sla.base.errors import PolicyError

M = TypeVar("M", bound=BaseModel)
MOST_COMPLAINTS = 20
MOST_CHARACTERS = 400
MOST_ERRORS = 100
"""Of pydantic; several may be about one place, and each costs a search for what was meant."""


class Complaint(NamedTuple):
    """Something wrong in a file: where (a path of keys and indexes) and why."""

    path: KeyPath
    why: str


def judged(model: type[M], document: Document) -> M:
    """The model of a document. Raises PolicyError with one `file:line:column: field: sentence` for each complaint."""
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise PolicyError(_said(document, complaints_of(model, error, document.data))) from None


def refuse(document: Document, complaints: Iterable[tuple[KeyPath, str]]) -> None:
    """Raises PolicyError when there is a complaint, with a line for each of the first twenty.

    Takes no more than it lists: some hundred plans and severities without rows are a million complaints.
    """
    if lines := _said(document, complaints):
        raise PolicyError(lines)


def complaints_of(model: type[BaseModel], error: ValidationError, data: object) -> list[Complaint]:
    """The complaints of a model about data; where several members of a union complain, the deepest, or the first."""
    found: dict[KeyPath, str] = {}
    for each in error.errors(include_url=False)[:MOST_ERRORS]:
        kind, path = _named(model, each["loc"])
        path = _held(path, data, keep_last=each["type"] in {"missing", "extra_forbidden"})
        found.setdefault(path, sentence(kind, each))
    above = {path[:length] for path in found for length in range(len(path))}
    return [Complaint(path, why) for path, why in found.items() if path not in above]


def sentence(model: object, error: Any) -> str:
    """What is wrong, in plain words. `model`: the model that the error is in, whose keys it may name."""
    if error["type"] == "extra_forbidden":
        return _no_such_key(model, str(error["loc"][-1]))
    if error["input"] is None and error["type"] != "missing":
        return "is empty"
    if error["type"] in {"value_error", "assertion_error"}:
        return str(error["ctx"]["error"])
    words = _SENTENCES.get(error["type"])
    return words(error) if words else str(error["msg"])


def _said(document: Document, complaints: Iterable[tuple[KeyPath, str]]) -> str:
    first = list(islice(complaints, MOST_COMPLAINTS + 1))
    lines = [line_of(document, path, why) for path, why in first[:MOST_COMPLAINTS]]
    if len(first) > MOST_COMPLAINTS:
        lines.append(f"{document.place(())}: policy: there are more complaints; mend these first")
    return "\n".join(lines)


def line_of(document: Document, path: KeyPath, why: str, kind: str = "") -> str:
    """`file:line:column: field: sentence`, with what kind of complaint it is before the field."""
    field = ".".join(shown_name(str(part)) for part in path) or "policy"
    # Sentences quote what they refuse, at any length: the middle is the part to lose.
    half = MOST_CHARACTERS // 2
    short = why if len(why) <= MOST_CHARACTERS else f"{why[:half]}…{why[-half:]}"
    return f"{document.place(path)}: {kind}{field}: {' '.join(short.split())}"


def _no_such_key(model: object, key: str) -> str:
    known = [name for each in _models(model) for name in _keys(each)]
    near = get_close_matches(key[:100], known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there is {', '.join(dict.fromkeys(known))}"
    return f"there is no key {shown(key)} here; {hint}"


def fields_at(model: type[BaseModel], path: Sequence[str | int]) -> tuple[str, ...]:
    """The fields of the model that stands at a path of pydantic's; none where no model stands there."""
    holder, _ = _named(model, (*path, ""))
    return tuple(name for each in _models(holder) for name in _keys(each))


def _keys(model: type[BaseModel]) -> Iterator[str]:
    return (field.alias or name for name, field in model.model_fields.items())


def _text(error: Any) -> str:
    if isinstance(error["input"], dict | list):
        return "must be text, not a list or keys; put a text with brackets in quotes"
    return "must be text; put it in quotes"


def _pattern(error: Any) -> str:
    if "@" in error["ctx"]["pattern"]:
        return f"{shown(error['input'])} is not a plain mail address such as kim@example.com"
    return f"{shown(error['input'])} must be lower case letters, digits and . _ - without blanks, 64 at most"


def _expected(error: Any) -> str:
    return f"{shown(error['input'])} is not known here; write {error['ctx']['expected']}"


def _says(words: str) -> Callable[[Any], str]:
    return lambda error: f"{shown(error['input'])} {words}"


_DATE = _says("is not a date such as 2026-11-26")
_KEYS = _says("must be keys with values, each on a line of its own")
_LIST = _says("must be a list; begin each line with - or write [one, two]")
_NUMBER = _says("is not a whole number")
_SENTENCES: dict[str, Callable[[Any], str]] = {
    "missing": lambda error: "is missing",
    "string_type": _text,
    "string_too_short": lambda error: "is empty",
    "string_too_long": lambda error: f"is longer than {error['ctx']['max_length']} characters",
    "string_pattern_mismatch": _pattern,
    "literal_error": _expected,
    "enum": _expected,
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "int_type": _NUMBER,
    "int_parsing": _NUMBER,
    "int_parsing_size": _NUMBER,
    "int_from_float": _NUMBER,
    "bool_type": _says("is neither true nor false"),
    "bool_parsing": _says("is neither true nor false"),
    "dict_type": _KEYS,
    "model_type": _KEYS,
    "model_attributes_type": _KEYS,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "too_short": lambda error: "is empty; give at least one",
    "too_long": lambda error: f"holds more than {error['ctx']['max_length']}",
    "greater_than_equal": lambda error: f"must be at least {error['ctx']['ge']}",
    "less_than_equal": lambda error: f"must be at most {error['ctx']['le']}",
    "finite_number": _NUMBER,
}
"""By pydantic's type of error; what is not here keeps pydantic's own words."""


def _held(path: KeyPath, data: object, *, keep_last: bool) -> KeyPath:
    """The parts of a path that the data has; the last also when it is what is missing."""
    held: list[str | int] = []
    for index, part in enumerate(path):
        if isinstance(data, Mapping) and part in data:
            data = cast("Mapping[object, object]", data)[part]
        elif isinstance(data, list) and isinstance(part, int) and part < len(cast("list[object]", data)):
            data = cast("list[object]", data)[part]
        elif not (keep_last and index == len(path) - 1):
            continue
        held.append(part)
    return tuple(held)


def _named(kind: object, loc: Sequence[str | int]) -> tuple[object, KeyPath]:
    """The type that holds the last part of a pydantic path, and the path without the labels of unions and keys."""
    holder, path = kind, list[str | int]()
    rest = list(loc)
    while rest:
        kind = _bare(kind)
        if _is_union(kind):
            kind = _member(kind, str(rest.pop(0)))
            continue
        part = rest.pop(0)
        if part != "[key]":
            path.append(part)
        holder, kind = kind, _inside(kind, part)
    return holder, tuple(path)


def _bare(kind: object) -> object:
    """A type without its annotations, and without `None` beside it."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in {Union, UnionType}:
        members = [each for each in get_args(kind) if each is not NoneType]
        return _bare(members[0]) if len(members) == 1 else kind
    return kind


def _is_union(kind: object) -> bool:
    return get_origin(kind) in {Union, UnionType}


def _member(union: object, label: str) -> object:
    """The member of a union that a label of pydantic's names."""
    for each in get_args(union):
        tags = [str(note.tag) for note in get_args(each)[1:] if isinstance(note, Tag)]
        if label in tags or label == getattr(_bare(each), "__name__", None):
            return each
        if label.partition("[")[0] == getattr(get_origin(_bare(each)), "__name__", None):
            return each
    return Literal[label]


def _inside(kind: object, part: str | int) -> object:
    """The type of what a model, a mapping or a list holds under a part of a path."""
    for model in _models(kind):
        for name, field in model.model_fields.items():
            if part in (name, field.alias):
                return Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    arguments = get_args(kind)
    if get_origin(kind) is dict:
        return arguments[1]
    return arguments[0] if arguments and isinstance(part, int) else None


def _models(kind: object) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
