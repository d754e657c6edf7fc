"""JSON Schemas of what comes in, for programs in any language: `python -m intake.schema` writes docs/schema/.

A schema sees shapes. What needs a look elsewhere (policies, zones, the clock) and characters that are not safe to show
are judged by the models alone. There is no schema of a policy: its words are read by validators that a generated
schema cannot describe; `holdfast policy check` judges them.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from sla.engine.start import NewTicket
from sla.inputs.event import EVENTS, Event
from sla.inputs.ticket import Ticket

DIRECTORY = Path(__file__).resolve().parent.parent / "docs" / "schema"
COMMAND = "uv run python -m intake.schema"

DIALECT = GenerateJsonSchema.schema_dialect
OFFSET = "(Z|[+-][0-9]{2}:[0-9]{2})$"
"""`format` is only an annotation to most validators: the pattern is what refuses a time without its offset."""

DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
NOT_BLANK = r"\S"


class _Shape(GenerateJsonSchema):
    """pydantic's shapes, and rules of ours that it knows but does not say."""

    def datetime_schema(self, schema: core_schema.DatetimeSchema) -> JsonSchemaValue:
        return {**super().datetime_schema(schema), "pattern": OFFSET}

    def date_schema(self, schema: core_schema.DateSchema) -> JsonSchemaValue:
        return {**super().date_schema(schema), "pattern": DATE}

    def str_schema(self, schema: core_schema.StringSchema) -> JsonSchemaValue:
        shape = super().str_schema(schema)
        return {"pattern": NOT_BLANK, **shape} if schema.get("strip_whitespace") else shape


def schemas() -> dict[str, dict[str, Any]]:
    """Every schema by its file name."""
    return {
        "ticket.json": _named("ticket", "Ticket", Ticket),
        "start.json": {**_named("start", "Start", NewTicket), "required": ["kind", "ticket"]},
        "event.json": _event(),
    }


def _named(name: str, title: str, shape: Any) -> dict[str, Any]:
    made = TypeAdapter[Any](shape).json_schema(schema_generator=_Shape)
    return {**made, "$schema": DIALECT, "$id": f"urn:holdfast:schema:{name}", "title": title}


def _event() -> dict[str, Any]:
    """The union of events. `event` has a default in each model and is required all the same: it tells them apart."""
    schema = _named("event", "Event", Event)
    for model in EVENTS.values():
        schema["$defs"][model.__name__]["required"].append("event")
    return schema


def _texts() -> dict[Path, str]:
    return {
        DIRECTORY / name: json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        for name, schema in schemas().items()
    }


def stale() -> list[Path]:
    """The files that are missing or say something else."""
    return [path for path, text in _texts().items() if not path.exists() or path.read_text("utf-8") != text]


def write() -> None:
    """Write every schema."""
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    for path, text in _texts().items():
        path.write_text(text, "utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Write the schemas, or with `--check` say which are not current."""
    parser = argparse.ArgumentParser(prog="python -m intake.schema", description="JSON Schemas of tickets and events.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when a file is not current")
    if not parser.parse_args(arguments).check:
        write()
        return 0
    old = stale()
    for path in old:
        print(f"docs/schema/{path.name} is not current: run `{COMMAND}`.", file=sys.stderr)
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main())
