"""`holdfast demo`: real tickets on a real server, days in seconds.

Every ticket has a clock of its own on the server (time skipping), so all of them are played at once; what happens is
printed ticket by ticket, each line as soon as it is known.
"""

import asyncio
import textwrap
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper

from cli.inputs.demo_stories import Story, read_stories
from cli.local.embedded_server import embedded_server
from cli.output.tickets import plain
from intake.desk import Desk
from policies.library import Library
from sla.base.errors import HoldfastError
from sla.calendars.time_text import humane
from sla.views.status import StatusView
from worker.process import build_worker, stop_signals
from worker.search_attributes import register_attributes
from worker.settings import Settings
from worker.temporal import connect, is_cluster_named
from workflows.contract import workflow_id

AHEAD = timedelta(days=400)
SETTLE = timedelta(seconds=2)
"""Played past each due instant, so that what is due there is done."""

OVERSHOOT = timedelta(minutes=5)
"""A dev server under load has been seen to skip twice as far as asked: a story must not go on from there."""

MOST_STEPS = 60
"""More steps than any story has: a story that does not end is an error, not a wait."""

_CLI, _ROOT = Path(__file__).parents[1:3]
SHIPPED = (_CLI / "examples" / "tickets.yaml", _ROOT / "examples" / "tickets.yaml")


class CannotSkip(HoldfastError):
    """This Temporal server cannot skip time; unset TEMPORAL_ADDRESS and the demo brings its own."""


class Ended(NamedTuple):
    """A story that was played to its end."""

    story: Story
    status: StatusView


async def play(settings: Settings, file: Path | None, *, keep: bool) -> None:
    """Play every story of a file and print it; with `keep` leave everything running until Ctrl-C."""
    console = Console(highlight=False, soft_wrap=True)
    now = datetime.now(UTC)
    tag = f"-{now:%y%m%d%H%M%S}" if is_cluster_named() else ""  # a cluster of one's own may have seen the demo before
    stories = read_stories(file or next(path for path in SHIPPED if path.exists()), now, tag)
    _clear(settings.outbox, stories)
    async with stop_signals() as stop, _server() as (client, ui_url):
        console.print(f"Temporal UI  {ui_url or '(of your cluster)'}\nMails        {settings.outbox}/", markup=False)
        await register_attributes(client)
        async with build_worker(client, settings):
            if not await _interrupted(stop, _play_all(client, settings, stories, console)) and keep:
                console.print("\nStill running for you to look around. Ctrl-C ends it.")
                await stop.wait()


