"""Every way in which an escalation begins and goes on: to the second, and with nothing sent besides."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from rehearsal import EVENT, Rehearsal, at, ticket

from sla.agenda import Step, next_step
from sla.lifecycle import apply
from sla.notification import Fate
from sla.state import Status, What
from sla.terms import Objective
from sla.wording import step_text, waits_for

NY = "America/New_York"
MONDAY = at("2026-11-16 10:00", NY)
HOUR = timedelta(hours=1)
BREACH = "next_response-1-high-breach-manager"
WORKAROUND = "workaround-1-high-breach-lead"


def ny(text: str) -> datetime:
    return at(f"2026-{text}", NY)


def start(opened: datetime, plan: str = "always", **fields: Any) -> Rehearsal:
    return Rehearsal(ticket("escalation", opened, plan=plan, **fields))


def told(story: Rehearsal) -> list[tuple[str, datetime]]:
    """Everything that was sent inside, by key and due instant: what is not listed was not sent."""
    return [
        (message.id.removeprefix("T-1+"), message.due_at) for message in story.sent if message.audience != "customer"
    ]


def lines(story: Rehearsal, *whats: What) -> list[str]:
    return [text for entry, text in story.lines() if entry.what in whats]


def waiting(customer: datetime = MONDAY, **fields: Any) -> Rehearsal:
    """Answered at once and replied to: the next response is owed from `customer` on, breached an hour later."""
    opened = customer - timedelta(minutes=5)
    return start(opened, **fields).tell("agent_replied", opened).tell("customer_replied", customer)


def again(
    key: str, first: datetime, count: int, every: timedelta = HOUR, number: int = 1
) -> list[tuple[str, datetime]]:
    return [(f"{key}-again-{number + index}", first + index * every) for index in range(count)]


# Warnings before the due instant.


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
    assert (story.sent[-1].to, story.sent[-1].message) == ("lead@house.example", story.state.terms.messages["warning"])
    story.advance(ny(warned) + timedelta(minutes=29))
    assert len(told(story)) == 1


def test_a_warning_is_foreseen_in_words_and_not_a_second_early() -> None:
    story = start(MONDAY, "office").advance(MONDAY)
    step = next_step(story.state)
    assert step is not None
    assert step_text(story.state, step) == "first response warning 30 business minutes before"
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


# Age of the unsolved ticket.


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
    assert (sent.to, sent.message) == ("director@house.example", story.state.terms.messages["age"])
    assert sent.values["reason"] == "unsolved after 10 days"


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
    assert story.sent[-1].values["late"] == ""


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


# On the customer's request.


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
    assert (sent.to, sent.values["reason"]) == ("director@house.example", "our shop is down")
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
    assert [trouble.why for trouble in story.state.troubles] == ["requested-1 did not reach the team"]


# Again until somebody acts.


def test_an_escalation_is_repeated_without_a_cap() -> None:
    story = waiting().advance(MONDAY + 101 * HOUR)
    assert told(story) == [(BREACH, MONDAY + HOUR), *again(BREACH, MONDAY + 2 * HOUR, 100)]
    assert len({message.id for message in story.sent}) == len(story.sent)
    assert lines(story, What.REMINDED)[0] == "reminded Manager: next response, 1"
    assert story.sent[-1].message == story.state.terms.messages["reminder"]


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
    assert story.sent[-1].values["late"] == "late by 3 h 45 min"
    story.advance(ny("11-16 17:45"))
    assert told(story)[2:] == again(BREACH, ny("11-16 16:45"), 2, number=2)


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
    assert story.sent[-1].values["late"] == ""


# What becomes of it when mail does not leave.


class Script:
    """Ends the deliveries of one kind of step as told, then as sent."""

    def __init__(self, kind: str, *fates: Fate) -> None:
        self.kind, self.fates = kind, list(fates)
        self.tried: list[str] = []

    def __call__(self, step: Step) -> Fate:
        if step.kind != self.kind:
            return Fate.SENT
        self.tried.append(step.key)
        return self.fates.pop(0) if self.fates else Fate.SENT


def test_refused_reminders_do_not_end_the_chain_and_make_one_trouble() -> None:
    story = waiting()
    story.delivery = script = Script("reminder", Fate.REFUSED, Fate.REFUSED)
    story.advance(ny("11-16 14:30"))
    assert told(story) == [(BREACH, ny("11-16 11:00")), (f"{BREACH}-again-3", ny("11-16 14:00"))]
    assert script.tried == [f"{BREACH}-again-{number}" for number in (1, 2, 3)]
    assert [trouble.why for trouble in story.state.troubles] == [f"a reminder of {BREACH} did not reach the team"]


def test_a_reminder_that_was_not_sent_is_tried_again_and_the_chain_keeps_its_instants() -> None:
    story = waiting()
    story.delivery = script = Script("reminder", Fate.NOT_SENT, Fate.NOT_SENT)
    story.advance(ny("11-16 13:00"))
    assert script.tried == [f"{BREACH}-again-1"] * 3 + [f"{BREACH}-again-2"]
    assert [entry.at for entry in story.told(What.REMINDED)] == [ny("11-16 12:06"), ny("11-16 13:00")]


def test_an_uncertain_reminder_is_repeated_once_under_its_id() -> None:
    story = waiting()
    story.delivery = script = Script("reminder", Fate.UNCERTAIN, Fate.UNCERTAIN)
    story.advance(ny("11-16 13:00"))
    assert script.tried == [f"{BREACH}-again-1"] * 2 + [f"{BREACH}-again-2"]


def test_an_id_that_may_have_arrived_is_not_used_again_after_an_acknowledgement() -> None:
    story = waiting()
    story.delivery = script = Script("reminder", Fate.UNCERTAIN)
    story.tell("acknowledged", ny("11-16 12:00:30")).advance(ny("11-16 14:00:30"))
    assert script.tried == [f"{BREACH}-again-1", f"{BREACH}-again-2"]
    assert told(story)[1:] == [(f"{BREACH}-again-2", ny("11-16 14:00:30"))]


def test_a_reminder_waiting_to_be_tried_again_is_dropped_with_its_cause() -> None:
    story = waiting()
    story.delivery = Script("reminder", *[Fate.NOT_SENT] * 9)
    story.tell("agent_replied", ny("11-16 12:00:30")).advance(ny("11-20 17:00"))
    assert told(story) == [(BREACH, ny("11-16 11:00"))]
    assert story.state.retries == {}


@pytest.mark.parametrize("fate", [Fate.REFUSED, Fate.UNCERTAIN])
def test_a_breach_that_reached_nobody_is_repeated_all_the_same(fate: Fate) -> None:
    story = waiting()
    story.delivery = Script("threshold", fate, fate)
    story.advance(ny("11-16 13:00"))
    assert told(story) == again(BREACH, ny("11-16 12:00"), 2)


def test_an_age_that_reached_nobody_is_repeated_and_not_tried_without_end() -> None:
    story = start(MONDAY, severity="normal").tell("agent_replied", MONDAY)
    story.delivery = script = Script("age", Fate.REFUSED)
    story.advance(ny("11-30 09:00"))
    assert script.tried == ["age-10d-director"]
    assert told(story) == [("age-10d-director-again-1", ny("11-30 09:00"))]


def test_a_breach_told_after_the_answer_is_not_repeated() -> None:
    story = waiting()
    story.delivery = Script("threshold", Fate.NOT_SENT)
    story.tell("agent_replied", ny("11-16 11:00:30")).advance(ny("11-20 17:00"))
    assert told(story) == [(BREACH, ny("11-16 11:00"))], "once, because the breach is a fact"
