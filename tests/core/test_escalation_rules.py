"""Escalation by age and on the customer's request: to the second, and with nothing sent besides."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from escalating import HOUR, MONDAY, again, lines, ny, start, told
from rehearsal import EVENT, Rehearsal, ticket

from sla.inputs.terms import Objective
from sla.rules.events import apply
from sla.state.notification import Fate
from sla.state.state import Status
from sla.state.timeline import What
from sla.views.wording import waits_for


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        ("11-20 16:00", "11-30 16:00"),  # a weekend, Thanksgiving and another weekend
        ("11-14 12:00", "11-23 09:00"),  # opened on a Saturday
        ("10-29 16:30", "11-05 16:30"),  # EDT to EST
    ],
)
def test_an_unsolved_ticket_is_told_of_at_its_age(opened: str, due: str) -> None:
    story = start(ny(opened)).tell("agent_replied", ny(opened)).advance(ny(due) - timedelta(seconds=1))
    assert told(story) == []
    story.advance(ny(due))
    assert ("age-5bd-manager", ny(due)) in told(story)
    assert "escalated to Manager: unsolved after 5 business days" in lines(story, What.ESCALATED)


def test_an_age_in_days_keeps_the_wall_clock_and_says_what_it_is() -> None:
    opened = ny("10-25 12:00")
    story = start(opened, severity="normal").tell("agent_replied", opened).advance(ny("11-05 11:59"))
    assert told(story) == [("age-10d-director", ny("11-04 12:00"))], "eleven in elapsed hours of a winter day"
    sent = story.sent[-1]
    assert (sent.to, sent.message) == ("director@house.example", "age")
    assert lines(story, What.ESCALATED)[-1] == "escalated to Director: unsolved after 10 days"


def test_an_age_holds_only_at_its_severities_and_at_the_present_one() -> None:
    story = start(MONDAY, severity="normal").tell("agent_replied", MONDAY).advance(ny("11-24 12:00"))
    assert told(story) == []
    story.tell("severity_changed", ny("11-24 12:00"), severity="high").advance(ny("11-24 13:00"))
    assert told(story) == [("age-5bd-manager", ny("11-23 10:00"))]
    story.tell("severity_changed", ny("11-24 14:00"), severity="normal")
    story.tell("severity_changed", ny("11-24 15:00"), severity="high").advance(ny("11-26 09:59"))
    assert len(told(story)) == 1, "once in the ticket's life"


def test_a_lower_severity_before_the_age_is_not_told_of() -> None:
    story = start(MONDAY).tell("agent_replied", MONDAY)
    story.tell("severity_changed", ny("11-23 09:59:59"), severity="low").advance(ny("11-26 09:59"))
    assert told(story) == []


@pytest.mark.parametrize("end", ["solved", "closed"])
def test_a_solved_or_closed_ticket_has_no_age(end: str) -> None:
    story = start(MONDAY).tell("agent_replied", MONDAY).tell(end, ny("11-23 09:59:59")).advance(ny("12-31 10:00"))
    assert told(story) == []


def test_an_age_reached_while_solved_is_told_at_the_reopening_and_not_called_late() -> None:
    story = start(MONDAY).tell("agent_replied", MONDAY).tell("solved", ny("11-20 10:00"))
    story.tell("reopened", ny("11-24 15:00")).tell("agent_replied", ny("11-24 15:00")).advance(ny("11-26 09:59"))
    assert told(story) == [("age-5bd-manager", ny("11-24 15:00"))]
    assert "late by" not in story.sent[-1].body


def test_a_reopened_ticket_is_not_told_of_twice() -> None:
    story = start(MONDAY).tell("agent_replied", MONDAY).tell("solved", ny("11-23 10:00:01"))
    story.tell("reopened", ny("11-24 15:00")).tell("agent_replied", ny("11-24 15:00")).advance(ny("11-26 09:59"))
    assert told(story) == [("age-5bd-manager", ny("11-23 10:00"))]


def test_an_age_is_repeated_by_business_days_and_armed_again() -> None:
    story = start(MONDAY, severity="normal").tell("agent_replied", MONDAY).advance(ny("12-01 12:00"))
    key = "age-10d-director"
    expected = [
        (key, ny("11-26 10:00")),  # ten days run through Thanksgiving
        (f"{key}-again-1", ny("11-30 09:00")),  # a business day after the first open minute, Friday at nine
        (f"{key}-again-2", ny("12-01 09:00")),
    ]
    assert told(story) == expected
    assert lines(story, What.REMINDED)[-1] == "reminded Director: its age, 2"
    story.tell("acknowledged", ny("12-01 12:00")).advance(ny("12-03 11:59:59"))
    assert told(story) == expected
    story.advance(ny("12-04 11:59:59"))
    assert told(story) == [*expected, (f"{key}-again-3", ny("12-03 12:00"))]
    assert lines(story, What.REMINDED)[-1] == "reminded Director: its age, 3, taken in hand and nothing followed"


def asked(when: datetime, **fields: Any) -> Rehearsal:
    return (
        start(when, "office", severity="normal", **fields)
        .tell("agent_replied", when)
        .tell("escalation_requested", when, reason="our shop is down")
    )


def test_a_request_is_told_at_once_with_its_reason_and_starts_a_review() -> None:
    friday = ny("11-20 16:00")
    story = asked(friday).advance(ny("11-23 09:59:59"))
    assert told(story) == [("requested-1", friday)]
    sent = story.sent[-1]
    assert sent.to == "director@house.example"
    assert "our shop is down" in sent.body
    assert lines(story, What.ESCALATION_REQUESTED) == ["escalation requested: our shop is down"]
    assert lines(story, What.ESCALATED) == ["escalated to Director: our shop is down"]
    review = story.clock(Objective.ESCALATION_REVIEW)
    assert (review.state, review.due_at) == ("running", ny("11-23 10:00"))


@pytest.mark.parametrize("event", [{"event": "acknowledged", "by": "Lou"}, {"event": "agent_replied"}])
def test_a_look_at_the_request_meets_the_review(event: dict[str, Any]) -> None:
    story = asked(ny("11-20 16:00")).tell(when=ny("11-23 09:59:59"), **event).advance(ny("11-27 17:00"))
    assert [entry.detail for entry in story.told(What.MET)] == ["first_response", "escalation_review"]
    assert [key for key, _ in told(story)] == ["requested-1"]


def test_a_review_that_nobody_makes_escalates_and_is_repeated() -> None:
    key = "escalation_review-1-normal-breach-manager"
    story = asked(ny("11-25 16:00")).advance(ny("11-27 12:30"))
    expected = [("requested-1", ny("11-25 16:00")), (key, ny("11-27 10:00")), *again(key, ny("11-27 11:00"), 2)]
    assert told(story) == expected
    story.tell("acknowledged", ny("11-27 12:30")).advance(ny("11-27 14:29:59"))
    assert lines(story, What.MISSED) == ["missed: escalation review"]
    assert told(story) == expected
    story.advance(ny("11-27 15:30"))
    assert told(story) == [*expected, *again(key, ny("11-27 14:30"), 2, number=3)], "a look alone is no progress"


def test_a_message_written_before_the_request_is_no_look_at_it() -> None:
    story = asked(MONDAY).tell("acknowledged", MONDAY + HOUR).tell("escalation_requested", ny("11-16 13:00"))
    story.tell("agent_replied", ny("11-16 12:59:59"), arrives=ny("11-16 14:00"))
    review = story.clock(Objective.ESCALATION_REVIEW)
    assert (review.cycle, review.state, review.due_at) == (2, "running", ny("11-16 15:00"))
    assert [key for key, _ in told(story)] == ["requested-1", "requested-2"]


@pytest.mark.parametrize("event", ["acknowledged", "agent_replied"])
def test_a_look_that_was_in_time_and_comes_late_ends_what_was_told_without_need(event: str) -> None:
    story = asked(MONDAY).tell(event, ny("11-16 11:59:59"), arrives=ny("11-16 12:30")).advance(ny("11-20 17:00"))
    assert lines(story, What.MET) == ["met: first response", "met: escalation review"]
    key = "escalation_review-1-normal-breach-manager"
    assert told(story) == [("requested-1", MONDAY), (key, ny("11-16 12:00"))]


def test_a_second_request_is_told_but_the_review_goes_on() -> None:
    story = asked(MONDAY).tell("escalation_requested", ny("11-16 11:00")).advance(ny("11-16 11:30"))
    assert told(story) == [("requested-1", MONDAY), ("requested-2", ny("11-16 11:00"))]
    review = story.clock(Objective.ESCALATION_REVIEW)
    assert (review.cycle, review.due_at) == (1, ny("11-16 12:00"))
    story.tell("acknowledged", ny("11-16 11:30")).tell("escalation_requested", ny("11-16 16:30"))
    review = story.clock(Objective.ESCALATION_REVIEW)
    assert (review.cycle, review.due_at) == (2, ny("11-17 10:30"))


def test_the_same_request_delivered_twice_is_told_once() -> None:
    story = asked(MONDAY).advance(MONDAY)
    event = EVENT.validate_python({"event": "escalation_requested", "id": "e2", "at": MONDAY})
    assert apply(story.state, event, MONDAY + HOUR) == story.state


def test_a_request_on_a_solved_ticket_is_told_and_reviewed_and_solves_nothing_anew() -> None:
    story = asked(MONDAY).tell("solved", ny("11-16 11:00")).tell("escalation_requested", ny("11-16 12:00"))
    story.advance(ny("11-16 14:00"))
    assert story.state.status is Status.SOLVED
    key = "escalation_review-2-normal-breach-manager"
    assert told(story) == [("requested-1", MONDAY), ("requested-2", ny("11-16 12:00")), (key, ny("11-16 14:00"))]


def test_a_request_on_a_closed_ticket_is_noted_and_nothing_else() -> None:
    story = asked(MONDAY).tell("closed", ny("11-16 11:00")).tell("escalation_requested", ny("11-16 12:00"))
    story.advance(ny("11-30 12:00"))
    assert told(story) == [("requested-1", MONDAY)]
    assert lines(story, What.IGNORED) == ["ignored: escalation requested: the ticket is closed"]


@pytest.mark.parametrize(
    ("owner", "to"), [("agent@house.example", "agent@house.example"), (None, "lead@house.example")]
)
def test_without_a_level_for_requests_the_owner_is_told_or_the_first_level(owner: str | None, to: str) -> None:
    story = Rehearsal(ticket("house", MONDAY, owner=owner)).tell("agent_replied", MONDAY)
    story.tell("escalation_requested", ny("11-16 11:00")).advance(ny("11-16 12:00"))
    assert [(message.id, message.to) for message in story.sent[1:]] == [("T-1+requested-1", to)]
    assert not any(clock.objective is Objective.ESCALATION_REVIEW for clock in story.state.clocks)


def test_a_request_that_nobody_can_be_told_of_is_shown_as_trouble() -> None:
    story = Rehearsal(ticket("house", MONDAY), levels=()).tell("escalation_requested", MONDAY).advance(MONDAY)
    assert [trouble.why for trouble in story.state.troubles] == [
        "the customer asked to escalate, and there is nobody to tell"
    ]
    assert told(story) == []


def test_a_customer_who_asks_is_not_silent() -> None:
    story = (
        Rehearsal(ticket("house", MONDAY)).tell("agent_replied", MONDAY).tell("escalation_requested", ny("11-17 09:59"))
    )
    story.advance(ny("12-10 17:00"))
    assert (story.state.status, story.state.follow_ups) == (Status.PENDING, 0)
    assert waits_for(story.state, None) == "a person: the customer asked to escalate"
    assert [key for key, _ in told(story)] == ["requested-1"]
    story.tell("agent_replied", ny("12-11 10:00"))
    assert story.due("follow_up") == ny("12-14 10:00")


def test_a_request_whose_mail_is_refused_leaves_the_review_running() -> None:
    story = start(MONDAY, "office", severity="normal").tell("agent_replied", MONDAY)
    story.delivery = lambda step: Fate.REFUSED if step.message == "requested" else Fate.SENT
    story.tell("escalation_requested", MONDAY).advance(ny("11-16 12:00"))
    assert told(story) == [("escalation_review-1-normal-breach-manager", ny("11-16 12:00"))]
    assert [trouble.why for trouble in story.state.troubles] == ["notice requested to director did not reach the team"]
