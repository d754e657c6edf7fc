"""What the history of a ticket costs to replay, beside a bare workflow that receives the same and issues the same.

    uv run --group bench python -m benchmarks.history_cost

A conversation is told to both on an embedded server; both histories are then replayed in turns. Printed are the events
of each history and the CPU of a replay. It ends with exit status 1 where the ticket costs more than 1.5 times as much.
"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

from temporalio.client import Client, WorkflowHandle, WorkflowHistory
from temporalio.worker import Replayer, Worker

from activities.channels.outbox import Outbox
from benchmarks.bare import Bare
from cli.local.embedded_server import embedded_server
from intake.desk import Desk
from policies.library import Library
from sla.inputs.ticket import Ticket
from worker.process import WORKFLOWS, build_worker
from worker.search_attributes import register_attributes
from worker.settings import Settings
from worker.temporal import DATA_CONVERTER, connect, workflow_runner
from workflows import contract

MESSAGES = 90
"""So many that a ticket does not yet continue as new."""

ROUNDS = 7
BAR = 1.5
QUEUE = "bare"


async def conversation(handle: WorkflowHandle[Any, Any]) -> None:
    """The same messages for both, each in a task of its own."""
    for number in range(MESSAGES):
        name = "agent_replied" if number % 2 else "customer_replied"
        await handle.signal(name, {"id": f"e{number}", "at": datetime.now(UTC).isoformat()})
        await asyncio.sleep(0.03)


async def histories(client: Client, scratch: Path) -> tuple[WorkflowHistory, WorkflowHistory]:
    """The ticket's and the bare workflow's."""
    facts = {"subject": "Restore fails", "customer": {"email": "kim@customer.example"}, "severity": "high"}
    ticket = Ticket.model_validate({**facts, "id": "B-1", "policy": "crashplan", "opened_at": datetime.now(UTC)})
    bare = Worker(client, task_queue=QUEUE, workflows=[Bare], workflow_runner=workflow_runner())
    async with build_worker(client, Settings(), channel=Outbox(scratch, "support@holdfast.example")), bare:
        await Desk(client, Library()).open(ticket)
        handles = (
            client.get_workflow_handle(contract.workflow_id(ticket.id)),
            await client.start_workflow(Bare.run, id="bare", task_queue=QUEUE),
        )
        await asyncio.gather(*map(conversation, handles))
        await asyncio.sleep(2)
        first, second = [await handle.fetch_history() for handle in handles]
    return first, second


async def replayed(history: WorkflowHistory, kind: type) -> float:
    """Seconds of CPU."""
    replayer = Replayer(workflows=[kind], data_converter=DATA_CONVERTER, workflow_runner=workflow_runner())
    begun = process_time()
    await replayer.replay_workflow(history)
    return process_time() - begun


async def measured() -> int:
    """Print the table; 1 where the bar is missed."""
    async with embedded_server(data=None, ui=False) as server:
        client = await connect(server.address)
        await register_attributes(client)
        with TemporaryDirectory() as scratch:
            both = list(zip(await histories(client, Path(scratch)), (WORKFLOWS[0], Bare), strict=True))
    rounds = [[await replayed(history, kind) for history, kind in both] for _ in range(ROUNDS)]
    best = [min(each) for each in zip(*rounds, strict=True)]
    print(f"Replay of a conversation of {MESSAGES} messages, best of {ROUNDS} rounds in turns")
    for (history, kind), seconds in zip(both, best, strict=True):
        print(f"{kind.__name__:<15} {len(history.events):>5} events {seconds * 1e3:7.1f} ms")
    ratio = best[0] / best[1]
    print(f"{'met' if ratio <= BAR else 'MISSED'}: a ticket costs ≤ {BAR} × the bare workflow: {ratio:.2f} ×")
    return 0 if ratio <= BAR else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(measured()))
