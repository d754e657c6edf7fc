"""The documents say what is there, all of it, and nothing else."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main
from typer.core import TyperGroup

import cli.main
from cli.commands import policy, ticket
from worker.settings import Settings
from workflows import contract

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("sla", "policies", "activities", "workflows", "worker", "intake", "cli")
PAGES = sorted(
    page for page in ROOT.rglob("*.md") if not any(part.startswith(".") for part in page.relative_to(ROOT).parts)
)
ROW = re.compile(r"^\| `([^`]+)` \| (.+) \|$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
TYPED = re.compile(r"(?:^|`)(?:uv run )?holdfast ([a-z]+(?: [a-z]+)?)", re.MULTILINE)
VARIABLE = re.compile(r"HOLDFAST_[A-Z][A-Z_]*")


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def rows(name: str) -> dict[str, list[str]]:
    """The rows of a page's tables that begin with code: the other cells by the first."""
    return {match[1]: [cell.strip() for cell in match[2].split(" | ")] for match in ROW.finditer(text(name))}


def section(page: str, heading: str) -> str:
    """A page from one heading of the second level to the next."""
    return page.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def dependencies() -> dict[str, list[str]]:
    """The names of what pyproject.toml asks for, by the heading that docs/dependencies.md gives them."""
    project = tomllib.loads(text("pyproject.toml"))
    asked = {
        "At run time": project["project"]["dependencies"],
        "For development": project["dependency-groups"]["dev"],
        "For the benchmark": project["dependency-groups"]["bench"],
    }
    return {when: [re.split(r"[\[<>=~! ]", each)[0] for each in listed] for when, listed in asked.items()}


@pytest.mark.parametrize("when", ["At run time", "For development", "For the benchmark"])
def test_every_dependency_has_a_row_and_every_row_a_dependency(when: str) -> None:
    found = {match[1]: match[2].split(" | ") for match in ROW.finditer(section(text("docs/dependencies.md"), when))}
    assert list(found) == dependencies()[when]
    assert all(len(cells) == 2 and cells[0] for cells in found.values())


def variables_read() -> set[str]:
    """Every HOLDFAST_ variable: the fields of the settings, and those that code spells out."""
    code = "".join(path.read_text(encoding="utf-8") for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    return set(VARIABLE.findall(code)) | {f"HOLDFAST_{name.upper()}" for name in Settings.model_fields}


def test_every_setting_has_a_row_and_every_row_a_setting() -> None:
    documented = {name for name in rows("docs/settings.md") if name.startswith("HOLDFAST_")}
    assert documented == variables_read()


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_a_setting_shows_its_default(name: str) -> None:
    default = Settings.model_fields[name].default
    shown = f"`{default}`" if default not in (None, "") else "–"
    assert rows("docs/settings.md")[f"HOLDFAST_{name.upper()}"][0] == shown


def test_no_page_names_a_setting_that_does_not_exist() -> None:
    for page in PAGES:
        unknown = set(VARIABLE.findall(page.read_text(encoding="utf-8"))) - variables_read()
        assert {name for name in unknown if not name.endswith("_")} == set(), page


def commands() -> Iterator[str]:
    """Every command of `holdfast`, as a user types it."""
    top = typer.main.get_command(cli.main.app)
    assert isinstance(top, TyperGroup)
    groups = {"ticket": ticket.app, "policy": policy.app}
    yield from (f"holdfast {name}" for name in top.commands if name not in groups)
    for group, app in groups.items():
        inner = typer.main.get_command(app)
        assert isinstance(inner, TyperGroup)
        yield from (f"holdfast {group} {name}" for name in inner.commands)


@pytest.mark.parametrize("command", list(commands()))
def test_every_command_is_named(command: str) -> None:
    named = re.compile(rf"\b{re.escape(command)}\b")
    assert any(named.search(page.read_text(encoding="utf-8")) for page in PAGES)


def typed(page: str) -> Iterator[str]:
    """Every command of `holdfast` that a page shows as code."""
    for code in (*FENCE.findall(page), *re.findall(r"`[^`\n]+`", page)):
        for match in TYPED.finditer(code):
            yield match[1] if match[1].startswith(("ticket ", "policy ")) else match[1].split()[0]


def test_no_page_names_a_command_that_does_not_exist() -> None:
    known = {command.removeprefix("holdfast ") for command in commands()} | {"ticket", "policy"}
    for page in PAGES:
        assert set(typed(page.read_text(encoding="utf-8"))) <= known, page


def test_the_contract_is_on_the_page() -> None:
    page = text("docs/intake.md")
    names = {contract.WORKFLOW, contract.TASK_QUEUE, contract.STATUS, contract.TIMELINE, contract.STATE}
    for name in (*names, *contract.SIGNALS):
        assert f"`{name}`" in section(page, "The contract"), name
    table = {
        name
        for row in re.findall(r"^\| (`[^|]+) \|", section(page, "Reading"), re.MULTILINE)
        for name in row.split(", ")
    }
    assert table == {f"`{key.name}`" for key in contract.SEARCH_ATTRIBUTES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_point_to_files_that_exist(page: Path) -> None:
    for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        if not re.match(r"[a-z]+:|#", target):
            assert (page.parent / target.partition("#")[0]).exists(), target


def test_every_module_that_the_architecture_names_exists_and_every_room_is_named() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z_/]+\.py)`", page))
    assert len(named) > 20
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []
    rooms = {path.parent.name for path in (ROOT / "sla").glob("*/__init__.py")}
    assert rooms <= {name.split("/")[1] for name in named if name.startswith("sla/")}


def test_records_of_decisions_are_numbered_without_gaps() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [path.name[:4] for path in records] == [f"{number:04}" for number in range(1, len(records) + 1)]
    for path in records:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith(f"# {path.name[:4]}: ")
        assert any(line.startswith("Status: ") for line in lines)
        assert [line for line in lines if line.startswith("## ")] == ["## Context", "## Decision", "## Consequences"]
        assert len(lines) <= 40, path
