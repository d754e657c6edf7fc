"""`holdfast up` as people run it: a real process that is stopped, killed, crowded and started again."""

import asyncio
import json
import os
import random
import signal
import socket
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from outside import Up, after, holdfast_up, processes_on, smtp_sink, start_up
from starlette.applications import Starlette
from temporalio.client import WorkflowHandle

from intake.desk import Desk
from intake.http import serving
from policies.library import Library
from sla.base.errors import HoldfastError
from sla.inputs.event import AgentReplied, CustomerReplied, Event
from sla.inputs.ticket import Ticket
from sla.views.status import TimelineLine
from worker.settings import Settings
from worker.temporal import connect
from workflows.contract import workflow_id

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="looks into /proc"),
]

SEED = int(os.environ.get("HOLDFAST_SEED", "20260612"))
KILLS = 3


def health(up: Up) -> tuple[int, dict[str, Any]]:
    try:
        with urllib.request.urlopen(f"{up.url}/health", timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)
    except urllib.error.URLError as error:
        return 0, {"error": str(error)}


def well(up: Up) -> dict[str, Any]:
    """What /health says once the worker polls."""
    deadline = time.monotonic() + 15
    while (found := health(up))[0] != 200:
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    return found[1]


def one_sentence(up: Up) -> str:
    """The only line on stderr."""
    assert up.complained.startswith("holdfast: "), up.complained
    assert up.complained.count("\n") == 1, up.complained
    return up.complained


def ticket(ticket_id: str, **fields: Any) -> Ticket:
    facts = {"subject": "Restore fails", "customer": {"email": "kim@customer.example"}, "opened_at": datetime.now(UTC)}
    return Ticket.model_validate({"id": ticket_id, "policy": "crashplan", **facts, **fields})


async def desk(up: Up) -> Desk:
    return Desk(await connect(up.temporal), Library())


async def timeline(desk: Desk, ticket_id: str) -> tuple[TimelineLine, ...]:
    """The timeline once it can be had: after a kill the first answer may take a while."""
    for _ in range(40):
        with suppress(HoldfastError):
            return await desk.timeline(ticket_id)
        await asyncio.sleep(0.5)
    raise AssertionError(f"{ticket_id} cannot be shown")


@asynccontextmanager
async def running(data: Path, **settings: str) -> AsyncGenerator[Up, None]:
    """`holdfast up`, without stopping this loop while it starts and ends."""
    block = holdfast_up(data, **settings)
    up = await asyncio.to_thread(block.__enter__)
    try:
        assert up.process.poll() is None, up.complained
        yield up
    finally:
        await asyncio.to_thread(block.__exit__, None, None, None)


# One life


async def test_the_health_address_takes_connections_from_the_moment_it_is_told() -> None:
    """What waits for the address to be printed may connect at once: it is queued, not refused."""
    async with serving(Starlette(), Settings(http_port=0)) as url:
        with socket.socket() as caller:
            assert caller.connect_ex(("127.0.0.1", int(url.rpartition(":")[2]))) == 0
        await asyncio.sleep(0.2)


