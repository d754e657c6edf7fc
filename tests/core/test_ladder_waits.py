"""Silence ladders: what begins them anew, and what makes them wait: absences, holds, the age of the ticket."""

from typing import Any

import pytest
from ladders import ANCHORED, DAILY, MONDAY, NY, YEAR_END, answered, closed_at, due, ny, rung
from rehearsal import EVENT, Rehearsal, at

from sla.rules.events import apply
from sla.state.state import Status
from sla.state.timeline import What
from sla.steps.agenda import agenda

# What resets and what does not


@pytest.mark.parametrize(("rule", "expected"), [("restart", "2026-11-19 09:00"), ("continue", "2026-11-18 10:00")])
def test_another_message_of_ours_begins_the_ladder_anew_or_not(rule: str, expected: str) -> None:
    story = answered(DAILY, DAILY, our_message=rule).tell("agent_replied", at("2026-11-18 09:00", NY))
    assert story.due("follow_up") == at(expected, NY)
    assert story.state.ladder is not None
    assert story.state.ladder.anchor == (MONDAY if rule == "continue" else at("2026-11-18 09:00", NY))


def test_after_a_bounce_our_message_begins_anew_whatever_the_rule() -> None:
    story = answered(DAILY, rung("close", "1 business day"), our_message="continue").advance(at("2026-11-17 11:00", NY))
    story.tell("bounced", at("2026-11-17 12:00", NY)).tell("agent_replied", at("2026-11-30 12:00", NY))
    assert (story.due("close"), story.due("follow_up")) == (None, at("2026-12-01 12:00", NY))


def test_a_continued_ladder_ends_with_a_reply_and_begins_at_zero() -> None:
    story = answered(DAILY, DAILY, our_message="continue").advance(at("2026-11-17 11:00", NY))
    story.tell("customer_replied", at("2026-11-17 12:00", NY)).tell("agent_replied", at("2026-11-17 13:00", NY))
    assert agenda(story.state)[0].text(story.state) == "follow-up 1 of 2"


# Out of office


def away(returns: str | None, *steps: dict[str, Any], **rules: Any) -> Rehearsal:
    story = answered(*(steps or (DAILY, DAILY)), **rules)
    return story.tell("customer_replied", at("2026-11-16 12:00", NY), kind="auto", returns=returns)


@pytest.mark.parametrize(
    ("returns", "expected", "reason"),
    [
        ("2026-11-19", "2026-11-19 09:00", "the opening of that day"),
        ("2026-11-21", "2026-11-23 09:00", "a Saturday: the opening after it"),
        ("2026-11-26", "2026-11-27 09:00", "a holiday"),
        ("2027-02-14", "2027-02-15 09:00", "ninety days ahead, a Sunday"),
    ],
)
def test_the_next_step_waits_for_the_day_of_return(returns: str, expected: str, reason: str) -> None:
    story = away(returns)
    assert story.due("follow_up") == at(expected, NY), reason
    assert story.lines()[-1][1] == f"next step postponed: the customer is back on {returns}"
    assert story.state.status is Status.PENDING


@pytest.mark.parametrize(("returns", "why"), [("2026-11-15", "past"), ("2027-02-15", "more than 90 days ahead")])
def test_a_day_of_return_that_cannot_be_meant_is_noted_and_ignored(returns: str, why: str) -> None:
    story = away(returns)
    assert story.due("follow_up") == at("2026-11-17 10:00", NY)
    assert story.lines()[-1][1] == f"ignored: return on {returns}: that is {why}"


@pytest.mark.parametrize(
    ("returns", "rule"), [(None, "wait"), ("2026-11-20", "ignore"), ("2026-11-16", "wait"), ("2026-11-17", "wait")]
)
def test_an_automatic_reply_that_moves_nothing_says_nothing(returns: str | None, rule: str) -> None:
    story = away(returns, out_of_office=rule)
    assert story.due("follow_up") == at("2026-11-17 10:00", NY)
    assert story.state.timeline[-1].what is What.AUTO_REPLY


def test_after_the_return_the_waits_go_on_as_planned() -> None:
    story = away("2026-11-21", *ANCHORED).advance(YEAR_END)
    assert due(story) == ny("2026-11-23 09:00", "2026-11-24 09:00")
    assert closed_at(story) == at("2026-11-27 09:00", NY), "three days after the last attempt, as planned"


def test_an_absence_outlives_another_message_of_ours() -> None:
    story = away("2026-11-25").tell("agent_replied", at("2026-11-16 15:00", NY))
    assert story.due("follow_up") == at("2026-11-25 09:00", NY)


def test_a_close_waits_for_the_return_too() -> None:
    story = answered(DAILY, rung("close", "1 business day")).advance(at("2026-11-17 11:00", NY))
    story.tell("customer_replied", at("2026-11-17 11:00", NY), kind="auto", returns="2026-11-30").advance(YEAR_END)
    assert closed_at(story) == at("2026-11-30 09:00", NY)


# Holds


@pytest.mark.parametrize(
    ("wait", "expected", "reason"),
    [
        ("2 business days", "2026-11-19 10:00", "five open hours of Monday and three of Tuesday"),
        ("12 business hours", "2026-11-18 14:00", "due Tuesday 14:00, eight open hours later"),
        ("3 days", "2026-11-20 10:00", "twenty-four hours"),
    ],
)
def test_a_hold_stops_a_wait_in_its_own_measure(wait: str, expected: str, reason: str) -> None:
    story = answered(rung("follow_up", wait)).tell("put_on_hold", at("2026-11-16 12:00", NY))
    story.tell("resumed", at("2026-11-17 12:00", NY))
    assert (story.state.status, story.due("follow_up")) == (Status.PENDING, at(expected, NY)), reason


