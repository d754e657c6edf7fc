"""`holdfast ticket …`: the desk from a terminal."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from uuid import uuid4

import typer
from rich.console import Console

from intake.cli import Data, run, settings_with
from intake.reading import known_id, read_event, read_ticket, validated
from sla.event import Event
from sla.ticket import Ticket

app = typer.Typer(
    help="Open tickets, tell them events, look at them.", no_args_is_help=True, pretty_exceptions_enable=False
)

TicketId = Annotated[str, typer.Argument(metavar="ID", help="The ticket's id.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
At = Annotated[str | None, typer.Option("--at", help="When it happened, ISO 8601 with an offset; now if left out.")]
EventId = Annotated[str | None, typer.Option("--event-id", help="Id of the event; the same id counts once.")]


class Common(NamedTuple):
    """What every event command takes."""

    at: str | None
    event_id: str | None
    data: Path | None
    as_json: bool


@app.command("open")
def open_ticket(
    file: Annotated[str | None, typer.Argument(help="JSON or YAML file of the ticket; - is standard input.")] = None,
    ticket_id: Annotated[str | None, typer.Option("--id", help="The ticket's id; made up if left out.")] = None,
    policy: Annotated[str | None, typer.Option(help="Name of the policy.")] = None,
    plan: Annotated[str | None, typer.Option(help="Plan of the customer.")] = None,
    severity: Annotated[str | None, typer.Option(help="Severity.")] = None,
    channel: Annotated[str | None, typer.Option(help="How it came: email, chat, phone, …")] = None,
    subject: Annotated[str | None, typer.Option(help="Subject line.")] = None,
    customer: Annotated[str | None, typer.Option(help="Mail address of the customer.")] = None,
    customer_name: Annotated[str | None, typer.Option(help="Name of the customer.")] = None,
    owner: Annotated[str | None, typer.Option(help="Mail address of the agent who is told of trouble.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="The customer's zone, such as America/New_York.")] = None,
    opened_at: Annotated[
        str | None, typer.Option(help="When it was opened, ISO 8601 with an offset; now if left out.")
    ] = None,
    description: Annotated[str | None, typer.Option(help="What the customer wrote.")] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Open a ticket from flags, from a file, or from a file with flags on top."""
    flags = {
        "id": ticket_id, "policy": policy, "plan": plan, "severity": severity, "channel": channel, "subject": subject,
        "owner": owner, "time_zone": time_zone, "opened_at": opened_at, "description": description,
    }  # fmt: skip
    given: dict[str, Any] = {key: value for key, value in flags.items() if value is not None}
    contact = {key: value for key, value in {"email": customer, "name": customer_name}.items() if value is not None}
    if contact:
        given["customer"] = contact
    run(_open(_ticket(file, given), settings_with(data), as_json))


def _ticket(file: str | None, given: dict[str, Any]) -> Ticket:
    now = _now()
    made_up = {"id": f"T-{now:%Y%m%d}-{uuid4().hex[:6]}", "opened_at": now}
    if file is not None:
        return read_ticket(file, given, made_up)
    return validated(Ticket, {**made_up, **given})


async def _open(ticket: Ticket, settings: Any, as_json: bool) -> None:
    receipt = await (await _desk(settings)).open(ticket)
    _print_receipt(receipt, as_json, "was open already; nothing was changed" if receipt.duplicate else "is open")


@app.command()
def reply(
    ticket_id: TicketId,
    kind: Annotated[
        Literal["human", "auto", "bounce"], typer.Option(help="Who speaks: a person, a machine, a bounce.")
    ] = "human",
    at: At = None,
    event_id: EventId = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """The customer replied."""
    _tell(ticket_id, "customer_replied", {"kind": kind}, Common(at, event_id, data, as_json))


@app.command()
def answer(
    ticket_id: TicketId,
    awaiting: Annotated[Literal["customer", "us"], typer.Option(help="Whose turn it is then.")] = "customer",
    solution: Annotated[bool, typer.Option("--solution", help="It solves the original issue.")] = False,
    at: At = None,
    event_id: EventId = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """We answered the customer."""
    _tell(ticket_id, "agent_replied", {"awaiting": awaiting, "solution": solution}, Common(at, event_id, data, as_json))


@app.command()
def severity(
    ticket_id: TicketId,
    severity: str,
    at: At = None,
    event_id: EventId = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """The ticket has another severity."""
    _tell(ticket_id, "severity_changed", {"severity": severity}, Common(at, event_id, data, as_json))


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


@app.command()
def show(ticket_id: TicketId, data: Data = None, as_json: Json = False) -> None:
    """Status, clocks with due times, what happened, what comes next."""
    run(_show(known_id(ticket_id), settings_with(data), as_json))


@app.command("list")
def list_tickets(
    everything: Annotated[bool, typer.Option("--all", help="Closed tickets as well.")] = False,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Open tickets: first those with a broken promise (marked !), then by what is due soonest."""
    run(_list(settings_with(data), everything, as_json))


def _tell(ticket_id: str, name: str, fields: dict[str, Any], common: Common) -> None:
    event = read_event(
        {**fields, "event": name, "id": _given(common.event_id, uuid4().hex), "at": _given(common.at, _now())}
    )
    run(_send(known_id(ticket_id), event, settings_with(common.data), common.as_json))


async def _send(ticket_id: str, event: Event, settings: Any, as_json: bool) -> None:
    receipt = await (await _desk(settings)).tell(ticket_id, event)
    said = "was told"
    if receipt.followed_up:
        said = f"is the follow-up ticket of {ticket_id}, which is closed, and was told"
    _print_receipt(receipt, as_json, "knew of this already" if receipt.duplicate else said)


async def _show(ticket_id: str, settings: Any, as_json: bool) -> None:
    from intake.printing import show_ticket

    desk = await _desk(settings)
    shown, timeline = await desk.status(ticket_id), await desk.timeline(ticket_id)
    if as_json:
        happened = [entry.model_dump(mode="json") for entry in timeline]
        typer.echo(json.dumps({**shown.model_dump(mode="json"), "timeline": happened}, indent=2, ensure_ascii=False))
        return
    show_ticket(_console(), shown, timeline)


async def _list(settings: Any, everything: bool, as_json: bool) -> None:
    from intake.listing import rows
    from intake.printing import show_rows
    from intake.where import connect_for

    found = [row async for row in rows(await connect_for(settings), closed=everything)]
    found.sort(key=lambda row: (not row.breached, row.next_due is None, row.next_due, row.ticket_id))
    if as_json:
        typer.echo(json.dumps([row.model_dump(mode="json") for row in found], indent=2))
    elif found:
        show_rows(_console(), found)
    else:
        typer.echo("No tickets." if everything else "No open tickets.")


async def _desk(settings: Any) -> Any:
    from intake.desk import Desk
    from intake.where import connect_for
    from policies.library import Library

    return Desk(await connect_for(settings), Library(settings.policies))


def _given(value: str | None, otherwise: Any) -> Any:
    """What was given, even when it is empty: an empty shell variable must be refused, not made up for."""
    return otherwise if value is None else value


def _now() -> datetime:
    return datetime.now(UTC)


def _print_receipt(receipt: Any, as_json: bool, said: str) -> None:
    typer.echo(receipt.model_dump_json(indent=2) if as_json else f"Ticket {receipt.ticket_id} {said}.")


def _console() -> Console:
    return Console(highlight=False, width=None if os.environ.get("COLUMNS") or os.isatty(1) else 80)
