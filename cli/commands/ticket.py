"""`holdfast ticket …`: tickets opened and looked at from a terminal. Its events are in `ticket_events`."""

import json
import os
from typing import Annotated, Any
from uuid import uuid4

import typer
from rich.console import Console

from cli.commands import ticket_events
from cli.commands.options import Data, Json, TicketId, desk_for, now, print_receipt, run, settings_with
from intake.reading import known_id, read_ticket, validated
from sla.inputs.ticket import Ticket

SHOWN = 50
"""Tickets that are listed where nobody asked for more."""

app = typer.Typer(
    help="Open tickets, tell them events, look at them.", no_args_is_help=True, pretty_exceptions_enable=False
)
app.add_typer(ticket_events.app)


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
    role: Annotated[str | None, typer.Option(help="What the customer's person may do there.")] = None,
    owner: Annotated[str | None, typer.Option(help="Mail address of the agent who is told of trouble.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="The customer's zone, such as America/New_York.")] = None,
    region: Annotated[str | None, typer.Option(help="The customer's region.")] = None,
    version: Annotated[str | None, typer.Option(help="Version of the customer's product, such as 17.2.")] = None,
    round_the_clock: Annotated[
        bool | None, typer.Option("--round-the-clock", help="The customer asks for work round the clock.")
    ] = None,
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
        "owner": owner, "time_zone": time_zone, "opened_at": opened_at, "description": description, "region": region,
        "version": version, "round_the_clock": round_the_clock,
    }  # fmt: skip
    given: dict[str, Any] = {key: value for key, value in flags.items() if value is not None}
    person = {"email": customer, "name": customer_name, "role": role}
    contact = {key: value for key, value in person.items() if value is not None}
    if contact:
        given["customer"] = contact
    run(_open(_ticket(file, given), settings_with(data), as_json))


def _ticket(file: str | None, given: dict[str, Any]) -> Ticket:
    made_up = {"id": f"T-{now():%Y%m%d}-{uuid4().hex[:6]}", "opened_at": now()}
    if file is not None:
        return read_ticket(file, given, made_up)
    return validated(Ticket, {**made_up, **given})


async def _open(ticket: Ticket, settings: Any, as_json: bool) -> None:
    receipt = await (await desk_for(settings)).open(ticket)
    print_receipt(receipt, as_json, "was open already; nothing was changed" if receipt.duplicate else "is open")


@app.command()
def show(ticket_id: TicketId, data: Data = None, as_json: Json = False) -> None:
    """Status, clocks with due times, what happened, what comes next."""
    run(_show(known_id(ticket_id), settings_with(data), as_json))


@app.command("list")
def list_tickets(
    everything: Annotated[bool, typer.Option("--all", help="Closed tickets as well.")] = False,
    limit: Annotated[
        int | None, typer.Option(min=1, help="How many; 50 if left out, all of them with --json.", show_default=False)
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Open tickets: first those whose workflow was ended, then broken promises (!), then by what is due soonest."""
    run(_list(settings_with(data), everything, limit, as_json))


async def _show(ticket_id: str, settings: Any, as_json: bool) -> None:
    from cli.output.tickets import show_ticket

    desk = await desk_for(settings)
    ended = await desk.ended_badly(ticket_id)
    shown, timeline = await desk.status(ticket_id), await desk.timeline(ticket_id)
    if ended:
        shown = shown.model_copy(update={"next": (), "troubles": (ended, *shown.troubles)})
    if as_json:
        happened = [entry.model_dump(mode="json") for entry in timeline]
        typer.echo(json.dumps({**shown.model_dump(mode="json"), "timeline": happened}, indent=2, ensure_ascii=False))
        return
    show_ticket(_console(), shown, timeline, ended=ended is not None)


async def _list(settings: Any, everything: bool, limit: int | None, as_json: bool) -> None:
    from cli.local.connection import connect_for
    from cli.output.tickets import show_rows
    from intake.listing import listed

    most = limit or (None if as_json else SHOWN)
    found, total = await listed(await connect_for(settings), most, closed=everything)
    if as_json:
        typer.echo(json.dumps([row.model_dump(mode="json") for row in found], indent=2))
    elif found:
        show_rows(_console(), found)
        if total > len(found):
            typer.echo(f"{total - len(found):,} more; --limit {total} lists them all")
    else:
        typer.echo("No tickets." if everything else "No open tickets.")


def _console() -> Console:
    return Console(highlight=False, width=None if os.environ.get("COLUMNS") or os.isatty(1) else 80)
