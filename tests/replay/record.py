"""Records the golden histories anew, on a real server whose clock runs ahead.

    uv run python tests/replay/record.py [name ...]

Without names all of them, and only when every one has been recorded is anything written.
"""

import asyncio
import logging
import os
import stat
import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path as FilePath
from typing import Any, NamedTuple
from unittest import mock

from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowHistory,
    WorkflowQueryFailedError,
)
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import TimeSkipper

sys.path.insert(0, str(FilePath(__file__).parents[1]))

from replay.golden import Recorded, load_recorded, read_life, save, save_recorded
from replay.paths import LATER, PATHS, Crash, Path
from replay.rebuild import Rebuilt

from activities.channels.base import Begin
from cli.local.embedded_server import embedded_server, find_binary
from intake.desk import Desk
from policies.library import Library
from sla.base.errors import PastHorizon, PolicyError
from sla.engine.start import NewTicket
from sla.state.notification import Attempt, Delivery, Fate, Notification
from sla.state.state import State
from sla.steps.agenda import Step, next_step
from worker.process import build_worker
from worker.search_attributes import register_attributes
from worker.settings import Settings
from worker.temporal import connect
from workflows import contract

AHEAD = timedelta(days=3650)
CLOSE = timedelta(minutes=1)
PATIENCE = 30.0
TRIES = 5
SHORT_RUN = 40
"""Events after which the server suggests to continue as new, for the paths that show it."""


class Scripted:
    """A channel that gives the answers its path names, then sends."""

    def __init__(self, path: Path) -> None:
        self._answers = list(path.answers)
        self._fates: dict[str, Fate] = {}

    async def send(self, notification: Notification, begin: Begin) -> Delivery:
        """The next answer of the path."""
        answer = self._answers.pop(0) if self._answers else Delivery(fate=Fate.SENT)
        if isinstance(answer, Crash):
            self._fates[notification.id] = answer.fate
            raise ConnectionResetError("the worker died")
        return answer

    async def fate(self, attempt: Attempt) -> Delivery:
        """What became of a send that gave no answer."""
        return Delivery(fate=self._fates[attempt.notification.id])


class Stage(NamedTuple):
    """Where paths are played."""

    client: Client
    skipper: TimeSkipper
    library: Library


class Take(NamedTuple):
    """What was recorded of one run."""

    path: str
    name: str
    history: WorkflowHistory
    recorded: Recorded | None


class ClockRanAway(Exception):
    """The server skipped further than it was asked to, as it does once in a while."""


async def record(path: Path) -> list[Take]:
    """Play one path on a server of its own, again if the server's clock ran away."""
    for _ in range(TRIES):
        with suppress(ClockRanAway, TimeoutError):
            async with _stage(path) as stage, asyncio.timeout(PATIENCE):
                return await _play(stage, path)
    raise RuntimeError(f"{path.name}: the clock ran away {TRIES} times")


@asynccontextmanager
async def _stage(path: Path) -> AsyncGenerator[Stage, None]:
    with tempfile.TemporaryDirectory() as scratch, mock.patch.dict(os.environ, await _cli(FilePath(scratch), path)):
        async with embedded_server(data=None, time_skipping=True, ui=False) as server:
            client = await connect(server.address)
            await register_attributes(client)
            async with build_worker(client, Settings(policies=None), channel=Scripted(path)):
                yield Stage(client, TimeSkipper(client), Library())


async def _cli(scratch: FilePath, path: Path) -> Mapping[str, str]:
    """For short runs a Temporal CLI of our own: the real one with one more setting."""
    if not path.short_runs:
        return {}
    script = scratch / "temporal"
    limit = f"--dynamic-config-value limit.historyCount.suggestContinueAsNew={SHORT_RUN}"
    script.write_text(f'#!/bin/sh\nexec "{await find_binary()}" "$@" {limit}\n', encoding="utf-8")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return {"HOLDFAST_TEMPORAL_CLI": str(script)}


async def _play(stage: Stage, path: Path) -> list[Take]:
    await _open(stage, path)
    handle = stage.client.get_workflow_handle(contract.workflow_id(path.ticket.id))
    first = (await handle.describe()).run_id
    if path.answerable:
        for told in path.told:
            await _pass_to(stage, handle, told.at + LATER)
            await handle.signal(told.signal, told.payload)
        await _pass_to(stage, handle, path.until)
    if path.until is None:
        with suppress(WorkflowFailureError):
            await handle.result()
    return await _takes(stage.client, path, first)


