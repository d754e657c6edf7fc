"""Long-running commands: `up` (server, worker, health page), `worker`, `serve`, `setup`."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from temporalio.client import Client

from cli.local.connection import connect_for
from cli.local.embedded_server import Server, embedded_server, is_running
from intake.http import build_app, serving
from sla.base.errors import ReplayFailed, ServerUnreachable
from worker.process import build_worker, run_worker, stop_signals
from worker.replay import replay_open_tickets
from worker.search_attributes import register_attributes
from worker.settings import Settings
from worker.temporal import connect, is_cluster_named

Say = Callable[[str], None]


async def up(settings: Settings, say: Say) -> None:
    """Everything in one process until SIGTERM or Ctrl-C; an embedded server unless the environment names a cluster."""
    async with stop_signals() as stop, AsyncExitStack() as stack:
        server, client = await stack.enter_async_context(_server(settings))
        await register_attributes(client)
        ui = server.ui_url if server else ""
        url = await stack.enter_async_context(serving(build_app(client, ui), settings))
        await stack.enter_async_context(build_worker(client, settings))
        say(_greeting(server, client, url, settings))
        await _until(stop, server)
        say("Stopping: sends under way are given time to end.")


@asynccontextmanager
async def _server(settings: Settings) -> AsyncGenerator[tuple[Server | None, Client], None]:
    if is_cluster_named():
        yield None, await connect()
        return
    async with embedded_server(data=settings.data) as server:
        yield server, await connect(server.address)


def _greeting(server: Server | None, client: Client, url: str, settings: Settings) -> str:
    where = f"embedded, {server.address}" if server else client.service_client.config.target_host
    mails = f"{settings.outbox}/" if settings.channel == "outbox" else f"by {settings.smtp_host}"
    lines = [
        f"Temporal   {where}",
        f"Mails      {mails}",
        f"Tickets    {server.ui_url}" if server else "",
        f"Health     {url}/health",
    ]
    return "\n".join(["Holdfast is up. Ctrl-C or SIGTERM ends it in order.", *filter(None, lines)])


async def _until(stop: asyncio.Event, server: Server | None) -> None:
    """Wait for the signal; raises ServerUnreachable when our own server dies first."""
    while not stop.is_set():
        if server is not None and not is_running(server):
            raise ServerUnreachable(
                "the embedded Temporal server ended by itself; see temporal.log in the data directory"
            )
        try:
            await asyncio.wait_for(stop.wait(), timeout=1)
        except TimeoutError:
            continue


async def work(settings: Settings, say: Say) -> None:
    """The worker alone."""
    client = await connect_for(settings)
    async with stop_signals() as stop:
        say(f"Worker for tickets on {client.service_client.config.target_host}, namespace {client.namespace}.")
        await run_worker(client, settings, stop)


async def serve(settings: Settings, say: Say) -> None:
    """The HTTP page alone."""
    client = await connect_for(settings)
    async with stop_signals() as stop, serving(build_app(client), settings) as url:
        say(f"Health page at {url}/health")
        await stop.wait()


async def setup(settings: Settings, say: Say) -> None:
    """Register our search attributes with the cluster; safe to repeat."""
    added = await register_attributes(await connect_for(settings))
    say(f"Search attributes registered: {', '.join(added)}." if added else "All search attributes are registered.")


async def replay_all(settings: Settings, say: Say) -> None:
    """Every open ticket, replayed by the code that is installed here. Raises ReplayFailed where one cannot go on."""
    seen = failed = 0
    async for replayed in replay_open_tickets(await connect_for(settings)):
        seen += 1
        if replayed.wrong is not None:
            failed += 1
            say(f"{replayed.ticket_id}: {replayed.wrong}")
    if failed:
        raise ReplayFailed(f"{failed} of {seen} open tickets cannot go on, or would ring at another time")
    say(f"{seen} open ticket{'' if seen == 1 else 's'} replayed: all can go on")
