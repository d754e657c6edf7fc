"""Durations as a support lead writes them.

`4 business hours`, `1 business day`, `2 business days by close`, `3 days`, `30 minutes`, `2 weeks`, `next business day`
(by its close), `same business day` (by its close), `at once`.
"""

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from sla.base.fields import Record
from sla.calendars.duration import Count, Duration

_SPAN = re.compile(
    r"(?P<amount>\d{1,6}) (?P<business>business )?(?P<unit>minute|hour|day|week)s?(?P<close> by close)?", re.ASCII
)
_WORDS = {
    "at once": "0 minutes",
    "next business day": "1 business day by close",
    "same business day": "0 business days by close",
}
_SECONDS = {"minute": 60, "hour": 3600}
_MOST_DAYS = 3660
_EXAMPLES = "write for example '30 minutes', '4 business hours', '1 business day' or '3 days'"
_LOOSE = re.compile(
    r"(?P<amount>\d{1,6})\s*(?:calendar |elapsed )?(?P<business>(?:business|working) )?"
    r"(?:(?P<minute>m|mins?|minutes?)|(?P<hour>h|hrs?|hours?)|(?P<day>d|days?)|(?P<week>w|wks?|weeks?))\.?"
    r"(?P<close> by close)?",
    re.ASCII | re.IGNORECASE,
)


class Span(Record):
    """A duration as written; what a business day is worth is the policy's to say."""

    amount: int = Field(ge=0)
    unit: Literal["minute", "hour", "day", "week"]
    business: bool
    by_close: bool = False
    said: str


class BusinessDay(Record):
    """How a policy reads `business day`: N business hours, the same clock time, or by closing time."""

    reading: Literal["hours", "same time", "close"]
    hours: int = Field(default=0, ge=0, le=24)


def parse_span(value: Any) -> Any:
    """A `Span` from its text; a `Span` passes through. Raises ValueError."""
    if isinstance(value, Span):
        return value
    if not isinstance(value, str):
        raise ValueError(f"is no duration in words; {_EXAMPLES}")
    match = _SPAN.fullmatch(_WORDS.get(value.strip(), value.strip()))
    if match is None:
        raise ValueError(f"{value!r} is not a duration; {_meant(value.strip()) or _EXAMPLES}")
    span = Span(
        amount=int(match["amount"]),
        unit=_unit(match["unit"]),
        business=bool(match["business"]),
        by_close=bool(match["close"]),
        said=value.strip(),
    )
    _refuse_absurd(span)
    return span


def _meant(text: str) -> str | None:
    """What to write for a duration that is written with other words, such as `5 min` or `30 calendar minutes`."""
    match = _LOOSE.fullmatch(text)
    if match is None:
        return None
    unit = next(each for each in ("minute", "hour", "day", "week") if match[each])
    amount, business, close = int(match["amount"]), match["business"], match["close"]
    said = f"{amount} {'business ' if business else ''}{unit}{'' if amount == 1 else 's'}{(close or '').lower()}"
    return f"write '{said}'"


def _unit(text: str) -> Literal["minute", "hour", "day", "week"]:
    match text:
        case "minute" | "hour" | "day" | "week":
            return text
        case _:
            raise ValueError(f"{text!r} is not a unit of time")


def _refuse_absurd(span: Span) -> None:
    days = span.amount * {"minute": 1 / 1440, "hour": 1 / 24, "day": 1, "week": 7}[span.unit]
    if days > _MOST_DAYS:
        raise ValueError(f"{span.said!r} is longer than ten years")
    if span.unit == "week" and span.business:
        raise ValueError(f"{span.said!r}: a business week is not defined; write it in business days")
    if span.by_close and not (span.business and span.unit == "day"):
        raise ValueError(f"{span.said!r}: only business days end 'by close'")


def parse_business_day(value: Any) -> Any:
    """A `BusinessDay` from `9 business hours`, `same time` or `close`. Raises ValueError."""
    if value in ("same time", "close"):
        return BusinessDay(reading=value)
    span = parse_span(value)
    if isinstance(span, Span) and span.business and span.unit == "hour" and 0 < span.amount <= 24:
        return BusinessDay(reading="hours", hours=span.amount)
    raise ValueError("write 'same time', 'close' or a number of business hours such as '9 business hours'")


SpanText = Annotated[Span, BeforeValidator(parse_span)]
BusinessDayText = Annotated[BusinessDay, BeforeValidator(parse_business_day)]


def to_duration(span: Span, day: BusinessDay) -> Duration:
    """The duration that a span means where a business day is read as `day` says."""
    count, amount = _measure(span, day)
    said = (
        span.said if count != Count.BUSINESS or span.unit != "day" else f"{span.said} ({amount // 3600} business hours)"
    )
    return Duration(count=count, amount=amount, said=said)


def _measure(span: Span, day: BusinessDay) -> tuple[Count, int]:
    if span.unit in _SECONDS:
        return (Count.BUSINESS if span.business else Count.ELAPSED), span.amount * _SECONDS[span.unit]
    if not span.business:
        return Count.DAYS, span.amount * (7 if span.unit == "week" else 1)
    if span.by_close:
        return Count.BUSINESS_CLOSE, span.amount
    match day.reading:
        case "hours":
            return Count.BUSINESS, span.amount * day.hours * 3600
        case "same time":
            return Count.BUSINESS_DAYS, span.amount
        case "close":
            return Count.BUSINESS_CLOSE, span.amount