async def _open(stage: Stage, path: Path) -> None:
    client = stage.skipper.client
    try:
        await Desk(client, stage.library, ahead=AHEAD).open(path.ticket)
    except PolicyError:
        # The desk refuses what the library does not know: this ticket's policy was deleted in between.
        identity = contract.workflow_id(path.ticket.id)
        await client.start_workflow(
            contract.WORKFLOW, NewTicket(ticket=path.ticket), id=identity, task_queue=contract.TASK_QUEUE
        )


async def _pass_to(stage: Stage, handle: WorkflowHandle[Any, Any], at: datetime | None) -> None:
    """Let time pass to `at`, stopping wherever something is due; without `at` until nothing is.

    In one skip the clock would run on while the worker does what was due.
    """
    step = await _next(handle)
    while step is not None and (at is None or step.wake_at < at):
        await _skip_to(stage, handle, step.wake_at + LATER)
        step = await _next(handle)
    if at is not None:
        await _skip_to(stage, handle, at)
        await _state(handle)


async def _next(handle: WorkflowHandle[Any, Any]) -> Step | None:
    """What is due next, as soon as the calendars reach it."""
    while True:
        with suppress(PastHorizon):
            return next_step(await _state(handle))
        await asyncio.sleep(0.05)


async def _skip_to(stage: Stage, handle: WorkflowHandle[Any, Any], at: datetime) -> None:
    try:
        now = await stage.skipper.get_current_time(handle)
        if at <= now:
            return await asyncio.sleep(0.02)  # it is being done
        await stage.skipper.fast_forward(handle, at - now)
        if await stage.skipper.get_current_time(handle) > at + CLOSE:
            raise ClockRanAway
    except RPCError as error:
        if error.status != RPCStatusCode.NOT_FOUND:  # it has ended
            raise


async def _state(handle: WorkflowHandle[Any, Any]) -> State:
    """The ticket, as soon as it has its terms."""
    while True:
        try:
            return await handle.query(contract.STATE, result_type=State)
        except WorkflowQueryFailedError:
            await asyncio.sleep(0.05)
        except RPCError as error:
            if error.status != RPCStatusCode.FAILED_PRECONDITION:  # its next run is about to begin
                raise


async def _takes(client: Client, path: Path, run: str) -> list[Take]:
    """One take for each run of the ticket, numbered when there are several."""
    takes: list[Take] = []
    while run:
        handle = client.get_workflow_handle(contract.workflow_id(path.ticket.id), run_id=run)
        history = await handle.fetch_history()
        failed = (await handle.describe()).status == WorkflowExecutionStatus.FAILED
        takes.append(Take(path.name, path.name, history, None if failed else await _checked(handle, history)))
        run = history.events[-1].workflow_execution_continued_as_new_event_attributes.new_execution_run_id
    if len(takes) == 1:
        return takes
    return [take._replace(name=f"{take.name}_{number}") for number, take in enumerate(takes, 1)]


async def _checked(handle: WorkflowHandle[Any, Any], history: WorkflowHistory) -> Recorded:
    """The due instants of a run; the ticket itself, asked now, must know the same."""
    rebuilt = Rebuilt(read_life(history))
    live = await handle.query(contract.STATE, result_type=State)
    for field in State.model_fields:
        ours, its = _comparable(rebuilt.state, field), _comparable(live, field)
        if ours != its:
            raise RuntimeError(
                f"{handle.id}: {field} rebuilt from the history differs from the ticket's\n{ours}\n{its}"
            )
    return rebuilt.recorded()


def _comparable(state: State, field: str) -> Any:
    return [entry.due_at for entry in state.timeline] if field == "timeline" else getattr(state, field)


async def _record_all(paths: tuple[Path, ...]) -> list[Take]:
    """One after the other: a busy worker would only add workflow tasks."""
    takes: list[Take] = []
    for path in paths:
        takes += await record(path)
        lengths = (str(len(take.history.events)) for take in takes if take.path == path.name)
        print(f"{path.name}: {', '.join(lengths)} events", flush=True)
    return takes


def main() -> None:
    """Record, then write."""
    logging.disable()  # what fails here is meant to fail
    wanted = set(sys.argv[1:])
    chosen = tuple(path for path in PATHS if not wanted or path.name in wanted)
    takes = asyncio.run(_record_all(chosen))
    due = load_recorded() if wanted else {}
    for take in takes:
        save(take.name, take.history)
        if take.recorded is not None:
            due[take.name] = take.recorded
    save_recorded(due)


if __name__ == "__main__":
    started = datetime.now(UTC)
    main()
    print(f"recorded in {(datetime.now(UTC) - started).total_seconds():.0f} s")
