"""The options that commands share, and what every command does with them: settings, the desk, the receipt."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

Data = Annotated[Path | None, typer.Option("--data", help="Data directory of the embedded server.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
TicketId = Annotated[str, typer.Argument(metavar="ID", help="The ticket's id.")]


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a command to its end."""
    asyncio.run(work)


def settings_with(data: Path | None = None, **changes: Any) -> Any:
    """The settings of the environment, with what the command line says instead."""
    from worker.settings import read_settings

    given = {key: value for key, value in {"data": data, **changes}.items() if value is not None}
    return read_settings().model_copy(update=given)


async def desk_for(settings: Any) -> Any:
    """The desk on the server that the settings name. Raises ServerUnreachable."""
    from cli.local.connection import connect_for
    from intake.desk import Desk
    from policies.library import Library

    return Desk(await connect_for(settings), Library(settings.policies), plain_customers=settings.plain_customers)


def now() -> datetime:
    """The present instant (UTC)."""
    return datetime.now(UTC)


def print_receipt(receipt: Any, as_json: bool, said: str) -> None:
    """What became of a ticket or an event, as JSON or as one sentence."""
    typer.echo(receipt.model_dump_json(indent=2) if as_json else f"Ticket {receipt.ticket_id} {said}.")
