"""Who is entitled to a plan, as a policy writes it."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from policies.spans import Span, parse_span
from sla.base.fields import Email, Line, Name, Record


def _parse_months(value: Any) -> Any:
    if isinstance(value, str):
        amount, _, unit = value.strip().partition(" ")
        if amount.isdecimal() and amount.isascii() and unit.rstrip("s") in {"month", "year"} and int(amount) <= 1200:
            return int(amount) * (12 if unit.startswith("year") else 1)
        raise ValueError(f"{value!r} is no span of months; write '18 months' or '2 years'")
    return value


Months = Annotated[int, BeforeValidator(_parse_months), Field(ge=0, le=1200)]
"""A span of calendar months, written `18 months` or `1 year`."""


def _parse_term(value: Any) -> Any:
    """`15 days`, `1 year`, `18 months`: calendar time of an entitlement."""
    if not isinstance(value, str):
        return value
    if value.strip().rstrip("s").endswith(("month", "year")):
        return {"months": _parse_months(value), "said": value.strip()}
    span = parse_span(value)
    if isinstance(span, Span) and not span.business and span.unit in {"day", "week"}:
        return {"days": span.amount * (7 if span.unit == "week" else 1), "said": value.strip()}
    raise ValueError(f"{value!r} is no term; write '15 days', '18 months' or '1 year'")


class Term(Record):
    """A span of dates: so many days, or so many calendar months."""

    days: int = Field(default=0, ge=0, le=36_600)
    months: int = Field(default=0, ge=0, le=1200)
    said: Line


TermText = Annotated[Term, BeforeValidator(_parse_term)]


class EntitlementSpec(Record):
    """Who may open tickets on a plan, and how long. What is left out is not asked for."""

    unknown: Literal["refuse", "accept"] = Field(
        default="refuse", description="what becomes of a ticket that does not say what is asked for here"
    )

    term: TermText | None = Field(default=None, description="how long it lasts: `15 days`, `1 year`")
    since: Literal["registered", "purchased"] = Field(
        default="purchased", description="the date on which `term` begins; that date is its first day"
    )
    expires: Literal["ticket"] | None = Field(
        default=None, description="`ticket`: the ticket must name the date `expires_on`, which is the last day covered"
    )
    incidents: Literal["counted"] | None = Field(
        default=None, description="`counted`: the ticket must name the incidents left, at least one"
    )
    contacts: tuple[Email, ...] = Field(default=(), description="only these people may open tickets")
    roles: tuple[Name, ...] = Field(default=(), description="only contacts with one of these roles may open tickets")
    newest: int | None = Field(
        default=None, ge=1, description="only so many of the newest major versions (`versions`) are supported"
    )
    supported: Months | None = Field(
        default=None,
        description="a version is supported until so long after the next major one was released (`versions`); a ticket "
        "that names no version is not refused for it",
        json_schema_extra={"type": "string"},
    )
