"""The container files, checked without a container engine."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest
import typer.main
from ruamel.yaml import YAML

import cli.main
from worker.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
OURS = ("holdfast-setup", "worker", "http")
SECRET = re.compile(r"PASSWORD|PWD|SECRET|TOKEN|API_KEY|PRIVATE")
VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::?(?P<operator>[-?+])(?P<rest>[^}]*))?\}")


class Documented(NamedTuple):
    """One variable of .env.example."""

    value: str
    active: bool
    explained: bool


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def yaml(name: str) -> Any:
    return cast(Any, YAML(typ="safe", pure=True)).load(text(name))


COMPOSE: dict[str, Any] = yaml("docker-compose.yml")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
EACH_SERVICE = pytest.mark.parametrize("name", SERVICES)
EACH_OF_OURS = pytest.mark.parametrize("name", OURS)


def strings(node: Any) -> Iterator[str]:
    """Every scalar under a node, as compose would interpolate it; keys are never interpolated."""
    if isinstance(node, dict):
        for child in cast(dict[str, Any], node).values():
            yield from strings(child)
    elif isinstance(node, list):
        for child in cast(list[Any], node):
            yield from strings(child)
    elif node is not None:
        yield str(node)


def environment(name: str) -> dict[str, Any]:
    return SERVICES[name].get("environment", {})


def ports() -> list[tuple[str, str]]:
    """Each published port, as (service, "address:outside:inside")."""
    return [(name, resolved(str(port))) for name in SERVICES for port in SERVICES[name].get("ports", [])]


def mounts() -> list[str]:
    return [mount for service in SERVICES.values() for mount in service.get("volumes", [])]


def passed_through() -> set[str]:
    """Keys without a value: compose takes them from .env, or leaves them out."""
    return {key for name in SERVICES for key, value in environment(name).items() if value is None}


def interpolated() -> dict[str, set[tuple[str, str]]]:
    """Each ${VARIABLE} with every (operator, default or message) it is used with."""
    found: dict[str, set[tuple[str, str]]] = {}
    for string in strings(COMPOSE):
        for match in VARIABLE.finditer(string):
            use = (match["operator"] or "", match["rest"] or "")
            found.setdefault(match["name"], set()).add(use)
    return found


def documented() -> dict[str, Documented]:
    found: dict[str, Documented] = {}
    above = ""
    for line in text(".env.example").splitlines():
        if match := re.fullmatch(r"(#?)([A-Z][A-Z0-9_]*)=(.*)", line):
            found[match[2]] = Documented(match[3], not match[1], above.startswith("# "))
        above = line
    return found


def resolved(string: str) -> str:
    """The string with every default filled in; a required variable becomes a visible mark."""
    return VARIABLE.sub(lambda match: match["rest"] if match["operator"] == "-" else "<required>", string)


def tag(name: str) -> str:
    return resolved(SERVICES[name]["image"]).rpartition(":")[2]


def seconds(duration: str) -> int:
    assert re.fullmatch(r"\d+s", duration), duration
    return int(duration[:-1])


def test_env_example_names_exactly_the_variables_that_compose_reads() -> None:
    assert set(documented()) == set(interpolated()) | passed_through()


def test_every_variable_in_env_example_is_explained_by_the_line_above() -> None:
    assert [name for name, entry in documented().items() if not entry.explained] == []


def test_only_required_variables_are_active_in_env_example_and_they_are_empty() -> None:
    required = {name for name, uses in interpolated().items() if any(operator == "?" for operator, _ in uses)}
    active = {name: entry.value for name, entry in documented().items() if entry.active}
    assert active == dict.fromkeys(required, "")


def test_env_example_shows_the_default_that_compose_uses() -> None:
    shown = documented()
    optional = {name: uses for name, uses in interpolated().items() if not shown[name].active}
    assert optional == {name: {("-", shown[name].value)} for name in optional}


def test_a_variable_written_without_braces_cannot_hide() -> None:
    assert [s for s in strings(COMPOSE) if "$" in VARIABLE.sub("", s)] == []


def test_no_secret_has_a_value() -> None:
    defaults = {n: uses for n, uses in interpolated().items() if SECRET.search(n) and any(op != "?" for op, _ in uses)}
    literals = [
        f"{name}: {key}"
        for name in SERVICES
        for key, value in environment(name).items()
        if SECRET.search(key) and value is not None and not VARIABLE.fullmatch(str(value))
    ]
    shown = [name for name, entry in documented().items() if SECRET.search(name) and entry.value]
    assert (defaults, literals, shown) == ({}, [], [])


def test_the_image_holds_no_secret() -> None:
    assert [line for line in text("Dockerfile").splitlines() if SECRET.search(line.upper())] == []


def test_every_holdfast_variable_is_a_setting() -> None:
    settings = {f"HOLDFAST_{field.upper()}" for field in Settings.model_fields}
    used = re.findall(r"\bHOLDFAST_\w+", text("docker-compose.yml") + text("Dockerfile") + text(".env.example"))
    assert set(used) - settings == set()


def test_every_published_port_is_bound_to_loopback() -> None:
    assert [port for port in ports() if not re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port[1])] == []


def test_no_two_services_publish_the_same_port() -> None:
    outside = [port.split(":")[1] for _, port in ports()]
    assert len(outside) == len(set(outside)) > 0


def test_the_database_and_the_mail_catcher_listen_inside_only() -> None:
    assert {"5432", "1025"}.isdisjoint(port.rsplit(":", 1)[1] for _, port in ports())


@EACH_SERVICE
def test_every_image_has_an_explicit_tag(name: str) -> None:
    assert re.fullmatch(r"\w[\w.-]*", tag(name))
    assert tag(name) != "latest"


@EACH_SERVICE
def test_every_service_gives_up_new_privileges_and_limits_its_log(name: str) -> None:
    service = SERVICES[name]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["logging"]["options"].keys() == {"max-size", "max-file"}
    assert not {"privileged", "cap_add", "network_mode", "pid", "ipc"} & service.keys()


@EACH_OF_OURS
def test_our_services_are_confined(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["tmpfs"] == ["/tmp"]
    assert int(service["user"].split(":")[0]) > 0
    assert set(service.get("volumes", [])) <= {"outbox:/outbox"}


@EACH_SERVICE
def test_every_dependency_names_a_service_that_can_meet_it(name: str) -> None:
    for other, terms in SERVICES[name].get("depends_on", {}).items():
        match terms["condition"]:
            case "service_healthy":
                assert "healthcheck" in SERVICES[other]
            case "service_completed_successfully":
                assert SERVICES[other]["restart"].startswith("on-failure")
            case condition:
                pytest.fail(f"{name} waits for {other} by {condition}")


@EACH_SERVICE
def test_every_service_says_when_it_starts_again(name: str) -> None:
    jobs = {"temporal-schema", "temporal-namespace", "holdfast-setup"}
    expected = "on-failure:10" if name in jobs else "unless-stopped"
    assert SERVICES[name]["restart"] == expected


@pytest.mark.parametrize("name", ["worker", "http"])
def test_docker_waits_longer_than_the_drain(name: str) -> None:
    assert seconds(SERVICES[name]["stop_grace_period"]) > int(environment(name)["HOLDFAST_DRAIN_SECONDS"])


@EACH_OF_OURS
def test_our_commands_exist(name: str) -> None:
    commands = cast(Any, typer.main.get_command(cli.main.app)).commands
    assert SERVICES[name]["command"][0] in commands


def test_every_named_volume_is_declared_and_used() -> None:
    named = {mount.split(":")[0] for mount in mounts() if not mount.startswith((".", "/"))}
    assert named == set(COMPOSE["volumes"])


def test_every_mounted_file_exists_and_is_read_only() -> None:
    files = [mount.split(":") for mount in mounts() if mount.startswith((".", "/"))]
    assert [mount for mount in files if not (ROOT / mount[0]).is_file() or mount[2:] != ["ro"]] == []


def test_the_number_of_shards_never_changes() -> None:
    assert environment("temporal")["NUM_HISTORY_SHARDS"] == "4", "existing databases were made with 4 for ever"


def test_the_stack_runs_the_temporal_version_that_we_test_with() -> None:
    cli = shutil.which("temporal", path=str(Path(sys.executable).parent))
    assert cli is not None
    version = subprocess.run([cli, "--version"], check=True, capture_output=True, text=True, timeout=30).stdout
    ours = {name: tag(name) for name in ("temporal-schema", "temporal", "temporal-namespace")}
    assert set(ours.values()) == {re.findall(r"Server ([\d.]+)", version)[0]}
    assert tag("temporal-ui") == re.findall(r"UI ([\d.]+)", version)[0]


@pytest.mark.parametrize("script", sorted((ROOT / "deploy").rglob("*.sh")), ids=lambda path: path.name)
def test_scripts_stop_at_the_first_error_and_parse(script: Path) -> None:
    shell = shutil.which("sh")
    assert shell is not None
    lines = script.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!/bin/sh"
    assert "set -eu" in lines
    subprocess.run([shell, "-n", str(script)], check=True, timeout=10)


@pytest.mark.parametrize("name", ["temporal-schema", "temporal-namespace"])
def test_each_job_runs_the_script_that_it_mounts(name: str) -> None:
    service = SERVICES[name]
    targets = [mount.split(":")[1] for mount in service["volumes"]]
    assert service["entrypoint"] == ["/bin/sh", *targets]


def test_the_server_reads_the_dynamic_configuration_that_is_mounted() -> None:
    targets = [mount.split(":")[1] for mount in SERVICES["temporal"]["volumes"]]
    assert environment("temporal")["DYNAMIC_CONFIG_FILE_PATH"] in targets
    assert yaml("deploy/temporal/dynamicconfig.yaml")["limit.maxIDLength"][0]["value"] == 255


def test_the_image_is_built_from_the_lock_file_and_does_not_run_as_root() -> None:
    lines = text("Dockerfile").splitlines()
    final = lines[max(n for n, line in enumerate(lines) if line.startswith("FROM ")) :]
    users = [line.split()[1] for line in final if line.startswith("USER ")]
    syncs = [line for line in lines if "uv sync" in line]
    assert int(users[-1].split(":")[0]) > 0
    assert 'ENTRYPOINT ["holdfast"]' in final
    assert len(syncs) == 2
    assert all({"--locked", "--no-dev", "--no-editable"} <= set(line.split()) for line in syncs)
    assert re.search(r"uv==\d+\.\d+\.\d+$", text("Dockerfile"), re.MULTILINE)


def test_the_image_gets_every_package_of_the_wheel_and_nothing_else() -> None:
    wheel = re.search(r"^packages = \[(.*)\]$", text("pyproject.toml"), re.MULTILINE)
    assert wheel is not None
    packages = set(re.findall(r'"(\w+)"', wheel[1]))
    copied = re.findall(r"^COPY (?!--from)(.*) \S+$", text("Dockerfile"), re.MULTILINE)
    sources = {source for line in copied for source in line.split()}
    ignore = text(".dockerignore").splitlines()
    allowed = {line[1:] for line in ignore if line.startswith("!")}
    assert sources == allowed == packages | {"pyproject.toml", "uv.lock", "README.md", "LICENSE"}
    assert next(line for line in ignore if not line.startswith("#")) == "*"
