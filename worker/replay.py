"""Replays histories with the code as it is: do their commands still fit, and does every timer still ring in time?"""

from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from temporalio.client import Client, WorkflowHistory
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.service import RPCError
from temporalio.worker import Replayer

from sla.base.errors import ServerUnreachable
from worker.history import Timer, read_timers
from worker.process import WORKFLOWS
from worker.temporal import DATA_CONVERTER, workflow_runner
from workflows import contract
from workflows.alarm import Alarm

LONGEST_REASON = 400

OPEN = f"WorkflowType = '{contract.WORKFLOW}' AND ExecutionStatus = 'Running'"


OBSERVED = "workflows.alarm"
"""Each workflow of the sandbox has its own copy of a module: what is observed must pass through."""


class Verdict(NamedTuple):
    """What replaying a history showed: why its commands do not fit, and which timers would ring at another time."""

    failure: Exception | None
    moved: tuple[str, ...]


@lru_cache(maxsize=1)
def _quiet() -> Runtime:
    """Hazard: the SDK writes its warnings to standard output, which is the command's."""
    errors = TelemetryFilter(core_level="ERROR", other_level="ERROR")
    return Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(filter=errors)))


def replayer() -> Replayer:
    """A replayer that is set up as the worker is, but for the alarm, which is observed."""
    return Replayer(
        workflows=WORKFLOWS, data_converter=DATA_CONVERTER, workflow_runner=workflow_runner(OBSERVED), runtime=_quiet()
    )


async def replay(history: WorkflowHistory, through: Replayer | None = None) -> Verdict:
    """Replay one history with the code as it is."""
    with _armed() as lengths:
        result = await (through or replayer()).replay_workflow(history, raise_on_replay_failure=False)
    if result.replay_failure is not None:
        return Verdict(result.replay_failure, ())
    return Verdict(None, tuple(_moved(read_timers(history), lengths)))


@contextmanager
def _armed() -> Generator[list[timedelta], None, None]:
    """The lengths of all timers that the workflow code asks for, in order: what replay itself does not compare."""
    lengths: list[timedelta] = []
    Alarm.noted = lengths.append
    try:
        yield lengths
    finally:
        Alarm.noted = None


def _nearest_second(at: datetime) -> str:
    return f"{at + timedelta(milliseconds=500):%Y-%m-%d %H:%M:%S}"


def _moved(timers: tuple[Timer, ...], lengths: list[timedelta]) -> Generator[str, None, None]:
    # A history that is still being written can lack the last timer.
    for timer, length in zip(timers, lengths, strict=False):
        if abs(timer.length - length) >= timedelta(seconds=1):
            yield (
                f"the timer of event {timer.event_id} was to ring at {_nearest_second(timer.rings_at)} UTC "
                f"and would now ring at {_nearest_second(timer.armed_at + length)} UTC"
            )


class Replayed(NamedTuple):
    """A ticket that was replayed, and what is wrong with it in words; None where it can go on."""

    ticket_id: str
    wrong: str | None


async def replay_open_tickets(client: Client) -> AsyncIterator[Replayed]:
    """Every open ticket of a cluster, replayed. It only reads. Raises ServerUnreachable."""
    through = replayer()
    try:
        async for history in client.list_workflows(OPEN).map_histories():
            verdict = await replay(history, through)
            yield Replayed(contract.ticket_id(history.workflow_id), _wrong(verdict))
    except RPCError as error:
        raise ServerUnreachable(f"the Temporal server does not answer: {error.message}") from error


def _wrong(verdict: Verdict) -> str | None:
    why = str(verdict.failure) if verdict.failure is not None else "; ".join(verdict.moved)
    return " ".join(why.split())[:LONGEST_REASON] or None
