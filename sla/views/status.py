"""What may be seen of a ticket: the answer of the `status` query and the card that the Temporal UI shows."""

from datetime import datetime
from typing import Literal, NamedTuple

from sla.base.errors import CalendarError, HoldfastError
from sla.base.fields import Record
from sla.base.instant import Instant
from sla.calendars.time_text import instant_text
from sla.inputs.terms import Absence, AfterClose, Objective, Target
from sla.state.clock import Clock, deadline, elapsed, length
from sla.state.state import Closing, State, Status
from sla.state.timeline import What
from sla.steps.agenda import Step, foreseen
from sla.views.wording import OF_CLOCK_STOP, entry_text, waits_for

ClockState = Literal["running", "paused", "met", "missed", "overdue", "void"]


class ClockView(Record):
    """A clock as people read it. `due_at` is missing while it is paused: the due instant moves on with the pause."""

    objective: Objective
    cycle: int
    state: ClockState
    target: str
    calendar: str
    zone: str
    started_at: Instant
    due_at: Instant | None
    due_local: str | None
    stopped_at: Instant | None
    elapsed_seconds: float


class Foreseen(Record):
    """A step that will be done unless an event comes first."""

    what: str
    due_at: Instant
    due_local: str


class StatusView(Record):
    """Everything `holdfast ticket show` prints, except the timeline."""

    ticket_id: str
    subject: str
    policy: str
    plan: str
    severity: str
    status: Status
    since: Instant
    since_local: str
    zone: str
    waits_for: str
    clocks: tuple[ClockView, ...]
    promised_otherwise: dict[str, str]
    next: tuple[Foreseen, ...]
    follow_ups: int
    troubles: tuple[str, ...]
    after_close: AfterClose
    closing: Closing | None
    made_by: dict[str, str]


class TimelineLine(Record):
    """A line of the timeline as people read it.

    `local` is the instant it belongs to in the calendar's time: when it was due for what we do, on time or late, and
    when it happened for everything else.
    """

    at: Instant
    due_at: Instant | None
    local: str
    what: What
    text: str


def view_timeline(state: State) -> tuple[TimelineLine, ...]:
    """What happened to the ticket, oldest first, in the calendar's local time."""
    calendar = state.calendar()
    return tuple(
        TimelineLine(
            at=entry.at,
            due_at=entry.due_at,
            local=instant_text(calendar, entry.at if entry.what in OF_CLOCK_STOP else entry.due_at or entry.at),
            what=entry.what,
            text=entry_text(entry),
        )
        for entry in state.timeline
    )


def view(state: State, now: datetime) -> StatusView:
    """The ticket at `now` (UTC). Raises PastHorizon, NoOpenTime."""
    calendar, steps = state.calendar(), foreseen(state)
    return StatusView(
        ticket_id=state.ticket.id,
        subject=state.ticket.subject,
        policy=state.terms.policy,
        plan=state.terms.plan,
        severity=state.severity,
        status=state.status,
        since=state.since,
        since_local=instant_text(calendar, state.since),
        zone=state.zone(),
        waits_for=waits_for(state, steps[0] if steps else None),
        clocks=tuple(view_clock(state, clock, now) for clock in state.clocks if _is_target(state, clock)),
        promised_otherwise=_absences(state),
        next=tuple(_foreseen(state, step) for step in steps),
        follow_ups=state.follow_ups,
        troubles=tuple(trouble.why for trouble in state.troubles),
        after_close=state.terms.replies.closed,
        closing=state.closing,
        made_by=state.terms.made_by,
    )


def _is_target(state: State, clock: Clock) -> bool:
    return isinstance(state.promise(clock.objective), Target)


def _absences(state: State) -> dict[str, str]:
    named = [each for each in Objective if any(each in row for row in state.terms.promises.values())]
    promises = {objective: state.promise(objective) for objective in named}
    return {objective: promise.kind for objective, promise in promises.items() if isinstance(promise, Absence)}


def _foreseen(state: State, step: Step) -> Foreseen:
    local = instant_text(state.calendar(), step.due_at)
    return Foreseen(what=step.text(state), due_at=step.due_at, due_local=local)


class Judged(NamedTuple):
    """A clock with its state and due instant (UTC), which is missing while the clock is paused."""

    state: ClockState
    due_at: datetime | None


def judged(state: State, clock: Clock, target: Target, now: datetime) -> Judged:
    """How a clock stands at `now` (UTC). Past the calendars nothing is due."""
    try:
        due = deadline(clock, target, state.calendar)
    except HoldfastError:
        return Judged("paused" if clock.paused else "running" if clock.stopped_at is None else "met", None)
    stands = _clock_state(clock, due, now)
    return Judged(stands, None if stands == "paused" else due)


def view_clock(state: State, clock: Clock, now: datetime) -> ClockView:
    """One clock at `now` (UTC). Only for objectives that have a target."""
    target = state.promise(clock.objective)
    now = min(now, state.terms.calendars[state.terms.calendar].end)  # a look must not need longer calendars
    assert isinstance(target, Target)  # the caller asks for targets only
    calendar = state.calendar(target.calendar)
    stands, due = judged(state, clock, target, now)
    return ClockView(
        objective=clock.objective,
        cycle=clock.cycle,
        state=stands,
        target=promised(state, clock, target),
        calendar=target.calendar,
        zone=state.zone(target.calendar),
        started_at=clock.started_at,
        due_at=due,
        due_local=None if due is None else instant_text(calendar, due),
        stopped_at=clock.stopped_at,
        elapsed_seconds=_elapsed_seconds(state, clock, target, now),
    )


def promised(state: State, clock: Clock, target: Target) -> str:
    """The duration that counts, in the policy's words; past the calendars the usual one."""
    try:
        return length(clock, target, state.calendar).said
    except CalendarError:
        return target.duration.said


def _elapsed_seconds(state: State, clock: Clock, target: Target, now: datetime) -> float:
    """Past the calendars nothing has elapsed."""
    try:
        return elapsed(clock, target, state.calendar, now).total_seconds()
    except CalendarError:
        return 0.0


def _clock_state(clock: Clock, due: datetime, now: datetime) -> ClockState:
    if clock.paused and clock.pauses[-1].start <= due:
        return "paused"
    if clock.void and clock.stopped_at is not None and clock.stopped_at <= due:
        return "void"
    if clock.stopped_at is not None:
        kept = clock.kept if clock.kept is not None else clock.stopped_at <= due
        return "met" if kept else "missed"
    return "running" if now <= due else "overdue"


def is_breached(state: State, now: datetime) -> bool:
    """Whether any promise of the ticket was or is broken, whatever its severity is now."""
    if state.broken or any(clock.broken for clock in state.clocks):
        return True
    return any(clock.kept is None and _is_overdue(state, clock, now) for clock in state.clocks)


def _is_overdue(state: State, clock: Clock, now: datetime) -> bool:
    target = state.promise(clock.objective)
    return isinstance(target, Target) and judged(state, clock, target, now).state in {"missed", "overdue"}
