"""Everything that is true of a ticket now: facts from which all that is due can be derived."""

from datetime import datetime
from enum import StrEnum
from typing import Literal, TypedDict, Unpack

from pydantic import Field

from sla.base.fields import Line, Name, Record
from sla.base.instant import Instant
from sla.calendars.calendar import Calendar
from sla.inputs.event import CustomerReplied
from sla.inputs.ladder_terms import LadderTerms
from sla.inputs.terms import Fact, Objective, Promise, Terms
from sla.inputs.ticket import Ticket
from sla.state.alert import Alert
from sla.state.clock import Clock
from sla.state.ladder import Ladder
from sla.state.notification import Audience
from sla.state.seen_ids import SeenIds
from sla.state.timeline import Entry, What


class Status(StrEnum):
    """Whose turn it is. `OPEN`: ours. `PENDING`: the customer's. `ON_HOLD`: neither's, something else is awaited.
    `SOLVED`: answered, may still be reopened.
    """

    OPEN = "open"
    PENDING = "pending"
    ON_HOLD = "on_hold"
    SOLVED = "solved"
    CLOSED = "closed"


class Notice(Record):
    """A message that waits to be sent at once: acknowledgement, solved, closed, survey, trouble with delivery.

    `level` names who inside is told; where it is missing, the ticket's owner is.
    """

    key: str
    message: Name
    audience: Audience
    due_at: Instant
    detail: str = ""
    level: Name | None = None


class Retry(Record):
    """Something that could not be done yet: how often it was tried and when the next try is."""

    tries: int
    at: Instant
    uncertain: bool = False


class Trouble(Record):
    """Something a person has to look at. `code` is what lists are filtered by.

    `level` names who inside was not reached; where it is missing, the ticket's owner was not.
    """

    audience: Audience
    why: Line
    level: Name | None = None
    code: Name = "delivery"


class FollowUpTicket(Record):
    """A follow-up ticket that has to be started, and the customer's reply that it begins with."""

    key: str
    ticket: Ticket
    reply: CustomerReplied
    due_at: Instant


class Closing(Record):
    """How a ticket ended."""

    at: Instant
    by: Literal["silence", "agent", "customer", "operator"]
    reason: Line


class StateChanges(TypedDict, total=False):
    """What a transition may change of a ticket's state. A test holds it against the fields of State."""

    terms: Terms
    severity: str
    status: Status
    since: datetime
    reopened_at: datetime | None
    last_at: datetime | None
    woken_at: datetime
    broken: bool
    facts: tuple[Fact, ...]
    contact: bool
    held_from: Status | None
    hold_until: datetime | None
    clocks: tuple[Clock, ...]
    cycles: dict[Objective, int]
    reached: tuple[Objective, ...]
    alerts: tuple[Alert, ...]
    aged: tuple[str, ...]
    requests: int
    ladder: Ladder | None
    ladders: int
    solved: int
    closes: int
    holds: int
    follow_ups: int
    notices: tuple[Notice, ...]
    retries: dict[str, Retry]
    sending: tuple[str, ...]
    extension: Retry | None
    successors: tuple[FollowUpTicket, ...]
    customer_thread: tuple[str, ...]
    internal_thread: tuple[str, ...]
    troubles: tuple[Trouble, ...]
    seen: SeenIds
    timeline: tuple[Entry, ...]
    closing: Closing | None


