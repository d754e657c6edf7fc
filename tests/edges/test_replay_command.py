"""`holdfast replay`: every open ticket of a cluster, replayed before an upgrade."""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from temporalio import workflow
from temporalio.client import Client, WorkflowHandle
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from activities.channels.outbox import Outbox
from cli.local.embedded_server import embedded_server
from intake.desk import Desk
from policies.library import Library
from sla.inputs.ticket import Ticket
from worker.process import build_worker
from worker.search_attributes import register_attributes
from worker.settings import Settings
from worker.temporal import connect
from workflows import contract

pytestmark = pytest.mark.slow
HOLDFAST = Path(sys.executable).with_name("holdfast")


@workflow.defn(name=contract.WORKFLOW)
class OtherCode:
    """A ticket of another release, whose commands are not ours."""

    @workflow.run
    async def run(self, start: object) -> None:
        """Wait for an hour, without any terms."""
        await workflow.sleep(3600)


def replayed(address: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [HOLDFAST, "replay"],
        env={**os.environ, "TEMPORAL_ADDRESS": address},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


async def begun(client: Client, identity: str) -> None:
    """Until the workflow has a timer."""
    handle = client.get_workflow_handle(contract.workflow_id(identity))
    async with asyncio.timeout(30):
        while not await has_timer(handle):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def has_timer(handle: WorkflowHandle[Any, Any]) -> bool:
    return any([event.HasField("timer_started_event_attributes") async for event in handle.fetch_history_events()])


async def test_open_tickets_are_replayed_and_one_that_cannot_go_on_is_named(tmp_path: Path) -> None:
    facts = {"subject": "Restore fails", "customer": {"email": "kim@customer.example"}, "policy": "crashplan"}
    ticket = Ticket.model_validate({**facts, "id": "T-good", "severity": "high", "opened_at": datetime.now(UTC)})
    async with embedded_server(data=None, ui=False) as server:
        client = await connect(server.address)
        await register_attributes(client)
        async with build_worker(client, Settings(), channel=Outbox(tmp_path, "support@holdfast.example")):
            await Desk(client, Library()).open(ticket)
            await begun(client, "T-good")
        assert await seen(server.address) == (0, "1 open ticket replayed: all can go on\n", "")

        other = Worker(client, task_queue="other", workflows=[OtherCode], workflow_runner=UnsandboxedWorkflowRunner())
        async with other:
            await client.start_workflow(contract.WORKFLOW, {}, id=contract.workflow_id("T-other"), task_queue="other")
            await begun(client, "T-other")
        code, out, err = await seen(server.address, count=2)
    assert code == 1
    assert out.startswith("T-other: ")
    assert "T-good" not in out
    assert err == "holdfast: 1 of 2 open tickets cannot go on, or would ring at another time\n"


async def seen(address: str, count: int = 1) -> tuple[int, str, str]:
    """What the command says once visibility knows so many tickets."""
    while True:
        answer = await asyncio.to_thread(replayed, address)
        if f"{count} open ticket" in answer[1] + answer[2]:
            return answer


async def test_without_a_server_it_is_4_and_one_sentence() -> None:
    code, out, err = await asyncio.to_thread(replayed, "127.0.0.1:1")
    assert (code, out) == (4, "")
    assert err == "holdfast: no Temporal server answers at 127.0.0.1:1\n"