def test_nothing_is_done_while_on_hold_and_the_hold_ends_by_itself() -> None:
    story = answered(DAILY, DAILY).tell("put_on_hold", at("2026-11-16 12:00", NY), until=at("2026-12-07 12:00", NY))
    assert not story.advance(at("2026-12-07 11:59", NY)).told(What.FOLLOW_UP)
    assert due(story.advance(YEAR_END)) == ny("2026-12-08 10:00", "2026-12-09 10:00")


def test_a_hold_may_begin_the_ladder_anew() -> None:
    story = answered(DAILY, DAILY, on_hold="restart").advance(at("2026-11-17 11:00", NY))
    story.tell("put_on_hold", at("2026-11-17 12:00", NY)).tell("resumed", at("2026-11-19 14:00", NY)).advance(YEAR_END)
    assert due(story) == ny("2026-11-17 10:00", "2026-11-20 14:00", "2026-11-23 14:00")


def test_a_hold_moves_an_anchored_close_too() -> None:
    story = answered(*ANCHORED).advance(at("2026-11-18 12:00", NY)).tell("put_on_hold", at("2026-11-19 10:00", NY))
    story.tell("resumed", at("2026-11-24 10:00", NY))
    assert story.due("close") == at("2026-11-26 10:00", NY), "two of the three days were left"


def test_a_hold_after_a_late_attempt_leaves_the_rest_of_the_last_wait() -> None:
    """The second attempt left on the 24th instead of the 18th; of the three days one has passed before the hold."""
    story = answered(*ANCHORED).advance(at("2026-11-17 12:00", NY)).outage(at("2026-11-24 12:00", NY))
    story.tell("put_on_hold", at("2026-11-25 12:00", NY)).tell("resumed", at("2026-12-02 12:00", NY))
    assert story.due("close") == at("2026-12-04 12:00", NY)


def test_a_hold_within_a_moved_last_wait_counts_once() -> None:
    """The second attempt left on the 20th at 12:00 instead of the 18th at 10:00: ten days are planned after it."""
    story = answered(DAILY, DAILY, rung("close", "12 days", since="silence")).advance(at("2026-11-17 12:00", NY))
    story.outage(at("2026-11-20 12:00", NY)).tell("put_on_hold", at("2026-11-24 12:00", NY))
    story.tell("resumed", at("2026-11-26 12:00", NY))
    assert story.due("close") == at("2026-12-02 12:00", NY)


def test_a_hold_that_is_told_late_stops_only_the_wait_that_still_ran() -> None:
    story = answered(rung("follow_up", "24 hours"), rung("follow_up", "24 hours"))
    story.tell("put_on_hold", at("2026-11-17 09:00", NY), arrives=at("2026-11-17 10:30", NY))
    story.tell("resumed", at("2026-11-17 12:00", NY))
    assert story.due("follow_up") == at("2026-11-18 12:00", NY), "two hours after the attempt, not three"


def test_a_hold_does_not_move_what_was_due_before_it() -> None:
    """Everything was told while nothing ran: the hold is known before the overdue attempt is made."""
    story = answered(DAILY)
    for name, when in (("put_on_hold", at("2026-11-18 12:00", NY)), ("resumed", at("2026-11-19 12:00", NY))):
        event = EVENT.validate_python({"event": name, "id": name, "at": when})
        story.become(apply(story.state, event, when))
    assert story.due("follow_up") == at("2026-11-17 10:00", NY)


def test_two_holds_add_up_and_a_hold_twice_is_one() -> None:
    story = answered(rung("follow_up", "4 days")).tell("put_on_hold", at("2026-11-17 10:00", NY))
    story.tell("put_on_hold", at("2026-11-17 20:00", NY)).tell("resumed", at("2026-11-18 10:00", NY))
    story.tell("put_on_hold", at("2026-11-19 10:00", NY)).tell("resumed", at("2026-11-21 10:00", NY))
    assert story.due("follow_up") == at("2026-11-23 10:00", NY), "one day and two days"


def test_an_answer_of_ours_during_a_hold_lets_a_continued_ladder_go_on() -> None:
    story = answered(rung("follow_up", "3 days"), our_message="continue")
    story.tell("put_on_hold", at("2026-11-17 10:00", NY)).tell("agent_replied", at("2026-11-18 10:00", NY))
    assert story.due("follow_up") == at("2026-11-20 10:00", NY)


# A minimum age


@pytest.mark.parametrize("do", ["solve", "close"])
@pytest.mark.parametrize(
    ("age", "expected"),
    [("10 days", "2026-11-26 10:00"), ("10 business days", "2026-12-01 10:00"), ("2 days", "2026-11-18 10:00")],
)
def test_a_young_ticket_is_not_ended(do: str, age: str, expected: str) -> None:
    story = answered(DAILY, rung(do, "1 business day"), minimum_age=age)
    story.advance(at("2026-11-17 12:00", NY))
    assert story.due(do) == at(expected, NY)


def test_a_young_ticket_is_reminded_all_the_same() -> None:
    assert answered(DAILY, minimum_age="30 days").due("follow_up") == at("2026-11-17 10:00", NY)