class State(Record):
    """The whole truth about one ticket."""

    ticket: Ticket
    terms: Terms
    severity: Name
    status: Status = Status.OPEN
    since: Instant
    woken_at: Instant = Field(description="the latest instant that its alarm rang for: what is due by then is due")
    reopened_at: Instant | None = Field(default=None, description="when the work last went on after a solution")
    last_at: Instant | None = Field(default=None, description="when the newest message of either side was written")
    broken: bool = Field(default=False, description="whether a clock that is no longer kept was breached")
    facts: tuple[Fact, ...] = Field(default=(), description="what clocks may wait for and is there")
    contact: bool = Field(default=True, description="whether the customer has somebody to work with us")
    held_from: Status | None = Field(default=None, description="the status to which the end of a hold returns")
    hold_until: Instant | None = Field(default=None, description="when the hold ends by itself")
    clocks: tuple[Clock, ...] = ()
    cycles: dict[Objective, int] = Field(
        default_factory=dict[Objective, int], description="how often each clock has begun, forgotten ones too"
    )
    reached: tuple[Objective, ...] = Field(default=(), description="objectives that were met, with a clock or without")
    alerts: tuple[Alert, ...] = ()
    aged: tuple[str, ...] = Field(default=(), description="keys of the age rules that were told")
    requests: int = Field(default=0, description="how often the customer asked to escalate")
    ladder: Ladder | None = None
    ladders: int = 0
    solved: int = 0
    closes: int = 0
    holds: int = 0
    follow_ups: int = 0
    notices: tuple[Notice, ...] = ()
    retries: dict[str, Retry] = Field(default_factory=dict[str, Retry])
    sending: tuple[str, ...] = Field(default=(), description="keys of the steps whose messages are on their way")
    extension: Retry | None = Field(default=None, description="the tries to make the calendars longer that failed")
    successors: tuple[FollowUpTicket, ...] = Field(default=(), description="follow-up tickets to be started")
    customer_thread: tuple[str, ...] = ()
    internal_thread: tuple[str, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    seen: SeenIds = Field(default_factory=SeenIds)
    timeline: tuple[Entry, ...] = ()
    closing: Closing | None = None

    def evolve(self, **changes: Unpack[StateChanges]) -> "State":
        """The state with some facts replaced."""
        return self.model_copy(update=changes)

    def noting(self, at: datetime, what: What, detail: str = "", due_at: datetime | None = None) -> "State":
        """The state with one more line in its timeline."""
        entry = Entry(at=at, what=what, detail=detail, due_at=due_at)
        return self.evolve(timeline=(*self.timeline, entry)[-KEPT_ENTRIES:])

    def calendar(self, name: str | None = None) -> Calendar:
        """A calendar of the terms; the policy's own when no name is given."""
        return Calendar.of(self.terms.calendars[name or self.terms.calendar])

    def wake(self, key: str, due: datetime) -> datetime:
        """When a step is looked at (UTC): when it is due, or when its message is tried again."""
        retry = self.retries.get(key)
        return max(due, retry.at) if retry else due

    def zone(self, name: str | None = None) -> str:
        """The zone of a calendar of the terms."""
        return self.terms.calendars[name or self.terms.calendar].zone

    def troubled(self, trouble: Trouble) -> "State":
        """The state with one more trouble; the same one is not listed twice, and the oldest is forgotten."""
        known = trouble in self.troubles
        return self if known else self.evolve(troubles=(*self.troubles, trouble)[-KEPT_TROUBLES:])

    def untroubled(self, code: str) -> "State":
        """The state without the troubles of one code."""
        return self.evolve(troubles=tuple(each for each in self.troubles if each.code != code))

    def arrived_inside(self, level: str | None) -> "State":
        """The state after mail arrived inside: what was wrong with reaching that level, or the owner, is past."""
        others = (each for each in self.troubles if not _is_of(each, level))
        return self.evolve(troubles=tuple(others))

    def promise(self, objective: Objective) -> Promise:
        """What is promised for an objective at the present severity."""
        return self.terms.promise(self.severity, objective)

    def ladder_terms(self) -> LadderTerms:
        """The rules of the ladder that the ticket stands on; without steps where it stands on none."""
        return LadderTerms() if self.ladder is None else self.terms.ladder(self.ladder.kind)


KEPT_ENTRIES = 500
"""Lines of timeline kept: history holds the rest; a state must stay small enough to be carried."""

KEPT_CLOCKS = 30
"""Stopped clocks kept: a ticket of many turns must not grow without end."""

KEPT_TROUBLES = 20
"""Troubles kept, the newest: who looks at one of them sees what is wrong."""


def _is_of(trouble: Trouble, level: str | None) -> bool:
    return (trouble.audience, trouble.code, trouble.level) == ("internal", "delivery", level)
