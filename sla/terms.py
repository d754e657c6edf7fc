"""The terms of one ticket: the promise it lives under, as plain numbers that history keeps.

Made once per ticket by `policies`; nothing here looks anything up again, so that neither an edited policy nor a new
release of zone or holiday data can move an open ticket silently.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from sla.calendar import SharedCalendar
from sla.duration import Duration
from sla.errors import UnknownSeverity
from sla.instant import Instant
from sla.record import Email, Line, Name, Record, Text


class Objective(StrEnum):
    """The things measured."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    UPDATE = "update"
    RESOLUTION = "resolution"


class Threshold(Record):
    """One instant of a clock at which a level is told.

    Exactly one of: `percent` of the target (100 is the breach), or `after` the due instant (business or elapsed time).
    Without a `level` nobody is told: the instant is recorded all the same.
    """

    percent: int | None = Field(default=None, ge=1, le=100)
    after: Duration | None = None
    level: Name | None = None

    @property
    def is_breach(self) -> bool:
        """Whether this is the due instant itself."""
        return self.percent == 100

    @property
    def key(self) -> str:
        """Stable name within its target, part of the notification's id."""
        if self.after is not None:
            when = f"after-{self.after.short}"
        else:
            when = "breach" if self.is_breach else f"{self.percent}pct"
        return f"{when}-{self.level}" if self.level else when


class Target(Record):
    """A promise with a duration, counted by a named calendar."""

    kind: Literal["target"] = "target"
    duration: Duration
    calendar: Name
    thresholds: tuple[Threshold, ...] = ()


class Absence(Record):
    """No duration: none is promised, best effort, or the policy does not say. Three different things."""

    kind: Literal["none", "best_effort", "not_stated"]


Promise = Annotated[Target | Absence, Field(discriminator="kind")]


class LadderStep(Record):
    """One rung: after `wait` of silence, counted from the previous rung, do something."""

    do: Literal["follow_up", "solve", "close"]
    wait: Duration
    calendar: Name
    message: Name | None = None


class Level(Record):
    """Who is told on an escalation level."""

    name: Name
    title: Line
    email: Email


class Message(Record):
    """Wording sent to people; placeholders are checked when the policy is read."""

    subject: Line
    body: Text


class AfterClose(StrEnum):
    """What a reply to a closed ticket does."""

    FOLLOW_UP_TICKET = "follow_up_ticket"
    NEW_CASE = "new_case"
    REOPEN = "reopen"


class Terms(Record):
    """Everything promised for one ticket, at every severity of its plan."""

    policy: Name
    title: Line
    revision: date
    plan: Name
    default_severity: Name
    calendar: Name
    calendars: dict[str, SharedCalendar]
    calendar_specs: dict[str, dict[str, JsonValue]] = Field(
        default_factory=dict[str, dict[str, JsonValue]],
        description="what the calendars were compiled from, so that they can be made longer without the policy",
    )
    promises: dict[str, dict[Objective, Promise]]
    update_from: Literal["opened", "first_response"] = "first_response"
    pause_while_pending: tuple[Objective, ...] = (Objective.RESOLUTION,)
    pending_ladder: tuple[LadderStep, ...] = ()
    solved_ladder: tuple[LadderStep, ...] = ()
    levels: tuple[Level, ...] = ()
    messages: dict[str, Message] = Field(default_factory=dict[str, Message])
    after_close: AfterClose = AfterClose.NEW_CASE
    grace_seconds: int = Field(
        default=3600, ge=0, description="lateness beyond which a ladder counts from what was sent"
    )
    made_by: dict[str, str] = Field(default_factory=dict[str, str])
    made_at: Instant

    def check_severity(self, severity: str) -> None:
        """Raises UnknownSeverity when the plan has no such severity."""
        if severity not in self.promises:
            raise UnknownSeverity(
                f"policy {self.policy}, plan {self.plan}: no severity {severity!r}; there is {', '.join(self.promises)}"
            )

    def promise(self, severity: str, objective: Objective) -> Promise:
        """What is promised; `not_stated` when the policy is silent. Raises UnknownSeverity."""
        self.check_severity(severity)
        return self.promises[severity].get(objective, Absence(kind="not_stated"))

    def level(self, name: str) -> Level:
        """The escalation level with this name; names are checked when the policy is read."""
        return next(level for level in self.levels if level.name == name)
