"""A worker that is killed or stopped while it sends: what had not begun is sent later, what had begun is left to a person."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from outside import SmtpSink, say, smtp_sink, stall
from temporalio import activity
from temporalio.client import Client
from temporalio.client import Interceptor as ClientInterceptor
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput
from temporalio.worker import Interceptor as WorkerInterceptor

from cli.local.embedded_server import embedded_server
from intake.desk import Desk
from policies.library import Library
from sla.inputs.ticket import Ticket
from sla.state.timeline import What
from worker.process import build_worker
from worker.search_attributes import register_attributes
from worker.settings import Settings
from worker.temporal import connect
from workflows.contract import SEND_NOTIFICATION

HOLDFAST = Path(sys.executable).with_name("holdfast")


@asynccontextmanager
async def killable_worker(address: str, sink: SmtpSink) -> AsyncGenerator[asyncio.subprocess.Process, None]:
    smtp = {
        "HOLDFAST_CHANNEL": "email",
        "HOLDFAST_SMTP_HOST": "127.0.0.1",
        "HOLDFAST_SMTP_PORT": str(sink.port),
        "HOLDFAST_SMTP_TLS": "none",
        "HOLDFAST_DRAIN_SECONDS": "1",
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
@pytest.mark.parametrize(
    ("sign", "why"), [(signal.SIGKILL, "the attempt gave no answer"), (signal.SIGTERM, "the worker was stopped")]
)
async def test_only_a_message_that_had_begun_is_uncertain_when_its_worker_ends(sign: signal.Signals, why: str) -> None:
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
            worker.send_signal(sign)
            await worker.wait()
        sink.steps.clear()
        async with killable_worker(server.address, sink):
            uncertain, waiting = await asyncio.gather(
                told(client, "T-begun", What.UNCERTAIN), told(client, "T-waiting", What.UNDELIVERED)
            )
    assert why in uncertain
    assert why in waiting
    ids = [line for mail in sink.mails for line in mail.split(b"\r\n") if line.startswith(b"Message-ID: <T-begun")]
    assert len(ids) == len(set(ids)), ids


class NeverAsks(ClientInterceptor, WorkerInterceptor):
    """A worker that is busy with something else whenever it takes a send, and never comes to ask the channel."""

    def __init__(self) -> None:
        self.took = asyncio.Event()

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Busy(next, self.took)


class _Busy(ActivityInboundInterceptor):
    def __init__(self, next: ActivityInboundInterceptor, took: asyncio.Event) -> None:
        super().__init__(next)
        self._took = took

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        if activity.info().activity_type == SEND_NOTIFICATION:
            self._took.set()
            await asyncio.sleep(3600)
        return await super().execute_activity(input)


async def test_a_send_that_a_stopping_worker_never_came_to_was_not_sent() -> None:
    settings = Settings(channel="email", smtp_host="127.0.0.1", smtp_tls="none", drain_seconds=0)
    async with embedded_server(data=None, ui=False) as server, smtp_sink() as sink:
        client = await connect(server.address)
        await register_attributes(client)
        never, config = NeverAsks(), client.config()
        config["interceptors"] = [never]
        email = settings.model_copy(update={"smtp_port": sink.port})
        async with build_worker(Client(**config), email):
            await opened(client, "T-1")
            await asyncio.wait_for(never.took.wait(), 20)
        async with build_worker(client, email):
            assert "the attempt gave no answer" in await told(client, "T-1", What.UNDELIVERED)
    assert sink.mails == []
