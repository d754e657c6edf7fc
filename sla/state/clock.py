"""One objective's running time on one ticket.

A clock holds facts only: when it began, the spans it stood still, when it stopped. Everything asked of it (due instant,
thresholds, elapsed time) is derived, so that a severity changed twice and back gives the same answer again.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import Field

from sla.base.fields import Line, Name, Record
from sla.base.instant import Instant
from sla.calendars.calendar import Calendar
from sla.calendars.duration import CLOCK_TIME, Count, Duration, due_at, later, spent
from sla.inputs.terms import Objective, Target, Threshold

Calendars = Callable[[str], Calendar]
"""The calendars of a ticket by name."""


class Pause(Record):
    """A span in which a clock stood still, or counted by another `calendar`; open while `end` is missing."""

    start: Instant
    end: Instant | None = None
    why: Line
    calendar: Name | None = None
    anew: bool = Field(default=False, description="the clock begins anew after it")


class Clock(Record):
    """A clock of one objective. `cycle` counts its restarts from 1; `fired` names the thresholds already told.

    `void`: it was stopped because the ticket ended, not because the objective was reached. `kept` is the verdict when
    it was stopped, `breached_at` the due instant that first passed: a later change of severity rewrites neither.
    """

    objective: Objective
    cycle: int = 1
    started_at: Instant
    pauses: tuple[Pause, ...] = ()
    stopped_at: Instant | None = None
    void: bool = False
    kept: bool | None = None
    breached_at: Instant | None = None
    fired: tuple[str, ...] = ()

    @property
    def open_pause(self) -> Pause | None:
        """The span that has begun and not ended."""
        return self.pauses[-1] if self.pauses and self.pauses[-1].end is None else None

    @property
    def paused(self) -> bool:
        """Whether it stands still now."""
        pause = self.open_pause
        return pause is not None and pause.calendar is None

    @property
    def running(self) -> bool:
        """Whether it counts now, by whatever calendar."""
        return self.stopped_at is None and not self.paused

    def pause(self, at: datetime, why: str, calendar: str | None = None, *, anew: bool = False) -> "Clock":
        """From `at` stand still, or count by another calendar; nothing changes when it has stopped.

        Two waits that touch are one span; `anew` holds as soon as one of them says so.
        """
        pause = self.open_pause
        if self.stopped_at is not None:
            return self
        if pause is not None and pause.calendar == calendar:
            return self._with_last(pause.model_copy(update={"anew": pause.anew or anew}))
        known = self.resume(at)
        begun = max(at, known.pauses[-1].end or at) if known.pauses else max(at, self.started_at)
        span = Pause(start=begun, why=why, calendar=calendar, anew=anew)
        return known.model_copy(update={"pauses": (*known.pauses, span)})

    def _with_last(self, pause: Pause) -> "Clock":
        return self.model_copy(update={"pauses": (*self.pauses[:-1], pause)})

    def resume(self, at: datetime) -> "Clock":
        """Count by its own calendar again from `at`; nothing changes when it does."""
        last = self.open_pause
        if last is None:
            return self
        return self._with_last(last.model_copy(update={"end": max(at, last.start)}))

    def stop(self, at: datetime) -> "Clock":
        """Stop for good; the objective is met when that was not after its due instant.

        What is told late may stop a clock before spans that it has by then: they are no part of it.
        """
        if self.stopped_at is not None:
            return self
        end = max(at, self.started_at)
        spans = tuple(
            pause.model_copy(update={"end": min(pause.end or end, end)}) for pause in self.pauses if pause.start < end
        )
        return self.model_copy(update={"stopped_at": end, "pauses": spans})

    def give_up(self, at: datetime) -> "Clock":
        """Stop without the objective: neither met nor missed by it."""
        return self if self.stopped_at is not None else self.stop(at).model_copy(update={"void": True})

    def reopen(self, at: datetime, why: str) -> "Clock":
        """Go on after a stop: the time in between becomes a pause, elapsed time is kept."""
        if self.stopped_at is None:
            return self
        gap = Pause(start=self.stopped_at, end=max(at, self.stopped_at), why=why)
        return self.model_copy(update={"pauses": (*self.pauses, gap), "stopped_at": None, "void": False, "kept": None})

    @property
    def broken(self) -> bool:
        """Whether its promise was broken: a breach that a late-arriving answer turned out to precede is none."""
        passed = self.breached_at is not None and (self.stopped_at is None or self.stopped_at > self.breached_at)
        return passed or self.kept is False

    def fire(self, key: str, breached_at: datetime | None) -> "Clock":
        """Remember that a threshold was told, and the due instant where it is the breach."""
        first = self.breached_at or breached_at
        return self.model_copy(update={"fired": (*self.fired, key), "breached_at": first})


class Due(NamedTuple):
    """A threshold of a clock and its instant (UTC)."""

    threshold: Threshold
    at: datetime


def began_outside(clock: Clock, target: Target, calendars: Calendars) -> bool:
    """Whether the clock began while the hours that the target asks were closed."""
    return target.outside is not None and not calendars(target.hours or target.calendar).is_open(clock.started_at)


def length(clock: Clock, target: Target, calendars: Calendars) -> Duration:
    """The duration that counts: another one may hold for clocks that begin outside hours."""
    return target.outside if target.outside and began_outside(clock, target, calendars) else target.duration


def _next_day(clock: Clock, target: Target, calendars: Calendars) -> datetime | None:
    """The opening of the next business day where the clock began after the target's cut-off; None before it."""
    calendar = calendars(target.hours or target.calendar)
    local = calendar.local(clock.started_at)
    if target.cutoff is None or local.hour * 3600 + local.minute * 60 + local.second < target.cutoff.at:
        return None
    return calendar.next_open(calendar.day_start(clock.started_at, 1))


