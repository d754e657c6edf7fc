"""How tickets end: the delay from solved to closed, what the customer is told, and the survey."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from rehearsal import Rehearsal, at, ticket

from sla.state.notification import Fate
from sla.state.state import Status
from sla.state.timeline import What

NY = "America/New_York"
MONDAY = at("2026-11-16 10:00", NY)
TEN_PAST, ELEVEN, NOON = MONDAY + timedelta(minutes=10), MONDAY + timedelta(hours=1), MONDAY + timedelta(hours=2)


def story(severity: str = "high", when: datetime = MONDAY, **terms: Any) -> Rehearsal:
    return Rehearsal(ticket("replies", when, severity=severity), **terms)


def messages(story: Rehearsal) -> list[str]:
    return [message.id.removeprefix("T-1+") for message in story.sent]


# From solved to closed


@pytest.mark.parametrize(
    ("severity", "closes"),
    [
        ("high", at("2026-11-25 16:00", NY)),  # one business day
        ("normal", at("2026-11-27 16:00", NY)),  # three dates, over Thanksgiving
        ("low", at("2026-12-04 16:00", NY)),  # two business days to the reminder, five more to the close
    ],
)
def test_the_delay_from_solved_to_closed_goes_by_severity(severity: str, closes: datetime) -> None:
    told = story(severity, at("2026-11-24 15:00", NY)).tell("solved", at("2026-11-24 16:00", NY))
    told.advance(at("2026-12-31 12:00", NY))
    assert told.state.closing is not None
    assert (told.state.closing.at, told.state.closing.by) == (closes, "silence")


def test_the_low_severity_is_reminded_of_its_solution_before_the_close() -> None:
    told = story("low", at("2026-11-24 15:00", NY)).tell("solved", at("2026-11-24 16:00", NY))
    told.advance(at("2026-12-31 12:00", NY))
    assert [entry.due_at for entry in told.told(What.FOLLOW_UP)] == [at("2026-11-27 16:00", NY)]


def test_a_severity_changed_while_solved_moves_the_close() -> None:
    told = story("high", at("2026-11-24 15:00", NY)).tell("solved", at("2026-11-24 16:00", NY))
    told.tell("severity_changed", at("2026-11-24 16:30", NY), severity="normal")
    assert told.due("close") == at("2026-11-27 16:00", NY)


# What the customer is told


def test_the_acknowledgement_carries_id_and_link() -> None:
    letter = story().advance(MONDAY).sent[0]
    assert letter.subject == "[T-1] Received"
    said = letter.body
    assert said == "Your request has the number T-1; follow it at https://help.replies.example/tickets/T-1.\n"


@pytest.mark.parametrize("link", ["https://x.example/{{ticket_id}}", "https://x.example/{{  ticket_id }}"])
def test_a_link_takes_the_id_however_it_is_spaced(link: str) -> None:
    assert "at https://x.example/T-1." in story(link=link).advance(MONDAY).sent[0].body


def test_a_ticket_may_bring_a_link_of_its_own() -> None:
    told = Rehearsal(ticket("replies", MONDAY, link="https://desk.example/4711")).advance(MONDAY)
    assert "at https://desk.example/4711." in told.sent[0].body


def test_the_default_acknowledgement_names_the_ticket() -> None:
    letter = Rehearsal(ticket("house", MONDAY)).advance(MONDAY).sent[0]
    assert "has the number T-1" in letter.body


def surveys(told: Rehearsal) -> list[str]:
    return [each for each in messages(told) if "survey" in each]


def test_a_survey_on_solving_is_sent_once_and_not_again_on_closing() -> None:
    told = story().tell("solved", NOON).advance(MONDAY + timedelta(days=30))
    assert told.state.status is Status.CLOSED
    assert surveys(told) == ["survey-solved-1"]


def test_a_survey_on_solving_goes_out_on_closing_where_nothing_was_solved() -> None:
    assert surveys(story().tell("closed", NOON).advance(NOON + timedelta(days=1))) == ["survey-1"]


def test_a_survey_on_closing_goes_out_then() -> None:
    told = story(survey_on="closed").tell("solved", NOON).advance(NOON + timedelta(hours=1))
    assert surveys(told) == []
    assert surveys(told.advance(MONDAY + timedelta(days=30))) == ["survey-1"]


def test_each_solution_has_a_survey_of_its_own_and_no_id_comes_twice() -> None:
    told = story().tell("solved", ELEVEN).tell("customer_replied", NOON, text="It is back")
    told.tell("solved", NOON + timedelta(hours=1)).tell("customer_replied", NOON + timedelta(hours=2), text="Again")
    told.tell("closed", NOON + timedelta(hours=3)).advance(MONDAY + timedelta(days=30))
    assert surveys(told) == ["survey-solved-1", "survey-solved-2", "survey-1"]


def test_a_second_solution_of_a_solved_ticket_asks_no_second_time() -> None:
    told = story().tell("agent_replied", ELEVEN, solution=True).tell("agent_replied", NOON, solution=True)
    told.advance(NOON + timedelta(minutes=1))
    assert surveys(told) == ["survey-solved-1"]
    assert told.due("close") == at("2026-11-17 12:00", NY), "the wait counts from the newer solution"


def test_a_survey_that_could_not_leave_survives_the_close() -> None:
    told = story()
    told.delivery = lambda step: Fate.NOT_SENT if step.message == "survey" else Fate.SENT
    told.tell("solved", ELEVEN).tell("closed", NOON)
    told.delivery = lambda step: Fate.SENT
    told.advance(NOON + timedelta(days=1))
    assert surveys(told) == ["survey-solved-1"]


def test_a_survey_that_could_not_leave_is_taken_back_by_reopening() -> None:
    told = story()
    told.delivery = lambda step: Fate.NOT_SENT if step.message == "survey" else Fate.SENT
    told.tell("solved", ELEVEN).tell("customer_replied", NOON, text="It is back")
    told.delivery = lambda step: Fate.SENT
    told.advance(NOON + timedelta(days=1))
    assert surveys(told) == []


def test_the_close_says_why() -> None:
    told = story().tell("agent_replied", TEN_PAST).tell("customer_replied", NOON, text="resolved")
    letter = next(each for each in told.advance(NOON + timedelta(minutes=1)).sent if "closed" in each.id)
    assert "is closed (confirmed by the customer)" in letter.body
