"""Two questions to a history: do its commands still fit the code, and does every timer still ring when it was to?"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import NamedTuple
from unittest import mock

from replay.golden import Due, Recorded, Timer, read_timers
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from worker.process import WORKFLOWS
from worker.temporal import DATA_CONVERTER, workflow_runner
from workflows.alarm import Alarm

WHAT_TO_DO = """\
An open ticket takes its due instants from today's core, and replay does not see that one moved: the promise
of every open ticket would change silently. Either take the change of the core back, or, where the old
instant was wrong, say so in the change log, tell those who watch the tickets, and record anew:
    uv run python tests/replay/record.py"""


OBSERVED = "workflows.alarm"
"""Each workflow of the sandbox has its own copy of a module: what is observed must pass through."""


class Verdict(NamedTuple):
    """What replaying a history showed: why its commands do not fit, and which timers would ring at another time."""

    failure: Exception | None
    moved: tuple[str, ...]


def replayer() -> Replayer:
    """A replayer that is set up as the worker is, but for the alarm, which is observed."""
    return Replayer(workflows=WORKFLOWS, data_converter=DATA_CONVERTER, workflow_runner=workflow_runner(OBSERVED))


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
    sleep = Alarm._sleep

    async def noted(self: Alarm, at: datetime, summary: str) -> None:
        lengths.append(at - workflow.now())
        await sleep(self, at, summary)

    with mock.patch.object(Alarm, "_sleep", noted):
        yield lengths


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


def compare(name: str, recorded: Recorded, now: Recorded) -> str:
    """What differs between the due instants of a path, as a message; empty when nothing does."""
    lines = [*_differences(recorded.steps, now.steps), *_differences(recorded.timeline, now.timeline)]
    if not lines:
        return ""
    return "\n".join([f"path {name}, ticket {recorded.ticket_id}:", *lines, "", WHAT_TO_DO])


def _differences(recorded: tuple[Due, ...], now: tuple[Due, ...]) -> Generator[str, None, None]:
    before, after = _by_step(recorded), _by_step(now)
    for what in dict.fromkeys((*before, *after)):
        for old, new in zip_longest(before.get(what, []), after.get(what, [])):
            if old is None or new is None or abs(old - new) >= timedelta(seconds=1):
                yield f"  {what}: recorded {_said(old)}, now {_said(new)}"


def _by_step(dues: tuple[Due, ...]) -> Mapping[str, list[datetime]]:
    found: dict[str, list[datetime]] = {}
    for due in dues:
        found.setdefault(due.what, []).append(due.due_at)
    return found


def _said(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else "never"
