"""Scenarios on a real server: the harness owns time and the outside world.

A scenario is one ticket. Its workflow has a clock of its own, moved by `advance`; its mail goes to a `Mailbox`. What is
expected is taken from the mailbox in order; `expect_quiet` fails on anything that nobody expected.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Self
from uuid import uuid4
from zoneinfo import ZoneInfo

from temporalio.client import Client, WorkflowHandle
from temporalio.testing import TimeSkipper

from activities.channels.base import Begin
from intake.desk import Desk, Receipt
from intake.reading import read_event
from policies.library import Library
from sla.engine.outcome import Outcome
from sla.inputs.ticket import Ticket
from sla.state.notification import Attempt, Delivery, Fate, Notification
from sla.state.timeline import What
from sla.views.status import StatusView, TimelineLine
from worker.process import build_worker
from worker.settings import Settings
from workflows.contract import workflow_id

POLICIES = Path(__file__).parent / "data" / "policies"
SETTINGS = Settings(policies=POLICIES)
AHEAD = timedelta(days=2000)
SETTLE = timedelta(seconds=2)
"""Time given after an instant for what is due there to be done."""


class Mailbox:
    """The outside world's end of every message: keeps what arrives, and fails as it is told to."""

    def __init__(self) -> None:
        self.arrived: dict[str, list[Notification]] = {}
        self.fates: dict[str, list[Fate]] = {}
        self.gates: dict[str, asyncio.Event] = {}
        self.waiting: dict[str, asyncio.Event] = {}

    async def send(self, notification: Notification, begin: Begin) -> Delivery:
        """The scripted end of an attempt; a gate holds it until the test opens it."""
        if gate := self.gates.get(notification.id):
            self.waiting[notification.id].set()
            await gate.wait()
        scripted = self.fates.get(notification.id)
        fate = scripted.pop(0) if scripted else Fate.SENT
        if fate in {Fate.SENT, Fate.UNCERTAIN}:
            await begin()
            self.arrived.setdefault(notification.ticket_id, []).append(notification)
        return Delivery(fate=fate, detail="as the test says")

    async def fate(self, attempt: Attempt) -> Delivery:
        """This world keeps no record that could be asked."""
        return Delivery(fate=Fate.UNCERTAIN)

    def hold(self, identity: str) -> asyncio.Event:
        """Hold the send of one id until the returned gate is set."""
        self.waiting[identity] = asyncio.Event()
        return self.gates.setdefault(identity, asyncio.Event())


class World:
    """A server with a worker, and everything scenarios share."""

    def __init__(self, client: Client, mailbox: Mailbox, task_queue: str) -> None:
        self.client = client
        self.mailbox = mailbox
        self.task_queue = task_queue
        self.skipper = TimeSkipper(client)
        self.desk = Desk(client, Library(POLICIES), ahead=AHEAD, task_queue=task_queue)

    def scenario(self) -> "Scenario":
        """A new ticket's story."""
        return Scenario(self)


@asynccontextmanager
async def world(client: Client, *, task_queue: str | None = None) -> AsyncGenerator[World, None]:
    """A world with its worker for the length of the block."""
    queue, mailbox = task_queue or f"test-{uuid4().hex[:8]}", Mailbox()
    async with build_worker(client, SETTINGS, channel=mailbox, task_queue=queue):
        yield World(client, mailbox, queue)


def next_weekday(weekday: int, clock: str, zone: str, *, weeks: int = 1) -> datetime:
    """The first such weekday (Monday is 0) at least `weeks` weeks ahead, at a local time (UTC)."""
    today = datetime.now(ZoneInfo(zone)).date() + timedelta(weeks=weeks)
    return local(today + timedelta(days=(weekday - today.weekday()) % 7), clock, zone)


def local(day: date, clock: str, zone: str) -> datetime:
    """A local date and time as an instant (UTC)."""
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=ZoneInfo(zone)).astimezone(UTC)