async def _interrupted(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> bool:
    """Run the work unless Ctrl-C comes first."""
    playing = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({playing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if playing.done():
        playing.result()
        return False
    playing.cancel()
    await asyncio.wait({playing})
    return True


@asynccontextmanager
async def _server() -> AsyncGenerator[tuple[Client, str], None]:
    if is_cluster_named():
        yield await connect(), ""
        return
    async with embedded_server(data=None, time_skipping=True) as server:
        yield await connect(server.address), server.ui_url


def _clear(outbox: Path, stories: tuple[Story, ...]) -> None:
    """Mails of an earlier demo make room: an outbox never writes the same id twice."""
    for story in stories:
        for path in outbox.glob(f"{story.ticket.id}+*.eml"):
            path.unlink()


async def _play_all(client: Client, settings: Settings, stories: tuple[Story, ...], console: Console) -> None:
    desk, skipper = Desk(client, Library(settings.policies), ahead=AHEAD), TimeSkipper(client)
    await _check_skipping(skipper, client)
    players = [_Player(desk, skipper, client, story) for story in stories]
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(player.play()) for player in players]
            for player in players:
                await player.print_to(console)
    except* HoldfastError as several:
        raise several.exceptions[0] from None
    _summarise(console, [task.result() for task in tasks], settings.outbox)


async def _check_skipping(skipper: TimeSkipper, client: Client) -> None:
    """Ask before any ticket is opened: a server that can skip misses the workflow, another one the whole idea."""
    try:
        await skipper.fast_forward(client.get_workflow_handle("holdfast-demo-probe"), timedelta(seconds=1))
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:
            raise CannotSkip from error


class _Player:
    """Plays one story and tells its lines in order."""

    def __init__(self, desk: Desk, skipper: TimeSkipper, client: Client, story: Story) -> None:
        self._desk = desk
        self._skipper = skipper
        self._story = story
        self._handle: WorkflowHandle[object, object] = client.get_workflow_handle(workflow_id(story.ticket.id))
        self._lines: asyncio.Queue[str | None] = asyncio.Queue()
        self._told = 0
        self._clocks: set[tuple[str, int, str]] = set()

    async def play(self) -> Ended:
        """Open the ticket and let its days pass."""
        ticket = self._story.ticket
        try:
            await self._desk.open(ticket)
            await self._skip_to(ticket.opened_at + SETTLE)
            await self._report()
            for event in self._story.events:
                await self._wait_until(event.at or ticket.opened_at)
                await self._desk.tell(ticket.id, event)
                await self._report()
            return Ended(self._story, await self._wait_until(None))
        finally:
            self._lines.put_nowait(None)

    async def print_to(self, console: Console) -> None:
        """The story's lines as they come."""
        ticket = self._story.ticket
        console.print(f"\n{ticket.id}  {plain(ticket.subject)}", style="bold", markup=False)
        while (line := await self._lines.get()) is not None:
            console.print(line, markup=False)

    async def _wait_until(self, at: datetime | None) -> StatusView:
        """Let time pass to `at`, stopping at every due instant on the way; without `at` until nothing is due."""
        for _ in range(MOST_STEPS):
            status = await self._report()
            due = status.next[0].due_at if status.next else None
            if due is None or (at is not None and at <= due):
                if at is not None:
                    await self._skip_to(at)
                return status
            await self._skip_to(due + SETTLE)
        raise HoldfastError(f"story {self._story.ticket.id} does not end")

    async def _skip_to(self, at: datetime) -> None:
        now = await self._skipper.get_current_time(self._handle)
        if at > now:
            await self._skipper.fast_forward(self._handle, at - now)
            now = await self._skipper.get_current_time(self._handle)
        if now > at + OVERSHOOT:
            raise HoldfastError(f"the server skipped past {at:%Y-%m-%d %H:%M} UTC; play the demo once more")

    async def _report(self) -> StatusView:
        """Tell what is new."""
        ticket_id = self._story.ticket.id
        timeline, status = await self._desk.timeline(ticket_id), await self._desk.status(ticket_id)
        for line in timeline[self._told :]:
            self._lines.put_nowait(_told(line.local, line.text))
        self._told = len(timeline)
        for clock in status.clocks:
            known = (clock.objective.value, clock.cycle, clock.due_local or "")
            if clock.state == "running" and known not in self._clocks:
                self._clocks.add(known)
                self._lines.put_nowait(_told("", f"{humane(clock.objective)} due {clock.due_local}"))
        return status


def _told(when: str, text: str) -> str:
    """A line of the story, folded to 80 columns under its own text."""
    return textwrap.fill(plain(text), width=80, initial_indent=f"  {when:<28} ", subsequent_indent=" " * 31)


def _summarise(console: Console, ended: list[Ended], outbox: Path) -> None:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("Ticket", "Policy", "Plan", "Sev", "Closed by", "F-ups", "Clocks", "Mails"):
        table.add_column(heading, overflow="fold", justify="right" if heading == "Mails" else "left")
    for story, status in ended:
        kept = "broken" if any(clock.state in {"missed", "overdue"} for clock in status.clocks) else "kept"
        mails = len(list(outbox.glob(f"{story.ticket.id}+*.eml")))
        end = status.closing.by if status.closing else f"still {status.status}"
        table.add_row(
            story.ticket.id,
            status.policy,
            status.plan,
            status.severity,
            end,
            str(status.follow_ups),
            kept,
            str(mails),
        )
    console.print()
    console.print(table)
