"""What counted on which day, in sentences: the days of an explanation one by one, or a summary of many."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from sla.calendars.calendar import Calendar
from sla.calendars.duration import CLOCK_TIME, Count
from sla.calendars.open_reasons import CLOCK_CHANGE, CLOSED, OPEN
from sla.views.forecast import CUT_OFF, ELAPSED, PAUSED, Segment
from sla.views.full_text import clock_text, day_text, joined, span_words

MOST_DAYS = 4
"""So many days are told one by one; more are summed up."""

_SILENT = frozenset({OPEN, ELAPSED, CLOCK_CHANGE})


class _Day(NamedTuple):
    """A local date of an explanation: what counted on it, and why the rest did not. `whole`: from its first minute."""

    day: date
    counted: timedelta
    why: str
    whole: bool


def counted_sentences(calendar: Calendar, count: Count, start: datetime, made: Sequence[Segment]) -> Iterator[str]:
    """What counted, day by day or in sum, and why the other days did not. Raises PastHorizon."""
    yield from _changes(calendar, made)
    if count in CLOCK_TIME:
        return
    made = [each for each in made if each.why != CUT_OFF]
    days = _days(calendar, made)
    due = made[-1].end if made else start
    business = _business_days(calendar, count, start, due, days)
    match count:
        case Count.BUSINESS:
            yield from _opening(calendar, start, made)
            yield from _hours(days)
        case Count.BUSINESS_DAYS:
            yield from _opening(calendar, start, made)
            yield from _named(business)
            yield from _landing(calendar, start, due)
        case _:
            yield from _named(business)
    yield from _skipped([each for each in days if each.counted or each.day not in business])


def _days(calendar: Calendar, made: Sequence[Segment]) -> list[_Day]:
    found: dict[date, _Day] = {}
    for segment in (piece for each in made for piece in _by_day(calendar, each)):
        local = calendar.local(segment.start)
        known = found.get(local.date())
        day = known or _Day(local.date(), timedelta(), "", local.time().isoformat() == "00:00:00")
        counted = timedelta(seconds=segment.counted_seconds)
        why = day.why if segment.why in _SILENT or (day.why and day.why != CLOSED) else segment.why
        found[day.day] = day._replace(counted=day.counted + counted, why=why)
    return list(found.values())


def _by_day(calendar: Calendar, segment: Segment) -> Iterator[Segment]:
    """A segment cut at each local midnight; what counts, counts in every second of it."""
    start = segment.start
    while start < segment.end:
        midnight = calendar.day_start(start, 1)
        end = min(segment.end, midnight if midnight > start else segment.end)
        counted = (end - start).total_seconds() if segment.counted_seconds else 0
        yield Segment(start=start, end=end, counted_seconds=counted, why=segment.why)
        start = end


def _changes(calendar: Calendar, made: Sequence[Segment]) -> Iterator[str]:
    for each in made:
        if each.why == CLOCK_CHANGE:
            before, after = calendar.local(each.start - timedelta(microseconds=1)), calendar.local(each.start)
            shift = (after.utcoffset() or timedelta()) - (before.utcoffset() or timedelta())
            word = "forward" if shift > timedelta() else "back"
            yield f"On {day_text(after.date())} the clocks are put {word} by {span_words(abs(shift))}."


def _opening(calendar: Calendar, start: datetime, made: Sequence[Segment]) -> Iterator[str]:
    if made and made[0].why not in _SILENT | {PAUSED}:
        local = calendar.local(calendar.next_open(start))
        opening = f"on {day_text(local.date())} at {clock_text(local)}"
        yield f"We were closed then, so counting begins when we open, {opening}."


def _hours(days: Sequence[_Day]) -> Iterator[str]:
    counted = [each for each in days if each.counted]
    if len(counted) > MOST_DAYS:
        total = sum((each.counted for each in counted), timedelta())
        span = f"From {day_text(counted[0].day)} to {day_text(counted[-1].day)}"
        yield f"{span}, {span_words(total)} count, on {len(counted)} days."
    elif counted:
        told = [f"{span_words(each.counted)} on {day_text(each.day)}" for each in counted]
        verb = "counts" if len(counted) == 1 and told[0].startswith("1 ") else "count"
        yield f"{joined(told)} {verb}."


def _business_days(
    calendar: Calendar, count: Count, start: datetime, due: datetime, days: Sequence[_Day]
) -> Sequence[date]:
    """The dates that count as business days, where those are counted.

    The date on which it is due is one although nothing counted on it, when it is due the moment that we open.
    """
    counted = {each.day for each in days if each.counted}
    match count:
        case Count.BUSINESS_DAYS:
            first = calendar.local(calendar.next_open(start)).date()
            return sorted(day for day in counted | {calendar.local(due).date()} if day > first)
        case Count.BUSINESS_CLOSE:
            first = calendar.local(start).date()
            return sorted(day for day in counted if day > first or len(days) == 1)
        case _:
            return ()


def _named(counted: Sequence[date]) -> Iterator[str]:
    if len(counted) == 1:
        yield f"The business day that counts is {day_text(counted[0])}."
    elif 1 < len(counted) <= MOST_DAYS:
        yield f"The business days that count are {joined([day_text(day) for day in counted])}."
    elif counted:
        yield f"{len(counted)} business days count, from {day_text(counted[0])} to {day_text(counted[-1])}."


def _landing(calendar: Calendar, start: datetime, due: datetime) -> Iterator[str]:
    wanted, local = calendar.local(calendar.next_open(start)), calendar.local(due)
    if wanted.time() != local.time() and local.date() > wanted.date():
        meant = "when we close" if wanted.time() > local.time() else "when we open"
        yield f"On {day_text(local.date())} we are not open at {clock_text(wanted)}, so it is due {meant}."


def _skipped(days: Sequence[_Day]) -> Iterator[str]:
    """The days on which nothing counted, or not as usual, each for its reason."""
    closed = [each.day for each in days if _is_closed(each)]
    if len(closed) > MOST_DAYS:
        yield f"{len(closed)} days outside our hours do not count, {_weekdays(closed)}."
    told = [each for each in days if each.why not in {"", CLOSED} or (_is_closed(each) and len(closed) <= MOST_DAYS)]
    for outside, group in groupby(told, _is_closed):
        if outside:
            names = [day_text(each.day) for each in group]
            yield f"{joined(names)} {'is' if len(names) == 1 else 'are'} outside our hours."
        else:
            yield from map(_special, group)


def _is_closed(day: _Day) -> bool:
    return day.why == CLOSED and not day.counted and day.whole


def _special(day: _Day) -> str:
    if day.why == PAUSED:
        return f"On {day_text(day.day)} the time stood still while we waited."
    if day.counted:
        return f"On {day_text(day.day)} we keep special hours: {day.why}."
    return f"{day_text(day.day)} is {day.why}, and we are closed."


def _weekdays(days: Iterable[date]) -> str:
    """The names of the weekdays of some dates, in the order of the week: `Saturdays and Sundays`."""
    first = {day.weekday(): day for day in days}
    return joined([f"{day_text(first[index]).split()[0]}s" for index in sorted(first)])
