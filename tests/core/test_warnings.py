"""Warnings before the due instant: to the second, and with nothing sent besides."""

from datetime import timedelta

import pytest
from escalating import MONDAY, lines, ny, start, told
from rehearsal import at

from sla.state.timeline import What
from sla.steps.agenda import next_step


@pytest.mark.parametrize(
    ("opened", "warned"),
    [
        ("11-16 10:00", "11-16 11:30"),
        ("11-20 16:00", "11-23 09:30"),  # due on Monday at ten
        ("11-20 15:15", "11-20 16:45"),  # due on Monday at a quarter past nine: half an hour of open time before
        ("11-25 16:00", "11-27 09:30"),  # Thanksgiving between
        ("11-21 12:00", "11-23 10:30"),  # opened on a Saturday
    ],
)
def test_a_warning_before_counts_open_time_backwards_from_the_due_instant(opened: str, warned: str) -> None:
    story = start(ny(opened), "office").advance(ny(warned))
    assert told(story) == [("first_response-1-high-before-1800bs-lead", ny(warned))]
    assert lines(story, What.WARNING) == ["warning (30 business minutes before) first response → Lead"]
    assert (story.sent[-1].to, story.sent[-1].message) == ("lead@house.example", "warning")
    story.advance(ny(warned) + timedelta(minutes=29))
    assert len(told(story)) == 1


def test_a_warning_is_foreseen_in_words_and_not_a_second_early() -> None:
    story = start(MONDAY, "office").advance(MONDAY)
    step = next_step(story.state)
    assert step is not None
    assert step.text(story.state) == "first response warning 30 business minutes before"
    assert told(story.advance(ny("11-16 11:29:59"))) == []


@pytest.mark.parametrize(
    ("opened", "warned"),
    [
        ("11-16 10:00", "11-16 10:00"),
        ("11-20 16:50", "11-20 16:50"),  # due on Monday at ten past nine
        ("11-21 10:00", "11-23 09:00"),  # counting begins on Monday
    ],
)
def test_a_target_shorter_than_the_offset_warns_when_it_begins_to_count(opened: str, warned: str) -> None:
    story = start(ny(opened), "brief").advance(ny(warned))
    assert told(story) == [("first_response-1-high-before-1800bs-lead", ny(warned))]
    assert not story.told(What.BREACHED)


def test_a_short_target_in_elapsed_time_warns_at_the_latest_when_it_is_due() -> None:
    saturday = ny("11-21 10:00")
    story = start(saturday, "office", severity="low").advance(saturday + timedelta(minutes=20))
    assert told(story) == [("first_response-1-low-before-1800bs-lead", saturday + timedelta(minutes=20))]


@pytest.mark.parametrize(
    ("opened", "warned"),
    [
        ("2026-11-01 02:00", "2026-11-01 04:00"),  # 22:00 EDT, due 03:00 EST, warned at midnight EDT
        ("2026-03-08 03:00", "2026-03-08 05:00"),  # 22:00 EST, due 05:00 EDT, warned at midnight EST
    ],
)
def test_hours_before_are_elapsed_hours_through_a_clock_change(opened: str, warned: str) -> None:
    story = start(at(opened), severity="normal").advance(at(warned) + timedelta(hours=4))
    assert told(story) == [("first_response-1-normal-before-14400s-lead", at(warned))]
    assert [entry.due_at for entry in story.told(What.BREACHED)] == [at(warned) + timedelta(hours=4)]


@pytest.mark.parametrize(
    ("opened", "warned"),
    [
        ("10-29 16:30", "11-01 16:30"),  # due on Monday 2 November, EST; 25 hours are 24 of the wall clock
        ("03-05 16:30", "03-08 16:30"),
        ("11-20 16:00", "11-23 16:00"),
    ],
)
def test_a_day_before_is_the_same_wall_clock_the_day_before(opened: str, warned: str) -> None:
    story = start(ny(opened), "office").tell("agent_replied", ny(opened), awaiting="us")
    assert told(story.advance(ny(warned) + timedelta(hours=16))) == [("resolution-1-high-before-1d-lead", ny(warned))]


def test_a_pause_moves_the_warning_with_the_due_instant() -> None:
    story = start(MONDAY, "office").tell("agent_replied", MONDAY).tell("customer_replied", ny("11-17 10:00"))
    story.tell("agent_replied", ny("11-17 11:00"), awaiting="us").advance(ny("11-19 09:59:59"))
    assert told(story) == [("resolution-1-high-before-1d-lead", ny("11-18 10:00"))], (
        "eight open hours were the customer's"
    )
    assert story.due("resolution") == ny("11-19 10:00")


def test_while_the_clock_stands_still_there_is_no_warning() -> None:
    story = start(MONDAY, "office").tell("agent_replied", MONDAY).advance(ny("11-20 17:00"))
    assert told(story) == []


def test_an_answer_a_second_before_the_warning_makes_it_pointless() -> None:
    story = start(MONDAY, "office").tell("agent_replied", ny("11-16 11:29:59")).advance(ny("11-20 17:00"))
    assert told(story) == []


def test_a_warning_keeps_its_name_through_severities_and_back() -> None:
    story = start(MONDAY, "office").advance(ny("11-16 11:30"))
    story.tell("severity_changed", ny("11-16 11:31"), severity="normal")
    story.tell("severity_changed", ny("11-16 11:32"), severity="high").advance(ny("11-16 12:30"))
    assert told(story) == [("first_response-1-high-before-1800bs-lead", ny("11-16 11:30"))]
