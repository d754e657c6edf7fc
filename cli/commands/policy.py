"""`holdfast policy …`: policies from a terminal."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.commands import policy_due
from cli.commands.options import settings_with
from policies.library import Library
from policies.review import Reviewed, review
from sla.base.errors import PolicyError
from sla.base.fields import Record

app = typer.Typer(help="Look at policies.", no_args_is_help=True, pretty_exceptions_enable=False)
app.add_typer(policy_due.app)


class Listed(Record):
    """A policy at hand; where it cannot be used, only its name and the first complaint."""

    policy: str
    title: str | None = None
    revision: date | None = None
    plans: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    error: str | None = None


@app.command("list")
def list_policies(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """The policies at hand."""
    library = Library(settings_with().policies)
    found = [_listed(library, name) for name in library.names()]
    if as_json:
        typer.echo(json.dumps([each.model_dump(mode="json") for each in found], indent=2, ensure_ascii=False))
        return
    for each in found:
        typer.echo(_line(each))


def _listed(library: Library, name: str) -> Listed:
    try:
        policy = library.load(name)
    except PolicyError as error:
        return Listed(policy=name, error=str(error).splitlines()[0])
    return Listed(
        policy=name,
        title=policy.title,
        revision=policy.revision,
        plans=tuple(policy.plans),
        severities=tuple(policy.severities),
    )


def _line(listed: Listed) -> str:
    if listed.error is not None:
        return f"{listed.policy}\n  cannot be used: {listed.error}"
    plans, severities = ", ".join(listed.plans), ", ".join(listed.severities)
    return f"{listed.policy}: {listed.title}\n  plans {plans}\n  severities {severities}"


@app.command()
def check(
    files: Annotated[list[str] | None, typer.Argument(help="Policy files or names; all at hand if left out.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Refuse what is otherwise only warned of.")] = False,
) -> None:
    """Read policies and refuse what is wrong, with file:line:column; warn of what is hardly meant.

    Each complaint begins its own line, so that editors and CI find the place; the exit code is 2.
    """
    from cli.inputs.policy_lookup import policy_files

    library = Library(settings_with().policies)
    paths = [path for name in files for path in policy_files(name, library)] if files else library.files()
    today = datetime.now().astimezone().date()
    wrong = [problem for path in paths if (problem := _problem(path, today, strict))]
    if wrong:
        typer.echo("\n".join(wrong), err=True)
        raise typer.Exit(2)


def _problem(file: Path, today: date, strict: bool) -> str | None:
    """Says on stdout what a file only deserves a warning for; what is wrong with it, if anything."""
    try:
        reviewed = review(file, today)
    except PolicyError as error:
        return str(error)
    if strict and reviewed.warnings:
        return "\n".join(reviewed.warnings)
    typer.echo("\n".join((*reviewed.warnings, _verdict(reviewed))))
    return None


def _verdict(reviewed: Reviewed) -> str:
    count = len(reviewed.warnings)
    warned = f", {count} warning{'s' if count > 1 else ''}" if count else ""
    return f"{reviewed.policy.policy}: no complaints{warned}"


@app.command()
def show(
    policy: Annotated[str, typer.Argument(help="A policy's name, or the path of its file.")],
    plan: Annotated[str | None, typer.Option("--plan", help="Only this plan.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole policy as JSON, as it was read.")] = False,
) -> None:
    """The whole of a policy: what each plan promises, and what is done when."""
    from rich.console import Console

    from cli.inputs.policy_lookup import find_policy
    from cli.output.policy_matrix import show_policy

    found = find_policy(policy, settings_with())
    if as_json:
        typer.echo(found.model_dump_json(indent=2, by_alias=True))
        return
    show_policy(Console(width=80, highlight=False), found, plan)
