"""What reaches a ticket from outside, judged without ever freezing it.

Hazard: a payload that the SDK cannot decode into a typed parameter fails the workflow task, which is then repeated for
ever; in a signal it is dropped without a line. The same happens when there are more arguments than parameters. So
everything arrives raw, in any number, and is decoded here, where a bad start fails for good and a bad event is noted.
"""

from collections.abc import Sequence
from typing import Any, Generic, NamedTuple, TypeVar, cast

from pydantic import JsonValue, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from sla.base.errors import HoldfastError, TicketError
from sla.engine.start import Start, Waiting
from sla.inputs.event import EVENTS, Event

T = TypeVar("T")

_EVENT: TypeAdapter[Event] = TypeAdapter(Event)
_START: TypeAdapter[Start] = TypeAdapter(Start)


class Read(NamedTuple, Generic[T]):
    """What was read from the first argument, and what became of the others."""

    value: T
    ignored: str | None


def read_start(args: Sequence[RawValue]) -> Read[Start]:
    """What a workflow was started with. Raises an ApplicationError of type InvalidTicket, which fails it visibly."""
    try:
        return Read(_START.validate_python(_single(_decoded(args))), _ignored("start", args))
    except (ValidationError, HoldfastError) as error:
        raise invalid(reason(error)) from None


def invalid(why: str) -> ApplicationError:
    """The error that fails a workflow which cannot be a ticket."""
    return ApplicationError(why, type="InvalidTicket", non_retryable=True)


def waiting(name: str, args: Sequence[RawValue]) -> Waiting:
    """A signal as it came in, for the main loop to judge."""
    try:
        arguments: tuple[JsonValue, ...] | None = tuple(cast("list[JsonValue]", _decoded(args)))
    except TicketError:
        arguments = None
    return Waiting.model_construct(name=name, arguments=arguments, at=workflow.now())


def read_arrival(arrival: Waiting) -> Read[Event]:
    """The event of a signal; the signal's name decides which. Raises TicketError, ValidationError."""
    if arrival.name not in EVENTS:
        raise TicketError(f"there is no such event; there is {', '.join(EVENTS)}")
    if arrival.arguments is None:
        raise TicketError("the argument cannot be read")
    fields = _single(arrival.arguments)
    if not isinstance(fields, dict):
        raise TicketError("its argument must be a JSON object with at least an id")
    event = _EVENT.validate_python({**cast("dict[str, Any]", fields), "event": arrival.name})
    return Read(event, _ignored(arrival.name, arrival.arguments))


def _single(arguments: Sequence[object]) -> object:
    if not arguments:
        raise TicketError("no argument was given")
    return arguments[0]


def _ignored(name: str, arguments: Sequence[object]) -> str | None:
    extra = len(arguments) - 1
    return f"{name}: {extra} more argument{'s' if extra > 1 else ''} ignored" if extra else None


def _decoded(args: Sequence[RawValue]) -> list[object]:
    try:
        return [workflow.payload_converter().from_payload(each.payload) for each in args]
    except Exception as error:  # whatever a converter raises, it means the same here
        raise TicketError(f"the argument cannot be read: {' '.join(str(error).split())[:200]}") from None


def reason(error: ValidationError | HoldfastError) -> str:
    """One sentence for each complaint, without the model's own internals."""
    if isinstance(error, HoldfastError):
        return str(error)
    return "; ".join(_complaint(each) for each in error.errors()[:5])[:500]


def _complaint(each: ErrorDetails) -> str:
    if each["type"] == "union_tag_not_found":
        return 'kind: must be given; a start is {"kind": "new", "ticket": …}'
    return f"{_path(each['loc'])}: {each['msg']}"


def _path(path: tuple[str | int, ...]) -> str:
    """The field; the kind of an event or of a start, which stands first in its path, is known already."""
    fields = path[1:] if path and path[0] in {*EVENTS, "new", "carried"} else path
    return ".".join(map(str, fields)) or "value"
