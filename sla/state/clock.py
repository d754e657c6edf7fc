"""One objective's running time on one ticket.

A clock holds facts only: when it began, the spans it stood still, when it stopped. Everything asked of it (due instant,
thresholds, elapsed time) is derived, so that a severity changed twice and back gives the same answer again.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple, TypedDict, Unpack

from sla.base.fields import Record
from sla.base.instant import Instant
from sla.calendars.duration import CLOCK_TIME, Count, Duration, due_at, later, spent
from sla.inputs.terms import Objective, Target, Threshold
from sla.state.pauses import Calendars, Measure, Pause, Pauses


class ClockChanges(TypedDict, total=False):
    """What a transition may change of a clock."""

    pauses: Pauses
    stopped_at: datetime | None
    void: bool
    kept: bool | None
    breached_at: datetime | None
    fired: tuple[str, ...]


class Clock(Record):
    """A clock of one objective. `cycle` counts its restarts from 1; `fired` names the thresholds already told.

    `void`: it was stopped because the ticket ended, not because the objective was reached. `kept` is the verdict when
    it was stopped, `breached_at` the due instant that first passed: a later change of severity rewrites neither.
    """

    objective: Objective
    cycle: int = 1
    started_at: Instant
    pauses: Pauses = Pauses()
    stopped_at: Instant | None = None
    void: bool = False
    kept: bool | None = None
    breached_at: Instant | None = None
    fired: tuple[str, ...] = ()

    def evolve(self, **changes: Unpack[ClockChanges]) -> "Clock":
        """The clock with some facts replaced."""
        return self.model_copy(update=changes)

    def key(self, severity: str, threshold: Threshold) -> str:
        """The name of a threshold's step, for the ticket's life."""
        return f"{self.objective.value}-{self.cycle}-{severity}-{threshold.key}"

    @property
    def paused(self) -> bool:
        """Whether it stands still now."""
        pause = self.pauses.open
        return pause is not None and pause.calendar is None

    @property
    def running(self) -> bool:
        """Whether it counts now, by whatever calendar."""
        return self.stopped_at is None and not self.paused

    def pause(self, at: datetime, why: str, calendar: str | None = None, *, anew: bool = False) -> "Clock":
        """From `at` stand still, or count by another calendar; nothing changes when it has stopped.

        Two waits that touch are one span; `anew` holds as soon as one of them says so.
        """
        pause = self.pauses.open
        if self.stopped_at is not None:
            return self
        if pause is not None and pause.calendar == calendar:
            return self.evolve(pauses=self.pauses.replace_last(pause.asking_anew(anew=anew)))
        known = self.pauses.ended(at)
        begun = max(at, known[-1].end or at) if known else max(at, self.started_at)
        return self.evolve(pauses=known.add(Pause(start=begun, why=why, calendar=calendar, anew=anew)))

    def resume(self, at: datetime) -> "Clock":
        """Count by its own calendar again from `at`; nothing changes when it does."""
        return self if self.pauses.open is None else self.evolve(pauses=self.pauses.ended(at))

    def stop(self, at: datetime) -> "Clock":
        """Stop for good; the objective is met when that was not after its due instant.

        What is told late may stop a clock before spans that it has by then: they are no part of it.
        """
        if self.stopped_at is not None:
            return self
        end = max(at, self.started_at)
        return self.evolve(stopped_at=end, pauses=self.pauses.cut(end))

    def give_up(self, at: datetime) -> "Clock":
        """Stop without the objective: neither met nor missed by it."""
        return self if self.stopped_at is not None else self.stop(at).evolve(void=True)

    def reopen(self, at: datetime, why: str) -> "Clock":
        """Go on after a stop: the time in between becomes a pause, elapsed time is kept."""
        if self.stopped_at is None:
            return self
        gap = Pause(start=self.stopped_at, end=max(at, self.stopped_at), why=why)
        return self.evolve(pauses=self.pauses.add(gap), stopped_at=None, void=False, kept=None)

    @property
    def broken(self) -> bool:
        """Whether its promise was broken: a breach that a late-arriving answer turned out to precede is none."""
        passed = self.breached_at is not None and (self.stopped_at is None or self.stopped_at > self.breached_at)
        return passed or self.kept is False

    def fire(self, key: str, breached_at: datetime | None) -> "Clock":
        """Remember that a threshold was told, and the due instant where it is the breach."""
        first = self.breached_at or breached_at
        return self.evolve(fired=(*self.fired, key), breached_at=first)


BREACH = Threshold(percent=100)
"""A breach of which nobody is told: its key marks a breach that is on record, whoever else is told."""


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


def _measure(clock: Clock, target: Target, calendars: Calendars) -> Measure:
    return Measure(calendars(target.calendar), length(clock, target, calendars).count, calendars)


def _with_pauses(clock: Clock, target: Target, calendars: Calendars, due: datetime) -> datetime:
    """A due instant moved by every pause that began before it, in the target's own measure of time."""
    start = counts_from(clock, target, calendars)
    return clock.pauses.moved(due, start, _measure(clock, target, calendars))


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


def thresholds(
    clock: Clock, target: Target, calendars: Calendars, wanted: Iterable[Threshold] | None = None
) -> tuple[Due, ...]:
    """Every threshold, or every `wanted` one, with its instant (UTC). Raises PastHorizon, NoOpenTime."""
    each = target.thresholds if wanted is None else wanted
    return tuple(Due(threshold, _threshold_at(clock, target, calendars, threshold)) for threshold in each)


def elapsed(clock: Clock, target: Target, calendars: Calendars, now: datetime) -> timedelta:
    """Time counted so far: start to stop (or now) less the pauses, in the target's own measure."""
    until = max(clock.stopped_at or now, clock.started_at)
    begun = min(counts_from(clock, target, calendars), until)
    return clock.pauses.counted(begun, until, _measure(clock, target, calendars))
