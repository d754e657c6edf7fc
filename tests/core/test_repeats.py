"""Escalations go on until somebody acts: to the second, and with nothing sent besides."""

from datetime import timedelta
from typing import Any

import pytest
from escalating import BREACH, HOUR, MONDAY, WORKAROUND, again, lines, ny, start, told, waiting
from rehearsal import at

from sla.state.timeline import What


def test_an_escalation_is_repeated_without_a_cap() -> None:
    story = waiting().advance(MONDAY + 101 * HOUR)
    assert told(story) == [(BREACH, MONDAY + HOUR), *again(BREACH, MONDAY + 2 * HOUR, 100)]
    assert len({message.id for message in story.sent}) == len(story.sent)
    assert lines(story, What.REMINDED)[0] == "reminded Manager: next response, 1"
    assert story.sent[-1].message == "reminder"


@pytest.mark.parametrize(
    ("customer", "breach", "reminders"),
    [
        ("11-19 15:00", "11-20 15:00", ["11-20 16:00", "11-20 17:00", "11-23 10:00", "11-23 11:00"]),
        ("11-24 15:30", "11-25 15:30", ["11-25 16:30", "11-27 09:30", "11-27 10:30"]),  # Thanksgiving between
        ("10-29 15:30", "10-30 15:30", ["10-30 16:30", "11-02 09:30"]),  # EDT to EST
    ],
)
def test_repeats_count_business_time(customer: str, breach: str, reminders: list[str]) -> None:
    story = waiting(ny(customer), plan="office", severity="normal").advance(ny(reminders[-1]) + timedelta(minutes=59))
    key = BREACH.replace("high", "normal")
    assert told(story) == [
        (key, ny(breach)),
        *((f"{key}-again-{number}", ny(due)) for number, due in enumerate(reminders, start=1)),
    ]


def test_repeats_round_the_clock_come_every_hour_of_the_night_the_clocks_go_back() -> None:
    customer = ny("10-31 23:30")
    story = waiting(customer).advance(customer + 4 * HOUR)
    assert told(story) == [(BREACH, at("2026-11-01 04:30")), *again(BREACH, at("2026-11-01 05:30"), 3)]


@pytest.mark.parametrize("late", [timedelta(milliseconds=84), timedelta(seconds=20), timedelta(minutes=29)])
def test_repeats_are_chained_from_due_instants(late: timedelta) -> None:
    story = waiting().advance(MONDAY + 5 * HOUR, late=late)
    assert told(story) == [(BREACH, MONDAY + HOUR), *again(BREACH, MONDAY + 2 * HOUR, 4)]


def test_after_an_outage_one_reminder_and_then_a_full_wait() -> None:
    story = waiting().advance(MONDAY + HOUR).outage(ny("11-16 15:45"))
    assert told(story) == [(BREACH, ny("11-16 11:00")), (f"{BREACH}-again-1", ny("11-16 12:00"))]
    assert "late by 3 h 45 min" in story.sent[-1].body
    story.advance(ny("11-16 17:45"))
    assert told(story)[2:] == again(BREACH, ny("11-16 16:45"), 2, number=2)


@pytest.mark.parametrize(("up", "following"), [("11-16 12:30", "11-16 13:00"), ("11-16 12:30:01", "11-16 13:30:01")])
def test_the_grace_decides_what_the_next_reminder_counts_from(up: str, following: str) -> None:
    story = waiting().advance(MONDAY + HOUR).outage(ny(up)).advance(ny(following))
    assert told(story)[1:] == [(f"{BREACH}-again-1", ny("11-16 12:00")), (f"{BREACH}-again-2", ny(following))]


def test_a_breach_told_after_an_outage_is_followed_by_a_full_wait() -> None:
    story = waiting().outage(ny("11-16 15:45"))
    assert told(story) == [(BREACH, ny("11-16 11:00"))]
    assert told(story.advance(ny("11-16 17:44:59"))) == [
        (BREACH, ny("11-16 11:00")),
        (f"{BREACH}-again-1", ny("11-16 16:45")),
    ]


def test_an_interval_shorter_than_the_grace_does_not_catch_up() -> None:
    """Twenty-five minutes are within the grace; three reminders at once are still a bunch."""
    story = start(MONDAY, "busy").advance(MONDAY + HOUR).outage(ny("11-16 11:35"))
    assert told(story) == [(WORKAROUND, ny("11-16 11:00")), (f"{WORKAROUND}-again-1", ny("11-16 11:10"))]
    story.advance(ny("11-16 11:55"))
    assert told(story)[2:] == again(WORKAROUND, ny("11-16 11:45"), 2, timedelta(minutes=10), number=2)


def test_an_acknowledgement_a_second_before_a_reminder_stops_it() -> None:
    story = start(MONDAY, "busy").tell("acknowledged", ny("11-16 11:19:59")).advance(ny("11-20 10:00"))
    assert told(story) == [(WORKAROUND, ny("11-16 11:00")), (f"{WORKAROUND}-again-1", ny("11-16 11:10"))]


def test_an_acknowledgement_in_the_instant_of_the_breach_is_one_of_it() -> None:
    story = start(MONDAY, "busy").tell("acknowledged", ny("11-16 11:00")).advance(ny("11-16 11:59"))
    assert told(story) == [(WORKAROUND, ny("11-16 11:00"))]


def test_an_acknowledgement_before_the_breach_does_not_silence_it() -> None:
    story = start(MONDAY, "busy").tell("acknowledged", ny("11-16 10:59"), arrives=ny("11-16 11:05"))
    story.advance(ny("11-16 11:10"))
    assert told(story) == [(WORKAROUND, ny("11-16 11:00")), (f"{WORKAROUND}-again-1", ny("11-16 11:10"))]


