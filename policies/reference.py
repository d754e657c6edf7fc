"""The page about the format of policies: `python -m policies.reference` writes docs/policies.md.

Its prose stands in docs/policies.in.md; `<!-- fields Model -->` there becomes the table of the fields of a model, and
`<!-- events -->` that of all events.
"""

import argparse
import re
import sys
import types
from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from pydantic import BeforeValidator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from policies.cells import TargetSpec
from policies.format import PolicySpec
from policies.spans import BusinessDay, Span
from sla.base.fields import Email, Line, Name, Record, Text
from sla.inputs.event import EVENTS
from sla.inputs.terms import Objective

DOCS = Path(__file__).resolve().parent.parent / "docs"
PROSE, PAGE = DOCS / "policies.in.md", DOCS / "policies.md"
COMMAND = "uv run python -m policies.reference"
EVENTS_MARK = "<!-- events -->"
MARK = re.compile(r"^<!-- fields (\w+) -->$", re.MULTILINE)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)

SAID_BY_READER = {
    "parse_span": "[duration](#durations)",
    "parse_percent": "percentage such as `75%`, or `breach`",
    "parse_business_day": "`same time`, `close` or business hours",
    "_parse_cutoff": "`hard 15:00` or `soft 15:00`",
    "_parse_channels": "[promise](#promise)",
    "_parse_months": "months or years such as `18 months`",
    "_parse_term": "days, months or years such as `1 year`",
    "_week_checked": "[hours](#hours)",
    "_season_checked": "[hours](#hours)",
    "_day_checked": "[hours](#hours) of a day",
    "_checked": "[hours](#hours)",
}
"""What a field holds that is read from words, by the function that reads them."""

SAID_OF_ALIAS = ((Name, "name"), (Line, "line of text"), (Text, "text"), (Email, "mail address"))
SAID_OF_TYPE = {str: "text", bool: "`true` or `false`", int: "number", date: "date", datetime: "time"}


def models(model: type[Record] = PolicySpec) -> tuple[type[Record], ...]:
    """Every model of the format, each before what it holds."""
    found: dict[type[Record], None] = {model: None}
    for kind in (each for hint in hints(model).values() for each in _inside(hint)):
        found |= dict.fromkeys(models(kind))
    return tuple(found)


def hints(model: type[Record]) -> dict[str, Any]:
    """The annotations of a model's fields, whole."""
    known = get_type_hints(model, include_extras=True)
    return {name: known[name] for name in model.model_fields}


def _inside(hint: Any) -> Iterator[type[Record]]:
    """The models that a field holds and that are written out in YAML."""
    reader = _reader(hint)
    if reader == "_parse_channels":
        yield TargetSpec
    elif reader in SAID_BY_READER:
        return
    elif isinstance(hint, type) and issubclass(hint, Record):
        yield hint
    else:
        for part in get_args(hint):
            yield from _inside(part)


def _reader(hint: Any) -> str | None:
    """The function that reads an annotated type from words."""
    notes = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    return next((getattr(note.func, "__name__", "") for note in notes if isinstance(note, BeforeValidator)), None)


def kind_words(hint: Any, headings: dict[str, str]) -> str:
    """What a field holds, in words; models by the headings of their tables."""
    alias = next((said for known, said in SAID_OF_ALIAS if known == hint), None)
    read = SAID_BY_READER.get(_reader(hint) or "")
    if alias or read:
        return alias or read or ""
    arguments, origin = get_args(hint), get_origin(hint)
    if origin is Annotated:
        return kind_words(arguments[0], headings)
    if origin is Literal:
        return _either([f"`{_value(each)}`" for each in arguments])
    if origin in {Union, types.UnionType}:
        return _either([kind_words(each, headings) for each in arguments if each is not type(None)])
    if origin is tuple:
        return f"list of {kind_words(arguments[0], headings)}"
    if origin is dict:
        return f"for each {kind_words(arguments[0], headings)}: {kind_words(arguments[1], headings)}"
    return _named(hint, headings)


