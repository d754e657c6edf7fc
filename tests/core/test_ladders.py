"""Silence ladders: what each wait counts from, what an outage leaves of it, and what keeps attempts apart."""

from datetime import UTC, timedelta

import pytest
from ladders import (
    ANCHORED,
    DAILY,
    HOURS,
    MONDAY,
    NY,
    YEAR_END,
    answered,
    called,
    closed_at,
    due,
    ny,
    opened,
    rung,
    sent,
)
from rehearsal import Rehearsal, at, ticket

from sla.state.state import Status
from sla.state.timeline import What

PACIFIC = "America/Los_Angeles"


# What a wait counts from


@pytest.mark.parametrize(
    ("when", "wait", "expected", "reason"),
    [
        ("2026-10-30 10:00", "3 days", "2026-11-02 10:00", "calendar days keep the wall clock when it is put back"),
        ("2026-10-30 10:00", "72 hours", "2026-11-02 09:00", "elapsed hours do not"),
        ("2026-10-30 10:00", "8 business hours", "2026-11-02 10:00", "seven on Friday, one on Monday"),
        ("2026-03-06 16:30", "1 business day", "2026-03-09 16:30", "over the weekend on which it is put forward"),
        ("2026-11-25 16:00", "2 business hours", "2026-11-27 10:00", "Thanksgiving is closed"),
        ("2026-11-25 16:00", "1 day", "2026-11-26 16:00", "a calendar day knows no holiday"),
    ],
)
def test_each_wait_counts_by_its_own_measure(when: str, wait: str, expected: str, reason: str) -> None:
    story = answered(rung("follow_up", wait), when=at(when, NY))
    assert story.due("follow_up") == at(expected, NY), reason


def test_a_wait_may_be_counted_by_a_calendar_of_its_own() -> None:
    story = answered(rung("follow_up", "12 business hours", calendar="always"))
    assert story.due("follow_up") == at("2026-11-16 22:00", NY)


def test_waits_count_from_the_step_before_from_the_silence_or_from_the_first_follow_up() -> None:
    last = rung("close", "10 days", since="first_follow_up")
    story = answered(DAILY, rung("follow_up", "3 days", since="silence"), DAILY, last).advance(YEAR_END)
    assert due(story) == ny("2026-11-17 10:00", "2026-11-19 10:00", "2026-11-20 10:00")
    assert closed_at(story) == at("2026-11-27 10:00", NY)


def test_a_step_is_never_due_before_the_one_above_it() -> None:
    tell = rung("notify", "1 day", since="silence", tell="lead")
    story = answered(rung("follow_up", "5 business days"), tell).advance(YEAR_END)
    assert due(story, What.FOLLOW_UP, What.NOTIFIED) == ny("2026-11-23 10:00", "2026-11-23 10:00")


def test_an_anchor_in_the_past_does_not_close_in_the_minute_of_the_last_attempt() -> None:
    story = answered(rung("follow_up", "5 business days"), rung("close", "1 day", since="silence"))
    assert closed_at(story.advance(YEAR_END)) == at("2026-11-24 10:00", NY), "at the least the next business day"


def test_without_a_follow_up_at_this_severity_the_wait_from_the_first_is_the_whole_silence() -> None:
    only = rung("follow_up", "1 day", severities=["low"])
    assert answered(only, rung("close", "4 days", since="first_follow_up")).due("close") == at("2026-11-20 10:00", NY)


# After an outage


def test_an_anchored_close_leaves_the_planned_last_wait_after_what_was_really_sent() -> None:
    """Planned: the second attempt on the 18th at 10:00, the close on the 21st at 10:00, three days later."""
    story = answered(*ANCHORED).advance(at("2026-11-17 12:00", NY)).outage(at("2026-11-24 12:00", NY))
    assert sent(story) == ny("2026-11-17 10:00", "2026-11-24 12:00")
    assert story.due("close") == at("2026-11-27 12:00", NY)


def test_an_outage_over_a_whole_anchored_ladder_moves_all_of_it() -> None:
    story = answered(*ANCHORED).outage(at("2026-11-30 12:00", NY)).advance(YEAR_END)
    assert sent(story) == ny("2026-11-30 12:00", "2026-12-01 12:00")
    assert closed_at(story) == at("2026-12-04 12:00", NY)


def test_a_late_first_attempt_moves_the_anchor_that_it_is() -> None:
    story = answered(DAILY, rung("close", "10 days", since="first_follow_up")).outage(at("2026-11-20 09:00", NY))
    assert story.due("close") == at("2026-11-30 09:00", NY)


