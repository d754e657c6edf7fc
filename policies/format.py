"""A support policy as its file says it: the models behind the YAML.

Written for a support lead; the descriptions of the fields are the text of `docs/policies.md`. What the models cannot
see by themselves (names that must exist elsewhere in the file) is checked by `policies.checks`, so that every
complaint carries its own place.
"""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, cast

from pydantic import BeforeValidator, Field

from policies.calendars import CalendarSpec
from policies.cells import CellText, Row, parse_percent
from policies.entitlements import EntitlementSpec
from policies.ladder_specs import SilenceSpec
from policies.spans import BusinessDay, BusinessDayText, Span, SpanText
from sla.base.fields import Email, Line, Name, Record, Text
from sla.inputs.terms import AfterClose, Fact, Objective, StatusRule

MOST_CALENDARS = 40


class RepeatSpec(Record):
    """How an escalation goes on after it was told once."""

    every: SpanText | None = Field(
        default=None, description="told again after each such span, without an end, until one of us acknowledges it"
    )
    rearm: SpanText | None = Field(
        default=None, description="acknowledged, but no message to the customer for this long: it is told again"
    )


class ThresholdSpec(Record):
    """An instant of a clock at which a level is told: exactly one of `at`, `before` and `after`."""

    at: Annotated[int | None, BeforeValidator(parse_percent), Field(ge=1, le=100)] = Field(
        default=None,
        description="a share of the target such as `75%`, or `breach`",
        json_schema_extra={"type": "string"},
    )
    before: SpanText | None = Field(
        default=None,
        description="so long before the due instant: minutes, hours, business hours or days; business days only "
        "where `business_day` is a number of hours. `2 hours` are elapsed, nights and weekends included: for a target "
        "in business hours, `2 business hours` may be meant",
    )
    after: SpanText | None = Field(default=None, description="so long after the due instant")
    tell: Name = Field(description="the level that is told")
    objectives: tuple[Objective, ...] = Field(default=(), description="only these objectives; all if left out")
    severities: tuple[Name, ...] = Field(default=(), description="only at these severities; all if left out")
    repeat: RepeatSpec | None = Field(default=None, description="how it goes on until somebody acts")


class AgeSpec(Record):
    """A level is told when a ticket is still unsolved so long after its opening."""

    age: SpanText = Field(description="the age of the ticket")
    tell: Name = Field(description="the level that is told")
    severities: tuple[Name, ...] = Field(default=(), description="only at these severities; all if left out")
    repeat: RepeatSpec | None = Field(default=None, description="how it goes on until somebody acts")


class RequestSpec(Record):
    """What happens when the customer asks to escalate."""

    tell: Name = Field(description="the level that is told at once")
    review: CellText | None = Field(
        default=None,
        description="the time within which one of us has looked at the request: the objective `escalation_review`",
    )


class EscalationSpec(Record):
    """Escalation that does not hang on one clock."""

    ages: tuple[AgeSpec, ...] = Field(default=(), description="by age of the unsolved ticket")
    on_request: RequestSpec | None = Field(default=None, description="on the customer's request")


class LevelSpec(Record):
    """An escalation level: who is told."""

    title: Line = Field(description="how the level is called in mails")
    email: Email = Field(description="where its mails go")


class ClockSpec(Record):
    """When the clock of an objective begins, and what it does in each status."""

    starts: Literal["opened"] | Objective | None = Field(
        default=None, description="at the opening (`opened`), or when another objective is met; as usual if left out"
    )
    needs: tuple[Fact, ...] = Field(
        default=(),
        description="begins only when these are there: a `telephone` call, a complete `description`, a known `sender`; "
        "not for `next_response`, `update` and `escalation_review`",
    )
    pending: StatusRule | None = Field(
        default=None,
        description="while the customer is asked: count on, stand still, or begin anew afterwards; as usual if left "
        "out",
    )
    on_hold: StatusRule | None = Field(
        default=None, description="while on hold: count on, stand still, or begin anew afterwards; as usual if left out"
    )


class RepliesSpec(Record):
    """What a customer's reply does to a ticket that is solved or closed."""

    solved: AfterClose = Field(default=AfterClose.REOPEN, description="a reply to a solved ticket")
    reopen_for: SpanText | None = Field(
        default=None, description="how long after its closing a ticket can be reopened; for ever if left out"
    )
    afterwards: AfterClose = Field(default=AfterClose.FOLLOW_UP_TICKET, description="a reply after that")
    keyword: Line | None = Field(default=None, description="a reply of this one word alone confirms the solution")
    confirms: Literal["solve", "close"] = Field(default="close", description="what the keyword does")
    thanks: tuple[Line, ...] = Field(default=(), description="replies that say no more than this change nothing")


class SeveritySpec(Record):
    """How a change of severity counts."""

    targets: Literal["opening", "change"] = Field(
        default="opening",
        description="the new targets count from where the clocks began (elapsed time is kept), or from the change",
    )
    by: tuple[Literal["agent", "customer"], ...] = Field(
        default=("agent", "customer"), description="who may change it; the other side's wish is noted and nothing more"
    )


