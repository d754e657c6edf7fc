"""The outside for tests: a message to send, an SMTP server that fails on request, and Holdfast as a real process."""

import asyncio
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sla.state.notification import Notification

ROOT = Path(__file__).resolve().parents[1]
HOLDFAST = Path(sys.executable).with_name("holdfast")
DUE = datetime(2026, 6, 15, 13, 5, 7, tzinfo=UTC)


def notification(**fields: Any) -> Notification:
    """A message with what a test does not care about filled in."""
    facts: dict[str, Any] = {
        "id": "T-1+follow_up-1-1",
        "ticket_id": "T-1",
        "audience": "customer",
        "to": "kim@customer.example",
        "to_name": "Kim",
        "message": "follow_up",
        "subject": "[T-1] Restore fails",
        "body": "Hello,\n\nRestore fails\n",
        "due_at": DUE,
    }
    return Notification.model_validate({**facts, **fields})


# An SMTP server that fails on request

Action = Callable[[asyncio.StreamWriter], Awaitable[None]]


class HangUp(Exception):
    """The sink ends the conversation."""


def say(text: str) -> Action:
    """Answer."""

    async def act(writer: asyncio.StreamWriter) -> None:
        writer.write(text.encode() + b"\r\n")
        await writer.drain()

    return act


def after(seconds: float, text: str) -> Action:
    """Answer late."""

    async def act(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(seconds)
        await say(text)(writer)

    return act


async def drop(writer: asyncio.StreamWriter) -> None:
    """Reset the connection."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    raise HangUp


async def leave(writer: asyncio.StreamWriter) -> None:
    """Close the connection in order, without a word."""
    raise HangUp


async def stall(writer: asyncio.StreamWriter) -> None:
    """Say nothing, and keep the connection."""
    await asyncio.sleep(3600)


async def trickle(writer: asyncio.StreamWriter) -> None:
    """One more line of an answer that never ends, every 50 ms: no single read is slow."""
    while True:
        await say("250-still here")(writer)
        await asyncio.sleep(0.05)


USUAL: dict[str, Action] = {
    "banner": say("220 sink"),
    "EHLO": say("250 sink"),
    "MAIL": say("250 ok"),
    "RCPT": say("250 ok"),
    "DATA": say("354 go on"),
    "dot": say("250 taken"),
}


@dataclass
class SmtpSink:
    """Does as usual, except at the steps told. `mails` is written before the last answer is given.

    The step `mid-data` comes after 1,000 bytes of the message; the step `AUTH` makes the server offer a login.
    """

    steps: dict[str, Action]
    port: int = 0
    mails: list[bytes] = field(default_factory=list[bytes])
    heard: list[str] = field(default_factory=list[str])
    talking: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One conversation."""
        task = asyncio.current_task()
        assert task
        self.talking.add(task)
        try:
            with suppress(HangUp, OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._converse(reader, writer)
        finally:
            self.talking.discard(task)
            writer.transport.abort()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._do("banner", writer)
        while line := await reader.readline():
            self.heard.append(line.decode().strip())
            word = self.heard[-1].partition(" ")[0].upper()
            await self._do(word, writer)
            if word == "DATA":
                await self._take_mail(reader, writer)

    async def _do(self, step: str, writer: asyncio.StreamWriter) -> None:
        await {**USUAL, **self.steps}.get(step, say("502 what?"))(writer)

    async def _take_mail(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if "mid-data" in self.steps:
            await reader.readexactly(1000)
            await self._do("mid-data", writer)
        self.mails.append(await reader.readuntil(b"\r\n.\r\n"))
        await self._do("dot", writer)


@asynccontextmanager
async def smtp_sink(**steps: Action) -> AsyncGenerator[SmtpSink, None]:
    """A sink on a free port of 127.0.0.1, gone at the end of the block."""
    sink = SmtpSink(steps)
    server = await asyncio.start_server(sink.serve, "127.0.0.1", 0)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
        talking = tuple(sink.talking)
        for task in talking:
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)


# Holdfast as a real process


def environment(**settings: str) -> dict[str, str]:
    """The environment of a process that takes nothing from ours: no HOLDFAST_ or TEMPORAL_ variable but those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HOLDFAST_", "TEMPORAL_"))}
    return {**kept, "NO_COLOR": "1", **settings}


def processes_on(data: Path) -> set[int]:
    """Live processes that name the directory in their command line."""
    found: set[int] = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            state = (process / "stat").read_text().rpartition(")")[2].split()[0]
            if state not in "ZX" and any(os.fsencode(data) in word for word in words):
                found.add(int(process.name))
    return found


@dataclass
class Up:
    """A `holdfast up` on a data directory."""

    data: Path
    settings: dict[str, str]
    process: subprocess.Popen[bytes]

    @property
    def said(self) -> str:
        """What it printed."""
        return self.data.with_suffix(".out").read_text()

    @property
    def complained(self) -> str:
        """What it printed on stderr."""
        return self.data.with_suffix(".err").read_text()

    @property
    def url(self) -> str:
        """Its HTTP address."""
        return next(line.split()[1].removesuffix("/health") for line in self.said.splitlines() if "/health" in line)

    @property
    def temporal(self) -> str:
        """The address of its Temporal server."""
        return next(line.split()[-1] for line in self.said.splitlines() if line.startswith("Temporal"))

    def wait_until_up(self) -> None:
        """Until the addresses are printed, or it has ended."""
        deadline = time.monotonic() + 60
        while "/health" not in self.said and self.process.poll() is None:
            assert time.monotonic() < deadline, f"not up in 60 s: {self.complained}"
            time.sleep(0.05)

    def end(self, sign: signal.Signals = signal.SIGTERM) -> tuple[int, float]:
        """Send a signal and wait: exit status and seconds."""
        begun = time.monotonic()
        self.process.send_signal(sign)
        return self.process.wait(30), time.monotonic() - begun


def start_up(data: Path, **settings: str) -> Up:
    """Start `holdfast up`, not waiting for anything."""
    given = {"HOLDFAST_HTTP_PORT": "0", "HOLDFAST_OUTBOX": str(data.with_name("outbox")), **settings}
    with data.with_suffix(".out").open("wb") as out, data.with_suffix(".err").open("wb") as err:
        process = subprocess.Popen(
            [HOLDFAST, "up", "--data", data],
            env=environment(**given),
            cwd=data.parent,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    return Up(data, given, process)


@contextmanager
def holdfast_up(data: Path, **settings: str) -> Generator[Up, None, None]:
    """A running `holdfast up`; whatever is left of it at the end of the block is killed."""
    up = start_up(data, **settings)
    try:
        up.wait_until_up()
        yield up
    finally:
        if up.process.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                up.end()
        for pid in processes_on(data):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        up.process.wait()
