"""Outages on a server whose time is real: no worker, too many events at once, calendars that cannot be made longer."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from harness import POLICIES, world
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle, WorkflowQueryFailedError

from cli.local.embedded_server import embedded_server
from intake.desk import Desk
from policies.library import Library
from policies.terms import make_terms
from sla.engine.engine import begin
from sla.engine.start import CarriedTicket
from sla.inputs.ticket import Ticket
from sla.state.state import State, Status
from sla.state.timeline import What
from worker.replay import replay
from worker.search_attributes import register_attributes
from worker.temporal import connect
from workflows import contract

pytestmark = pytest.mark.slow
MANY = 10_000
AT_ONCE = 200
TIMES = 4
"""A race is not lost each time."""


@pytest_asyncio.fixture(scope="module")
async def server() -> AsyncGenerator[Client, None]:
    async with embedded_server(data=None, ui=False) as server:
        client = await connect(server.address)
        await register_attributes(client)
        yield client


class Story:
    """A ticket whose worker comes and goes."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.queue = f"test-{uuid4().hex[:8]}"
        self.id = f"T-{uuid4().hex[:8]}"

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        return self.client.get_workflow_handle(contract.workflow_id(self.id))

    def ticket(self, opened_at: datetime, **fields: Any) -> Ticket:
        facts = {"subject": "Restore fails", "customer": {"email": "kim@customer.example"}, "policy": "endless"}
        return Ticket.model_validate({**facts, "id": self.id, "opened_at": opened_at, **fields})

    async def open(self, opened_at: datetime, **fields: Any) -> None:
        desk = Desk(self.client, Library(POLICIES), task_queue=self.queue)
        await desk.open(self.ticket(opened_at, **fields))

    def working(self) -> Any:
        """A worker for the length of the block."""
        return world(self.client, task_queue=self.queue)

    async def state(self) -> State:
        """Everything the ticket knows, as soon as it has terms."""
        while True:
            with suppress(WorkflowQueryFailedError):
                return await self.handle.query(contract.STATE, result_type=State)
            await asyncio.sleep(0.05)

    async def count(self, kind: "EventType.ValueType") -> int:
        return sum([event.event_type == kind async for event in self.handle.fetch_history_events()])

    async def saw(self, kind: "EventType.ValueType") -> bool:
        return await self.count(kind) > 0

    async def wrote(self, what: What, times: int = 1) -> State:
        """The state once its timeline has so many lines of a kind."""
        async with asyncio.timeout(60):
            while True:
                state = await self.state()
                if sum(entry.what is what for entry in state.timeline) >= times:
                    return state
                await asyncio.sleep(0.1)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await holds():  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def ask_without_a_worker(story: Story) -> "asyncio.Task[State]":
    """A query that waits for a worker. The task queue must have forgotten the last one, or the query fails at once."""
    asking = asyncio.create_task(story.state())
    await asyncio.sleep(0.5)
    assert not asking.done()
    return asking


async def test_a_timer_that_fires_while_a_query_waits_for_a_worker_does_not_stop_the_ticket(server: Client) -> None:
    async def one() -> None:
        story = Story(server)
        async with story.working():
            await story.open(datetime.now(UTC) - timedelta(hours=1) + timedelta(seconds=6), severity="quick")
            await story.wrote(What.OPENED)
        asking = await ask_without_a_worker(story)
        await until(lambda: story.saw(EventType.EVENT_TYPE_TIMER_FIRED))
        async with story.working():
            await asking
            await story.wrote(What.BREACHED)
            await goes_on(story)

    await asyncio.gather(*(one() for _ in range(TIMES)))


