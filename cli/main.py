"""The one console script. Exit codes: 0 done, 2 bad input, 3 no such ticket, 4 server unreachable, 1 anything else."""

import os
import sys
from contextlib import suppress
from typing import NoReturn

import typer
from typer.exceptions import TyperException

from cli.commands import policy, ticket, top_level
from sla.base.errors import HoldfastError, ReplayFailed, ServerUnreachable, TicketNotFound

app = typer.Typer(
    help="Holdfast keeps support promises: every ticket is one durable workflow.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(top_level.app)
app.add_typer(ticket.app, name="ticket")
app.add_typer(policy.app, name="policy")


def exit_code(error: HoldfastError) -> int:
    """The code that a shell sees for an error."""
    match error:
        case TicketNotFound():
            return 3
        case ServerUnreachable():
            return 4
        case ReplayFailed():
            return 1
        case _:
            return 2


def main() -> None:
    """Entry point: an error is one clear sentence on stderr and an exit code, never a traceback."""
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
