"""A cell of the matrix plan x severity x objective: what is promised, by channel where that matters."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, cast

from pydantic import BeforeValidator, Field

from policies.spans import Span, SpanText, parse_span
from sla.base.fields import Name, Record
from sla.inputs.terms import Cutoff, Objective

Absent = Literal["none", "best effort", "not stated"]
ABSENT: tuple[str, ...] = ("none", "best effort", "not stated")
OTHER_CHANNELS = "other"
"""In a cell by channel: every channel not named."""

_PERCENT = re.compile(r"\d{1,3} ?%", re.ASCII)
_CUTOFF = re.compile(r"(hard|soft) (\d{1,2}):([0-5]\d)", re.ASCII)


def parse_percent(value: Any) -> Any:
    """The number of a percentage such as `75%`; `breach` is 100. Raises ValueError."""
    if value is None:
        return None
    if value == "breach":
        return 100
    if isinstance(value, str) and _PERCENT.fullmatch(value):
        return int(value[:-1])
    raise ValueError(f"{value!r}: write a percentage such as '75%', or 'breach'")


def _parse_cutoff(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    match = _CUTOFF.fullmatch(value.strip())
    if match is None or int(match[2]) > 23:
        raise ValueError(f"{value!r} is no cut-off; write 'hard 15:00' or 'soft 15:00'")
    return {"kind": match[1], "at": int(match[2]) * 3600 + int(match[3]) * 60}


class TargetSpec(Record):
    """A target with more to say than its duration."""

    target: SpanText = Field(description="the duration that is promised")
    outside: SpanText | None = Field(
        default=None, description="another duration, for a clock that begins while `hours` is closed"
    )
    hours: Name | None = Field(
        default=None, description="the calendar that `outside` and `cutoff` ask; the target's own if left out"
    )
    calendar: Name | None = Field(default=None, description="counts this target; chosen by the plan if left out")
    cutoff: Annotated[Cutoff | None, BeforeValidator(_parse_cutoff)] = Field(
        default=None,
        description="a time of day such as `hard 15:00`: what begins later counts from the next business day's "
        "opening; `soft 15:00`: counts at once, but is not due before that opening",
        json_schema_extra={"type": "string"},
    )


def _parse_promised(value: Any) -> Any:
    if isinstance(value, Mapping | TargetSpec) or value in ABSENT:
        return cast("Any", value)
    return {"target": parse_span(value)}


Promised = Annotated[TargetSpec | Absent, BeforeValidator(_parse_promised)]


class Cell(Record):
    """What one objective promises: the same for every channel, or by channel (`other` for the rest)."""

    by_channel: dict[Name, Promised]

    def on(self, channel: str) -> TargetSpec | Absent:
        """The promise for a channel; `not stated` where the cell is silent."""
        return self.by_channel.get(channel, self.by_channel.get(OTHER_CHANNELS, "not stated"))

    @property
    def spans(self) -> tuple[Span, ...]:
        """Every duration in it."""
        targets = [each for each in self.by_channel.values() if isinstance(each, TargetSpec)]
        return tuple(span for each in targets for span in (each.target, each.outside) if span is not None)


def _parse_channels(value: Any) -> Any:
    if isinstance(value, Cell):
        return value
    by_channel = isinstance(value, Mapping) and "target" not in value
    return {"by_channel": cast("Any", value if by_channel else {OTHER_CHANNELS: value})}


CellText = Annotated[Cell, BeforeValidator(_parse_channels)]
Row = dict[Objective, CellText]
