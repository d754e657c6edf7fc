"""Laws of every silence ladder, whatever its shape and whatever was down when."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st
from ladders import MONDAY, NY, answered, rung
from rehearsal import Rehearsal

from sla.state.state import Status
from sla.state.timeline import What

WAITS = (
    "15 minutes",
    "2 hours",
    "30 hours",
    "3 business hours",
    "1 business day",
    "2 business days",
    "1 day",
    "3 days",
)
AGES = (None, "1 day", "5 business days", "12 days")
SINCE = ("previous", "silence", "first_follow_up")
THANKSGIVING = date(2026, 11, 26)
GRACE = timedelta(minutes=30)

severities = st.sampled_from([(), ("high",), ("low",), ("normal", "low")])
between = st.sampled_from(
    ({"do": "notify", "tell": "lead"}, {"do": "lower_severity", "to": "low"}, {"do": "follow_up"})
)
kinds = st.one_of(st.just({"do": "follow_up"}), between)
waits, anchors = st.sampled_from(WAITS), st.sampled_from(SINCE)


@st.composite
def shapes(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A ladder that ends with a close."""
    made: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(1, 5))):
        made.append({**draw(kinds), "wait": draw(waits), "since": draw(anchors), "severities": draw(severities)})
    return [*made, rung("close", draw(waits), since=draw(anchors))]


downs = st.lists(st.tuples(st.integers(0, 6_000), st.integers(1, 12_000)), max_size=3)
"""Minutes of service and of outage, in turn."""


def live(story: Rehearsal, outages: list[tuple[int, int]]) -> Rehearsal:
    for running, down in outages:
        story.advance(story.now + timedelta(minutes=running), late=timedelta(seconds=2))
        story.outage(story.now + timedelta(minutes=down))
    return story.advance(MONDAY + timedelta(days=300), late=timedelta(seconds=2))


def attempts(story: Rehearsal) -> list[datetime]:
    entries = story.told(What.FOLLOW_UP, What.CUSTOMER_CONTACTED)
    return [entry.at for entry in entries if entry.what is What.FOLLOW_UP or entry.detail.startswith("counts")]


def business_date(at: datetime) -> date:
    """The business day of an attempt, found date by date."""
    day = at.astimezone(ZoneInfo(NY)).date()
    while day.weekday() > 4 or day == THANKSGIVING:
        day += timedelta(days=1)
    return day


@settings(max_examples=200, deadline=None)
@given(shape=shapes(), apart=st.booleans(), minute=st.integers(0, 10_000), outages=downs, age=st.sampled_from(AGES))
def test_attempts_come_one_by_one_and_the_end_leaves_time_to_answer(
    shape: list[dict[str, Any]], apart: bool, minute: int, outages: list[tuple[int, int]], age: str | None
) -> None:
    when = MONDAY + timedelta(minutes=minute)
    story = live(answered(*shape, when=when, separate_business_days=apart, minimum_age=age), outages)
    tried = attempts(story)
    assert all(earlier < later for earlier, later in pairwise(tried))
    days = [business_date(at) for at in tried]
    assert not apart or len(set(days)) == len(days)
    assert story.state.closing is not None
    assert not tried or story.state.closing.at > tried[-1]
    oldest = {
        None: timedelta(),
        "1 day": timedelta(days=1),
        "5 business days": timedelta(days=5),
        "12 days": timedelta(12),
    }
    assert story.state.closing.at >= when + oldest[age]


@settings(max_examples=100, deadline=None)
@given(
    count=st.integers(1, 4),
    wait=st.sampled_from((90, 600, 3_000)),
    since=st.sampled_from(("previous", "silence")),
    outages=downs,
)
def test_the_customer_always_has_the_full_last_wait_less_the_grace(
    count: int, wait: int, since: str, outages: list[tuple[int, int]]
) -> None:
    """Elapsed minutes, the same between all steps, so that the wait is plain: chained and anchored are one ladder."""
    last = wait if since == "previous" else wait * (count + 1)
    every = [rung("follow_up", f"{wait} minutes")] * count
    story = live(answered(*every, rung("close", f"{last} minutes", since=since)), outages)
    tried = attempts(story)
    assert len(tried) == count
    assert story.state.closing is not None
    assert story.state.closing.at - tried[-1] >= timedelta(minutes=wait) - GRACE


@settings(max_examples=100, deadline=None)
@given(shape=shapes(), apart=st.booleans(), outages=downs, reply=st.integers(0, 40_000))
def test_any_reply_ends_the_ladder(
    shape: list[dict[str, Any]], apart: bool, outages: list[tuple[int, int]], reply: int
) -> None:
    story = answered(*shape, separate_business_days=apart)
    story.tell("customer_replied", MONDAY + timedelta(minutes=reply))
    before = (story.state.follow_ups, story.state.severity)
    live(story, outages)
    assert (story.state.status, story.state.ladder) == (Status.OPEN, None)
    assert (story.state.follow_ups, story.state.severity) == before


@settings(max_examples=100, deadline=None)
@given(shape=shapes(), calls=st.lists(st.integers(1, 20_000), max_size=6), holds=downs)
def test_attempts_of_ours_and_holds_bring_no_two_into_one_business_day(
    shape: list[dict[str, Any]], calls: list[int], holds: list[tuple[int, int]]
) -> None:
    story, told = answered(*shape, separate_business_days=True), MONDAY
    for minutes in sorted(calls):
        told = MONDAY + timedelta(minutes=minutes)
        story.tell("customer_contacted", told)
    for running, held in holds:
        start = told + timedelta(minutes=running + 1)
        told = start + timedelta(minutes=held)
        story.tell("put_on_hold", start)
        before = len(attempts(story))
        story.tell("resumed", told)
        assert len(attempts(story)) == before or story.state.status is Status.CLOSED
    story.advance(MONDAY + timedelta(days=300))
    days = [business_date(at) for at in attempts(story)]
    assert len(set(days)) == len(days)
    assert story.state.closing is not None
