"""Scripts: what happens to a ticket, in order, each at its instant. What `holdfast simulate` plays."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, cast

from pydantic import BaseModel, TypeAdapter, ValidationError

from cli.inputs.policy_lookup import is_path
from intake.reading import complaints, said, validated
from policies.format import PolicySpec
from policies.library import Library, read_policy
from policies.samples import sample_facts
from policies.yaml_file import Document, KeyPath, shown
from policies.zones import zone_named
from sla.base.errors import PolicyError, TicketError
from sla.base.instant import Instant
from sla.inputs.event import EVENTS, Event
from sla.inputs.ticket import Ticket
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
    wrong = [complaint for index, each in enumerate(told) for complaint in _shape(index, each)]
    sound = _sound(told, wrong)
    wrong.extend(_order(sound))
    opens = sound.get(0, {}).get("event") == OPENED
    ticket, policy = _opening(name, settings, sound.pop(0), wrong) if opens else (None, None)
    events = [_event(policy, index, each, wrong) for index, each in sound.items() if each["event"] != OPENED]
    if ticket is None or policy is None or wrong:
        raise _refusal(document, wrong)
    return Script(policy, ticket, tuple(event for event in events if event is not None))


def _listed(document: Document) -> list[object]:
    data = document.data
    if not isinstance(data, list) or not data:
        raise TicketError(f"{document.place(())}: a script is a list of objects with `at` and `event`")
    return cast("list[object]", data)


def _sound(told: list[object], wrong: list[_Complaint]) -> dict[int, dict[str, Any]]:
    """The entries without a complaint, by their place in the list."""
    refused = {complaint.path[0] for complaint in wrong}
    return {index: cast("dict[str, Any]", each) for index, each in enumerate(told) if index not in refused}


def _refusal(document: Document, wrong: list[_Complaint]) -> TicketError:
    """All complaints, in the order of the file."""
    lines = [(document.place(each.path), each.why) for each in wrong]
    ordered = sorted(lines, key=lambda line: [int(part) for part in line[0].rsplit(":", 2)[1:]])
    return TicketError("\n".join(f"{place}: {why}" for place, why in ordered))


def _shape(index: int, entry: object) -> Iterator[_Complaint]:
    """It has a name that is known and an instant."""
    if not isinstance(entry, dict):
        yield _Complaint((index,), "must be an object with `at` and `event`")
        return
    told = cast("dict[str, Any]", entry)
    name = told.get("event")
    if not isinstance(name, str) or name not in {OPENED, *EVENTS}:
        why = "is missing" if name is None else f"there is no event {str(name)[:40]!r}"
        yield _Complaint((index, "event"), f"event: {why}; there is {OPENED}, {', '.join(EVENTS)}")
    try:
        _INSTANT.validate_python(told.get("at"))
    except ValidationError as error:
        why = said(error.errors()[0]) if "at" in told else "is missing"
        yield _Complaint((index, "at"), f"at: {why}")


def _order(sound: dict[int, dict[str, Any]]) -> Iterator[_Complaint]:
    """The opening is first, and there is one; nothing stands before what happened earlier."""
    before: datetime | None = None
    opening = _INSTANT.validate_python(sound[0]["at"]) if 0 in sound else None
    for index, each in sound.items():
        if (each["event"] == OPENED) != (index == 0):
            yield _Complaint(
                (index, "event"), f"event: {'only the first may' if index else 'the first must'} be {OPENED}"
            )
        at = _INSTANT.validate_python(each["at"])
        if opening is not None and at < opening:
            yield _Complaint((index, "at"), "at: lies before the opening")
        elif before is not None and at < before:
            yield _Complaint((index, "at"), "at: lies before the event above; put them in order")
        before = at


def unknown_zone(name: str) -> str | None:
    """Why a name is not that of a time zone; None for one."""
    try:
        zone_named(name)
    except PolicyError as error:
        return str(error)
    return None


def _opening(
    name: str, settings: Settings, told: dict[str, Any], wrong: list[_Complaint]
) -> tuple[Ticket | None, PolicySpec]:
    """The ticket, None where it is refused, and the policy under which the script is played."""
    zone = told.get("time_zone")
    known = zone if isinstance(zone, str) else None
    policy = policy_at(name, settings, _INSTANT.validate_python(told["at"]), known)
    ticket, refused = _ticket(policy, told)
    names = [*_names(policy, told)]
    wrong.extend([*names, *(each for each in refused if each.path not in {name.path for name in names})])
    return ticket, policy


def _names(policy: PolicySpec, told: dict[str, Any]) -> Iterator[_Complaint]:
    """What the opening names must be there."""
    plan, severity, zone = (told.get(key) for key in ("plan", "severity", "time_zone"))
    if isinstance(plan, str) and plan not in policy.plans:
        why = f"policy {policy.policy} has no plan {shown(plan)}; there is {', '.join(policy.plans)}"
        yield _Complaint((0, "plan"), f"plan: {why}")
    if plan is None and policy.default_plan is None and len(policy.plans) > 1:
        yield _Complaint((0,), f"plan: policy {policy.policy} has several; give one of {', '.join(policy.plans)}")
    if isinstance(severity, str) and severity not in policy.severities:
        yield _Complaint((0, "severity"), _no_severity(policy, severity))
    if isinstance(zone, str) and (why := unknown_zone(zone)):
        yield _Complaint((0, "time_zone"), f"time_zone: {why}")


def _no_severity(policy: PolicySpec, severity: str) -> str:
    there = ", ".join(policy.severities)
    return f"severity: policy {policy.policy} has no {shown(severity)}; there is {there}"


def _ticket(policy: PolicySpec, told: dict[str, Any]) -> tuple[Ticket | None, list[_Complaint]]:
    given = {key: value for key, value in told.items() if key not in {"at", "event"}}
    if given.get("policy", policy.policy) != policy.policy:
        return None, [_Complaint((0, "policy"), f"policy: the command names {policy.policy}; leave it out here")]
    wrong = [_Complaint((0, key), f"{key}: is said by `at`; leave it out") for key in given if key == "opened_at"]
    plan = given["plan"] if isinstance(given.get("plan"), str) else None
    zone = given.get("time_zone")
    facts = sample_facts(policy, plan, _INSTANT.validate_python(told["at"]), time_zone=zone)
    if isinstance(given.get("customer"), dict):
        given["customer"] = {**facts["customer"], **given["customer"]}
    try:
        return Ticket.model_validate({**facts, **given, "opened_at": facts["opened_at"]}), wrong
    except ValidationError as error:
        return None, [*wrong, *_complaints(error, Ticket, 0)]


def _event(policy: PolicySpec | None, number: int, told: dict[str, Any], wrong: list[_Complaint]) -> Event | None:
    """The event of an entry; None where it is refused, with its complaints added."""
    severity = told.get("severity") if told["event"] == "severity_changed" else None
    if policy is not None and isinstance(severity, str) and severity not in policy.severities:
        wrong.append(_Complaint((number, "severity"), _no_severity(policy, severity)))
        return None
    try:
        return _EVENT.validate_python({"id": f"event-{number}", **told})
    except ValidationError as error:
        wrong.extend(_complaints(error, EVENTS[told["event"]], number, skip=1))
        return None


def _complaints(error: ValidationError, model: type[BaseModel], index: int, skip: int = 0) -> list[_Complaint]:
    found = complaints(error, model, skip)
    return [_Complaint((index, *path), f"{'.'.join(map(str, path)) or 'value'}: {why}") for path, why in found]
