"""An instant: one point in time, aware and in UTC, and its exact count of microseconds."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator

from sla.base.errors import CalendarError

FIRST_YEAR, LAST_YEAR = 1990, 2200
"""The years an instant may lie in (UTC), both included: outside them lies a typing error, not a ticket."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def _utc(value: datetime) -> datetime:
    if value.utcoffset() is None:
        raise ValueError(
            "is a time without an offset or Z; write it as in 2026-03-02T09:00:00+01:00 or 2026-03-02T08:00:00Z"
        )
    # astimezone overflows next to year 1 and year 9999.
    utc = value.astimezone(UTC) if 1 < value.year < 9999 else value
    if not FIRST_YEAR <= utc.year <= LAST_YEAR:
        raise ValueError(f"the year {utc.year} lies outside {FIRST_YEAR} to {LAST_YEAR}")
    return utc


Instant = Annotated[datetime, AfterValidator(_utc)]
"""A pydantic field: an aware datetime in UTC. A naive one, or a year outside 1990 to 2200, is refused."""


def to_micros(instant: datetime) -> int:
    """Microseconds from 1970-01-01T00:00Z to `instant`, exact. CalendarError when `instant` is naive."""
    try:
        return (instant - EPOCH) // MICROSECOND
    except TypeError:
        raise CalendarError(f"{instant} has no time zone: an instant must be aware") from None


def from_micros(micros: int) -> datetime:
    """The instant (aware, UTC) `micros` microseconds after 1970-01-01T00:00Z, exact."""
    return EPOCH + MICROSECOND * micros
