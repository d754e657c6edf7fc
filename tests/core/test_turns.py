"""Whose turn it is when messages cross, come late, or take each other back."""

from datetime import datetime, timedelta

import pytest
from rehearsal import Rehearsal, at, ticket

from sla.inputs.terms import Objective
from sla.inputs.ticket import successor
from sla.state.clock import Clock
from sla.state.notification import Fate
from sla.state.state import KEPT_CLOCKS, Status
from sla.state.timeline import What
from sla.steps.agenda import next_step
from sla.views.status import is_breached

CHICAGO, NY = "America/Chicago", "America/New_York"
MONDAY = at("2026-06-01 09:00", CHICAGO)


def crashplan() -> Rehearsal:
    return Rehearsal(ticket("crashplan", MONDAY))


def ownbackup() -> Rehearsal:
    return Rehearsal(ticket("ownbackup", MONDAY, plan="standard", severity="high", time_zone=CHICAGO))


def unstopped(story: Rehearsal, objective: Objective) -> list[Clock]:
    return [clock for clock in story.state.clocks if clock.objective is objective and clock.stopped_at is None]


def test_an_update_is_owed_again_when_a_solved_ticket_comes_back() -> None:
    story = crashplan().tell("agent_replied", MONDAY + timedelta(hours=1), solution=True)
    story.tell("customer_replied", MONDAY + timedelta(hours=3))
    assert story.due("update") == at("2026-06-02 17:00", CHICAGO)


def test_an_update_counts_from_when_the_turn_came_back_and_keeps_its_closing_time() -> None:
    story = crashplan().tell("agent_replied", MONDAY + timedelta(hours=1))
    assert story.due("update") is None, "the customer is awaited: no update is owed"
    story.tell("customer_replied", at("2026-06-03 12:00", CHICAGO))
    assert story.due("update") == at("2026-06-04 17:00", CHICAGO)
    story.tell("customer_replied", at("2026-06-03 16:00", CHICAGO))
    assert story.due("update") == at("2026-06-04 17:00", CHICAGO), "more words do not put it off"


def test_a_solution_told_late_leaves_the_full_wait() -> None:
    story = crashplan()
    story.delivery = lambda step: Fate.NOT_SENT if step.message == "solved" else Fate.SENT
    solved = MONDAY + timedelta(hours=6)
    story.tell("agent_replied", solved, solution=True).advance(solved + timedelta(hours=20))
    assert story.due("close") is None, "no wait before the customer knows"
    story.delivery = lambda step: Fate.SENT
    story.advance(solved + timedelta(hours=22))
    notice = story.told(What.NOTICE)[-1].at
    assert story.due("close") == notice + timedelta(days=2)


def test_a_solution_of_days_ago_does_not_close_in_the_same_minute() -> None:
    arrives = MONDAY + timedelta(days=4)
    story = crashplan().tell("agent_replied", MONDAY + timedelta(hours=1), arrives=arrives, solution=True)
    story.outage(arrives + timedelta(seconds=1))
    assert story.state.status is Status.SOLVED
    due = story.due("close")
    assert due is not None
    assert due >= arrives + timedelta(days=2)


def test_an_answer_that_arrives_after_a_newer_message_of_the_customer_leaves_the_turn_with_us() -> None:
    story = crashplan().tell("customer_replied", at("2026-06-01 17:00", CHICAGO))
    story.tell("agent_replied", at("2026-06-01 16:50", CHICAGO), arrives=at("2026-06-01 17:05", CHICAGO))
    assert story.state.status is Status.OPEN
    assert story.due("solve") is None
    assert story.due("update") is not None


def test_a_close_that_was_decided_before_a_newer_message_is_not_done() -> None:
    story = crashplan().tell("customer_replied", MONDAY + timedelta(hours=2))
    story.tell("closed", MONDAY + timedelta(hours=1), arrives=MONDAY + timedelta(hours=3))
    assert story.state.status is Status.OPEN
    assert story.told(What.IGNORED)


