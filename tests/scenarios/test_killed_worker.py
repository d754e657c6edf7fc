"""A worker that is killed while it sends: what had not begun is sent later, what had begun is left to a person."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from outside import SmtpSink, say, smtp_sink, stall
from temporalio.client import Client

from cli.local.embedded_server import embedded_server
from intake.desk import Desk
from policies.library import Library
from sla.inputs.ticket import Ticket
from sla.state.timeline import What
from worker.search_attributes import register_attributes
from worker.temporal import connect

HOLDFAST = Path(sys.executable).with_name("holdfast")


@asynccontextmanager
async def killable_worker(address: str, sink: SmtpSink) -> AsyncGenerator[asyncio.subprocess.Process, None]:
    smtp = {
        "HOLDFAST_CHANNEL": "email",
        "HOLDFAST_SMTP_HOST": "127.0.0.1",
        "HOLDFAST_SMTP_PORT": str(sink.port),
        "HOLDFAST_SMTP_TLS": "none",
        "TEMPORAL_ADDRESS": address,
    }
    process = await asyncio.create_subprocess_exec(HOLDFAST, "worker", env={**os.environ, **smtp})
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def opened(client: Client, identity: str) -> None:
    facts = {"subject": "Restore fails", "customer": {"email": "kim@customer.example"}, "policy": "crashplan"}
    ticket = Ticket.model_validate({**facts, "id": identity, "severity": "high", "opened_at": datetime.now(UTC)})
    await Desk(client, Library()).open(ticket)


async def until(holds: Callable[[], bool], seconds: float = 40) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def told(client: Client, identity: str, what: What) -> str:
    """The first line of a ticket's timeline of a kind."""
    desk = Desk(client, Library())
    async with asyncio.timeout(60):
        while True:
            for line in await desk.timeline(identity):
                if line.what is what:
                    return line.text
            await asyncio.sleep(0.2)


@pytest.mark.slow
async def test_only_a_message_that_had_begun_is_uncertain_after_a_kill() -> None:
    begun = asyncio.Event()

    async def first_speaks_then_silence(writer: asyncio.StreamWriter) -> None:
        await (stall if begun.is_set() else say("220 sink"))(writer)

    async with (
        embedded_server(data=None, ui=False) as server,
        smtp_sink(dot=stall, banner=first_speaks_then_silence) as sink,
    ):
        client = await connect(server.address)
        await register_attributes(client)
        async with killable_worker(server.address, sink) as worker:
            await opened(client, "T-begun")
            await until(lambda: len(sink.mails) == 1)
            begun.set()
            await opened(client, "T-waiting")
            await until(lambda: len(sink.talking) == 2)
            worker.kill()
        sink.steps.clear()
        async with killable_worker(server.address, sink):
            uncertain, waiting = await asyncio.gather(
                told(client, "T-begun", What.UNCERTAIN), told(client, "T-waiting", What.UNDELIVERED)
            )
        assert "the attempt gave no answer" in uncertain
        assert "the attempt gave no answer" in waiting
        assert len(sink.mails) >= 1