def _named(hint: Any, headings: dict[str, str]) -> str:
    if hint is Objective:
        return "[objective](#objectives)"
    if issubclass(hint, StrEnum):
        return _either([f"`{each.value}`" for each in hint])
    if issubclass(hint, Record):
        heading = headings[hint.__name__]
        return f"[{heading[0].lower()}{heading[1:]}](#{slug(heading)})"
    return SAID_OF_TYPE[hint]


def _either(words: list[str]) -> str:
    each = list(dict.fromkeys(words))
    return " or ".join(filter(None, (", ".join(each[:-1]), each[-1])))


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def slug(heading: str) -> str:
    """The anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def default_words(field: FieldInfo) -> str:
    """What counts where a field is left out; a dash where nothing does."""
    if field.is_required():
        return "must be given"
    value: Any = field.get_default(call_default_factory=True, validated_data={})
    if value is PydanticUndefined or value is None or isinstance(value, dict) or value == ():
        return "–"
    if isinstance(value, Span):
        return f"`{value.said}`"
    if isinstance(value, BusinessDay):
        return f"`{value.reading}`"
    if isinstance(value, tuple):
        return f"`[{', '.join(map(str, cast('tuple[Any, ...]', value)))}]`"
    return "–" if isinstance(value, Record) else f"`{_value(value)}`"


def _table(model: type[Record], headings: dict[str, str]) -> str:
    annotated = hints(model)
    rows = [
        f"| `{field.alias or name}` | {kind_words(annotated[name], headings)} | {default_words(field)} "
        f"| {' '.join((field.description or '').split())} |"
        for name, field in model.model_fields.items()
    ]
    return "\n".join(("| field | holds | if left out | |", "|---|---|---|---|", *rows))


def _events() -> str:
    """The table of all events: what each means, and its fields besides those that every entry has."""
    rows = [
        f"| `{name}` | {' '.join((model.__doc__ or '').split())} | {_event_fields(model) or '–'} |"
        for name, model in EVENTS.items()
    ]
    return "\n".join(("| event | means | fields |", "|---|---|---|", *rows))


def _event_fields(model: type[Record]) -> str:
    annotated = hints(model)
    return "; ".join(
        f"`{name}`: {kind_words(annotated[name], {})}{_unless_said(field)}"
        for name, field in model.model_fields.items()
        if name not in {"id", "at", "event"}
    )


def _unless_said(field: FieldInfo) -> str:
    words = default_words(field)
    return "" if words in {"–", "``"} else f" ({words})" if field.is_required() else f" (if left out, {words})"


def page(prose: str) -> str:
    """The whole page from its prose. Raises KeyError where the prose has no place for a model."""
    headings = {mark[1]: _heading_before(prose, mark.start()) for mark in MARK.finditer(prose)}
    known = models()
    missing = [model.__name__ for model in known if model.__name__ not in headings]
    if missing:
        raise KeyError(f"{PROSE.name} has no '<!-- fields … -->' for {', '.join(missing)}")
    tables = {model.__name__: _table(model, headings) for model in known}
    made = MARK.sub(lambda mark: tables[mark[1]], prose).replace(EVENTS_MARK, _events())
    first, rest = made.split("\n", 1)
    return f"{first}\n\n<!-- Made from {PROSE.name} and the models by `{COMMAND}`; do not edit. -->\n{rest}"


def _heading_before(prose: str, at: int) -> str:
    return HEADING.findall(prose[:at])[-1]


def main() -> None:
    """Write the page; with `--check`, only say whether it is as it must be."""
    arguments = argparse.ArgumentParser(prog="python -m policies.reference", description="Write docs/policies.md.")
    arguments.add_argument("--check", action="store_true", help="write nothing; exit 1 if the page is stale")
    made = page(PROSE.read_text(encoding="utf-8"))
    if not arguments.parse_args().check:
        PAGE.write_text(made, encoding="utf-8")
    elif PAGE.read_text(encoding="utf-8") != made:
        sys.exit(f"{PAGE.name} is stale; run {COMMAND}")


if __name__ == "__main__":
    main()
