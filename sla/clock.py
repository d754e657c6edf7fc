"""One objective's running time on one ticket.

A clock holds facts only: when it began, the spans it stood still, when it stopped. Everything asked of it (due instant,
thresholds, elapsed time) is derived, so that a severity changed twice and back gives the same answer again.
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sla.calendar import Calendar
from sla.duration import due_at, later, spent
from sla.instant import Instant
from sla.record import Line, Record
from sla.terms import Objective, Target, Threshold


class Pause(Record):
    """A span in which a clock stood still; open while `end` is missing."""

    start: Instant
    end: Instant | None = None
    why: Line


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
    def paused(self) -> bool:
        """Whether it stands still now."""
        return bool(self.pauses) and self.pauses[-1].end is None

    @property
    def running(self) -> bool:
        """Whether it counts now."""
        return self.stopped_at is None and not self.paused

    def pause(self, at: datetime, why: str) -> "Clock":
        """Stand still from `at`; nothing changes when it already does or has stopped."""
        if not self.running:
            return self
        return self.model_copy(update={"pauses": (*self.pauses, Pause(start=max(at, self.started_at), why=why))})

    def resume(self, at: datetime) -> "Clock":
        """Count again from `at`; nothing changes when it is not paused."""
        if not self.paused:
            return self
        last = self.pauses[-1]
        ended = last.model_copy(update={"end": max(at, last.start)})
        return self.model_copy(update={"pauses": (*self.pauses[:-1], ended)})

    def stop(self, at: datetime) -> "Clock":
        """Stop for good; the objective is met when that was not after its due instant."""
        if self.stopped_at is not None:
            return self
        return self.resume(at).model_copy(update={"stopped_at": max(at, self.started_at)})

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


def _with_pauses(clock: Clock, target: Target, calendar: Calendar, due: datetime) -> datetime:
    """A due instant moved by every pause that began before it, in the target's own measure of time."""
    count = target.duration.count
    for pause in clock.pauses:
        if pause.start >= due or pause.end is None:
            break
        due = later(calendar, count, due, spent(calendar, count, pause.start, pause.end))
    return due


def deadline(clock: Clock, target: Target, calendar: Calendar) -> datetime:
    """When the target is due (UTC), as if a pause that is still open ended where it began.

    Raises PastHorizon, NoOpenTime.
    """
    return _with_pauses(clock, target, calendar, due_at(calendar, clock.started_at, target.duration))


def _threshold_at(clock: Clock, target: Target, calendar: Calendar, threshold: Threshold) -> datetime:
    if threshold.after is not None:
        whole = due_at(calendar, clock.started_at, target.duration)
        return _with_pauses(clock, target, calendar, due_at(calendar, whole, threshold.after))
    if threshold.percent == 100:
        return deadline(clock, target, calendar)
    count = target.duration.count
    whole = due_at(calendar, clock.started_at, target.duration)
    part = spent(calendar, count, clock.started_at, whole) * (threshold.percent or 100) / 100
    return _with_pauses(clock, target, calendar, later(calendar, count, clock.started_at, part))


def thresholds(clock: Clock, target: Target, calendar: Calendar) -> tuple[Due, ...]:
    """Every threshold with its instant (UTC), told or not. Raises PastHorizon, NoOpenTime."""
    return tuple(Due(each, _threshold_at(clock, target, calendar, each)) for each in target.thresholds)


def elapsed(clock: Clock, target: Target, calendar: Calendar, now: datetime) -> timedelta:
    """Time counted so far: start to stop (or now) less the pauses, in the target's own measure."""
    count = target.duration.count
    until = max(clock.stopped_at or now, clock.started_at)
    paused = (spent(calendar, count, min(p.start, until), min(p.end or until, until)) for p in clock.pauses)
    return spent(calendar, count, clock.started_at, until) - sum(paused, timedelta())
