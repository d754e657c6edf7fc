"""The health page: is the server there, is a worker polling, how many tickets are open."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.service import RPCError

from sla.base.errors import HoldfastError
from sla.base.fields import Record
from worker.settings import Settings
from workflows.contract import TASK_QUEUE, WORKFLOW

_TIMEOUT = timedelta(seconds=3)


class PortTaken(HoldfastError):
    """The HTTP port is taken."""


class Health(Record):
    """`ok` when the server answers and a worker polls for tickets."""

    ok: bool
    temporal: str
    workers: int
    open_tickets: int


async def health(client: Client) -> Health:
    """The state of things now; a server that does not answer is an answer."""
    try:
        workers = await _pollers(client)
        count = await client.count_workflows(
            f"WorkflowType='{WORKFLOW}' AND ExecutionStatus='Running'", rpc_timeout=_TIMEOUT
        )
    except RPCError as error:
        return Health(ok=False, temporal=f"does not answer: {error.status.name.lower()}", workers=0, open_tickets=0)
    return Health(ok=workers > 0, temporal="ok", workers=workers, open_tickets=count.count)


async def _pollers(client: Client) -> int:
    request = DescribeTaskQueueRequest(
        namespace=client.namespace,
        task_queue=TaskQueue(name=TASK_QUEUE),
        task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    )
    answer = await client.workflow_service.describe_task_queue(request, timeout=_TIMEOUT)
    return len({poller.identity for poller in answer.pollers})


def build_app(client: Client, ui_url: str = "") -> Starlette:
    """`/health` for machines (200 or 503), `/` for people."""

    async def as_json(request: Request) -> Response:
        found = await health(client)
        return JSONResponse(found.model_dump(), status_code=200 if found.ok else 503)

    async def as_page(request: Request) -> Response:
        return HTMLResponse(_page(await health(client), ui_url))

    return Starlette(routes=[Route("/health", as_json), Route("/", as_page)])


def _page(found: Health, ui_url: str) -> str:
    link = f'<p><a href="{ui_url}">Tickets in the Temporal UI</a></p>' if ui_url else ""
    rows = f"Temporal: {found.temporal}<br>Workers: {found.workers}<br>Open tickets: {found.open_tickets}"
    word = "Holdfast is well" if found.ok else "Holdfast is not well"
    head = f"<!doctype html><html lang=en><meta charset=utf-8><title>{word}</title>"
    return f"{head}<h1>{word}</h1><p>{rows}</p>{link}</html>"


class _Quiet(uvicorn.Server):
    """uvicorn without its own signal handlers: the process has one place that hears SIGTERM."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@asynccontextmanager
async def serving(app: Starlette, settings: Settings) -> AsyncGenerator[str, None]:
    """Serve the app for the length of the block; its URL. Raises PortTaken."""
    listener = _listen(settings.http_host, settings.http_port)
    config = uvicorn.Config(app, log_level="error", access_log=False, lifespan="off", timeout_graceful_shutdown=2)
    server = _Quiet(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://{settings.http_host}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError as error:
        listener.close()
        raise PortTaken(f"HTTP port {host}:{port} cannot be used: {error.strerror}; set HOLDFAST_HTTP_PORT") from error
    return listener
