"""A campaign of kills: workers and servers die by SIGKILL while mail is in flight, and every promise is then counted.

    uv run pytest -m long -s tests/scenarios/test_kill_campaign.py

prints LOST (acknowledged to the help desk, or due, and neither done nor listed as uncertain), TWICE (a customer's mail
that arrived more than once), GHOST (mail that no timeline knows of) and STUCK (tickets that no longer answer or wait).
"""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path
from typing import NamedTuple

import pytest
from outside import SmtpSink, after, smtp_sink
from scenarios.test_killed_worker import killable_worker
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.service import RPCError

from cli.local.embedded_server import embedded_server
from intake.desk import Desk
from policies.library import Library
from sla.base.errors import HoldfastError
from sla.inputs.event import AgentReplied
from sla.inputs.ticket import Ticket
from sla.state.state import State
from sla.state.timeline import What
from worker.search_attributes import register_attributes
from worker.temporal import connect
from workflows import contract

SEED = int(os.environ.get("HOLDFAST_SEED", "20261127"))
TICKETS = 30
KILLS = ("worker",) * 20 + ("server",) * 5
REST_SECONDS = 420
"""A mail that had not begun is tried again after one minute, then five."""


class Count(NamedTuple):
    """What went wrong, by ticket or message."""

    lost: list[str]
    twice: list[str]
    ghost: list[str]
    stuck: list[str]


class Campaign:
    """A server on disk, a worker beside it, and a mail server that is slow enough to be killed in."""

    def __init__(self, data: Path, sink: SmtpSink) -> None:
        self.data = data
        self.sink = sink
        self.told: dict[str, set[str]] = {}
        self._parts = AsyncExitStack()

    async def __aenter__(self) -> "Campaign":
        await self._begin()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self._parts.aclose()

    async def _begin(self) -> None:
        self.server = await self._parts.enter_async_context(embedded_server(data=self.data, ui=False))
        self.client: Client = await connect(self.server.address)
        await register_attributes(self.client)
        self.worker = await self._parts.enter_async_context(killable_worker(self.server.address, self.sink))

    async def kill(self, what: str) -> None:
        """SIGKILL, and a new one. A server takes its worker along: both come back on what is on disk."""
        if what == "server":
            os.kill(self.server.pid, 9)
        self.worker.kill()
        if what == "server":
            with suppress(HoldfastError):
                await self._parts.aclose()
            self._parts = AsyncExitStack()
            await self._begin()
        else:
            self.worker = await self._parts.enter_async_context(killable_worker(self.server.address, self.sink))

    async def live(self, number: int) -> None:
        """One ticket is opened and answered, each as often as it takes until the desk has it."""
        facts = {"subject": "Restore fails", "customer": {"email": f"kim{number}@customer.example"}}
        opened = {"id": f"K-{number}", "policy": "crashplan", "severity": "high", "opened_at": datetime.now(UTC)}
        ticket = Ticket.model_validate({**facts, **opened})
        event = AgentReplied(event="agent_replied", id=f"answer-{number}", at=datetime.now(UTC))
        self.told[ticket.id] = set()
        await self._surely(lambda desk: desk.open(ticket))
        await self._surely(lambda desk: desk.tell(ticket.id, event))
        self.told[ticket.id].add(event.id)

    async def _surely(self, say: Callable[[Desk], Awaitable[object]]) -> None:
        while True:
            with suppress(HoldfastError, RPCError):
                await say(Desk(self.client, Library()))
                return
            await asyncio.sleep(0.5)

    async def state(self, ticket_id: str) -> State | None:
        with suppress(HoldfastError, RPCError, TimeoutError):
            async with asyncio.timeout(5):
                handle = self.client.get_workflow_handle(contract.workflow_id(ticket_id))
                return await handle.query(contract.STATE, result_type=State)
        return None

    async def at_rest(self) -> dict[str, State | None]:
        """All tickets, once nothing of them is on its way or tried again, or patience ends."""
        states: dict[str, State | None] = {}
        with suppress(TimeoutError):
            async with asyncio.timeout(REST_SECONDS):
                while True:
                    states = {ticket_id: await self.state(ticket_id) for ticket_id in self.told}
                    if all(state and not state.sending and not state.retries for state in states.values()):
                        break
                    await asyncio.sleep(2)
        return states


def counted(states: dict[str, State | None], told: dict[str, set[str]], mails: list[bytes]) -> Count:
    """The oracle: what the desk was told and what the mail server took, against what the tickets say."""
    arrived = Counter(str(message_from_bytes(mail)["Message-ID"]).strip("<>").rpartition("@")[0] for mail in mails)
    lost, ghost = list[str](), list[str]()
    for ticket_id, state in states.items():
        if state is None:
            continue
        whats = {entry.what for entry in state.timeline}
        acknowledgement = f"{ticket_id}+acknowledgement"
        took = [identity for identity in arrived if identity.startswith(f"{ticket_id}+")]
        lost += [f"{ticket_id}: {event}" for event in told[ticket_id] if event not in state.seen]
        if not took and What.UNCERTAIN not in whats:
            lost.append(acknowledgement)
        known = {*state.customer_thread, *state.internal_thread}
        ghost += [identity for identity in took if identity not in known and What.UNCERTAIN not in whats]
    twice = [identity for identity, times in arrived.items() if times > 1]
    stuck = [ticket_id for ticket_id, state in states.items() if state is None or state.sending or state.retries]
    return Count(lost, twice, ghost, stuck)


@pytest.mark.long
@pytest.mark.timeout(1200)
async def test_nothing_is_lost_sent_twice_or_stuck_however_often_it_is_killed(tmp_path: Path) -> None:
    moments = random.Random(SEED)
    kills = moments.sample(KILLS, len(KILLS))
    slow = {"banner": after(0.3, "220 sink"), "dot": after(0.15, "250 taken")}
    async with smtp_sink(**slow) as sink, Campaign(tmp_path / "data", sink) as campaign:
        lives = [asyncio.create_task(campaign.live(number)) for number in range(TICKETS // 2)]
        for number, what in enumerate(kills):
            lives += [asyncio.create_task(campaign.live(TICKETS // 2 + number))] if number < TICKETS // 2 else []
            await asyncio.sleep(moments.uniform(1.2, 2.6))
            await campaign.kill(what)
        await asyncio.gather(*lives)
        states = await campaign.at_rest()
        found = counted(states, campaign.told, sink.mails)
        failed = await failed_tasks(campaign.client, campaign.told)
    print(f"\nHOLDFAST_SEED={SEED}: {len(states)} tickets, {len(sink.mails)} mails, {len(kills)} kills")
    print(" ".join(f"{name.upper()} {len(each)}" for name, each in found._asdict().items()))
    uncertain = sum(any(entry.what is What.UNCERTAIN for entry in state.timeline) for state in states.values() if state)
    print(f"uncertain: {uncertain}")
    assert sink.mails
    assert found == Count([], [], [], [])
    assert failed == 0


async def failed_tasks(client: Client, tickets: dict[str, set[str]]) -> int:
    """Workflow tasks that failed: a killed worker's task times out, it does not fail."""
    count = 0
    for ticket_id in tickets:
        handle = client.get_workflow_handle(contract.workflow_id(ticket_id))
        async for event in handle.fetch_history_events():
            count += event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
    return count
