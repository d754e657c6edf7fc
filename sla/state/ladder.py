"""The silence ladder: what is done, rung by rung, while the customer says nothing.

Each rung's due instant is chained from the due instant of the one before, never from when a timer fired. After an
outage longer than the grace it is chained from what was really sent, so that follow-ups never come in a bunch and
the customer always has the full last wait.

A wait that counts from an anchor (where the silence began, the first follow-up) has a last wait too: the time that was
planned between the rung below and this one. Every done rung keeps the instant for which it was planned; when it was
done later, by an outage or because the customer was away, that planned time follows what was really done.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple, TypedDict, Unpack

from sla.base.fields import Line, Record
from sla.base.instant import Instant
from sla.calendars.calendar import Calendar
from sla.calendars.duration import due_at, later, spent
from sla.inputs.ladder_terms import LadderKind, LadderStep, LadderTerms
from sla.state.pauses import Calendars, Measure, Pause, Pauses

ENDS = frozenset({"solve", "close"})
"""Steps that end the wait for the customer."""

_OUTWARD = ENDS | {"follow_up"}
_NO_GRACE = timedelta(microseconds=-1)


class Rung(Record):
    """A rung that was done: its number in the ladder's steps, from 1, and its instants.

    `planned_at`: without outages and absences of the customer; `due_at`: with them; `done_at`: when it really was done.
    """

    rung: int
    planned_at: Instant
    due_at: Instant
    done_at: Instant


class LadderChanges(TypedDict, total=False):
    """What a transition may change of a ladder."""

    anchor: datetime
    done: tuple[Rung, ...]
    owed: tuple[int, ...]
    pauses: Pauses
    returns: date | None
    held: str | None


class Ladder(Record):
    """Where a ticket stands on its ladder: `kind` names the ladder of the terms, `anchor` is where silence began.

    `cycle` counts ladders of the ticket from 1. `owed` are rungs that an attempt made by a person passed over. `pauses`
    are the holds. `returns` is the day on which the customer is back. `tried_before` is the last attempt of the ladder
    that this one took the place of. `held` says why it waits for a person (a bounce, a failed send).
    """

    kind: LadderKind
    cycle: int
    anchor: Instant
    done: tuple[Rung, ...] = ()
    owed: tuple[int, ...] = ()
    pauses: Pauses = Pauses()
    returns: date | None = None
    tried_before: Instant | None = None
    held: Line | None = None

    def evolve(self, **changes: Unpack[LadderChanges]) -> "Ladder":
        """The ladder with some facts replaced."""
        return self.model_copy(update=changes)

    @property
    def top(self) -> int:
        """The number of the highest rung done; 0 at the foot."""
        return max((each.rung for each in self.done), default=0)

    def key(self, rung: int, step: LadderStep) -> str:
        """The name of a rung's step, for the ticket's life."""
        return f"{step.do}-{self.cycle}-{rung}"

    @property
    def paused(self) -> bool:
        """Whether a hold makes it stand still."""
        return self.pauses.open is not None

    def below(self, rung: int) -> Rung | None:
        """The latest of the done rungs below a rung."""
        return max((each for each in self.done if each.rung < rung), key=lambda each: each.due_at, default=None)

    def climb(self, rung: Rung) -> "Ladder":
        """The ladder after a rung."""
        owed = tuple(each for each in self.owed if each != rung.rung)
        return self.evolve(done=(*self.done, rung), owed=owed)

    def hold(self, why: str) -> "Ladder":
        """The ladder, waiting for a person."""
        return self.evolve(held=why)

    def pause(self, at: datetime, why: str) -> "Ladder":
        """The ladder standing still from `at`; nothing changes when it does already."""
        pause = Pause(start=max(at, self.anchor), why=why)
        return self if self.paused else self.evolve(pauses=self.pauses.add(pause))

    def resume(self, at: datetime) -> "Ladder":
        """The ladder going on from `at`; nothing changes when it does."""
        return self.evolve(pauses=self.pauses.ended(at)) if self.paused else self


class Moment(NamedTuple):
    """When a rung is planned, without outages and absences, and when it is due (UTC)."""

    planned_at: datetime
    due_at: datetime


@dataclass(frozen=True)
class Climb:
    """What is needed to say when a rung is due: the ladder, its terms, and of the ticket calendars, grace and opening.

    Its questions raise PastHorizon and NoOpenTime.
    """

    ladder: Ladder
    terms: LadderTerms
    calendars: Calendars
    grace: timedelta
    opened_at: datetime

    def moment(self, rung: int) -> Moment:
        """When a rung is planned and due.

        A follow-up or an end comes later than the last attempt: where lateness within the grace, or an anchor in the
        past, would have both at once, it waits from when that was sent; at the least until the next business day.
        """
        step, tried = self._step(rung), self.tried_at()
        planned = self._planned(rung, self.ladder.pauses)
        for grace in (self.grace, _NO_GRACE):
            due = self._floored(step, self._awaited(rung, grace))
            if step.do not in _OUTWARD or tried is None or due > tried:
                return Moment(planned, due)
        assert tried is not None  # else the loop has returned
        return Moment(planned, self._apart(step, self._calendar(step).add_business_days(tried, 1), tried))

    def tried_at(self) -> datetime | None:
        """When the customer was last tried to be reached, by mail or by a person."""
        return self._last_try(lambda rung: rung.done_at)

    def same_day(self, at: datetime) -> bool:
        """Whether attempts must lie on separate business days and one at `at` would share the last one's."""
        tried, name = self.tried_at(), self.terms.separate_days
        if tried is None or name is None:
            return False
        calendar = self.calendars(name)
        return business_day(calendar, at) <= business_day(calendar, tried)

    def _step(self, rung: int) -> LadderStep:
        return self.terms.steps[rung - 1]

    def _calendar(self, step: LadderStep) -> Calendar:
        return self.calendars(step.calendar)

    def _tries(self) -> list[Rung]:
        return [each for each in self.ladder.done if self._step(each.rung).do == "follow_up"]

    def _last_try(self, read: Callable[[Rung], datetime]) -> datetime | None:
        return max((read(each) for each in self._tries()), default=self.ladder.tried_before)

    def _planned(self, rung: int, pauses: Pauses) -> datetime:
        """The instant without outages and absences, with some of the holds."""
        step, below = self._step(rung), self.ladder.below(rung)
        start = self._origin(step, below, lambda each: each.planned_at)
        at = self._held(step, start, due_at(self._calendar(step), start, step.wait), pauses)
        at = max(at, below.planned_at) if below else at
        return self._apart(step, at, self._last_try(lambda each: each.planned_at))

    def _awaited(self, rung: int, grace: timedelta) -> datetime:
        """The instant at which the wait is over, counted from what was really done where that was late."""
        step, below = self._step(rung), self.ladder.below(rung)
        calendar, count, pauses = self._calendar(step), step.wait.count, self.ladder.pauses
        start = self._origin(step, below, lambda each: _base(each, grace))
        at = self._held(step, start, due_at(calendar, start, step.wait), pauses)
        if below is None:
            return at
        base = _base(below, grace)
        if step.since != "previous" and base != below.planned_at:
            planned = self._planned(rung, Pauses(pause for pause in pauses if pause.start < base))
            due = later(calendar, count, base, spent(calendar, count, below.planned_at, planned))
            at = max(at, self._held(step, base, due, pauses))
        return max(at, base)

    def _origin(self, step: LadderStep, below: Rung | None, read: Callable[[Rung], datetime]) -> datetime:
        """Where a wait begins; without a follow-up so far, one that counts from the first begins at the rung below."""
        if step.since == "silence":
            return self.ladder.anchor
        tries = self._tries() if step.since == "first_follow_up" else []
        origin = tries[0] if tries else below
        return read(origin) if origin else self.ladder.anchor

    def _held(self, step: LadderStep, start: datetime, due: datetime, pauses: Pauses) -> datetime:
        """A due instant moved by the holds since `start`, in the wait's own measure of time."""
        return pauses.moved(due, start, Measure(self._calendar(step), step.wait.count, self.calendars))

    def _floored(self, step: LadderStep, due: datetime) -> datetime:
        """Not before the customer is back, not before the ticket has its age, not on the last attempt's day."""
        calendar = self._calendar(step)
        if self.ladder.returns is not None:
            days = (self.ladder.returns - calendar.local(self.ladder.anchor).date()).days
            due = max(due, calendar.next_open(calendar.day_start(self.ladder.anchor, days)))
        if step.do in ENDS and self.terms.minimum_age is not None:
            due = max(due, due_at(calendar, self.opened_at, self.terms.minimum_age))
        return self._apart(step, due, self.tried_at())

    def _apart(self, step: LadderStep, at: datetime, tried: datetime | None) -> datetime:
        name = self.terms.separate_days
        if step.do != "follow_up" or name is None or tried is None:
            return at
        return on_another_day(self.calendars(name), at, tried)


def _base(rung: Rung, grace: timedelta) -> datetime:
    """The instant from which the wait after a rung counts."""
    return rung.due_at if rung.done_at - rung.due_at <= grace else rung.done_at


def business_day(calendar: Calendar, at: datetime) -> datetime:
    """The business day of an instant, as its first open minute (UTC); a closed date belongs to the next open one."""
    return calendar.next_open(calendar.day_start(at, 0))


def on_another_day(calendar: Calendar, at: datetime, tried: datetime) -> datetime:
    """`at`, or on the business day after that of `tried` where it is not later: same wall clock if open, else opening.

    Raises PastHorizon, NoOpenTime.
    """
    last = business_day(calendar, tried)
    if business_day(calendar, at) > last:
        return at
    opening = calendar.next_open(calendar.day_start(last, 1))
    days = (calendar.local(opening).date() - calendar.local(at).date()).days
    same_time = calendar.add_days(at, days)
    return same_time if calendar.is_open(same_time) else opening
