"""What can be read from a ticket's history without running its workflow: its timers, and when each was armed."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory

from workflows import options


class Timer(NamedTuple):
    """A timer that was started: the workflow's own time then, and its length."""

    event_id: int
    armed_at: datetime
    length: timedelta

    @property
    def rings_at(self) -> datetime:
        """When it rings (UTC)."""
        return self.armed_at + self.length


def read_timers(history: WorkflowHistory) -> tuple[Timer, ...]:
    """Every timer that was started, in order."""
    return tuple(_timers(history))


def _timers(history: WorkflowHistory) -> Iterator[Timer]:
    times, now = task_times(history), _time(history.events[0])
    for event in history.events:
        now = times.get(event.event_id, now)
        if local := ended_local(event):
            now = max(now, local.at)
        if event.event_type == EventType.EVENT_TYPE_TIMER_STARTED:
            length = event.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta()
            if length != options.BETWEEN_BATCHES:
                yield Timer(event.event_id, now, length)


def task_times(history: WorkflowHistory) -> dict[int, datetime]:
    """By the event that completed it: the time that the workflow saw in a workflow task."""
    by_id = {event.event_id: event for event in history.events}
    return {
        event.event_id: _time(by_id[event.workflow_task_completed_event_attributes.started_event_id])
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    }


def _time(event: HistoryEvent) -> datetime:
    return _instant(event.event_time.ToNanoseconds())


def _instant(nanoseconds: int) -> datetime:
    """Rounded as `workflow.now()` rounds it."""
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC)


class EndedLocal(NamedTuple):
    """A local activity that ended, and the time the workflow saw then."""

    activity: str
    payloads: list[Payload]
    at: datetime


def ended_local(event: HistoryEvent) -> EndedLocal | None:
    """The local activity whose end an event is; None where it is something else."""
    details = event.marker_recorded_event_attributes.details
    if "data" not in details:
        return None
    data = json.loads(details["data"].payloads[0].data)
    ended = data["complete_time"]
    return EndedLocal(
        data["activity_type"],
        list(details["result"].payloads),
        _instant(ended["seconds"] * 10**9 + ended["nanos"]),
    )


def ended_locals(history: WorkflowHistory, activity: str) -> list[EndedLocal]:
    """The ended local activities of one kind, in order."""
    return [local for local in filter(None, map(ended_local, history.events)) if local.activity == activity]