def counts_from(clock: Clock, target: Target, calendars: Calendars) -> datetime:
    """The instant (UTC) from which the target counts: after a hard cut-off, the next business day's opening."""
    hard = target.cutoff is not None and target.cutoff.kind == "hard"
    return (_next_day(clock, target, calendars) if hard else None) or clock.started_at


def _plain(clock: Clock, target: Target, calendars: Calendars) -> datetime:
    """The due instant as if nothing had paused it, and without a soft cut-off. Raises PastHorizon, NoOpenTime."""
    start, duration = counts_from(clock, target, calendars), length(clock, target, calendars)
    return due_at(calendars(target.calendar), start, duration)


def _not_before(clock: Clock, target: Target, calendars: Calendars, due: datetime) -> datetime:
    """A due instant, after a soft cut-off not before the next business day's opening."""
    soft = target.cutoff is not None and target.cutoff.kind == "soft"
    return max(due, (_next_day(clock, target, calendars) if soft else None) or due)


def _unpaused(clock: Clock, target: Target, calendars: Calendars) -> datetime:
    """The due instant as if nothing had paused it. Raises PastHorizon, NoOpenTime."""
    return _not_before(clock, target, calendars, _plain(clock, target, calendars))


def _with_pauses(clock: Clock, target: Target, calendars: Calendars, due: datetime) -> datetime:
    """A due instant moved by every pause that began before it, in the target's own measure of time."""
    calendar, count = calendars(target.calendar), length(clock, target, calendars).count
    for pause in _clipped(clock, counts_from(clock, target, calendars)):
        if pause.start >= due:
            break
        if pause.calendar is not None:
            due = _through(pause, calendars(pause.calendar), calendar, count, due)
        elif pause.end is None:
            break
        else:
            due = later(calendar, count, due, spent(calendar, count, pause.start, pause.end))
    return due


def _clipped(clock: Clock, start: datetime) -> Iterator[Pause]:
    """Its pauses, without what lies before it counts."""
    for pause in clock.pauses:
        if pause.end is None or pause.end > start:
            yield pause.model_copy(update={"start": max(pause.start, start)})


def _through(pause: Pause, other: Calendar, calendar: Calendar, count: Count, due: datetime) -> datetime:
    """A due instant when another calendar counts during a span: what is left of the target is counted by it."""
    left = spent(calendar, count, pause.start, due)
    if pause.end is None or other.between(pause.start, pause.end) >= left:
        return other.add(pause.start, left)
    return later(calendar, count, pause.end, left - other.between(pause.start, pause.end))


def deadline(clock: Clock, target: Target, calendars: Calendars) -> datetime:
    """When the target is due (UTC), as if a pause that is still open ended where it began.

    Raises PastHorizon, NoOpenTime.
    """
    return _not_before(
        clock, target, calendars, _with_pauses(clock, target, calendars, _plain(clock, target, calendars))
    )


def _threshold_at(clock: Clock, target: Target, calendars: Calendars, threshold: Threshold) -> datetime:
    calendar = calendars(target.calendar)
    if threshold.after is not None:
        whole = _unpaused(clock, target, calendars)
        return _with_pauses(clock, target, calendars, due_at(calendar, whole, threshold.after))
    if threshold.before is not None:
        return _before(clock, target, calendars, threshold.before)
    if threshold.percent == 100:
        return deadline(clock, target, calendars)
    return _share_at(clock, target, calendars, threshold.percent or 100)


def _before(clock: Clock, target: Target, calendars: Calendars, before: Duration) -> datetime:
    """So long before the due instant; where the target is shorter than that, the instant at which it begins to count.

    What lies before that instant is not asked of the calendar: it may lie before its horizon.
    """
    calendar, due, begun = (
        calendars(target.calendar),
        deadline(clock, target, calendars),
        counts_from(clock, target, calendars),
    )
    if before.count is Count.DAYS:
        near = due - begun >= timedelta(days=before.amount - 1)
        return max(begun, calendar.add_days(due, -before.amount)) if near else begun
    span = timedelta(seconds=before.amount)
    if spent(calendar, before.count, begun, due) >= span:
        return later(calendar, before.count, due, -span)
    return begun if before.count in CLOCK_TIME else min(due, calendar.next_open(begun))


def _share_at(clock: Clock, target: Target, calendars: Calendars, percent: int) -> datetime:
    calendar, count = calendars(target.calendar), length(clock, target, calendars).count
    start = counts_from(clock, target, calendars)
    part = spent(calendar, count, start, _unpaused(clock, target, calendars)) * percent / 100
    return _with_pauses(clock, target, calendars, later(calendar, count, start, part))


def thresholds(clock: Clock, target: Target, calendars: Calendars) -> tuple[Due, ...]:
    """Every threshold with its instant (UTC), told or not. Raises PastHorizon, NoOpenTime."""
    return tuple(Due(each, _threshold_at(clock, target, calendars, each)) for each in target.thresholds)


def elapsed(clock: Clock, target: Target, calendars: Calendars, now: datetime) -> timedelta:
    """Time counted so far: start to stop (or now) less the pauses, in the target's own measure."""
    calendar, count = calendars(target.calendar), length(clock, target, calendars).count
    until = max(clock.stopped_at or now, clock.started_at)
    begun = min(counts_from(clock, target, calendars), until)
    total = spent(calendar, count, begun, until)
    for pause in _clipped(clock, begun):
        start, end = min(pause.start, until), min(pause.end or until, until)
        total -= spent(calendar, count, start, end)
        if pause.calendar is not None:
            total += calendars(pause.calendar).between(start, end)
    return total
