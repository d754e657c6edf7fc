"""The silence ladder: what is done, rung by rung, while the customer says nothing.

Each rung's due instant is chained from the due instant of the one before, never from when a timer fired. After an
outage longer than the grace it is chained from what was really sent, so that follow-ups never come in a bunch and
the customer always has the full last wait.
"""

from datetime import datetime, timedelta

from sla.calendar import Calendar
from sla.duration import due_at
from sla.instant import Instant
from sla.record import Line, Record
from sla.terms import LadderKind, LadderStep


class Rung(Record):
    """A rung that was done: its number in the ladder's steps, from 1, when it was due and when it really was done."""

    rung: int
    due_at: Instant
    done_at: Instant


class Ladder(Record):
    """Where a ticket stands on its ladder: `kind` names the ladder of the terms, `anchor` is where silence began.

    `cycle` counts ladders of the ticket from 1. `held` says why it waits for a person (a bounce, a failed send).
    """

    kind: LadderKind
    cycle: int
    anchor: Instant
    done: tuple[Rung, ...] = ()
    held: Line | None = None

    def climb(self, rung: int, due: datetime, done: datetime) -> "Ladder":
        """The ladder after a rung."""
        return self.model_copy(update={"done": (*self.done, Rung(rung=rung, due_at=due, done_at=done))})

    def hold(self, why: str) -> "Ladder":
        """The ladder, waiting for a person."""
        return self.model_copy(update={"held": why})

    def base(self, grace: timedelta) -> datetime:
        """The instant (UTC) from which the next wait counts."""
        if not self.done:
            return self.anchor
        last = self.done[-1]
        return last.due_at if last.done_at - last.due_at <= grace else last.done_at


def rung_due(ladder: Ladder, step: LadderStep, calendar: Calendar, grace: timedelta) -> datetime:
    """When the next rung is due (UTC). Raises PastHorizon, NoOpenTime."""
    return due_at(calendar, ladder.base(grace), step.wait)
