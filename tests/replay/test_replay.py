"""Open tickets survive a deploy: golden histories replay with today's code, and no due instant has moved."""

import asyncio
import copy
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from replay import golden
from replay.checks import compare
from replay.paths import PATHS
from replay.rebuild import Rebuilt
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory

from sla.base.instant import MICROSECOND
from sla.calendars.calendar import Calendar
from sla.calendars.duration import Duration, due_at
from sla.state import clock
from sla.state.ladder import Ladder, Moment
from sla.state.notification import Fate
from sla.state.state import State
from sla.steps import rungs
from worker.history import read_timers
from worker.replay import replay

ROOT = Path(__file__).parents[2]
NAMES = golden.names()
RECORDED = golden.load_recorded()
"""Paths without an entry never had terms."""


def test_every_path_has_a_history() -> None:
    runs = {name.rstrip("_0123456789") for name in NAMES}
    assert {path.name for path in PATHS} == runs
    assert set(NAMES) - set(RECORDED) == {path.name for path in PATHS if not path.answerable}


@pytest.mark.parametrize("name", NAMES)
async def test_a_golden_history_replays(name: str) -> None:
    failure, moved = await replay(golden.load(name))
    assert failure is None, f"{name} does not replay; read docs/replay.md before you record it anew"
    assert not moved, f"{name}: {'; '.join(moved)}"


def test_the_paths_go_where_they_say() -> None:
    """A golden history that lost its point would guard nothing."""
    kinds = {name: {event.event_type for event in golden.load(name).events} for name in NAMES}
    assert EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW in kinds["continued_1"]
    assert golden.read_life(golden.load("continued_2")).start["kind"] == "carried"
    assert EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED in kinds["unknown_policy"]
    assert EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED in kinds["worker_died"]
    assert len(golden.read_life(golden.load("calendars_renewed")).extensions) == 1
    assert _lines("acronis_follow_ups") >= {"follow-up 1 of 3", "follow-up 2 of 3", "follow-up 3 of 3"}
    assert _lines("crashplan_silence") >= {"solved on silence", "closed on silence", "notice sent: survey"}
    assert _lines("crashplan_reopened") >= {"reopened: it was solved", "closed on silence"}
    assert _lines("ownbackup_breached") >= {"breached: first response", "escalated to Support director"}
    assert _lines("automatic_voices") >= {"mail bounced", "held for a person: mail to the customer bounced"}
    assert _fates("mail_uncertain").count(Fate.UNCERTAIN) == 2
    assert _fates("mail_refused").count(Fate.REFUSED) == 1
    assert _fates("mail_tried_again").count(Fate.NOT_SENT) == 2


def _fates(name: str) -> list[Fate]:
    turns = golden.read_life(golden.load(name)).turns
    return [answer.delivery.fate for turn in turns for answer in turn.answers]


def _lines(name: str) -> set[str]:
    """What the timeline of a path tells, without lateness."""
    return {text.partition(" (")[0] for text in Rebuilt(golden.read_life(golden.load(name))).told()}


# A check that cannot fail checks nothing.

Break = Callable[[WorkflowHistory], None]


def _activity_type(history: WorkflowHistory) -> None:
    scheduled = _first(history, EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED)
    scheduled.activity_task_scheduled_event_attributes.activity_type.name = "send_pigeon"


def _timer_for_upsert(history: WorkflowHistory) -> None:
    upsert = _first(history, EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES)
    upsert.event_type = EventType.EVENT_TYPE_TIMER_STARTED
    upsert.timer_started_event_attributes.timer_id = "77"


def _local_activity(history: WorkflowHistory) -> None:
    marker = _first(history, EventType.EVENT_TYPE_MARKER_RECORDED).marker_recorded_event_attributes
    data = marker.details["data"].payloads[0]
    data.data = data.data.replace(b"resolve_terms", b"resolve_names")


def _first(history: WorkflowHistory, kind: EventType.ValueType) -> HistoryEvent:
    return next(event for event in history.events if event.event_type == kind)


@pytest.mark.parametrize("broken", [_activity_type, _timer_for_upsert, _local_activity])
async def test_a_changed_command_is_seen(broken: Break) -> None:
    history = copy.deepcopy(golden.load("acronis_follow_ups"))
    broken(history)
    assert (await replay(history)).failure is not None


