"""`holdfast ticket reply`, `answer`, `hold` …: what happens to a ticket, told from a terminal."""

from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from uuid import uuid4

import typer

from cli.commands.options import Data, Json, TicketId, desk_for, now, print_receipt, run, settings_with
from intake.reading import known_id, read_event
from sla.inputs.event import Event

app = typer.Typer(pretty_exceptions_enable=False)

At = Annotated[str | None, typer.Option("--at", help="When it happened, ISO 8601 with an offset; now if left out.")]
EventId = Annotated[str | None, typer.Option("--event-id", help="Id of the event; the same id counts once.")]
Side = Literal["agent", "customer"]


class Common(NamedTuple):
    """What every event command takes."""

    at: str | None
    event_id: str | None
    data: Path | None
    as_json: bool


@app.command()
def reply(
    ticket_id: TicketId,
    kind: Annotated[
        Literal["human", "auto", "bounce"], typer.Option(help="Who speaks: a person, a machine, a bounce.")
    ] = "human",
    text: Annotated[str, typer.Option(help="What the customer wrote; for policies with a keyword or thanks.")] = "",
    returns: Annotated[str | None, typer.Option(help="Day of return that an automatic reply names.")] = None,
    at: At = None,
    event_id: EventId = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """The customer replied."""
    fields = {"kind": kind, "text": text, "returns": returns}
    _tell(ticket_id, "customer_replied", fields, Common(at, event_id, data, as_json))


@app.command()
def answer(
    ticket_id: TicketId,
    awaiting: Annotated[Literal["customer", "us"], typer.Option(help="Whose turn it is then.")] = "customer",
    workaround: Annotated[bool, typer.Option("--workaround", help="It is a way around the issue.")] = False,
    solution: Annotated[bool, typer.Option("--solution", help="It solves the original issue.")] = False,
    at: At = None,
    event_id: EventId = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """We answered the customer."""
    fields = {"awaiting": awaiting, "workaround": workaround, "solution": solution}
    _tell(ticket_id, "agent_replied", fields, Common(at, event_id, data, as_json))


@app.command()
def severity(
    ticket_id: TicketId,
    severity: str,
    by: Annotated[Side, typer.Option(help="Who changes it; a policy may let one side only ask.")] = "agent",
    at: At = None,
    event_id: EventId = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """The ticket has another severity."""
    fields = {"severity": severity, "by": by}
    _tell(ticket_id, "severity_changed", fields, Common(at, event_id, data, as_json))


@app.command()
def hold(
    ticket_id: TicketId,
    until: Annotated[
        str | None, typer.Option(help="When it goes on by itself, ISO 8601 with an offset; else when it is resumed.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="What is waited for.")] = None,
    at: At = None,
    event_id: EventId = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """The ticket waits for something that is neither ours nor the customer's."""
    _tell(ticket_id, "put_on_hold", {"until": until, "reason": reason}, Common(at, event_id, data, as_json))


@app.command()
def resume(
    ticket_id: TicketId, at: At = None, event_id: EventId = None, data: Data = None, as_json: Json = False
) -> None:
    """The hold is over."""
    _tell(ticket_id, "resumed", {}, Common(at, event_id, data, as_json))


@app.command()
def solve(
    ticket_id: TicketId, at: At = None, event_id: EventId = None, data: Data = None, as_json: Json = False
) -> None:
    """Mark the ticket as solved, without a message of one's own."""
    _tell(ticket_id, "solved", {}, Common(at, event_id, data, as_json))


@app.command()
def reopen(
    ticket_id: TicketId, at: At = None, event_id: EventId = None, data: Data = None, as_json: Json = False
) -> None:
    """Open a solved ticket again, or a closed one where the policy allows it."""
    _tell(ticket_id, "reopened", {}, Common(at, event_id, data, as_json))


@app.command()
def escalate(
    ticket_id: TicketId,
    reason: Annotated[str, typer.Option(help="Why.")] = "the customer asked for it",
    at: At = None,
    event_id: EventId = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """The customer asked to escalate."""
    _tell(ticket_id, "escalation_requested", {"reason": reason}, Common(at, event_id, data, as_json))


@app.command()
def acknowledge(
    ticket_id: TicketId,
    by: Annotated[str | None, typer.Option(help="Who.")] = None,
    at: At = None,
    event_id: EventId = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """One of us took the ticket, or its escalation, in hand."""
    _tell(ticket_id, "acknowledged", {"by": by}, Common(at, event_id, data, as_json))


@app.command()
def bounced(
    ticket_id: TicketId, at: At = None, event_id: EventId = None, data: Data = None, as_json: Json = False
) -> None:
    """A mail of ours to the customer came back."""
    _tell(ticket_id, "bounced", {}, Common(at, event_id, data, as_json))


@app.command()
def attempt(
    ticket_id: TicketId, at: At = None, event_id: EventId = None, data: Data = None, as_json: Json = False
) -> None:
    """One of us tried to reach the customer, by telephone for instance."""
    _tell(ticket_id, "customer_contacted", {}, Common(at, event_id, data, as_json))


@app.command()
def contact(
    ticket_id: TicketId,
    state: Annotated[Literal["available", "away"], typer.Argument(help="Whether somebody is there.")],
    at: At = None,
    event_id: EventId = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """The customer has somebody to work with us, or has nobody."""
    _tell(ticket_id, "contact_changed", {"available": state == "available"}, Common(at, event_id, data, as_json))


@app.command()
def completed(
    ticket_id: TicketId,
    what: Annotated[Literal["description", "sender", "telephone"], typer.Argument(help="What is there now.")],
    at: At = None,
    event_id: EventId = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Something that a clock waited for is there: a complete description, a known sender, a call."""
    _tell(ticket_id, "completed", {"what": what}, Common(at, event_id, data, as_json))


@app.command()
def close(
    ticket_id: TicketId,
    reason: Annotated[str, typer.Option(help="Why, as the customer will read it.")] = "closed by an agent",
    at: At = None,
    event_id: EventId = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Close the ticket."""
    _tell(ticket_id, "closed", {"reason": reason}, Common(at, event_id, data, as_json))


def _tell(ticket_id: str, name: str, fields: dict[str, Any], common: Common) -> None:
    event = read_event(
        {**fields, "event": name, "id": _given(common.event_id, uuid4().hex), "at": _given(common.at, now())}
    )
    run(_send(known_id(ticket_id), event, settings_with(common.data), common.as_json))


async def _send(ticket_id: str, event: Event, settings: Any, as_json: bool) -> None:
    receipt = await (await desk_for(settings)).tell(ticket_id, event)
    print_receipt(receipt, as_json, _said(receipt, ticket_id))


def _said(receipt: Any, ticket_id: str) -> str:
    if receipt.duplicate:
        return "knew of this already"
    if receipt.refused:
        return f"was told, but no follow-up ticket can be opened: {receipt.refused}"
    if receipt.dropped:
        return "is closed, and thanks or a confirmation change nothing"
    return f"is the follow-up ticket of {ticket_id} and was told" if receipt.followed_up else "was told"


def _given(value: str | None, otherwise: Any) -> Any:
    """What was given, even when it is empty: an empty shell variable must be refused, not made up for."""
    return otherwise if value is None else value
