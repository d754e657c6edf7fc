"""The wheel: our seven packages with their data and nothing besides, and a console script that works from anywhere."""

import importlib.metadata
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from outside import ROOT, environment

ROOMS = {"sla", "policies", "activities", "workflows", "worker", "intake", "cli"}

VENDORS = ["acronis", "crashplan", "kasten", "novastor", "ownbackup", "veeam"]


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    """The output of a command that must succeed."""
    ended = subprocess.run(command, cwd=cwd, env=environment(**variables), capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run("uv", "build", "--wheel", "--quiet", "--out-dir", folder, cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}


def in_the_tree() -> set[str]:
    """What the rooms hold that is source or data."""
    files = (file for room in ROOMS for file in (ROOT / room).rglob("*") if file.suffix in {".py", ".yaml"})
    return {file.relative_to(ROOT).as_posix() for file in files}


@pytest.mark.slow
def test_it_holds_our_six_rooms_whole_and_nothing_else(wheel: Path) -> None:
    names = contents(wheel)
    metadata = {name for name in names if name.split("/")[0].endswith(".dist-info")}
    inside = {name for name in names - metadata if name.split("/")[0] in ROOMS}
    assert names - metadata - inside == set()
    assert {name.split("/")[0] for name in inside} == ROOMS
    assert in_the_tree() <= inside
    assert {name.rpartition(".")[2] for name in inside} <= {"py", "yaml", "typed"}
    assert {name.split("/", 1)[1] for name in metadata} == {
        "METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"
    }  # fmt: skip


@pytest.mark.slow
def test_policies_and_messages_are_in_it(wheel: Path) -> None:
    vendors = {f"policies/vendors/{name}.yaml" for name in VENDORS}
    assert {"policies/messages.yaml", *vendors} <= contents(wheel)


@pytest.mark.slow
def test_the_tickets_that_the_demo_plays_are_in_it(wheel: Path) -> None:
    """cli.programs.demo looks for them beside itself when it is installed."""
    assert "cli/examples/tickets.yaml" in contents(wheel)


@pytest.mark.slow
def test_it_says_that_it_is_not_for_upload_and_names_one_script(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (folder,) = {name.split("/")[0] for name in archive.namelist() if ".dist-info/" in name}
        metadata = archive.read(f"{folder}/METADATA").decode()
        scripts = archive.read(f"{folder}/entry_points.txt").decode().split("\n")
    assert "Classifier: Private :: Do Not Upload" in metadata
    assert [line for line in scripts if " = " in line] == ["holdfast = cli.main:main"]


@pytest.mark.slow
def test_installed_into_a_fresh_environment_it_works_from_another_directory(wheel: Path, tmp_path: Path) -> None:
    """The libraries come from this environment by PYTHONPATH, without its `.pth` files: not our tree."""
    home, elsewhere = tmp_path / "venv", tmp_path / "elsewhere"
    elsewhere.mkdir()
    run("uv", "venv", "--quiet", "--python", sys.executable, home, cwd=tmp_path)
    python = home / "bin" / "python"
    run("uv", "pip", "install", "--quiet", "--offline", "--no-deps", "--python", python, wheel, cwd=tmp_path)
    libraries = {"PYTHONPATH": sysconfig.get_paths()["purelib"]}
    where = "import cli, policies; print(cli.__file__, policies.__file__)"
    found = run(python, "-P", "-c", where, cwd=elsewhere, **libraries).split()
    assert all(Path(file).is_relative_to(home) for file in found), found
    listed = run(home / "bin" / "holdfast", "policy", "list", cwd=elsewhere, **libraries)
    named = [line.partition(":")[0] for line in listed.splitlines() if not line.startswith(" ")]
    assert named == VENDORS
    checked = run(home / "bin" / "holdfast", "policy", "check", cwd=elsewhere, **libraries)
    assert "acronis: no complaints" in checked
    assert list(elsewhere.iterdir()) == []


def test_our_names_belong_to_nobody_else_here() -> None:
    """`workflows` and others are common words: another package of that name would be imported in our place."""
    owners = importlib.metadata.packages_distributions()
    claimed = {room: set(owners.get(room, [])) for room in ROOMS}
    assert {room: names for room, names in claimed.items() if names - {"holdfast"}} == {}
    assert "holdfast" in {each.metadata["Name"] for each in importlib.metadata.distributions()}
    for room in ROOMS:
        origin = importlib.import_module(room).__file__
        assert origin
        assert Path(origin).is_relative_to(ROOT)
        assert os.access(origin, os.R_OK)
