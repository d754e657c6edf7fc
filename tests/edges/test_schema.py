"""The JSON Schemas: current, and of one mind with the models."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter, ValidationError

from intake import schema
from intake.schema import main, schemas, stale
from sla.engine.start import Start
from sla.inputs.event import EVENTS, Event
from sla.inputs.ticket import Ticket

ROOT = Path(__file__).resolve().parents[2]
MODELS: dict[str, TypeAdapter[Any]] = {
    "ticket.json": TypeAdapter(Ticket),
    "start.json": TypeAdapter(Start),
    "event.json": TypeAdapter(Event),
}


def examples() -> dict[str, Any]:
    """The JSON blocks of docs/intake.md by the file name in their first line."""
    blocks = (ROOT / "docs" / "intake.md").read_text(encoding="utf-8").split("```json ")[1:]
    named = (block.split("```")[0].split("\n", 1) for block in blocks)
    return {name.strip(): json.loads(text) for name, text in named}


EXAMPLES = examples()
TICKET = EXAMPLES["ticket.json"]
FULL = {
    **TICKET,
    "plan": "small-business",
    "channel": "chat",
    "description": "Since this night.\nNothing was changed.",
    "time_zone": "America/Chicago",
    "follows": "A-1000",
    "customer": {**TICKET["customer"], "role": "administrator"},
    "region": "emea",
    "version": "17.2",
    "missing": ["description", "sender"],
    "round_the_clock": True,
    "contact": False,
    "entitlement": {"registered_on": "2026-01-01", "expires_on": "2026-12-31", "incidents_left": 3},
    "link": "https://help.example/A-1001",
}
NEED_MORE = {"severity_changed", "contact_changed", "completed"}
"""Events that an id alone does not make."""

GOOD = [
    *((name if name in MODELS else "event.json", value) for name, value in EXAMPLES.items()),
    ("ticket.json", FULL),
    ("ticket.json", Ticket.model_validate(TICKET).model_dump(mode="json")),
    ("event.json", {"event": "customer_replied", "id": "e1", "kind": "bounce", "at": None}),
    *(("event.json", {"event": name, "id": "e1"}) for name in sorted(set(EVENTS) - NEED_MORE)),
]


def without(data: dict[str, Any], field: str) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key != field}


BAD = {
    "a required field is missing": ("ticket.json", without(TICKET, "policy")),
    "an unknown field": ("ticket.json", {**TICKET, "prio": "high"}),
    "an unknown field of the customer": ("ticket.json", {**TICKET, "customer": {"email": "a@b.example", "mail": "x"}}),
    "an id that is a path": ("ticket.json", {**TICKET, "id": "../A-1"}),
    "an id that is too long": ("ticket.json", {**TICKET, "id": "A" * 101}),
    "a time without an offset": ("ticket.json", {**TICKET, "opened_at": "2026-11-20T08:30:00"}),
    "a date alone": ("ticket.json", {**TICKET, "opened_at": "2026-11-20"}),
    "a blank subject": ("ticket.json", {**TICKET, "subject": "   "}),
    "a long subject": ("ticket.json", {**TICKET, "subject": "x" * 301}),
    "a long description": ("ticket.json", {**TICKET, "description": "x" * 20_001}),
    "a policy in upper case": ("ticket.json", {**TICKET, "policy": "CrashPlan"}),
    "an address without a domain": ("ticket.json", {**TICKET, "customer": {"email": "dana"}}),
    "a start without its kind": ("start.json", {"ticket": TICKET}),
    "a start of another kind": ("start.json", {"kind": "carried", "ticket": TICKET}),
    "a ticket for a start": ("start.json", TICKET),
    "a list": ("ticket.json", [TICKET]),
    "an event without its name": ("event.json", without(EXAMPLES["reply.json"], "event")),
    "an event of no known name": ("event.json", {"event": "merged", "id": "e1"}),
    "an event without an id": ("event.json", {"event": "closed"}),
    "an event of a naive time": ("event.json", {"event": "closed", "id": "e1", "at": "2026-11-20T08:30:00"}),
    "another event's field": ("event.json", {"event": "closed", "id": "e1", "kind": "human"}),
    "a severity change to nothing": ("event.json", {"event": "severity_changed", "id": "e1"}),
    "an unknown kind": ("event.json", {"event": "customer_replied", "id": "e1", "kind": "robot"}),
    **{f"{name} with an id alone": ("event.json", {"event": name, "id": "e1"}) for name in sorted(NEED_MORE)},
    "a hold until a naive time": ("event.json", {"event": "put_on_hold", "id": "e1", "until": "2026-12-07T15:00:00"}),
    "a hold for no reason": ("event.json", {"event": "put_on_hold", "id": "e1", "reason": " "}),
    "a return that is no date": ("event.json", {"event": "customer_replied", "id": "e1", "returns": "Monday"}),
    "a long text": ("event.json", {"event": "customer_replied", "id": "e1", "text": "x" * 20_001}),
    "an unknown fact": ("event.json", {"event": "completed", "id": "e1", "what": "invoice"}),
    "a severity changed by nobody": (
        "event.json",
        {"event": "severity_changed", "id": "e1", "severity": "a", "by": "x"},
    ),
    "a contact that is neither": ("event.json", {"event": "contact_changed", "id": "e1", "available": "perhaps"}),
    "fewer than no incidents left": ("ticket.json", {**TICKET, "entitlement": {"incidents_left": -1}}),
    "something else missing": ("ticket.json", {**TICKET, "missing": ["invoice"]}),
    "a number for an id": ("event.json", {"event": "closed", "id": 7}),
}


def accepted_by_schema(name: str, data: Any) -> bool:
    return Draft202012Validator(schemas()[name]).is_valid(data)


def accepted_by_model(name: str, data: Any) -> bool:
    try:
        MODELS[name].validate_json(json.dumps(data))
    except ValidationError:
        return False
    return True


def test_the_files_are_current() -> None:
    assert stale() == [], "run `uv run python -m intake.schema`"


def test_check_names_a_file_that_is_not_current(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(schema, "DIRECTORY", tmp_path / "schema")
    assert main([]) == 0
    assert main(["--check"]) == 0
    (tmp_path / "schema" / "event.json").write_text("{}")
    assert main(["--check"]) == 1
    assert capsys.readouterr().err == ("docs/schema/event.json is not current: run `uv run python -m intake.schema`.\n")


@pytest.mark.parametrize("name", list(schemas()))
def test_a_schema_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(schemas()[name])
    assert schemas()[name]["$id"] == f"urn:holdfast:schema:{name.removesuffix('.json')}"


def test_every_event_is_in_the_schema_and_in_the_examples() -> None:
    mapping = schemas()["event.json"]["discriminator"]["mapping"]
    shown = {value["event"] for name, value in EXAMPLES.items() if name not in MODELS}
    assert set(mapping) == set(EVENTS) == shown


@pytest.mark.parametrize(("name", "data"), GOOD)
def test_a_good_example_is_accepted_by_both(name: str, data: object) -> None:
    assert accepted_by_schema(name, data)
    assert accepted_by_model(name, data)


@pytest.mark.parametrize("why", list(BAD))
def test_a_broken_example_is_refused_by_both(why: str) -> None:
    name, data = BAD[why]
    assert not accepted_by_schema(name, data)
    assert not accepted_by_model(name, data)
