"""`holdfast policy …`: policies from a terminal."""

from pathlib import Path
from typing import Annotated

import typer

from intake import foresight_commands
from intake.cli import settings_with
from policies.library import Library, misnamed, read_policy
from sla.errors import PolicyError

app = typer.Typer(help="Look at policies.", no_args_is_help=True, pretty_exceptions_enable=False)
app.add_typer(foresight_commands.app)


@app.command("list")
def list_policies() -> None:
    """The policies at hand."""
    library = Library(settings_with().policies)
    for name in library.names():
        typer.echo(_line(library, name))


def _line(library: Library, name: str) -> str:
    try:
        policy = library.load(name)
    except PolicyError as error:
        return f"{name}\n  cannot be used: {str(error).splitlines()[0]}"
    return f"{name}: {policy.title}\n  plans {', '.join(policy.plans)}\n  severities {', '.join(policy.severities)}"


@app.command()
def check(
    files: Annotated[list[Path] | None, typer.Argument(help="Policy files; all at hand if left out.")] = None,
) -> None:
    """Read policies and refuse what is wrong, with file:line:column."""
    library = Library(settings_with().policies)
    wrong = [problem for file in files or library.files() if (problem := _problem(file))]
    if wrong:
        raise PolicyError("\n".join(wrong))
    typer.echo("No complaints.")


def _problem(file: Path) -> str | None:
    try:
        policy = read_policy(file)
    except PolicyError as error:
        return str(error)
    why = misnamed(file, policy)
    return f"{file}:1:1: {why}" if why else None
