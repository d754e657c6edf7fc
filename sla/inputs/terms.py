"""The terms of one ticket: the promise it lives under, as plain numbers that history keeps.

Made once per ticket by `policies`; nothing here looks anything up again, so that neither an edited policy nor a new
release of zone or holiday data can move an open ticket silently.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue

from sla.base.errors import UnknownSeverity
from sla.base.fields import Email, Line, Name, Record
from sla.base.instant import Instant
from sla.calendars.calendar import SharedCalendar
from sla.calendars.duration import LONGEST, Duration
from sla.inputs.ladder_terms import LadderKind, LadderTerms
from sla.inputs.wording import Message


class Objective(StrEnum):
    """The things measured.

    `ACKNOWLEDGEMENT`: until one of us takes the ticket; `NEXT_RESPONSE`: from the oldest unanswered message of the
    customer; `UPDATE`: between two messages of ours; `AGENT_WORK`: the time the ticket is in our hands until it is
    solved; `ESCALATION_REVIEW`: from the customer's request to escalate until one of us has looked at it.
    """

    ACKNOWLEDGEMENT = "acknowledgement"
    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    UPDATE = "update"
    WORKAROUND = "workaround"
    RESOLUTION = "resolution"
    AGENT_WORK = "agent_work"
    ESCALATION_REVIEW = "escalation_review"


def _resting(span: Duration) -> Duration:
    if not span.rests:
        raise ValueError("must be at least a minute")
    return span


Resting = Annotated[Duration, AfterValidator(_resting)]
"""A duration after which something is done again."""


class Repeat(Record):
    """How an escalation goes on: told again every `every` until one of us acknowledges it, without a cap.

    Once acknowledged, it is told again when nothing was done for `rearm`. Both are counted by `calendar`.
    """

    calendar: Name
    every: Resting | None = None
    rearm: Resting | None = None


class Threshold(Record):
    """One instant of a clock at which a level is told.

    Exactly one of: `percent` of the target (100 is the breach), `before` or `after` the due instant (business or
    elapsed time). Without a `level` nobody is told: the instant is recorded all the same.
    """

    percent: int | None = Field(default=None, ge=1, le=100)
    before: Duration | None = None
    after: Duration | None = None
    level: Name | None = None
    repeat: Repeat | None = None

    @property
    def is_breach(self) -> bool:
        """Whether this is the due instant itself."""
        return self.percent == 100

    @property
    def key(self) -> str:
        """Stable name within its target, part of the notification's id."""
        if self.after is not None:
            when = f"after-{self.after.short}"
        elif self.before is not None:
            when = f"before-{self.before.short}"
        else:
            when = "breach" if self.is_breach else f"{self.percent}pct"
        return f"{when}-{self.level}" if self.level else when

    @property
    def offset(self) -> str:
        """Where it lies, for people: `75 %`, `30 minutes before`, `2 hours after`."""
        if self.before is not None:
            return f"{self.before.said} before"
        return f"{self.percent} %" if self.after is None else f"{self.after.said} after"


class AgeRule(Record):
    """A level is told when a ticket is unresolved `age` after its opening, at these severities (none named: all)."""

    age: Duration
    calendar: Name
    level: Name
    severities: tuple[Name, ...] = ()
    repeat: Repeat | None = None

    @property
    def key(self) -> str:
        """The name of its step, for the ticket's life."""
        return f"age-{self.age.short}-{self.level}"


class Cutoff(Record):
    """A time of day, in seconds of the calendar's local time, after which what begins is promised later.

    `hard`: it counts from the first opening of the next business day. `soft`: it counts at once, but is not due before
    that opening.
    """

    kind: Literal["hard", "soft"]
    at: int = Field(ge=0, lt=86_400)


class Target(Record):
    """A promise with a duration, counted by a named calendar.

    `outside` replaces `duration` for a clock that begins while `hours` (the calendar itself if left out) is closed.
    `fallback` is the calendar that counts while the customer has no contact available. A duration of no length counts
    as met when its clock begins: somebody who calls is answered.
    """

    kind: Literal["target"] = "target"
    duration: Duration
    calendar: Name
    thresholds: tuple[Threshold, ...] = ()
    outside: Duration | None = None
    hours: Name | None = None
    cutoff: Cutoff | None = None
    fallback: Name | None = None


