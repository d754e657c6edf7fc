"""What reaches a ticket from outside, judged without ever freezing it.

Hazard: a payload that the SDK cannot decode into a typed parameter fails the workflow task, which is then repeated for
ever; in a signal it is dropped without a line. So everything arrives raw and is decoded here, where a bad ticket fails
for good and a bad event is noted.
"""

from datetime import datetime
from typing import Any, NamedTuple, cast

from pydantic import TypeAdapter, ValidationError
from temporalio import workflow
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from sla.base.errors import HoldfastError, TicketError
from sla.inputs.event import EVENTS, Event
from sla.inputs.ticket import Ticket
from sla.state.state import State

NOTHING = RawValue(Payload())
"""Stands for an argument that was not given."""

_EVENT: TypeAdapter[Event] = TypeAdapter(Event)


class Arrival(NamedTuple):
    """A signal as it came: kept by the handler, judged by the main loop."""

    name: str
    raw: RawValue
    at: datetime


def read_start(raw: RawValue) -> Ticket | State:
    """What a workflow was started with: a ticket, or the state in which an earlier run of it ended (it has `terms`).

    Raises an ApplicationError of type InvalidTicket, which fails the workflow visibly.
    """
    try:
        fields = _decoded(raw)
        carried = isinstance(fields, dict) and "terms" in fields
        return State.model_validate(fields) if carried else Ticket.model_validate(fields)
    except (ValidationError, TicketError) as error:
        raise ApplicationError(reason(error), type="InvalidTicket", non_retryable=True) from None


def read_arrival(arrival: Arrival) -> Event:
    """The event of a signal; the signal's name decides which. Raises TicketError, ValidationError."""
    if arrival.name not in EVENTS:
        raise TicketError(f"there is no such event; there is {', '.join(EVENTS)}")
    fields = _decoded(arrival.raw)
    if not isinstance(fields, dict):
        raise TicketError("its argument must be a JSON object with at least an id")
    return _EVENT.validate_python({**cast("dict[str, Any]", fields), "event": arrival.name})


def _decoded(raw: object) -> object:
    """Hazard: where there are more or fewer arguments than parameters, the SDK forgets all type hints and hands over
    values that are decoded already; so a run and a signal have exactly one.
    """
    if not isinstance(raw, RawValue):
        return raw
    if raw.payload == NOTHING.payload:
        raise TicketError("no argument was given")
    try:
        return workflow.payload_converter().from_payload(raw.payload)
    except Exception as error:  # whatever a converter raises, it means the same here
        raise TicketError(f"the argument cannot be read: {' '.join(str(error).split())[:200]}") from None


def reason(error: ValidationError | HoldfastError) -> str:
    """One sentence for each complaint, without the model's own internals."""
    if isinstance(error, HoldfastError):
        return str(error)
    return "; ".join(f"{_path(each['loc'])}: {each['msg']}" for each in error.errors()[:5])[:500]


def _path(path: tuple[str | int, ...]) -> str:
    """The field; the kind of an event, which stands first in its path, is known already."""
    fields = path[1:] if path and path[0] in EVENTS else path
    return ".".join(map(str, fields)) or "value"