async def test_a_reply_that_comes_while_a_query_waits_for_a_worker_is_not_dated_before_it(server: Client) -> None:
    async def one() -> None:
        story = Story(server)
        async with story.working():
            await story.open(datetime.now(UTC), severity="daily")
            await story.wrote(What.OPENED)
        asking = await ask_without_a_worker(story)
        await asyncio.sleep(1)
        sent = datetime.now(UTC)
        await story.handle.signal("agent_replied", {"id": "a1", "at": sent.isoformat()})
        async with story.working():
            await asking
            state = await story.wrote(What.AGENT_REPLIED)
            assert next(entry.at for entry in state.timeline if entry.what is What.AGENT_REPLIED) == sent
            await goes_on(story)

    await asyncio.gather(*(one() for _ in range(TIMES)))


async def goes_on(story: Story) -> None:
    """No task failed, the ticket takes an event, and its history replays."""
    await story.handle.signal("acknowledged", {"id": "taken", "at": datetime.now(UTC).isoformat(), "by": "Kim"})
    await story.wrote(What.ACKNOWLEDGED)
    assert await story.count(EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED) == 0
    failure, _ = await replay(await story.handle.fetch_history())
    assert failure is None


@pytest.mark.long
async def test_ten_thousand_events_at_once_are_all_taken_in(server: Client) -> None:
    story = Story(server)
    async with story.working():
        await story.open(datetime.now(UTC), severity="daily")
        await story.wrote(What.OPENED)
    await backlog(story, MANY - 1)
    async with story.working():
        await story.handle.signal("agent_replied", {"id": "last", "at": datetime.now(UTC).isoformat()})
        async with asyncio.timeout(120):
            while len((await story.state()).seen) < MANY:  # noqa: ASYNC110
                await asyncio.sleep(0.5)
        assert (await story.state()).status is Status.PENDING
        failed = await story.count(EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED)
        timed_out = await story.count(EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT)
        assert (failed, timed_out) == (0, 0)


async def backlog(story: Story, count: int) -> None:
    """So many events that no worker has seen."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        async with gate:
            event = {"id": f"e{number}", "at": datetime.now(UTC).isoformat(), "kind": "auto"}
            await story.handle.signal("customer_replied", event)

    await asyncio.gather(*(one(number) for number in range(count)))


async def test_a_worker_stops_in_time_in_the_middle_of_a_backlog(server: Client) -> None:
    story = Story(server)
    async with story.working():
        await story.open(datetime.now(UTC), severity="daily")
        await story.wrote(What.OPENED)
    await backlog(story, 1000)
    loop = asyncio.get_running_loop()
    async with story.working():
        await asyncio.sleep(0.5)
        begun = loop.time()
    assert loop.time() - begun < 10
    async with story.working():
        async with asyncio.timeout(60):
            while len((await story.state()).seen) < 1000:  # noqa: ASYNC110
                await asyncio.sleep(0.2)


async def test_a_ticket_whose_holidays_are_gone_stays_open_and_is_listed_as_troubled(server: Client) -> None:
    """Its calendars end soon, and a release of the holidays no longer knows the country."""
    story = Story(server)
    now = datetime.now(UTC)
    ticket = story.ticket(now, policy="house", severity="normal")
    terms = make_terms(Library(POLICIES).load("house"), ticket, now)
    calendars = {
        name: each.model_copy(update={"end": now + timedelta(minutes=1)}) for name, each in terms.calendars.items()
    }
    specs = {name: {**spec, "holidays": [{"country": "XX"}]} for name, spec in terms.calendar_specs.items()}
    terms = terms.model_copy(update={"calendars": calendars, "calendar_specs": specs})
    await server.start_workflow(
        contract.WORKFLOW,
        CarriedTicket(state=begin(ticket, terms, now).state),
        id=contract.workflow_id(story.id),
        task_queue=story.queue,
    )
    async with story.working():
        state = await story.wrote(What.CALENDARS)
        assert [trouble.code for trouble in state.troubles] == ["calendars"]
        await story.handle.signal("customer_replied", {"id": "c1", "at": now.isoformat(), "text": "Hello?"})
        await story.wrote(What.CUSTOMER_REPLIED)
        described = await story.handle.describe()
        assert described.status is WorkflowExecutionStatus.RUNNING
        assert described.typed_search_attributes.get(contract.TROUBLE) == ["calendars"]
