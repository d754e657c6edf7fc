"""Tickets and events from files and flags: parsed, bounded and judged, with the field and the reason."""

import json
import re
import sys
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel, TypeAdapter, ValidationError

from policies.complaint import fields_at, sentence
from policies.yaml_file import Document, KeyPath
from sla.base.errors import TicketError
from sla.inputs.event import EVENTS, Event
from sla.inputs.ticket import MAX_BODY, Ticket

M = TypeVar("M", bound=BaseModel)
_ID = re.compile(r"[A-Za-z0-9._-]{1,100}")
_EVENT: TypeAdapter[Event] = TypeAdapter(Event)


def read_ticket(source: str, flags: dict[str, Any], otherwise: dict[str, Any]) -> Ticket:
    """A ticket from a JSON or YAML file (`-`: standard input); flags win, `otherwise` fills in what neither says.

    Raises TicketError, PolicyError.
    """
    name, text = _text(source)
    data = _object(name, text)
    return validated(Ticket, {**otherwise, **_merged(data, flags)}, where=f"{name}: ")


def _merged(data: dict[str, Any], overrides: dict[str, Any]) -> dict[str, Any]:
    merged = {**data, **overrides}
    if isinstance(data.get("customer"), dict) and isinstance(overrides.get("customer"), dict):
        merged["customer"] = {**data["customer"], **overrides["customer"]}
    return merged


def _text(source: str) -> tuple[str, str]:
    name = "standard input" if source == "-" else source
    try:
        raw = _standard_input() if source == "-" else _start_of(Path(source))
    except OSError as error:
        raise TicketError(f"{name}: cannot be read: {error.strerror}") from error
    if len(raw) > MAX_BODY:
        raise TicketError(f"{name}: larger than {MAX_BODY // 1024} KB")
    try:
        return name, raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TicketError(f"{name}: not UTF-8 text") from error


def _standard_input() -> bytes:
    stdin: Any = sys.stdin  # None when it is closed
    if stdin is None:
        raise TicketError("standard input is closed")
    return stdin.buffer.read(MAX_BODY + 1)


def _start_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_BODY + 1)


def _object(name: str, text: str) -> dict[str, Any]:
    if text.lstrip().startswith("{"):
        try:
            data = json.loads(text, object_pairs_hook=_no_duplicates)
        except (ValueError, RecursionError) as error:
            raise TicketError(f"{name}: not readable as JSON: {error}") from error
    else:
        data = Document(name, text).data
    if not isinstance(data, dict):
        raise TicketError(f"{name}: a ticket is an object with fields such as id, policy and subject")
    return cast("dict[str, Any]", data)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise TicketError(f"{key}: given twice")
    return dict(pairs)


def read_event(fields: dict[str, Any]) -> Event:
    """An event of some fields, `event` naming its kind. Raises TicketError."""
    try:
        return _EVENT.validate_python(fields)
    except ValidationError as error:
        raise TicketError(_complaints(error, EVENTS.get(str(fields.get("event"))), skip=1)) from None


def known_id(ticket_id: str) -> str:
    """A ticket id that could exist. Raises TicketError, without repeating what a terminal might act on."""
    if not _ID.fullmatch(ticket_id):
        raise TicketError("id: a ticket id is 1 to 100 characters of A-Z a-z 0-9 . _ -")
    return ticket_id


def validated(model: type[M], data: object, where: str = "") -> M:
    """The model of some data. Raises TicketError with one `field: reason` for each complaint."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise TicketError(where + _complaints(error, model)) from None


def _complaints(error: ValidationError, model: type[BaseModel] | None, skip: int = 0) -> str:
    return "; ".join(f"{'.'.join(map(str, path)) or 'value'}: {why}" for path, why in complaints(error, model, skip))


def complaints(error: ValidationError, model: type[BaseModel] | None, skip: int = 0) -> Iterator[tuple[KeyPath, str]]:
    """Path and reason of each complaint about a model, where one is known.

    `skip` drops the head of pydantic's path, which names the kind of an event.
    """
    for each in error.errors():
        path = each["loc"][skip:]
        yield path, said(each) + (_known_fields(model, path, each["type"]) if model else "")


def _known_fields(model: type[BaseModel], path: KeyPath, kind: str) -> str:
    """The fields that could have been meant, where a complaint is about fields."""
    if kind == "model_type":
        return f": {', '.join(fields_at(model, path))}"
    if kind != "extra_forbidden":
        return ""
    there = fields_at(model, path[:-1])
    near = get_close_matches(str(path[-1])[:100], there, n=1)
    return "; " + (f"did you mean {near[0]}? " if near else "") + f"there is {', '.join(there)}"


_SHAPES = {
    "email": "is not a plain mail address such as kim@example.com",
    "owner": "is not a plain mail address such as kim@example.com",
    "id": "must be 1 to 100 characters of A-Z a-z 0-9 . _ -",
    "follows": "must be 1 to 100 characters of A-Z a-z 0-9 . _ -",
    "time_zone": "is not like Europe/Berlin",
}


def said(problem: Any) -> str:
    """What is wrong, in the words of a person who writes tickets."""
    field = str(problem["loc"][-1]) if problem["loc"] else ""
    match problem["type"]:
        case "string_pattern_mismatch":
            return _SHAPES.get(field, "must be lower case letters, digits and . _ - without blanks")
        case "datetime_from_date_parsing" | "datetime_parsing" | "datetime_type" | "datetime_object_invalid":
            return "is not a time such as 2026-11-20T08:30:00-06:00"
        case "date_type" | "date_parsing" | "date_from_datetime_parsing" | "date_from_datetime_inexact":
            return "is not a date such as 2026-11-20"
        case "model_type" | "dict_type":
            return "must be an object with fields of its own"
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "there is no such field"
        case _:
            return sentence(None, problem)
