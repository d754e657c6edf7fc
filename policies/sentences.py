"""What the models refuse in a policy, in sentences for people who write policies."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from policies.calendars import CalendarSpec
from policies.format import PolicySpec

SAID: Mapping[str, str] = {
    "missing": "is missing",
    "tuple_type": "write a list, such as [one, two]",
    "dict_type": "write names with a colon below it, such as 'name: value'",
    "model_type": "write fields with a colon below it, such as 'name: value'",
    "string_type": "write text; put it in quotes if it looks like something else",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "bool_type": "write true or false",
    "bool_parsing": "write true or false",
    "date_type": "write a date such as 2026-01-31",
    "date_from_datetime_parsing": "write a date such as 2026-01-31",
    "date_parsing": "write a date such as 2026-01-31",
}
MAIL = "write a mail address such as lead@example.com"
NAME = "write a name in lower-case letters and digits; '-', '_' and '.' may stand between them"


def sentence(error: ErrorDetails) -> str:
    """One sentence about one of pydantic's errors."""
    kind = error["type"]
    match kind:
        case "extra_forbidden":
            return _no_field(str(error["loc"][-1]))
        case "literal_error" | "enum":
            return _none_of(error["input"], str(error.get("ctx", {}).get("expected", "")))
        case "string_pattern_mismatch":
            return f"{error['input']!r}: {MAIL if '@' in error.get('ctx', {}).get('pattern', '') else NAME}"
        case _:
            return SAID.get(kind, error["msg"].removeprefix("Value error, "))


def _none_of(given: Any, expected: str) -> str:
    known = expected.replace(" or ", ", ").replace("'", "").split(", ")
    return f"{given!r} is not known here; write {_near(str(given), known)}{expected}"


def _no_field(name: str) -> str:
    near = get_close_matches(name, _fields(), n=1)
    return "there is no such field here" + (f"; did you mean {near[0]}?" if near else "")


def _near(given: str, known: Iterable[str]) -> str:
    near = get_close_matches(given, list(known), n=1)
    return f"{near[0]!r}, or one of " if near else ""


@lru_cache(maxsize=1)
def _fields() -> tuple[str, ...]:
    """Every field that a policy can have somewhere."""
    return tuple(sorted(_named(PolicySpec) | _named(CalendarSpec)))


def _named(model: type[BaseModel]) -> set[str]:
    schema = model.model_json_schema()
    models: list[dict[str, Any]] = [schema, *schema.get("$defs", {}).values()]
    return {name for each in models for name in each.get("properties", {})}


def telling(errors: Iterable[ErrorDetails]) -> list[ErrorDetails]:
    """The errors without those that only say which other form a value does not have either."""
    listed = list(errors)
    words = {each["loc"][:-1] for each in listed if each["type"] == "literal_error"}
    return [
        each
        for each in listed
        if not (each["type"] == "literal_error" and isinstance(each["input"], Mapping) and len(listed) > 1)
        and not (each["type"] == "model_type" and each["loc"][:-1] in words and isinstance(each["input"], str))
    ]