def test_a_late_step_between_does_not_shorten_the_last_wait() -> None:
    """Planned: attempt on the 17th, the lead told on the 18th, the close on the 21st."""
    tell = rung("notify", "2 days", since="silence", tell="lead")
    story = answered(DAILY, tell, rung("close", "5 days", since="silence")).outage(at("2026-11-30 12:00", NY))
    assert not story.told(What.NOTIFIED), "a day after the attempt, as planned"
    story.advance(YEAR_END)
    assert due(story, What.NOTIFIED) == ny("2026-12-01 12:00")
    assert closed_at(story) == at("2026-12-04 12:00", NY)


def test_lateness_within_the_grace_does_not_use_up_a_short_last_wait() -> None:
    story = answered(DAILY, rung("close", "15 minutes")).advance(at("2026-11-17 09:00", NY))
    story.outage(at("2026-11-17 10:20", NY))
    assert (story.state.status, story.due("close")) == (Status.PENDING, at("2026-11-17 10:35", NY))


def test_an_anchor_in_the_past_plans_no_time_of_its_own() -> None:
    """Planned: the attempt and the word to the lead on the 23rd, the close a day later."""
    tell = rung("notify", "1 day", since="silence", tell="lead")
    story = answered(rung("follow_up", "5 business days"), tell, rung("close", "8 days", since="silence"))
    story.outage(at("2026-11-30 12:00", NY))
    assert due(story, What.NOTIFIED) == ny("2026-11-30 12:00")
    assert story.due("close") == at("2026-12-01 12:00", NY)


def test_an_attempt_of_ours_after_an_outage_leaves_the_planned_last_wait() -> None:
    story = (
        answered(*ANCHORED).outage(at("2026-11-24 12:00", NY)).tell("customer_contacted", at("2026-11-25 09:00", NY))
    )
    assert story.due("close") == at("2026-11-28 09:00", NY), "three days, as between the 18th and the 21st"


# Separate business days


def test_attempts_that_would_share_a_business_day_move_to_the_next() -> None:
    story = answered(HOURS, HOURS, HOURS, separate_business_days=True).advance(YEAR_END)
    assert due(story) == ny("2026-11-16 12:00", "2026-11-17 14:00", "2026-11-18 16:00")


def test_where_the_wall_clock_is_closed_they_move_to_the_opening() -> None:
    story = answered(HOURS, HOURS, HOURS, separate_business_days=True, when=at("2026-11-25 16:00", NY))
    assert due(story.advance(YEAR_END)) == ny("2026-11-25 18:00", "2026-11-27 09:00", "2026-11-30 11:00")


def test_an_attempt_on_a_closed_date_belongs_to_the_next_business_day() -> None:
    steps = (rung("follow_up", "1 day"), rung("follow_up", "2 days"))
    story = answered(*steps, separate_business_days=True, when=at("2026-11-13 10:00", NY)).advance(YEAR_END)
    assert due(story) == ny("2026-11-14 10:00", "2026-11-17 10:00"), "Saturday's attempt is Monday's"


def test_apart_is_counted_from_what_was_really_sent() -> None:
    story = answered(HOURS, HOURS, separate_business_days=True).outage(at("2026-11-17 13:00", NY)).advance(YEAR_END)
    assert sent(story) == ny("2026-11-17 13:00", "2026-11-18 15:00")


def test_another_message_of_ours_does_not_bring_two_attempts_into_one_day() -> None:
    story = answered(HOURS, HOURS, separate_business_days=True).tell("agent_replied", at("2026-11-16 13:00", NY))
    assert story.due("follow_up") == at("2026-11-17 15:00", NY)


def test_keeping_attempts_apart_is_planned_and_moves_no_anchored_close() -> None:
    story = answered(HOURS, HOURS, rung("close", "3 days", since="silence"), separate_business_days=True)
    assert closed_at(story.advance(YEAR_END)) == at("2026-11-19 10:00", NY)


def test_without_the_rule_attempts_may_share_a_day() -> None:
    assert due(answered(HOURS, HOURS).advance(YEAR_END)) == ny("2026-11-16 12:00", "2026-11-16 14:00")


def test_instants_are_utc() -> None:
    due_at = answered(DAILY, separate_business_days=True).due("follow_up")
    assert due_at is not None
    assert due_at.tzinfo is UTC


# Attempts made by a person