def test_it_says_where_it_is_is_well_refuses_a_second_and_ends_in_order(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with holdfast_up(data) as up:
        found = well(up)
        assert found == {"ok": True, "temporal": "ok", "workers": 1, "open_tickets": 0}
        assert up.temporal.startswith("127.0.0.1:")
        assert "http://127.0.0.1:" in up.said
        assert_second_is_refused(up)
        with socket.create_connection(("127.0.0.1", int(up.url.rpartition(":")[2]))) as half:
            half.sendall(b"POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nabc")
            time.sleep(0.2)
            status, seconds = up.end()
        assert (status, up.complained) == (0, "")
        assert seconds < 10
        assert processes_on(data) == set()
        assert (data / "last.json").exists()
        assert not (data / "server.json").exists()


def assert_second_is_refused(up: Up) -> None:
    """Another `up` on the same directory ends with 2 and a sentence, and the first goes on."""
    before = processes_on(up.data)
    alias = up.data.with_name("alias")
    alias.symlink_to(up.data)
    second = start_up(alias)
    assert second.process.wait(30) == 2
    assert "already runs on the data directory" in one_sentence(second)
    assert processes_on(up.data) == before
    assert well(up)["ok"]


def test_a_taken_http_port_is_a_sentence_and_leaves_no_server(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        up = start_up(data, HOLDFAST_HTTP_PORT=str(port))
        assert up.process.wait(60) == 2
    assert f"127.0.0.1:{port}" in one_sentence(up)
    assert up.said == ""
    assert processes_on(data) == set()


def test_sigterm_during_the_start_leaves_nothing_behind(tmp_path: Path) -> None:
    data = tmp_path / "data"
    up = start_up(data)
    deadline = time.monotonic() + 30
    while not processes_on(data) - {up.process.pid}:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    status, seconds = up.end()
    assert seconds < 15
    assert status in {0, -signal.SIGTERM}, up.complained
    assert "Traceback" not in up.complained
    assert processes_on(data) == set()


def test_a_server_that_dies_by_itself_ends_up_with_4_and_a_sentence(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with holdfast_up(data) as up:
        well(up)
        (server,) = processes_on(data) - {up.process.pid}
        os.kill(server, signal.SIGKILL)
        assert up.process.wait(30) == 4
        assert "ended by itself" in one_sentence(up)
        assert processes_on(data) == set()


# Killed at any moment


class Desks:
    """Opens and answers tickets while the process is killed; what was acknowledged is remembered."""

    def __init__(self) -> None:
        self.opened: set[str] = set()
        self.answered: dict[str, set[str]] = {}
        self.tried = 0

    async def work(self, up: Up, until: asyncio.Event) -> None:
        """Give it work until told to stop; an error is no acknowledgement."""
        front = await desk(up)
        while not until.is_set():
            self.tried += 1
            ticket_id = f"K-{self.tried}"
            with suppress(Exception):
                await front.open(ticket(ticket_id))
                self.opened.add(ticket_id)
                for event in self.events(ticket_id):
                    await front.tell(ticket_id, event)
                    self.answered.setdefault(ticket_id, set()).add(event.event)
            await asyncio.sleep(0.05)

    @staticmethod
    def events(ticket_id: str) -> tuple[Event, ...]:
        return AgentReplied(id=f"{ticket_id}-a"), CustomerReplied(id=f"{ticket_id}-c")


async def kill_while_working(up: Up, desks: Desks, seconds: float) -> None:
    stop = asyncio.Event()
    working = asyncio.create_task(desks.work(up, stop))
    await asyncio.sleep(seconds)
    up.process.kill()
    await asyncio.to_thread(up.process.wait)
    await asyncio.sleep(0.1)
    stop.set()
    await working


async def test_killed_again_and_again_nothing_is_lost_and_nothing_is_sent_twice(tmp_path: Path) -> None:
    data, desks, moments = tmp_path / "data", Desks(), random.Random(SEED)
    where = set[tuple[str, str]]()
    print(f"HOLDFAST_SEED={SEED}")
    await asyncio.to_thread(prefer_ports_of_its_own, data)
    async with running(data, HOLDFAST_HTTP_PORT=str(free_port())) as up:
        for _ in range(KILLS):
            where.add((up.temporal, up.url))
            old = processes_on(data) - {up.process.pid}
            assert len(old) == 1
            await kill_while_working(up, desks, moments.uniform(0.3, 1.5))
            up.process = start_up(data, **up.settings).process
            await asyncio.to_thread(up.wait_until_up)
            assert up.process.poll() is None, up.complained
            assert not old & processes_on(data)
        where.add((up.temporal, up.url))
        assert len(where) == 1, "the ports are not those of before"
        await assert_all_goes_on(up, desks)
        assert_nothing_sent_twice(tmp_path / "outbox", desks.tried)
    assert (up.process.returncode, up.complained) == (0, "")


async def assert_all_goes_on(up: Up, desks: Desks) -> None:
    """Every acknowledged ticket and event is there, and every ticket waits by a timer or for a send that was cut off.

    A cut-off send is noticed after its timeout of 75 seconds, which this test does not wait for.
    """
    client, front = await connect(up.temporal), await desk(up)
    assert len(desks.opened) > KILLS
    cut_off = 0
    for ticket_id in sorted(desks.opened):
        handle: WorkflowHandle[Any, Any] = client.get_workflow_handle(workflow_id(ticket_id))
        cut_off += await wait_until_at_rest(handle)
        signals = await signals_of(handle)
        assert desks.answered.get(ticket_id, set()) <= set(signals), ticket_id
        assert max(Counter(signals).values(), default=0) <= 1, ticket_id
        await assert_told_once(front, ticket_id, set(signals) if not await pending_sends(handle) else set())
    assert cut_off <= 5 * KILLS


async def assert_told_once(front: Desk, ticket_id: str, events: set[str]) -> None:
    counts = Counter(line.what.value for line in await timeline(front, ticket_id))
    assert {"opened", *events} <= set(counts), ticket_id
    assert max(counts[what] for what in ("opened", "acknowledged", "agent_replied", "customer_replied")) == 1, ticket_id


async def wait_until_at_rest(handle: WorkflowHandle[Any, Any]) -> bool:
    """Until the ticket waits by exactly one timer (False), or for a send whose worker was killed (True)."""
    async with asyncio.timeout(60):
        while await pending_timers(handle) != 1:
            sends = await pending_sends(handle)
            if sends and all(datetime.now(UTC) - begun > timedelta(seconds=5) for begun in sends):
                return True
            await asyncio.sleep(0.3)
    return False


async def pending_sends(handle: WorkflowHandle[Any, Any]) -> list[datetime]:
    """When each send under way began."""
    pending = (await handle.describe()).raw_description.pending_activities
    return [activity.last_started_time.ToDatetime(UTC) for activity in pending]


async def signals_of(handle: WorkflowHandle[Any, Any]) -> list[str]:
    return [
        event.workflow_execution_signaled_event_attributes.signal_name
        async for event in handle.fetch_history_events()
        if event.HasField("workflow_execution_signaled_event_attributes")
    ]


async def pending_timers(handle: WorkflowHandle[Any, Any]) -> int:
    """Timers started, less those fired or cancelled."""
    started, over = set[int](), set[int]()
    async for event in handle.fetch_history_events():
        if event.HasField("timer_started_event_attributes"):
            started.add(event.event_id)
        over.add(event.timer_fired_event_attributes.started_event_id)
        over.add(event.timer_canceled_event_attributes.started_event_id)
    return len(started - over)


def assert_nothing_sent_twice(outbox: Path, tried: int) -> None:
    """One mail for each Message-ID, no half-written one, and one acknowledgement for each ticket at most."""
    found = [message_from_bytes(path.read_bytes()) for path in outbox.glob("*.eml")]
    assert found
    assert max(Counter(mail["Message-ID"] for mail in found).values()) == 1
    assert max(Counter((mail["X-Holdfast-Ticket"], mail["Subject"]) for mail in found).values()) == 1
    assert len({mail["X-Holdfast-Ticket"] for mail in found}) <= tried


def prefer_ports_of_its_own(data: Path) -> None:
    """As if it had run before: the familiar ports may be taken by another test while it is dead."""
    address, url = f"127.0.0.1:{free_port()}", f"http://127.0.0.1:{free_port()}"
    data.mkdir()
    (data / "last.json").write_text(json.dumps({"address": address, "ui_url": url, "pid": 0, "started": ""}))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


# Stopped during a send


async def test_sigterm_during_a_slow_send_lets_it_end(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with smtp_sink(dot=after(2, "250 at last")) as sink:
        mail = {
            "HOLDFAST_CHANNEL": "email", "HOLDFAST_SMTP_TLS": "none",
            "HOLDFAST_SMTP_HOST": "127.0.0.1", "HOLDFAST_SMTP_PORT": str(sink.port),
        }  # fmt: skip
        async with running(data, **mail) as up:
            await (await desk(up)).open(ticket("S-1"))
            async with asyncio.timeout(20):
                while not sink.mails:  # noqa: ASYNC110
                    await asyncio.sleep(0.02)
            status, seconds = await asyncio.to_thread(up.end)
            assert (status, up.complained) == (0, "")
            assert 1 < seconds < 10
        async with running(data, **mail) as up:
            lines = await timeline(await desk(up), "S-1")
            shown = await (await desk(up)).status("S-1")
    assert [line.what for line in lines] == ["opened", "acknowledged"]
    assert shown.troubles == ()
    assert len(sink.mails) == 1