class Absence(Record):
    """No duration: none is promised, best effort, or the policy does not say. Three different things."""

    kind: Literal["none", "best_effort", "not_stated"]


Promise = Annotated[Target | Absence, Field(discriminator="kind")]


class Fact(StrEnum):
    """What a clock may have to wait for: a telephone call, a complete description, a known sender."""

    TELEPHONE = "telephone"
    DESCRIPTION = "description"
    SENDER = "sender"


StatusRule = Literal["run", "pause", "restart"]
"""What a clock does in a status: count on, stand still, or forget its time and begin anew when the status is left."""


class ClockRules(Record):
    """When a clock begins and what it does in each status.

    `starts`: at the opening, or when another objective is met. `needs`: it waits until all of these are there.
    """

    starts: Literal["opened"] | Objective = "opened"
    needs: tuple[Fact, ...] = ()
    pending: StatusRule = "run"
    on_hold: StatusRule = "run"


_PAUSED = ClockRules(pending="pause", on_hold="pause")

DEFAULT_CLOCKS: dict[Objective, ClockRules] = {
    Objective.ACKNOWLEDGEMENT: ClockRules(),
    Objective.FIRST_RESPONSE: ClockRules(),
    Objective.NEXT_RESPONSE: ClockRules(),
    Objective.UPDATE: ClockRules(starts=Objective.FIRST_RESPONSE),
    Objective.WORKAROUND: _PAUSED,
    Objective.RESOLUTION: _PAUSED,
    Objective.AGENT_WORK: _PAUSED,
    Objective.ESCALATION_REVIEW: ClockRules(),
}
"""What clocks do where a policy says nothing."""


class Level(Record):
    """Who is told on an escalation level."""

    name: Name
    title: Line
    email: Email


class AfterClose(StrEnum):
    """What a reply to an ended ticket does. `TELEPHONE`: nothing but a call helps; the customer is told so."""

    FOLLOW_UP_TICKET = "follow_up_ticket"
    NEW_CASE = "new_case"
    REOPEN = "reopen"
    TELEPHONE = "telephone"


class Replies(Record):
    """What a customer's reply does to a ticket that is solved or closed.

    `reopen_for`: how long after its closing a ticket can be reopened (for ever if left out), counted by `calendar`;
    later, `afterwards` holds. `keyword`: the word that confirms the solution, and what it `confirms`. `thanks`: replies
    that say no more than this change nothing.
    """

    solved: AfterClose = AfterClose.REOPEN
    closed: AfterClose = AfterClose.NEW_CASE
    reopen_for: Duration | None = None
    afterwards: AfterClose = AfterClose.FOLLOW_UP_TICKET
    calendar: Name | None = None
    keyword: Line | None = None
    confirms: Literal["solve", "close"] = "close"
    thanks: tuple[Line, ...] = ()


class SeverityRules(Record):
    """How a change of severity counts: targets from where the clocks began, or anew from the change; and by whom."""

    targets: Literal["opening", "change"] = "opening"
    by: tuple[Literal["agent", "customer"], ...] = ("agent", "customer")


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
    clocks: dict[Objective, ClockRules] = Field(default_factory=dict[Objective, ClockRules])
    ladders: dict[LadderKind, LadderTerms] = Field(default_factory=dict[LadderKind, LadderTerms])
    levels: tuple[Level, ...] = ()
    ages: tuple[AgeRule, ...] = ()
    on_request: Name | None = Field(default=None, description="the level told when the customer asks to escalate")
    messages: dict[str, Message] = Field(default_factory=dict[str, Message])
    replies: Replies = Replies()
    severity_rules: SeverityRules = SeverityRules()
    survey_on: Literal["solved", "closed"] = "closed"
    link: Line | None = Field(default=None, description="address of the ticket for the customer, with placeholders")
    grace_seconds: int = Field(
        default=3600, ge=0, le=LONGEST, description="lateness beyond which a ladder counts from what was sent"
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

    def rules(self, objective: Objective) -> ClockRules:
        """When an objective's clock begins and stands still."""
        return self.clocks.get(objective, DEFAULT_CLOCKS[objective])

    def ladder(self, kind: LadderKind) -> LadderTerms:
        """The ladder of a status; one without steps where the policy has none."""
        return self.ladders.get(kind, LadderTerms())

    def level(self, name: str) -> Level:
        """The escalation level with this name; names are checked when the policy is read."""
        return next(level for level in self.levels if level.name == name)