def test_three_attempts_on_two_business_days_do_not_close() -> None:
    story = called("2026-06-15 09:00", "2026-06-15 15:00", "2026-06-16 10:00")
    assert (story.state.follow_ups, story.due("close")) == (2, None)
    assert story.due("follow_up") == at("2026-06-19 10:00", NY)
    assert [entry.detail for entry in story.told(What.CUSTOMER_CONTACTED)] == [
        "counts as follow-up 1 of 3",
        "not counted: on the business day of the attempt before",
        "counts as follow-up 2 of 3",
    ]


def test_an_attempt_on_a_third_business_day_makes_room_for_the_close() -> None:
    story = called("2026-06-15 09:00", "2026-06-15 15:00", "2026-06-16 10:00", "2026-06-17 11:00")
    assert (story.due("follow_up"), story.due("close")) == (None, at("2026-06-18 11:00", NY))


def test_an_attempt_of_ours_and_an_automatic_one_share_no_day() -> None:
    story = (
        called("2026-06-16 10:00")
        .advance(at("2026-06-19 10:00", NY))
        .tell("customer_contacted", at("2026-06-19 18:00", NY))
    )
    assert story.state.follow_ups == 2


def tried(*whens: str) -> Rehearsal:
    story = Rehearsal(ticket("ladders-pacific", at("2026-05-29 10:00", PACIFIC)))
    story.tell("agent_replied", at("2026-05-29 10:00", PACIFIC))
    for when in whens:
        story.tell("customer_contacted", at(when, PACIFIC))
    return story


def test_ten_days_after_the_first_of_three_attempts_the_ticket_closes() -> None:
    story = tried("2026-06-01 10:00", "2026-06-05 10:00", "2026-06-11 09:00").advance(at("2026-07-31 10:00", PACIFIC))
    assert closed_at(story) == at("2026-06-11 10:00", PACIFIC)
    assert not story.told(What.FOLLOW_UP)


def test_a_reply_before_the_tenth_day_ends_the_ladder() -> None:
    story = tried("2026-06-01 10:00", "2026-06-05 10:00").tell("customer_replied", at("2026-06-09 16:00", PACIFIC))
    story.tell("customer_contacted", at("2026-06-11 09:00", PACIFIC)).advance(at("2026-07-31 10:00", PACIFIC))
    assert (story.state.status, story.state.ladder, closed_at(story)) == (Status.OPEN, None, None)


def test_a_third_attempt_after_the_tenth_day_is_not_the_close_too() -> None:
    story = tried("2026-06-01 10:00", "2026-06-05 10:00", "2026-06-12 09:00")
    assert story.due("close") == at("2026-06-15 09:00", PACIFIC), "the next business day after Friday"


def test_an_attempt_counts_only_while_the_ticket_is_pending() -> None:
    story = opened(DAILY, DAILY).tell("customer_contacted", MONDAY + timedelta(minutes=5))
    story.tell("agent_replied", MONDAY + timedelta(minutes=10)).tell("put_on_hold", MONDAY + timedelta(minutes=20))
    story.tell("customer_contacted", MONDAY + timedelta(minutes=30))
    assert story.state.follow_ups == 0
    assert [entry.detail for entry in story.told(What.CUSTOMER_CONTACTED)] == ["", ""]


def test_an_attempt_that_is_told_late_is_older_than_what_was_done() -> None:
    arrives = at("2026-11-17 12:00", NY)
    story = answered(DAILY, DAILY).tell("customer_contacted", at("2026-11-17 09:00", NY), arrives=arrives)
    assert story.state.follow_ups == 1
    assert story.told(What.CUSTOMER_CONTACTED)[0].detail == "not counted: something newer was done already"


def test_what_an_attempt_passes_over_is_still_done() -> None:
    tell = rung("notify", "2 business days", tell="lead")
    story = answered(DAILY, tell, DAILY, rung("close", "1 business day"))
    story.tell("customer_contacted", at("2026-11-18 09:00", NY)).advance(YEAR_END)
    assert story.state.follow_ups == 2
    assert due(story, What.NOTIFIED) == ny("2026-11-19 10:00"), "two business days after the first attempt"
    assert closed_at(story) == at("2026-11-20 10:00", NY)


def test_after_the_last_follow_up_an_attempt_is_only_noted() -> None:
    story = answered(DAILY, rung("close", "5 days")).tell("customer_contacted", at("2026-11-18 09:00", NY))
    assert (story.state.follow_ups, story.due("close")) == (1, at("2026-11-22 10:00", NY))