class MessageSpec(Record):
    """Wording with placeholders between double braces."""

    subject: Line = Field(description="the subject, one line")
    body: Text = Field(description="the text, without HTML; `|` begins a text of several lines")


class ChoiceSpec(Record):
    """A rule that chooses the calendar of a target. The first that fits the ticket wins, else the plan's `calendar`."""

    use: Name = Field(description="the calendar")
    severities: tuple[Name, ...] = Field(default=(), description="only at these severities; all if left out")
    channels: tuple[Name, ...] = Field(default=(), description="only for tickets of these channels; all if left out")
    regions: tuple[Name, ...] = Field(default=(), description="only for tickets of these regions; all if left out")
    requested: bool = Field(default=False, description="only where the ticket asks for work round the clock")
    contact: bool = Field(
        default=False,
        description="only while the customer has somebody to work with us; meanwhile the plan's `calendar` counts",
    )


class PlanSpec(Record):
    """A plan: its calendar, its rows of targets by severity, and who is entitled to it."""

    title: Line = Field(description="how customers know it")
    calendar: Name = Field(description="counts the plan's targets where no rule below chooses another")
    calendars: tuple[ChoiceSpec, ...] = Field(
        default=(), description="rules that choose another calendar; the first that fits the ticket wins"
    )
    channels: tuple[Name, ...] = Field(
        default=(), description="the channels that the plan allows, such as `email`, `phone`; all if left out"
    )
    retired: date | None = Field(default=None, description="no new tickets from this date on")
    entitlement: EntitlementSpec = Field(default=EntitlementSpec(), description="who may open tickets, and how long")
    targets: dict[Name, Row] = Field(
        description="for every severity of the policy, what each objective promises; an objective that is left out "
        "is `not stated`"
    )


def _few(value: Any) -> Any:
    # Hazard: pydantic judges every entry before it counts them, and an unknown zone costs a search for its likes.
    if isinstance(value, dict) and len(cast("Mapping[Any, Any]", value)) > MOST_CALENDARS:
        raise ValueError(f"holds more than {MOST_CALENDARS} calendars")
    return cast("Any", value)


class PolicySpec(Record):
    """One support policy."""

    policy: Name = Field(description="its name, which is the file's name too")
    title: Line = Field(description="how customers know it")
    source: Line = Field(description="the document it was made from")
    revision: date = Field(description="in force from the first minute of this date, in the zone of its `calendar`")
    calendars: Annotated[dict[Name, CalendarSpec], BeforeValidator(_few)] = Field(
        min_length=1, description="when support is open, by name"
    )
    calendar: Name = Field(
        description="the main one: dates and mails are in its zone, and it counts ladders, ages and `reopen_for`"
    )
    business_day: BusinessDayText = Field(
        default=BusinessDay(reading="same time"),
        description="what a business day is: `same time`, `close`, or hours such as `9 business hours`",
    )
    severities: dict[Name, Line] = Field(min_length=1, description="each severity and what it means, highest first")
    default_severity: Name = Field(description="the severity of a ticket that names none")
    severity_change: SeveritySpec = Field(default=SeveritySpec(), description="how a change of severity counts")
    default_plan: Name | None = Field(
        default=None,
        description="the plan of a ticket that names none; if left out, a ticket must name one where there are several",
    )
    plans: dict[Name, PlanSpec] = Field(min_length=1, description="the plans, by name")
    clocks: dict[Objective, ClockSpec] = Field(
        default_factory=dict[Objective, ClockSpec], description="when clocks begin and stand still, by objective"
    )
    levels: dict[Name, LevelSpec] = Field(
        default_factory=dict[str, LevelSpec],
        description="who can be told, lowest level first; the first is told of trouble where a ticket has no owner",
    )
    thresholds: tuple[ThresholdSpec, ...] = Field(default=(), description="who is told when, on every clock")
    escalation: EscalationSpec = Field(default=EscalationSpec(), description="escalation by age and on request")
    silence: SilenceSpec = Field(default=SilenceSpec(), description="the silence ladders; none if left out")
    after_close: AfterClose = Field(description="what a reply to a closed ticket does")
    replies: RepliesSpec = Field(default=RepliesSpec(), description="finer rules for replies")
    versions: dict[Line, date] = Field(
        default_factory=dict[str, date], description="major versions of the product and when each was released"
    )
    grace: SpanText = Field(
        default=Span(amount=1, unit="hour", business=False, said="1 hour"),
        description="a step of a ladder that is done later than this, after an outage, makes the next one count "
        "from when it was really done",
    )
    link: Line | None = Field(
        default=None,
        description="the ticket's address for the customer; `{{ ticket_id }}` stands for its number, no other "
        "placeholder is known here",
    )
    survey_on: Literal["solved", "closed"] = Field(
        default="closed", description="when the message `survey` is sent, if `messages` has one"
    )
    messages: dict[Name, MessageSpec | Literal["none"]] = Field(
        default_factory=dict[str, MessageSpec | Literal["none"]],
        description="wording of your own by message, or `none`: never sent",
    )
