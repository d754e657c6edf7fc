"""Time zones by name, and the UTC offsets they hold within a horizon."""

import re
import zoneinfo
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone, tzinfo
from difflib import get_close_matches
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from sla.base.errors import PolicyError
from sla.base.instant import to_micros
from sla.calendars.compiled import DAY_SECONDS, OffsetFrom

# Only the pinned tzdata wheel answers: the machine's own zone files may be older, or missing.
zoneinfo.reset_tzpath(())
zoneinfo.ZoneInfo.clear_cache()

FIXED = re.compile(r"UTC([+-])(\d{1,2}):?(\d\d)", re.ASCII)
SECOND = timedelta(seconds=1)


def zone_named(name: str) -> tzinfo:
    """The zone of an IANA name, or of a fixed offset such as `UTC+05:30`. Raises PolicyError."""
    fixed = FIXED.fullmatch(name)
    if fixed:
        return _fixed(name, *fixed.groups())
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        near = get_close_matches(name, zoneinfo.available_timezones(), n=1)
        hint = f"did you mean {near[0]}?" if near else "names are such as Europe/Berlin or UTC+05:30"
        raise PolicyError(f"there is no time zone {name!r}; {hint}") from None


def current_name(name: str) -> str | None:
    """The name that has replaced an old one, such as America/New_York for US/Eastern; None for one in use."""
    return _old_names().get(name)


@lru_cache(maxsize=1)
def _old_names() -> dict[str, str]:
    # Many cities share the data of another and are links too; a name in zone.tab is a country's own, and in use.
    data = files("tzdata") / "zoneinfo"
    listed = {line.split("\t")[2] for line in _lines(data / "zone.tab") if not line.startswith("#")}
    links = (line.split() for line in _lines(data / "tzdata.zi") if line.startswith("L "))
    return {old: name for _, name, old in links if old not in listed and not name.startswith("Etc/")}


def _lines(file: Traversable) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


def offsets(zone: tzinfo, start: datetime, end: datetime) -> tuple[OffsetFrom, ...]:
    """Every offset that `zone` holds from `start` to `end`, the change that falls on `end` included."""
    return tuple(_walk(zone, to_micros(start) // 1_000_000, -(-to_micros(end) // 1_000_000)))


def _fixed(name: str, sign: str, hours: str, minutes: str) -> timezone:
    if int(hours) > 14 or int(minutes) > 59:
        raise PolicyError(f"{name!r} is no offset that is in use: UTC-12:00 to UTC+14:00 are")
    shift = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-shift if sign == "-" else shift, name)


def _walk(zone: tzinfo, at: int, end: int) -> Iterator[OffsetFrom]:
    held = _held(zone, at)
    yield OffsetFrom(at, held[0] // SECOND, held[1])
    while at < end:
        until = min(at + DAY_SECONDS, end)
        if held == _held(zone, until):
            at = until
        else:
            # The first change after `at`; a second one on the same day is found from there.
            at = _change(zone, held, at, until)
            held = _held(zone, at)
            yield OffsetFrom(at, held[0] // SECOND, held[1])


def _change(zone: tzinfo, held: tuple[timedelta, str], low: int, high: int) -> int:
    while high - low > 1:
        middle = (low + high) // 2
        if held == _held(zone, middle):
            low = middle
        else:
            high = middle
    return high


def _held(zone: tzinfo, at: int) -> tuple[timedelta, str]:
    local = datetime.fromtimestamp(at, zone)
    return local.utcoffset() or timedelta(), local.tzname() or ""
