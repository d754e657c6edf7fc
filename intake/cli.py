"""The one console script. Exit codes: 0 done, 2 bad input, 3 no such ticket, 4 server unreachable, 1 anything else."""

import asyncio
import os
import sys
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.exceptions import TyperException

from sla.base.errors import HoldfastError, ServerUnreachable, TicketNotFound

app = typer.Typer(
    help="Holdfast keeps support promises: every ticket is one durable workflow.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

Data = Annotated[Path | None, typer.Option("--data", help="Data directory of the embedded server.")]


def exit_code(error: HoldfastError) -> int:
    """The code that a shell sees for an error."""
    match error:
        case TicketNotFound():
            return 3
        case ServerUnreachable():
            return 4
        case _:
            return 2


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a command to its end."""
    asyncio.run(work)


def settings_with(data: Path | None = None, **changes: Any) -> Any:
    """The settings of the environment, with what the command line says instead."""
    from worker.settings import read_settings

    given = {key: value for key, value in {"data": data, **changes}.items() if value is not None}
    return read_settings().model_copy(update=given)


@app.command()
def demo(
    file: Annotated[Path | None, typer.Option("--file", help="Tickets and events to play.")] = None,
    outbox: Annotated[Path | None, typer.Option("--outbox", help="Where the mails are written.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave server and UI running until Ctrl-C.")] = False,
) -> None:
    """Watch real tickets live under real policies, days in seconds."""
    from intake.demo import play

    run(play(settings_with(outbox=outbox, channel="outbox"), file, keep=keep))


@app.command()
def simulate(
    policy: Annotated[str, typer.Argument(metavar="POLICY", help="Name of a policy, or the path of its file.")],
    events: Annotated[Path, typer.Option("--events", help="JSON or YAML file of what happens, in order.")],
    until: Annotated[
        str | None, typer.Option("--until", help="Stop there, ISO 8601 with an offset; else when nothing is due.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Play a script of events under a policy, without a server, and tell all that would happen."""
    from intake.simulation import simulate as play

    play(policy, events, until, settings_with(), as_json=as_json)


@app.command()
def up(data: Data = None) -> None:
    """Server, worker and health page in one process, kept in a data directory."""
    from intake.up import up as start

    run(start(settings_with(data), typer.echo))


@app.command()
def worker(data: Data = None) -> None:
    """The worker alone, for a cluster of one's own."""
    from intake.up import work

    run(work(settings_with(data), typer.echo))


@app.command()
def serve(data: Data = None) -> None:
    """The health page alone."""
    from intake.up import serve as start

    run(start(settings_with(data), typer.echo))


@app.command()
def setup(data: Data = None) -> None:
    """Register the search attributes with the cluster; safe to repeat."""
    from intake.up import setup as register

    run(register(settings_with(data), typer.echo))


def main() -> None:
    """Entry point: an error is one clear sentence on stderr and an exit code, never a traceback."""
    from intake import policy_commands, ticket_commands

    if not app.registered_groups:  # a process may come here more than once
        app.add_typer(ticket_commands.app, name="ticket")
        app.add_typer(policy_commands.app, name="policy")
    _leave(_run_app())


def _run_app() -> int:
    """Run the command line; its exit code."""
    try:
        code = app(standalone_mode=False)
        return code if isinstance(code, int) else 0
    except TyperException as error:
        if message := error.format_message():  # nothing where the help was shown instead
            typer.echo(f"holdfast: {' '.join(message.split())}", err=True)
        return 2
    except typer.Abort:
        return 130
    except HoldfastError as error:
        typer.echo(f"holdfast: {error}", err=True)
        return exit_code(error)
    except BrokenPipeError:
        return 1
    except OSError as error:
        typer.echo(f"holdfast: {error.filename or 'the system'}: {error.strerror or error}", err=True)
        return 2
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        if os.environ.get("HOLDFAST_DEBUG"):
            raise
        typer.echo(f"holdfast: unexpected {type(error).__name__}: {error} (HOLDFAST_DEBUG=1 shows where)", err=True)
        return 1


def _leave(code: int) -> NoReturn:
    """End at once. Hazard: with a Temporal client in the process, tearing the interpreter down can abort it
    (PyGILState_Release, status 134) after all work is done, and a shell would take that for a failure.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(BrokenPipeError):
            stream.flush()
    os._exit(code)
