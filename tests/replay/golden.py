"""Golden histories on disk, and what can be read from a history without running the workflow."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter
from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType, TimeoutType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory

from sla.base.fields import Record
from sla.inputs.terms import Terms
from sla.state.notification import Delivery, Fate, Notification
from worker.history import EndedLocal, ended_locals, task_times
from worker.temporal import DATA_CONVERTER
from workflows import contract, options

HERE = Path(__file__).parent
HISTORIES = HERE / "histories"
DUE_INSTANTS = HERE / "due_instants.json"


class Due(Record):
    """When something is due: a step of the agenda by its key, or a line of the timeline by its kind."""

    what: str
    due_at: datetime


class Recorded(Record):
    """What was recorded beside a history: every due instant ever foreseen, and those the timeline shows."""

    ticket_id: str
    steps: tuple[Due, ...]
    timeline: tuple[Due, ...]


_RECORDED = TypeAdapter(dict[str, Recorded])


def names() -> tuple[str, ...]:
    """The golden histories, sorted."""
    return tuple(sorted(path.stem for path in HISTORIES.glob("*.json")))


def load(name: str) -> WorkflowHistory:
    """A golden history, under the workflow id that it was recorded with."""
    history = WorkflowHistory.from_json("", (HISTORIES / f"{name}.json").read_text(encoding="utf-8"))
    started = history.events[0].workflow_execution_started_event_attributes
    return WorkflowHistory(started.workflow_id, history.events)


def save(name: str, history: WorkflowHistory) -> None:
    """Write a golden history, without the names of the machines that made it."""
    raw = json.loads(history.to_json(), object_hook=_without_identity)
    text = json.dumps(raw, indent=1, sort_keys=True, ensure_ascii=False)
    HISTORIES.mkdir(exist_ok=True)
    (HISTORIES / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")


def _without_identity(fields: dict[str, Any]) -> dict[str, Any]:
    return {key: "recorder" if key == "identity" else value for key, value in fields.items()}


def load_recorded() -> dict[str, Recorded]:
    """The due instants recorded beside the histories."""
    return _RECORDED.validate_json(DUE_INSTANTS.read_bytes())


def save_recorded(recorded: dict[str, Recorded]) -> None:
    """Write the due instants, one a line."""
    paths = (f'"{name}": {{\n{_text(each)}\n}}' for name, each in sorted(recorded.items()))
    DUE_INSTANTS.write_text("{\n" + ",\n".join(paths) + "\n}\n", encoding="utf-8")


def _text(recorded: Recorded) -> str:
    steps, timeline = (
        ",\n".join(f"  {due.model_dump_json()}" for due in dues) for dues in (recorded.steps, recorded.timeline)
    )
    return f' "ticket_id": "{recorded.ticket_id}",\n "steps": [\n{steps}\n ],\n "timeline": [\n{timeline}\n ]'


class Arrived(NamedTuple):
    """A signal with its arguments, decoded as the workflow gets them; None where they cannot be read."""

    name: str
    arguments: tuple[Any, ...] | None


class Answer(NamedTuple):
    """How a send ended, under the id of its message, and when the workflow knew."""

    identity: str
    delivery: Delivery
    at: datetime


class Turn(NamedTuple):
    """One completed workflow task: its time, the signals before it and what else had happened.

    `handed_on` counts the follow-up tickets that were started, or got a reply.
    """

    at: datetime
    arrived: tuple[Arrived, ...]
    answers: tuple[Answer, ...]
    rang: bool
    handed_on: int
    canceled: bool


class Begun(NamedTuple):
    """The terms that a ticket was given, and when it had them."""

    terms: Terms
    at: datetime


class Life(NamedTuple):
    """What a history tells about a ticket: its start, the terms it was given, and what happened to it.

    `extensions` are the terms with longer calendars, in order; None where they could not be made.
    """

    start: Any
    begun: Begun | None
    extensions: tuple[Begun | None, ...]
    turns: tuple[Turn, ...]


def read_life(history: WorkflowHistory) -> Life:
    """What a history tells about its ticket."""
    started = history.events[0].workflow_execution_started_event_attributes.input.payloads
    resolved = [_begun(local) for local in ended_locals(history, contract.RESOLVE_TERMS)]
    return Life(
        start=decode(started[0], object),
        begun=resolved[0] if resolved else None,
        extensions=tuple(_begun(local) for local in ended_locals(history, contract.EXTEND_TERMS)),
        turns=tuple(_turns(history)),
    )


def _begun(local: "EndedLocal") -> Begun | None:
    return Begun(decode(local.payloads[0], Terms), local.at) if local.payloads else None


def decode(payload: Payload, kind: Any) -> Any:
    """A payload's value, by the product's own converter."""
    return DATA_CONVERTER.payload_converter.from_payloads([payload], [kind])[0]


def _turns(history: WorkflowHistory) -> Iterator[Turn]:
    """Workflow tasks in order. An event that arrives while a task runs belongs to the next one."""
    times, waiting, sends = task_times(history), list(history.events), _Sends(history)
    for event in history.events:
        if event.event_id in times:
            started, at = event.workflow_task_completed_event_attributes.started_event_id, times[event.event_id]
            news = [each for each in waiting if each.event_id < started]
            waiting = [each for each in waiting if each.event_id > started]
            kinds = [each.event_type for each in news]
            yield Turn(
                at,
                tuple(_arrivals(news)),
                tuple(filter(None, (sends.answer(each, at) for each in news))),
                any(sends.is_alarm(each) for each in news),
                sum(kinds.count(kind) for kind in _HANDED_ON),
                EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED in kinds,
            )


_HANDED_ON = (
    EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED,
    EventType.EVENT_TYPE_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED,
)


def _arrivals(news: list[HistoryEvent]) -> Iterator[Arrived]:
    for event in news:
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
            signal = event.workflow_execution_signaled_event_attributes
            yield Arrived(signal.signal_name, _arguments(signal.input.payloads))


def _arguments(payloads: Sequence[Payload]) -> tuple[Any, ...] | None:
    try:
        return tuple(decode(payload, object) for payload in payloads)
    except Exception:  # whatever a converter raises, the ticket notes the signal as ignored
        return None


class _Sends:
    """The sends and timers of a history, by the event that began them."""

    def __init__(self, history: WorkflowHistory) -> None:
        self._begun = {event.event_id: event for event in history.events}
        told = ended_locals(history, contract.TELL_FATE)
        self._fates = [(decode(local.payloads[0], Delivery), local.at) for local in told]

    def is_alarm(self, event: HistoryEvent) -> bool:
        """Whether a timer fired that was the ticket's alarm, and not the pause between two batches of events."""
        if event.event_type != EventType.EVENT_TYPE_TIMER_FIRED:
            return False
        begun = self._begun[event.timer_fired_event_attributes.started_event_id]
        return begun.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta() != options.BETWEEN_BATCHES

    def answer(self, event: HistoryEvent, at: datetime) -> Answer | None:
        """How a send ended, where the event is its end."""
        match event.event_type:
            case EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
                ended = event.activity_task_completed_event_attributes
                return Answer(self._id(ended.scheduled_event_id), decode(ended.result.payloads[0], Delivery), at)
            case EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED:
                return self._told(event.activity_task_failed_event_attributes.scheduled_event_id)
            case EventType.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT:
                return self._timed_out(event, at)
            case _:
                return None

    def _timed_out(self, event: HistoryEvent, at: datetime) -> Answer:
        ended = event.activity_task_timed_out_event_attributes
        if ended.failure.timeout_failure_info.timeout_type != TimeoutType.TIMEOUT_TYPE_SCHEDULE_TO_START:
            return self._told(ended.scheduled_event_id)
        not_taken = Delivery(fate=Fate.NOT_SENT, detail="no worker took it")
        return Answer(self._id(ended.scheduled_event_id), not_taken, at)

    def _told(self, scheduled: int) -> Answer:
        delivery, at = self._fates.pop(0)
        return Answer(self._id(scheduled), delivery, at)

    def _id(self, scheduled: int) -> str:
        payloads = self._begun[scheduled].activity_task_scheduled_event_attributes.input.payloads
        return decode(payloads[0], Notification).id