def test_acknowledged_and_nothing_followed_is_told_again_and_goes_on() -> None:
    story = waiting().tell("acknowledged", ny("11-16 12:20")).advance(ny("11-16 14:19:59"))
    first = [(BREACH, ny("11-16 11:00")), (f"{BREACH}-again-1", ny("11-16 12:00"))]
    assert told(story) == first
    story.advance(ny("11-16 16:20"))
    assert told(story) == [*first, *again(BREACH, ny("11-16 14:20"), 3, number=2)]
    assert lines(story, What.REMINDED)[1:] == [
        "reminded Manager: next response, 2, taken in hand and nothing followed",
        "reminded Manager: next response, 3",
        "reminded Manager: next response, 4",
    ]
    story.tell("acknowledged", ny("11-16 17:00")).advance(ny("11-16 19:00"))
    assert told(story)[5:] == [(f"{BREACH}-again-5", ny("11-16 19:00"))]


def test_a_second_acknowledgement_gives_another_full_wait() -> None:
    story = waiting().tell("acknowledged", ny("11-16 11:30")).tell("acknowledged", ny("11-16 13:00"))
    assert told(story.advance(ny("11-16 14:59:59"))) == [(BREACH, ny("11-16 11:00"))]
    assert told(story.advance(ny("11-16 15:00")))[1:] == [(f"{BREACH}-again-1", ny("11-16 15:00"))]


@pytest.mark.parametrize(
    "event",
    [
        {"event": "agent_replied"},
        {"event": "agent_replied", "awaiting": "us"},
        {"event": "agent_replied", "solution": True},
        {"event": "solved"},
        {"event": "closed"},
    ],
)
@pytest.mark.parametrize("taken", [True, False])
def test_progress_ends_an_escalation_taken_in_hand_or_not(event: dict[str, Any], taken: bool) -> None:
    story = waiting()
    if taken:
        story.tell("acknowledged", ny("11-16 11:30"))
    story.tell(when=ny("11-16 11:59:59"), **event).advance(ny("11-20 17:00"))
    assert told(story) == [(BREACH, ny("11-16 11:00"))]
    assert story.state.alerts == ()


def test_a_message_ends_the_escalation_of_a_clock_that_it_does_not_stop() -> None:
    story = start(MONDAY, "busy").tell("agent_replied", ny("11-16 11:05"), awaiting="us").advance(ny("11-20 17:00"))
    assert told(story) == [(WORKAROUND, ny("11-16 11:00"))]


def test_a_message_from_before_the_breach_ends_nothing_that_still_runs() -> None:
    written: dict[str, Any] = {"awaiting": "us", "arrives": ny("11-16 11:05")}
    story = start(MONDAY, "busy").tell("agent_replied", ny("11-16 10:59"), **written).advance(ny("11-16 11:10"))
    assert told(story) == [(WORKAROUND, ny("11-16 11:00")), (f"{WORKAROUND}-again-1", ny("11-16 11:10"))]


def test_a_message_from_before_the_breach_moves_it_and_the_repeats_with_it() -> None:
    """Breached at eleven, as it seemed; but the turn was the customer's from 10:59 to 12:00: a minute was left."""
    story = start(MONDAY, "busy").tell("agent_replied", ny("11-16 10:59"), arrives=ny("11-16 11:05"))
    story.tell("customer_replied", ny("11-16 12:00")).advance(ny("11-16 12:11"))
    assert told(story) == [(WORKAROUND, ny("11-16 11:00")), (f"{WORKAROUND}-again-1", ny("11-16 12:11"))]


def test_an_answer_from_before_the_breach_that_comes_late_ends_what_it_answers() -> None:
    story = waiting().tell("agent_replied", ny("11-16 10:59"), arrives=ny("11-16 11:05")).advance(ny("11-20 17:00"))
    assert told(story) == [(BREACH, ny("11-16 11:00"))]


def test_under_another_severity_it_is_silent_and_back_again_it_goes_on() -> None:
    story = start(MONDAY, "busy").advance(ny("11-16 11:10"))
    story.tell("severity_changed", ny("11-16 11:15"), severity="normal").advance(ny("11-16 12:55"))
    first = [(WORKAROUND, ny("11-16 11:00")), (f"{WORKAROUND}-again-1", ny("11-16 11:10"))]
    assert told(story) == first
    story.tell("severity_changed", ny("11-16 12:55"), severity="high").advance(ny("11-16 13:05"))
    assert told(story) == [
        *first,
        (f"{WORKAROUND}-again-2", ny("11-16 11:20")),
        (f"{WORKAROUND}-again-3", ny("11-16 13:05")),
    ]


def test_another_severity_tells_and_repeats_under_its_own_name() -> None:
    story = start(MONDAY, "busy").advance(MONDAY + HOUR)
    story.tell("severity_changed", ny("11-16 11:05"), severity="normal").advance(ny("11-16 13:20"))
    other = WORKAROUND.replace("high", "normal")
    repeats = again(other, ny("11-16 13:10"), 2, timedelta(minutes=10))
    assert told(story) == [(WORKAROUND, ny("11-16 11:00")), (other, ny("11-16 13:00")), *repeats]


def test_a_hold_silences_the_clock_it_stops_and_afterwards_the_wait_counts_anew() -> None:
    story = start(MONDAY, "busy").advance(ny("11-16 11:10")).tell("put_on_hold", ny("11-16 11:15"))
    story.tell("resumed", ny("11-16 13:00")).advance(ny("11-16 13:10"))
    assert told(story) == [
        (WORKAROUND, ny("11-16 11:00")),
        (f"{WORKAROUND}-again-1", ny("11-16 11:10")),
        (f"{WORKAROUND}-again-2", ny("11-16 13:10")),
    ]
    assert "late by" not in story.sent[-1].body
