"""Scripts: what happens to a ticket, in order, each at its instant. What `holdfast simulate` plays."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, cast

from pydantic import BaseModel, TypeAdapter, ValidationError

from intake.reading import complaints, said, validated
from intake.which_policy import is_path
from policies.format import PolicySpec
from policies.library import Library, read_policy
from policies.samples import sample_facts
from policies.yaml_file import Document, KeyPath
from sla.errors import TicketError
from sla.event import EVENTS, Event
from sla.instant import Instant
from sla.ticket import Ticket
from worker.settings import Settings

OPENED = "opened"
_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
_EVENT: TypeAdapter[Event] = TypeAdapter(Event)


class Script(NamedTuple):
    """A ticket and what happens to it, in order, each event with its instant (UTC)."""

    policy: PolicySpec
    ticket: Ticket
    events: tuple[Event, ...]


class _Complaint(NamedTuple):
    path: KeyPath
    why: str


def policy_at(name: str, settings: Settings, at: datetime, time_zone: str | None) -> PolicySpec:
    """The policy in a file, or of a name the revision in force for tickets opened at an instant (UTC).

    Raises PolicyError, TicketError.
    """
    if is_path(name):
        return read_policy(Path(name))
    facts = {"id": "T-1", "subject": "A request", "customer": {"email": "customer@customer.example"}}
    asking = {**facts, "policy": name, "opened_at": at, "time_zone": time_zone}
    return Library(settings.policies).in_force(validated(Ticket, asking))


def read_script(path: Path, name: str, settings: Settings) -> Script:
    """The script in a JSON or YAML file: a list of objects with `at` and `event`, the first of them `opened`.

    `name` says under which policy it is played.

    Raises TicketError with one `file:line:column: field: reason` line for each complaint; PolicyError (not YAML).
    """
    document = Document.read(path)
    told = _listed(document)
    wrong = [*_shapes(told)] or [*_order(told)]
    if wrong:
        raise _refusal(document, wrong)
    zone = told[0].get("time_zone")
    policy = policy_at(name, settings, _INSTANT.validate_python(told[0]["at"]), zone if isinstance(zone, str) else None)
    ticket, wrong = _ticket(policy, told[0])
    events: list[Event] = []
    for number, each in enumerate(told[1:], start=1):
        event, refused = _event(policy, number, each)
        wrong.extend(refused)
        events.extend([event] if event else [])
    if ticket is None or wrong:
        raise _refusal(document, wrong)
    return Script(policy, ticket, tuple(events))


def _listed(document: Document) -> list[dict[str, Any]]:
    data = document.data
    if not isinstance(data, list) or not data:
        raise TicketError(f"{document.place(())}: a script is a list of objects with `at` and `event`")
    for index, each in enumerate(cast("list[object]", data)):
        if not isinstance(each, dict):
            raise TicketError(f"{document.place((index,))}: must be an object with `at` and `event`")
    return cast("list[dict[str, Any]]", data)


def _refusal(document: Document, wrong: list[_Complaint]) -> TicketError:
    return TicketError("\n".join(f"{document.place(each.path)}: {each.why}" for each in wrong))


def _shapes(told: list[dict[str, Any]]) -> Iterator[_Complaint]:
    """Each has a name that is known and an instant."""
    for index, each in enumerate(told):
        name = each.get("event")
        if not isinstance(name, str) or name not in {OPENED, *EVENTS}:
            why = "is missing" if name is None else f"there is no event {str(name)[:40]!r}"
            yield _Complaint((index, "event"), f"event: {why}; there is {OPENED}, {', '.join(EVENTS)}")
        try:
            _INSTANT.validate_python(each.get("at"))
        except ValidationError as error:
            why = said(error.errors()[0]) if "at" in each else "is missing"
            yield _Complaint((index, "at"), f"at: {why}")


def _order(told: list[dict[str, Any]]) -> Iterator[_Complaint]:
    """The opening is first, and there is one; nothing stands before what happened earlier."""
    if told[0]["event"] != OPENED:
        yield _Complaint((0, "event"), f"event: the first must be {OPENED}")
    times = [_INSTANT.validate_python(each["at"]) for each in told]
    for index, each in enumerate(told[1:], start=1):
        if each["event"] == OPENED:
            yield _Complaint((index, "event"), f"event: only the first may be {OPENED}")
        if times[index] < times[0]:
            yield _Complaint((index, "at"), "at: lies before the opening")
        elif times[index] < times[index - 1]:
            yield _Complaint((index, "at"), "at: lies before the event above; put them in order")


def _ticket(policy: PolicySpec, told: dict[str, Any]) -> tuple[Ticket | None, list[_Complaint]]:
    given = {key: value for key, value in told.items() if key not in {"at", "event"}}
    if given.get("policy", policy.policy) != policy.policy:
        return None, [_Complaint((0, "policy"), f"policy: the command names {policy.policy}; leave it out here")]
    wrong = [_Complaint((0, key), f"{key}: is said by `at`; leave it out") for key in given if key == "opened_at"]
    plan = given["plan"] if isinstance(given.get("plan"), str) else None
    facts = sample_facts(policy, plan, _INSTANT.validate_python(told["at"]))
    if isinstance(given.get("customer"), dict):
        given["customer"] = {**facts["customer"], **given["customer"]}
    try:
        return Ticket.model_validate({**facts, **given, "opened_at": facts["opened_at"]}), wrong
    except ValidationError as error:
        return None, [*wrong, *_complaints(error, Ticket, 0)]


def _event(policy: PolicySpec, number: int, told: dict[str, Any]) -> tuple[Event | None, list[_Complaint]]:
    severity = told.get("severity")
    if told["event"] == "severity_changed" and isinstance(severity, str) and severity not in policy.severities:
        why = f"severity: policy {policy.policy} has no {severity!r}; there is {', '.join(policy.severities)}"
        return None, [_Complaint((number, "severity"), why)]
    try:
        return _EVENT.validate_python({"id": f"event-{number}", **told}), []
    except ValidationError as error:
        return None, _complaints(error, EVENTS[told["event"]], number, skip=1)


def _complaints(error: ValidationError, model: type[BaseModel], index: int, skip: int = 0) -> list[_Complaint]:
    found = complaints(error, model, skip)
    return [_Complaint((index, *path), f"{'.'.join(map(str, path)) or 'value'}: {why}") for path, why in found]
