"""A support policy as its file says it: the models behind the YAML.

Written for a support lead; what the models cannot see by themselves (names that must exist elsewhere in the file) is
checked by `policies.checks`, so that every complaint carries its own place.
"""

from datetime import date
from typing import Annotated, Any, Literal, cast

from pydantic import BeforeValidator, Field

from policies.calendars import CalendarSpec
from policies.spans import BusinessDay, BusinessDayText, Span, SpanText, parse_span
from sla.record import Email, Line, Name, Record, Text
from sla.terms import AfterClose, Objective

Absent = Literal["none", "best effort", "not stated"]
ABSENT: tuple[str, ...] = ("none", "best effort", "not stated")
OTHER_CHANNELS = "other"
"""In a cell by channel: every channel not named."""


def _parse_cell(value: Any) -> Any:
    return value if value in ABSENT else parse_span(value)


Promised = Annotated[Span | Absent, BeforeValidator(_parse_cell)]


class Cell(Record):
    """What one objective promises: the same for every channel, or by channel (`other` for the rest)."""

    by_channel: dict[Name, Promised]

    def on(self, channel: str) -> Span | Absent:
        """The promise for a channel; `not stated` where the cell is silent."""
        return self.by_channel.get(channel, self.by_channel.get(OTHER_CHANNELS, "not stated"))


def _parse_channels(value: Any) -> Any:
    if isinstance(value, Cell):
        return value
    return {"by_channel": cast("Any", value) if isinstance(value, dict) else {OTHER_CHANNELS: value}}


CellText = Annotated[Cell, BeforeValidator(_parse_channels)]
Row = dict[Objective, CellText]


def _parse_percent(value: Any) -> Any:
    if value == "breach":
        return 100
    if isinstance(value, str) and value.endswith("%") and value[:-1].strip().isdecimal():
        return int(value[:-1])
    raise ValueError(f"{value!r}: write a percentage such as '75%', or 'breach'")


class ThresholdSpec(Record):
    """An instant of a clock at which a level is told: `at` a share of the target, or `after` the breach."""

    at: Annotated[int | None, BeforeValidator(_parse_percent), Field(ge=1, le=100)] = None
    after: SpanText | None = None
    tell: Name


class LevelSpec(Record):
    """An escalation level: who is told."""

    title: Line
    email: Email


class RungSpec(Record):
    """A rung of a silence ladder."""

    wait: SpanText
    do: Literal["follow_up", "solve", "close"]
    message: Name | None = None


class SilenceSpec(Record):
    """What is done while the customer says nothing: after an answer that awaits the customer, and after a solution."""

    pending: tuple[RungSpec, ...] = ()
    solved: tuple[RungSpec, ...] = ()


class MessageSpec(Record):
    """Wording with placeholders between double braces."""

    subject: Line
    body: Text


class PlanSpec(Record):
    """A plan: its calendar and its rows of targets by severity."""

    title: Line
    calendar: Name
    targets: dict[Name, Row]


class PolicySpec(Record):
    """One support policy."""

    policy: Name
    title: Line
    source: Line
    revision: date
    calendars: dict[Name, CalendarSpec] = Field(min_length=1)
    calendar: Name
    business_day: BusinessDayText = BusinessDay(reading="same time")
    severities: dict[Name, Line] = Field(min_length=1)
    default_severity: Name
    default_plan: Name | None = None
    plans: dict[Name, PlanSpec] = Field(min_length=1)
    update_from: Literal["opened", "first_response"] = "first_response"
    pause_while_pending: tuple[Objective, ...] = (Objective.RESOLUTION,)
    levels: dict[Name, LevelSpec] = Field(default_factory=dict[str, LevelSpec])
    thresholds: tuple[ThresholdSpec, ...] = ()
    silence: SilenceSpec = SilenceSpec()
    after_close: AfterClose
    grace: SpanText = Span(amount=1, unit="hour", business=False, said="1 hour")
    messages: dict[Name, MessageSpec | Literal["none"]] = Field(
        default_factory=dict[str, MessageSpec | Literal["none"]]
    )
