"""What is promised for a ticket before anything has happened to it: every objective with its due instant and why.

Nothing here knows a rule: the ticket is opened in the core, and its clocks are asked.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal

from pydantic import Field

from sla.base.fields import Record
from sla.base.instant import Instant
from sla.calendars.calendar import Calendar
from sla.calendars.duration import CLOCK_TIME, Count
from sla.calendars.open_reasons import CLOCK_CHANGE, Span
from sla.inputs.event import AgentReplied
from sla.inputs.terms import Absence, Fact, Objective, Target, Terms, Threshold
from sla.inputs.ticket import Ticket
from sla.rules.events import apply, opened
from sla.state.clock import Clock, counts_from, deadline, length, thresholds
from sla.state.pauses import Calendars, Pause
from sla.state.state import State
from sla.steps.ages import age_steps

ELAPSED, PAUSED, CUT_OFF = "elapsed", "paused", "cut-off"
"""Reasons that a calendar does not know: time that counts round the clock, stands still, or waits for the next day."""


class Segment(Record):
    """A stretch of time from the beginning of a clock to its due instant, and how much of it counted (seconds).

    `why` is "open", "closed", "elapsed", "paused", "cut-off", "clock change" (no length) or the name of a holiday.
    """

    start: Instant = Field(serialization_alias="from")
    end: Instant = Field(serialization_alias="to")
    counted_seconds: int | float
    why: str


class Mark(Record):
    """A warning, the breach or an escalation: when it is told, and the level that is told of it."""

    key: str
    at: Instant
    at_local: str
    tell: str | None
    what: Literal["warning", "breach", "escalation"]


class Age(Record):
    """An escalation because the ticket is still unsolved at an age, in the policy's words."""

    age: str
    at: Instant
    at_local: str
    tell: str


class Outlook(Record):
    """What one objective promises. Without a due instant `begins` says what its clock begins after.

    A stopped clock has only the thresholds that were told before it stopped.

    `target` is in the policy's words, missing where there is none; `verdict` is there once the clock has stopped. Local
    instants are ISO 8601 in the zone of the calendar that counts.
    """

    objective: Objective
    kind: Literal["target", "none", "best_effort", "not_stated"]
    target: str | None = None
    due_at: Instant | None = None
    due_local: str | None = None
    begins: str | None = None
    verdict: Literal["met", "missed"] | None = None
    thresholds: tuple[Mark, ...] = ()
    explanation: tuple[Segment, ...] = ()


class Foresight(Record):
    """Every objective that a plan states at a severity, for a ticket opened at an instant (UTC)."""

    policy: str
    revision: date
    opened_at: Instant
    objectives: tuple[Outlook, ...]
    ages: tuple[Age, ...] = ()


def foresee(terms: Terms, ticket: Ticket, answered: datetime | None = None) -> Foresight:
    """What is due when for a ticket; with `answered` (UTC) as if it was given its first response then.

    Raises PastHorizon, NoOpenTime, UnknownSeverity.
    """
    state = begun(terms, ticket, answered)
    stated = state.terms.promises[state.severity]
    return Foresight(
        policy=terms.policy,
        revision=terms.revision,
        opened_at=ticket.opened_at,
        objectives=tuple(_outlook(state, objective) for objective in stated),
        ages=tuple(_ages(state)),
    )


def begun(terms: Terms, ticket: Ticket, answered: datetime | None = None) -> State:
    """The ticket at its opening, or at a first response that leaves the turn with us. Raises as `foresee`."""
    state = opened(ticket, terms, ticket.opened_at)
    if answered is None:
        return state
    return apply(state, AgentReplied(id="first-response", at=answered, awaiting="us"), answered)


def _ages(state: State) -> Iterator[Age]:
    """What is told because of the ticket's age, soonest first, as long as nobody solves it."""
    rules = {rule.key: rule for rule in state.terms.ages}
    for step in sorted(age_steps(state), key=lambda due: due.due_at):
        rule = rules[step.key]
        local = _local(state.calendar(rule.calendar), step.due_at)
        yield Age(age=rule.age.said, at=step.due_at, at_local=local, tell=rule.level)


def latest_clock(state: State, objective: Objective) -> Clock | None:
    """The clock of an objective that began last."""
    return next((clock for clock in reversed(state.clocks) if clock.objective is objective), None)


def _outlook(state: State, objective: Objective) -> Outlook:
    promise = state.promise(objective)
    if isinstance(promise, Absence):
        return Outlook(objective=objective, kind=promise.kind)
    clock = latest_clock(state, objective)
    if clock is None:
        said, causes = promise.duration.said, " and ".join(awaited(state, objective))
        begins = f"when {causes}" if causes else NEXT_MESSAGE
        return Outlook(objective=objective, kind="target", target=said, begins=begins)
    due = deadline(clock, promise, state.calendar)
    return Outlook(
        objective=objective,
        kind="target",
        target=length(clock, promise, state.calendar).said,
        due_at=due,
        due_local=_local(state.calendar(promise.calendar), due),
        verdict=None if clock.kept is None else "met" if clock.kept else "missed",
        thresholds=tuple(_marks(state, clock, promise)),
        explanation=segments(clock, promise, state.calendar),
    )


