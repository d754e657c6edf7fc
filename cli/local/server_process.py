"""The server as a process: started in a session of its own, found again, and ended in order."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from sla.base.errors import ServerUnreachable

GRACE_SECONDS = 5.0
_PROC = Path("/proc/self/stat").exists()


def server_environment() -> dict[str, str]:
    """Our environment without our settings and Temporal's.

    The CLI takes defaults from TEMPORAL_*, and does not start with a TEMPORAL_ENV that it does not know. HOLDFAST_*
    holds the password of the mail server.
    """
    return {name: value for name, value in os.environ.items() if not name.startswith(("TEMPORAL_", "HOLDFAST_"))}


def spawn_server(command: list[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
    """The server's process, in a session of its own: Ctrl-C reaches us alone. Its files are for their owner alone.

    Raises ServerUnreachable if the command cannot be run.
    """
    null, env = subprocess.DEVNULL, server_environment()
    try:
        return subprocess.Popen(
            command, stdin=null, stdout=log, stderr=log, env=env, start_new_session=True, umask=0o077
        )
    except OSError as error:
        raise ServerUnreachable(f"The Temporal CLI cannot be run: {error}.") from error


def end_server(server: subprocess.Popen[bytes]) -> None:
    """End our own server, if it still runs."""
    if server.poll() is None and end_process(server.pid):
        server.wait()


def end_process(pid: int) -> bool:
    """SIGTERM, a grace, SIGKILL: whether the process has then ended."""
    started = started_at(pid)
    for sign in (signal.SIGTERM, signal.SIGKILL):
        deadline = time.monotonic() + GRACE_SECONDS
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, sign)
        while time.monotonic() < deadline:
            if started is None or started_at(pid) != started:
                return True
            time.sleep(0.05)
    return False


def started_at(pid: int) -> str | None:
    """What tells the process from a later one with the same pid; None if it has ended."""
    return _processes().get(pid, (None, ""))[0]


def processes_with(*words: str) -> list[int]:
    """Live processes that have these words in their command line, one after another."""
    gap = "\0" if _PROC else " "
    part = gap + gap.join(words) + gap
    return [pid for pid, (_, command) in _processes().items() if part in command]


def _processes() -> dict[int, tuple[str, str]]:
    """When it was started and its command line, for every live process. `ps` knows the latter alone."""
    if not _PROC:
        ps = subprocess.run(["ps", "-axww", "-o", "pid=", "-o", "command="], capture_output=True, text=True)
        rows = (line.strip().partition(" ") for line in ps.stdout.splitlines())
        return {int(pid): (command, f" {command} ") for pid, _, command in rows}
    found: dict[int, tuple[str, str]] = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            state, *rest = (process / "stat").read_text(errors="replace").rpartition(")")[2].split()
            if state not in "ZX":
                found[int(process.name)] = rest[18], os.fsdecode((process / "cmdline").read_bytes())
    return found