async def test_a_moved_timer_is_seen_though_replay_does_not_mind() -> None:
    history = copy.deepcopy(golden.load("acronis_follow_ups"))
    started = _first(history, EventType.EVENT_TYPE_TIMER_STARTED).timer_started_event_attributes
    started.start_to_fire_timeout.FromTimedelta(started.start_to_fire_timeout.ToTimedelta() + timedelta(hours=1))
    failure, moved = await replay(history)
    assert failure is None
    assert [line[-58:] for line in moved] == ["03:00:00 UTC and would now ring at 2030-03-01 02:00:00 UTC"]


@pytest.mark.slow
def test_replay_does_not_depend_on_the_machine() -> None:
    """Another zone, another locale, another order of sets."""
    strange = {
        "TZ": "Asia/Kolkata",
        "LC_ALL": "tr_TR.UTF-8",
        "PYTHONHASHSEED": "4711",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}",
    }
    chosen = ["ownbackup_breached", "crashplan_reopened", "calendars_renewed"]
    done = subprocess.run(
        [sys.executable, __file__, *chosen], env={**os.environ, **strange}, cwd=ROOT, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout.split(), done.stderr) == (0, chosen, "")


# Due instants.


@pytest.mark.parametrize("name", [name for name in NAMES if name in RECORDED])
def test_timers_rang_when_something_was_due(name: str) -> None:
    """(a) What the server was asked to wait for is what the core foresaw, to the second, or a retry."""
    foreseen = {_second(due.due_at) for due in RECORDED[name].steps}
    history = golden.load(name)
    retries = {_second(at) for at in Rebuilt(golden.read_life(history)).retries}
    strange = [timer for timer in read_timers(history) if _second(timer.rings_at) not in foreseen | retries]
    assert strange == []


def _second(at: datetime) -> datetime:
    return (at + timedelta(milliseconds=500)).replace(microsecond=0)


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_no_due_instant_has_moved(name: str) -> None:
    """(b) The core today, given the terms and the events of then."""
    changed = compare(name, RECORDED[name], Rebuilt(golden.read_life(golden.load(name))).recorded())
    if changed:
        pytest.fail(changed, pytrace=False)


def test_a_moved_due_instant_names_ticket_step_and_both_instants(monkeypatch: pytest.MonkeyPatch) -> None:
    def later(calendar: Calendar, start: datetime, duration: Duration) -> datetime:
        return due_at(calendar, start, duration) + timedelta(minutes=5)

    monkeypatch.setattr(clock, "due_at", later)
    name = "ownbackup_breached"
    changed = compare(name, RECORDED[name], Rebuilt(golden.read_life(golden.load(name))).recorded())
    assert "path ownbackup_breached, ticket GOLD-04:" in changed
    assert (
        "  first_response-1-high-breach-tier-3: recorded 2030-03-04 16:30:00 UTC, now 2030-03-04 16:35:00 UTC"
        in changed
    )
    assert "Either take the change of the core back" in changed


async def test_a_rule_that_moves_a_rung_is_seen_in_replay_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same through the workflow code itself, as it is done for the live tickets of a cluster."""
    rung_moment = rungs.rung_moment

    def later(state: State, ladder: Ladder, rung: int) -> Moment:
        planned, due = rung_moment(state, ladder, rung)
        return Moment(planned, due + timedelta(minutes=5))

    monkeypatch.setattr(rungs, "rung_moment", later)
    failure, moved = await replay(golden.load("duplicate_event"))
    assert failure is None
    assert [line[line.index("was") :] for line in moved] == [
        "was to ring at 2030-03-07 03:00:00 UTC and would now ring at 2030-03-07 03:05:00 UTC"
    ]


def test_a_microsecond_is_no_move() -> None:
    recorded = RECORDED["crashplan_silence"]
    steps = tuple(due.model_copy(update={"due_at": due.due_at + MICROSECOND}) for due in recorded.steps)
    assert compare("crashplan_silence", recorded, recorded.model_copy(update={"steps": steps})) == ""


async def _replay_named(names: list[str]) -> None:
    for name in names:
        failure, moved = await replay(golden.load(name))
        if failure or moved:
            raise SystemExit(f"{name}: {failure or moved}")
        print(name)


if __name__ == "__main__":
    asyncio.run(_replay_named(sys.argv[1:]))