def test_an_older_answer_that_comes_second_starts_no_second_update() -> None:
    story = ownbackup().tell("agent_replied", MONDAY + timedelta(hours=2), awaiting="us")
    story.tell("agent_replied", MONDAY + timedelta(hours=1), arrives=MONDAY + timedelta(hours=3), awaiting="us")
    assert len(unstopped(story, Objective.UPDATE)) == 1
    story.tell("agent_replied", MONDAY + timedelta(hours=4))
    assert unstopped(story, Objective.UPDATE) == []


def test_a_solution_taken_back_before_it_was_told_is_not_told() -> None:
    story = crashplan()
    story.delivery = lambda step: Fate.NOT_SENT if step.message == "solved" else Fate.SENT
    story.tell("agent_replied", MONDAY, solution=True).tell("agent_replied", MONDAY + timedelta(hours=1), awaiting="us")
    story.delivery = lambda step: Fate.SENT
    story.advance(MONDAY + timedelta(hours=9))
    assert not [message.id for message in story.sent if "solved" in message.id]


def test_troubles_are_cleared_by_those_whom_they_concern() -> None:
    story = Rehearsal(ticket("house", MONDAY, severity="high", owner="agent@house.example"))
    story.delivery = lambda step: Fate.REFUSED if "75pct" in step.key else Fate.SENT
    story.tell("customer_replied", MONDAY + timedelta(hours=2), kind="bounce")
    assert {trouble.audience for trouble in story.state.troubles} == {"customer", "internal"}
    story.tell("customer_replied", MONDAY + timedelta(hours=2, minutes=5), kind="bounce")
    assert len(story.state.troubles) == 2, "the same trouble twice is one"
    story.tell("agent_replied", MONDAY + timedelta(hours=3))
    assert {trouble.audience for trouble in story.state.troubles} == {"internal"}, "the person has acted"


def test_a_switched_off_message_is_not_sent_and_stops_nothing() -> None:
    story = Rehearsal(ticket("house", MONDAY, severity="high"))
    messages = {name: text for name, text in story.state.terms.messages.items() if name != "warning"}
    quiet = Rehearsal(ticket("house", MONDAY, severity="high"), messages=messages).advance(MONDAY + timedelta(hours=1))
    assert [entry.what for entry in quiet.told(What.WARNING, What.BREACHED)] == [What.WARNING, What.BREACHED]
    assert not [message.id for message in quiet.sent if "75pct" in message.id]


def test_a_ticket_of_many_turns_stays_small_and_remembers_what_was_broken() -> None:
    story = ownbackup().advance(MONDAY + timedelta(days=1))
    for turn in range(60):
        story.tell("agent_replied", MONDAY + timedelta(days=1, minutes=2 * turn), awaiting="us")
    assert len(story.state.clocks) <= KEPT_CLOCKS + 3
    assert story.clock(Objective.UPDATE).cycle == 60
    assert story.clock(Objective.FIRST_RESPONSE).state == "missed", (
        "the latest clock of an objective is never forgotten"
    )
    assert is_breached(story.state, story.now)
    assert next_step(story.state) is not None


@pytest.mark.parametrize(
    ("identity", "follows", "expected"),
    [
        ("A-1", None, "A-1.2"),
        ("A-1.2", "A-1", "A-1.3"),
        ("A-1.9", "A-1.8", "A-1.10"),
        ("INC.5", None, "INC.5.2"),
        ("2026.11.20", None, "2026.11.20.2"),
    ],
)
def test_follow_up_ids_count_on_no_number_that_somebody_else_wrote(
    identity: str, follows: str | None, expected: str
) -> None:
    assert successor(ticket("crashplan", MONDAY, id=identity, follows=follows)) == expected


@pytest.mark.parametrize(
    ("events", "why"),
    [
        ([("customer_replied", MONDAY + timedelta(hours=2))], "solved: a message was written after it"),
        ([("solved", MONDAY)], "solved: the ticket is solved"),
        ([("closed", MONDAY)], "solved: the ticket is closed"),
    ],
)
def test_solved_that_comes_too_late_says_why_it_is_ignored(events: list[tuple[str, datetime]], why: str) -> None:
    told = crashplan()
    for name, instant in events:
        told.tell(name, instant)
    told.tell("solved", MONDAY + timedelta(hours=1), arrives=MONDAY + timedelta(hours=3))
    assert [entry.detail for entry in told.told(What.IGNORED)] == [why]