NEXT_MESSAGE = "with our next message"
"""What a clock begins with when nothing else is awaited."""

_AWAITED = {
    Fact.TELEPHONE: "the customer calls",
    Fact.DESCRIPTION: "the description is complete",
    Fact.SENDER: "the sender is known",
}


def awaited(state: State, objective: Objective) -> tuple[str, ...]:
    """What must happen before the clock of an objective begins; nothing where only our next message is missing."""
    rules = state.terms.rules(objective)
    if objective is Objective.NEXT_RESPONSE:
        return ("the customer writes again",)
    if objective is Objective.ESCALATION_REVIEW:
        return ("the customer asks to escalate",)
    chained = rules.starts != "opened" and rules.starts not in state.reached
    before = (f"{rules.starts} is met",) if chained else ()
    return (*before, *(_AWAITED[fact] for fact in rules.needs if fact not in state.facts))


def _marks(state: State, clock: Clock, target: Target) -> Iterator[Mark]:
    calendar = state.calendar(target.calendar)
    for threshold, at in sorted(thresholds(clock, target, state.calendar), key=lambda due: due.at):
        if not _comes_to(clock, at):
            return
        yield Mark(key=threshold.key, at=at, at_local=_local(calendar, at), tell=threshold.level, what=_kind(threshold))


def _comes_to(clock: Clock, at: datetime) -> bool:
    """Whether a clock still counts at an instant. What is due when it is stopped is told first, as on a server; one
    that is met where it begins tells nothing.
    """
    return clock.stopped_at is None or clock.started_at < clock.stopped_at >= at


def _kind(threshold: Threshold) -> Literal["warning", "breach", "escalation"]:
    if threshold.is_breach:
        return "breach"
    return "escalation" if threshold.after is not None else "warning"


def _local(calendar: Calendar, at: datetime) -> str:
    return calendar.local(at).isoformat()


def segments(clock: Clock, target: Target, calendars: Calendars) -> tuple[Segment, ...]:
    """The time from the beginning of a clock to its due instant in stretches that tile it. Raises PastHorizon."""
    start, due = clock.started_at, deadline(clock, target, calendars)
    counted_from = min(counts_from(clock, target, calendars), due)
    # A soft cut-off only moves the due instant: what counts ends where it would be due without it.
    plain = target.model_copy(update={"cutoff": None if _is_soft(target) else target.cutoff})
    reckoned = min(due, deadline(clock, plain, calendars))
    count = length(clock, target, calendars).count
    counted = _counted(clock, calendars, target.calendar, count, counted_from, reckoned)
    waits = _nothing(start, counted_from, CUT_OFF), *counted, _nothing(reckoned, due, CUT_OFF)
    return tuple(each for each in waits if each is not None)


def _is_soft(target: Target) -> bool:
    return target.cutoff is not None and target.cutoff.kind == "soft"


def _nothing(start: datetime, end: datetime, why: str) -> Segment | None:
    return Segment(start=start, end=end, counted_seconds=0, why=why) if start < end else None


def _counted(
    clock: Clock, calendars: Calendars, calendar: str, count: Count, start: datetime, end: datetime
) -> Iterator[Segment]:
    """What counted from `start` to `end`, cut where a pause begins or ends."""
    edges = {edge for pause in clock.pauses for edge in (pause.start, pause.end or end) if start < edge < end}
    for low, high in pairwise(sorted({start, end} | edges)):
        pause = _pause_at(clock, low)
        if pause is None:
            yield from _spans(calendars(calendar), count, low, high)
        elif pause.calendar is not None:
            yield from _spans(calendars(pause.calendar), Count.BUSINESS, low, high)
        else:
            yield Segment(start=low, end=high, counted_seconds=0, why=PAUSED)


def _pause_at(clock: Clock, at: datetime) -> Pause | None:
    return next((each for each in clock.pauses if each.start <= at and (each.end is None or at < each.end)), None)


def _spans(calendar: Calendar, count: Count, start: datetime, end: datetime) -> Iterator[Segment]:
    spans = calendar.spans(start, end)
    yield from map(_segment, _elapsed(spans, start, end) if count in CLOCK_TIME else spans)


def _elapsed(spans: tuple[Span, ...], start: datetime, end: datetime) -> Iterator[Span]:
    """Time that counts whether or not it is open, cut only where the wall clock changes."""
    changes = [span for span in spans if span.why == CLOCK_CHANGE]
    for low, high in pairwise([start, *(span.start for span in changes if start < span.start), end]):
        yield from (span for span in changes if span.start == low)
        yield Span(low, high, high - low, ELAPSED)


def _segment(span: Span) -> Segment:
    return Segment(start=span.start, end=span.end, counted_seconds=seconds(span.counted), why=span.why)


def seconds(span: timedelta) -> int | float:
    """A span in seconds, without a decimal point where it needs none."""
    exact = span.total_seconds()
    return int(exact) if exact.is_integer() else exact
