"""The commands without a group: `holdfast demo`, `simulate`, `up`, `worker`, `serve` and `setup`."""

from pathlib import Path
from typing import Annotated

import typer

from cli.commands.options import Data, run, settings_with

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def demo(
    file: Annotated[Path | None, typer.Option("--file", help="Tickets and events to play.")] = None,
    outbox: Annotated[Path | None, typer.Option("--outbox", help="Where the mails are written.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave server and UI running until Ctrl-C.")] = False,
) -> None:
    """Watch real tickets live under real policies, days in seconds."""
    from cli.programs.demo import play

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
    from cli.programs.simulation import simulate as play

    play(policy, events, until, settings_with(), as_json=as_json)


@app.command()
def up(data: Data = None) -> None:
    """Server, worker and health page in one process, kept in a data directory."""
    from cli.programs.services import up as start

    run(start(settings_with(data), typer.echo))


@app.command()
def worker(data: Data = None) -> None:
    """The worker alone, for a cluster of one's own."""
    from cli.programs.services import work

    run(work(settings_with(data), typer.echo))


@app.command()
def replay(data: Data = None) -> None:
    """Before an upgrade: replay every open ticket with the code that is installed here. It only reads."""
    from cli.programs.services import replay_all

    run(replay_all(settings_with(data), typer.echo))


@app.command()
def serve(data: Data = None) -> None:
    """The health page alone."""
    from cli.programs.services import serve as start

    run(start(settings_with(data), typer.echo))


@app.command()
def setup(data: Data = None) -> None:
    """Register the search attributes with the cluster; safe to repeat."""
    from cli.programs.services import setup as register

    run(register(settings_with(data), typer.echo))