class Scenario:
    """One ticket from outside: what is said to it, what is expected of it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.id = f"T-{uuid4().hex[:10]}"
        self.opened_at = datetime.now(UTC)
        self._expected = 0
        self._events = 0

    @property
    def handle(self) -> WorkflowHandle[Any, Outcome]:
        """The ticket's workflow."""
        return self.world.client.get_workflow_handle(workflow_id(self.id), result_type=Outcome)

    async def open_ticket(self, policy: str, opened_at: datetime, **fields: Any) -> Self:
        """Open the ticket and let time pass to its opening."""
        facts = {"subject": "Restore fails", "customer": {"email": "kim@customer.example", "name": "Kim"}}
        ticket = Ticket.model_validate({**facts, "id": self.id, "policy": policy, "opened_at": opened_at, **fields})
        self.opened_at = opened_at
        await self.world.desk.open(ticket)
        return await self.advance_to(opened_at + SETTLE)

    async def customer_replies(self, **fields: Any) -> Receipt:
        """The customer says something, now."""
        return await self.tell("customer_replied", **fields)

    async def agent_answers(self, **fields: Any) -> Receipt:
        """We say something, now."""
        return await self.tell("agent_replied", **fields)

    async def tell(
        self, event: str, *, at: datetime | None = None, identity: str | None = None, **fields: Any
    ) -> Receipt:
        """An event that happens now, in the ticket's own time, unless `at` says otherwise."""
        self._events += 1
        instant = at or await self.now()
        told = read_event({"event": event, "id": identity or f"{self.id}-e{self._events}", "at": instant, **fields})
        return await self.world.desk.tell(self.id, told)

    async def now(self) -> datetime:
        """The ticket's own time."""
        return await self.world.skipper.get_current_time(self.handle)

    async def advance(self, **span: float) -> Self:
        """Let a span of the ticket's time pass: `days=3, minutes=1`."""
        await self.world.skipper.fast_forward(self.handle, timedelta(**span))
        return self

    async def advance_to(self, instant: datetime) -> Self:
        """Let the ticket's time pass up to an instant."""
        left = instant - await self.now()
        if left > timedelta():
            await self.world.skipper.fast_forward(self.handle, left)
        return self

    def mails(self) -> list[Notification]:
        """Everything that arrived about this ticket."""
        return self.world.mailbox.arrived.get(self.id, [])

    def expect_mail(self, part: str, due: datetime | None = None) -> Notification:
        """The next message that arrived is this one, due at that instant."""
        waiting = self.mails()[self._expected :]
        assert waiting, f"nothing arrived where {part!r} was expected"
        self._expected += 1
        assert part in waiting[0].id, f"{waiting[0].id} arrived where {part!r} was expected"
        assert due is None or waiting[0].due_at == due, f"{waiting[0].id} was due {waiting[0].due_at}, not {due}"
        return waiting[0]

    def expect_follow_up(self, number: int, due: datetime | None = None) -> Notification:
        """The next message is this follow-up."""
        mail = self.expect_mail("follow_up", due)
        assert mail.id.endswith(f"-{number}"), mail.id
        return mail

    def expect_quiet(self) -> None:
        """Nothing arrived that was not expected."""
        extra = [mail.id for mail in self.mails()[self._expected :]]
        assert not extra, f"unexpected: {extra}"

    async def status(self) -> StatusView:
        """What `holdfast ticket show` shows."""
        return await self.world.desk.status(self.id)

    async def timeline(self, *whats: What) -> list[TimelineLine]:
        """The timeline's lines, of some kinds only when they are named."""
        return [line for line in await self.world.desk.timeline(self.id) if not whats or line.what in whats]

    async def until(self, what: What) -> TimelineLine:
        """The first line of a kind, awaited for a few seconds of real time."""
        for _ in range(100):
            if found := await self.timeline(what):
                return found[0]
            await asyncio.sleep(0.05)
        raise AssertionError(f"no {what} in the timeline")
