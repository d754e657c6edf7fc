"""docs/intake.md, done for real: its commands and programs against a server, and what it says of bad input."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowFailureError
from temporalio.exceptions import ApplicationError

from cli.local.embedded_server import embedded_server
from intake.desk import Desk
from policies.library import Library
from sla.base.errors import TicketFailed, TicketNotFound
from sla.views.status import TimelineLine
from worker.process import build_worker
from worker.search_attributes import register_attributes
from worker.settings import Settings
from worker.temporal import connect
from workflows.contract import SIGNALS, workflow_id

pytestmark = pytest.mark.slow

PAGE = Path(__file__).resolve().parents[2] / "docs" / "intake.md"
BLOCK = re.compile(r"^```(json|sh|python) (\S+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
BLOCKS = {match[2]: (match[1], match[3]) for match in BLOCK.finditer(PAGE.read_text(encoding="utf-8"))}
DATE = "2026-11-20"
"""The date of every example. The desk refuses what is more than a year old: the tests use yesterday's."""

ABORTED = {-signal.SIGABRT, -signal.SIGSEGV, 128 + signal.SIGABRT, 128 + signal.SIGSEGV}
"""With SDK 1.35 about one Python program in thirty dies at its exit, after all that it had to do."""


@dataclass(frozen=True)
class Place:
    """A server, and a directory that holds the page's files for one ticket of its own."""

    client: Client
    desk: Desk
    address: str
    home: Path
    outbox: Path
    ticket_id: str

    def block(self, name: str) -> str:
        """A block of the page, about this ticket and about yesterday."""
        yesterday = f"{datetime.now(UTC) - timedelta(days=1):%Y-%m-%d}"
        return BLOCKS[name][1].replace("A-1001", self.ticket_id).replace(DATE, yesterday)

    async def run(self, *command: str) -> tuple[int, str]:
        """A command as a reader would run it; its exit code and what it said."""
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("TEMPORAL_", "HOLDFAST_"))}
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=self.home,
            env={**clean, "PATH": path, "TEMPORAL_ADDRESS": self.address, "TEMPORAL_ENV_FILE": "none"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(process.communicate(), timeout=60)
        code = process.returncode or 0
        forgiven = code in ABORTED and "holdfast" not in " ".join(command)  # our own commands must never abort
        return (0 if forgiven else code), said.decode().split("Fatal Python error")[0]

    async def shell(self, name: str) -> tuple[int, str]:
        """A `sh` block of the page."""
        return await self.run("bash", "-euo", "pipefail", "-c", self.block(name))

    async def done(self, name: str) -> str:
        """A `sh` block that must succeed."""
        code, said = await self.shell(name)
        assert code == 0, said
        return said

    async def lines(self, what: str) -> list[TimelineLine]:
        """The timeline's lines of one kind; none as long as the ticket has no terms."""
        try:
            return [line for line in await self.desk.timeline(self.ticket_id) if line.what == what]
        except TicketFailed:
            return []

    def has(self, what: str, count: int = 1) -> Callable[[], Awaitable[bool]]:
        """Whether the timeline has that many lines of one kind."""

        async def ask() -> bool:
            return len(await self.lines(what)) == count

        return ask

    async def signal(self, name: str, *arguments: Any) -> None:
        """A signal by names alone, as any program may send it."""
        await self.client.get_workflow_handle(workflow_id(self.ticket_id)).signal(name, args=arguments)

    async def start(self, ticket: Any, ticket_id: str) -> Any:
        """A start by names alone."""
        return await self.client.start_workflow("Ticket", ticket, id=workflow_id(ticket_id), task_queue="holdfast")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[tuple[Client, str, Path]]:
    outbox = tmp_path_factory.mktemp("outbox")
    async with embedded_server(data=None, ui=False) as server:
        client = await connect(server.address)
        await register_attributes(client)
        yield client, server.address, outbox


@pytest.fixture
def place(server: tuple[Client, str, Path], tmp_path: Path, request: pytest.FixtureRequest) -> Place:
    client, address, outbox = server
    ticket_id = request.node.name.replace("_", "-").replace("test-", "T-")
    here = Place(client, Desk(client, Library()), address, tmp_path, outbox, ticket_id)
    for name, (language, _) in BLOCKS.items():
        if language != "sh":
            (tmp_path / name).write_text(here.block(name), encoding="utf-8")
    return here


@pytest_asyncio.fixture(loop_scope="session")
async def worker(place: Place) -> AsyncGenerator[None]:
    async with build_worker(place.client, Settings(outbox=place.outbox)):
        yield


async def until(ask: Callable[[], Awaitable[bool]]) -> None:
    """Wait for what takes a moment: a timer, visibility."""
    async with asyncio.timeout(60):
        while not await ask():  # noqa: ASYNC110 - what is waited for is in another process
            await asyncio.sleep(0.1)


async def failure(handle: Any) -> str:
    """The reason for which a workflow failed: the error of ours that its failure carries."""
    with pytest.raises(WorkflowFailureError) as caught:
        await asyncio.wait_for(handle.result(), timeout=60)
    error: BaseException | None = caught.value.cause
    while error is not None and not isinstance(error, ApplicationError):
        error = error.__cause__
    assert isinstance(error, ApplicationError)
    return str(error)


async def test_the_commands(place: Place) -> None:
    first = await place.done("ensure")
    assert workflow_id(place.ticket_id) in first
    assert await place.done("ensure") == first, "the same run, though nobody works yet"
    async with build_worker(place.client, Settings(outbox=place.outbox)):
        assert first.split("RunId")[1].split()[0] in await place.done("open")
        await place.done("tell")
        await place.done("tell")

        await until(place.has("severity_changed"))
        assert [line.text for line in await place.lines("severity_changed")] == ["severity changed: high → urgent"]
        assert len(await place.lines("customer_replied")) == 1
        assert [line.text for line in await place.lines("agent_replied")] == ["we replied: workaround, awaiting us"]
        assert await place.lines("ignored") == []

        answers = await place.done("query")
        status, end = json.JSONDecoder().raw_decode(answers)
        timeline = json.loads(answers[end:])
        assert status["queryResult"][0]["severity"] == "urgent"
        assert timeline["queryResult"][0][0]["what"] == "opened"

        async def listed() -> bool:
            return workflow_id(place.ticket_id) in await place.done("find")

        await until(listed)

        await place.done("close")
        outcome = await place.client.get_workflow_handle(workflow_id(place.ticket_id)).result()
        assert outcome["closing"]["reason"] == "backup runs again, confirmed by telephone"

        code, said = await place.shell("tell")
        assert (code, "workflow execution already completed" in said) == (1, True)
        code, said = await place.shell("ensure")
        assert (code, "already finished" in said) == (1, True)

        assert f"Ticket {place.ticket_id}.2 is the follow-up ticket of" in await place.done("late")
        await until(replace(place, ticket_id=f"{place.ticket_id}.2").has("customer_replied"))
        assert f"Ticket {place.ticket_id}.2 knew of this already." in await place.done("late")
        follow_up = replace(place, ticket_id=f"{place.ticket_id}.2")
        await until(follow_up.has("customer_replied"))


@pytest.mark.usefixtures("worker")
async def test_the_direct_program(place: Place) -> None:
    for _ in range(2):
        code, said = await place.run(sys.executable, "direct.py")
        assert code == 0, said
    await until(place.has("customer_replied"))


@pytest.mark.usefixtures("worker")
async def test_the_program_of_the_desk(place: Place) -> None:
    for _ in range(2):
        code, said = await place.run(sys.executable, "desk.py")
        assert (code, said) == (0, f"{place.ticket_id} False False\n")
    await until(place.has("customer_replied"))


@pytest.mark.usefixtures("worker")
async def test_a_bad_ticket_fails_alone_and_can_be_corrected(place: Place) -> None:
    await place.done("open")
    good = json.loads(place.block("ticket.json"))
    other = f"{place.ticket_id}-bad"
    wrong = {**good, "id": other, "subject": " ", "prio": 1, "opened_at": "2026-11-20T08:30:00"}
    bad = await place.start(new(wrong), other)
    reason = await failure(bad)
    assert reason.startswith("InvalidTicket: ")
    for part in (
        "subject: ",
        "opened_at: ",
        "is a time without an offset or Z",
        "prio: Extra inputs are not permitted",
    ):
        assert part in reason
    assert await failure(await place.start("not an object", f"{other}-2")) == (
        "InvalidTicket: value: Input should be a valid dictionary or object to extract fields from"
    )
    bare = await failure(await place.start({**good, "id": f"{other}-3"}, f"{other}-3"))
    assert bare == 'InvalidTicket: kind: must be given; a start is {"kind": "new", "ticket": …}'

    await place.run(
        *("temporal", "workflow", "start", "--type", "Ticket", "--task-queue", "holdfast"),
        *("--workflow-id", workflow_id(other), "--input", json.dumps(new({**good, "id": other}))),
        *("--id-reuse-policy", "AllowDuplicateFailedOnly"),
    )
    await until(replace(place, ticket_id=other).has("opened"))
    await goes_on(place)


@pytest.mark.usefixtures("worker")
async def test_an_unknown_policy_or_plan_fails_alone(place: Place) -> None:
    await place.done("open")
    good = json.loads(place.block("ticket.json"))
    for number, (field, name) in enumerate((("policy", "acme"), ("plan", "gold"))):
        other = f"{place.ticket_id}-{number}"
        reason = await failure(await place.start(new({**good, "id": other, field: name}), other))
        assert reason.startswith(f"Unknown{field.capitalize()}: ")
        assert name in reason
        assert "crashplan" in reason
    await goes_on(place)


@pytest.mark.usefixtures("worker")
async def test_a_bad_signal_is_noted_and_the_ticket_goes_on(place: Place) -> None:
    await place.done("open")
    await place.signal("customer_replied", {"id": "no such id!"})
    await place.signal("agent_replied", {"id": "e1", "at": "2026-11-20T08:30:00"})
    await place.signal("severity_changed", {"id": "e2", "severity": "catastrophic"})
    await place.signal("closed", {"id": "e3", "why": "?"})
    await place.signal("customer_replied")
    await place.signal("customer_replied", ["e4"])
    await place.signal("merged", {"id": "e5"})

    await until(place.has("ignored", 7))
    noted = " | ".join(line.text for line in await place.lines("ignored"))
    for part in (*SIGNALS, "merged", "no severity 'catastrophic'", "is a time without an offset or Z", "JSON object"):
        assert part in noted
    await goes_on(place)


@pytest.mark.usefixtures("worker")
async def test_more_than_one_argument_is_noted_and_the_ticket_goes_on(place: Place) -> None:
    ticket = json.loads(place.block("ticket.json"))
    await place.client.start_workflow(
        "Ticket",
        args=[new(ticket), "once more"],
        id=workflow_id(place.ticket_id),
        task_queue="holdfast",
    )
    await place.signal("agent_replied", {"id": "a1"}, {"id": "a2"}, 3)
    await until(place.has("ignored", 2))
    noted = [line.text for line in await place.lines("ignored")]
    assert noted == ["ignored: start: 1 more argument ignored", "ignored: agent_replied: 2 more arguments ignored"]
    assert len(await place.lines("agent_replied")) == 1
    await goes_on(place)


def new(ticket: dict[str, Any]) -> dict[str, Any]:
    """What a workflow is started with to open a ticket."""
    return {"kind": "new", "ticket": ticket}


async def goes_on(place: Place) -> None:
    """The ticket is open and takes an event."""
    await place.signal("agent_replied", json.loads(place.block("answer.json")))
    await until(lambda: answered(place))
    description = await place.client.get_workflow_handle(workflow_id(place.ticket_id)).describe()
    assert description.status is WorkflowExecutionStatus.RUNNING


async def answered(place: Place) -> bool:
    """Whether the page's answer has arrived."""
    return any("workaround" in line.text for line in await place.lines("agent_replied"))


async def test_the_desk_refuses_before_anything_is_started(place: Place) -> None:
    bad = json.loads(place.block("ticket.json")) | {"policy": "acme"}
    (place.home / "ticket.json").write_text(json.dumps(bad), encoding="utf-8")
    code, said = await place.run("holdfast", "ticket", "open", "ticket.json")
    assert (code, "there is no policy 'acme'" in said) == (2, True)
    with pytest.raises(TicketNotFound):
        await place.desk.status(place.ticket_id)
