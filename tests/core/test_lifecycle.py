"""What events do to a ticket: whose turn it is, which clocks run, what is silent."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rehearsal import Rehearsal, at, ticket

from sla.base.errors import UnknownSeverity
from sla.inputs.terms import Objective
from sla.rules.events import apply, opened
from sla.state.notification import Fate
from sla.state.state import State, Status
from sla.state.timeline import What

NY = "America/New_York"
MONDAY = at("2026-11-16 10:00", NY)


def house(opened_at: datetime = MONDAY, severity: str = "high") -> Rehearsal:
    return Rehearsal(ticket("house", opened_at, severity=severity, owner="agent@house.example"))


def state_of(story: Rehearsal, objective: Objective) -> str:
    return story.clock(objective).state


def test_a_ticket_opens_with_us_and_is_acknowledged_at_its_own_instant() -> None:
    story = house().advance(MONDAY)
    assert (story.state.status, story.state.since) == (Status.OPEN, MONDAY)
    assert [(message.id, message.to, message.due_at) for message in story.sent] == [
        ("T-1+acknowledgement", "kim@customer.example", MONDAY)
    ]


@pytest.mark.parametrize(
    ("event", "fields", "stops", "reason"),
    [
        ("agent_replied", {}, True, "a person's message that the customer sees"),
        ("agent_replied", {"awaiting": "us"}, True, "it is an answer even if the work goes on with us"),
        ("agent_replied", {"solution": True}, True, "a solution is an answer"),
        ("customer_replied", {}, False, "the customer talking again is no answer of ours"),
        ("customer_replied", {"kind": "auto"}, False, "a machine spoke"),
        ("customer_replied", {"kind": "bounce"}, False, "a bounce is no answer"),
        ("severity_changed", {"severity": "low"}, False, "a change of severity is no answer"),
        ("closed", {}, False, "closing a ticket does not answer it"),
    ],
)
def test_only_a_persons_message_meets_the_first_response(
    event: str, fields: dict[str, Any], stops: bool, reason: str
) -> None:
    story = house().tell(event, MONDAY + timedelta(minutes=20), **fields)
    met = any(entry.what is What.MET and entry.detail == "first_response" for entry in story.state.timeline)
    assert met is stops, reason


def test_a_ticket_closed_unanswered_keeps_no_promise_and_breaks_none() -> None:
    story = house().tell("closed", MONDAY + timedelta(minutes=20))
    assert state_of(story, Objective.FIRST_RESPONSE) == "void"


def test_a_ticket_closed_after_the_first_response_was_due_missed_it() -> None:
    story = house().tell("closed", MONDAY + timedelta(hours=3))
    assert state_of(story, Objective.FIRST_RESPONSE) == "missed"


def test_an_answer_exactly_at_the_due_instant_is_in_time() -> None:
    story = house().tell("agent_replied", MONDAY + timedelta(hours=1), arrives=MONDAY + timedelta(hours=1, seconds=2))
    assert state_of(story, Objective.FIRST_RESPONSE) == "met"


def test_an_answer_that_arrives_late_counts_from_when_it_was_given() -> None:
    story = house().tell("agent_replied", MONDAY + timedelta(minutes=50), arrives=MONDAY + timedelta(hours=4))
    assert state_of(story, Objective.FIRST_RESPONSE) == "met"
    assert story.told(What.BREACHED), "the breach had been told by then, and the timeline keeps it"


def test_the_oldest_unanswered_message_starts_the_next_response() -> None:
    story = house().tell("agent_replied", MONDAY + timedelta(minutes=10))
    story.tell("customer_replied", MONDAY + timedelta(hours=1))
    story.tell("customer_replied", MONDAY + timedelta(hours=2))
    assert story.due("next_response") == MONDAY + timedelta(hours=3)
    story.tell("agent_replied", MONDAY + timedelta(hours=2, minutes=30))
    story.tell("customer_replied", MONDAY + timedelta(hours=4))
    assert story.due("next_response") == MONDAY + timedelta(hours=6), "the next message starts the next cycle"
    assert story.clock(Objective.NEXT_RESPONSE).cycle == 2


def test_messages_before_the_first_response_start_no_next_response() -> None:
    story = house().tell("customer_replied", MONDAY + timedelta(minutes=5))
    assert story.due("next_response") is None


def test_resolution_stands_still_while_the_customer_is_awaited() -> None:
    story = house().tell("agent_replied", MONDAY + timedelta(hours=1))  # 11:00, one hour used
    assert state_of(story, Objective.RESOLUTION) == "paused"
    story.tell("customer_replied", at("2026-11-17 11:00", NY))
    assert story.due("resolution") == at("2026-11-18 10:00", NY), "8 h less 1 h used, from Tuesday 11:00"


def test_an_answer_that_awaits_us_pauses_nothing() -> None:
    story = house().tell("agent_replied", MONDAY + timedelta(hours=1), awaiting="us")
    assert (story.state.status, state_of(story, Objective.RESOLUTION)) == (Status.OPEN, "running")
    assert story.due("follow_up") is None


def test_a_reopened_ticket_goes_on_with_the_time_it_had() -> None:
    story = house().tell("agent_replied", MONDAY + timedelta(hours=2), solution=True)  # 12:00, two hours used
    story.tell("customer_replied", at("2026-11-17 09:00", NY))
    assert story.state.status is Status.OPEN
    assert story.due("resolution") == at("2026-11-17 15:00", NY), "six hours were left"
    assert story.due("close") is None


def test_severity_changed_twice_and_back_gives_the_same_due_instant() -> None:
    story = house()
    before = (story.due("first_response"), story.due("resolution"))
    story.tell("severity_changed", MONDAY + timedelta(minutes=5), severity="low")
    story.tell("severity_changed", MONDAY + timedelta(minutes=9), severity="normal")
    assert story.due("first_response") == at("2026-11-16 14:00", NY), "four hours from the opening, not from the change"
    story.tell("severity_changed", MONDAY + timedelta(minutes=15), severity="high")
    assert (story.due("first_response"), story.due("resolution")) == before


def test_a_severity_without_a_target_has_no_due_instant_and_says_why() -> None:
    story = house(severity="low")
    named = (Objective.FIRST_RESPONSE, Objective.NEXT_RESPONSE, Objective.RESOLUTION, Objective.UPDATE)
    kinds = {objective: story.state.promise(objective).kind for objective in named}
    assert kinds == {
        Objective.FIRST_RESPONSE: "target",
        Objective.NEXT_RESPONSE: "best_effort",
        Objective.RESOLUTION: "none",
        Objective.UPDATE: "not_stated",
    }
    assert story.due("resolution") is None


def test_an_unknown_severity_changes_nothing() -> None:
    story = house()
    story.tell("severity_changed", MONDAY + timedelta(minutes=5), severity="critical")
    assert story.state.severity == "high"
    assert "no severity 'critical'; there is high, normal, low" in story.told(What.IGNORED)[0].detail


def test_the_same_event_counts_once() -> None:
    story = house().tell("agent_replied", MONDAY + timedelta(minutes=10))
    from sla.inputs.event import AgentReplied

    again = AgentReplied(id="e1", at=MONDAY + timedelta(hours=5))
    assert apply(story.state, again, MONDAY + timedelta(hours=5)) is story.state


def test_an_event_never_counts_from_the_future_nor_from_before_the_opening() -> None:
    early = house().tell("agent_replied", MONDAY - timedelta(days=1), arrives=MONDAY + timedelta(minutes=1))
    assert early.clock(Objective.FIRST_RESPONSE).stopped_at == MONDAY
    ahead = house().tell("agent_replied", MONDAY + timedelta(days=1), arrives=MONDAY + timedelta(minutes=1))
    assert ahead.clock(Objective.FIRST_RESPONSE).stopped_at == MONDAY + timedelta(minutes=1)


def test_a_late_answer_does_not_undo_a_newer_turn() -> None:
    """Told at 12:00 of an answer given at 10:30; the customer wrote at 11:00 and still waits."""
    story = house().tell("customer_replied", MONDAY + timedelta(hours=1))
    story.tell("agent_replied", MONDAY + timedelta(hours=1, minutes=30))
    story.tell("customer_replied", MONDAY + timedelta(hours=2))
    story.tell("agent_replied", MONDAY + timedelta(minutes=30), arrives=MONDAY + timedelta(hours=2, minutes=10))
    assert story.state.status is Status.OPEN
    assert state_of(story, Objective.NEXT_RESPONSE) == "running"


def test_a_reply_that_crossed_our_answer_still_ends_the_silence() -> None:
    story = house().tell("agent_replied", MONDAY + timedelta(hours=1))
    story.tell("customer_replied", MONDAY + timedelta(minutes=55), arrives=MONDAY + timedelta(hours=2))
    assert story.state.status is Status.OPEN
    assert story.due("follow_up") is None


def test_an_automatic_reply_is_neither_a_reply_nor_silence_heard() -> None:
    story = house().tell("agent_replied", MONDAY)
    expected = story.due("follow_up")
    story.tell("customer_replied", MONDAY + timedelta(hours=1), kind="auto")
    assert (story.state.status, story.due("follow_up")) == (Status.PENDING, expected)


def test_a_bounce_holds_the_ladder_and_tells_the_owner() -> None:
    story = house().tell("agent_replied", MONDAY).tell("customer_replied", MONDAY + timedelta(hours=1), kind="bounce")
    story.advance(MONDAY + timedelta(days=40))
    assert (story.state.status, story.state.follow_ups) == (Status.PENDING, 0)
    assert [message.to for message in story.sent if "trouble" in message.id] == ["agent@house.example"]
    story.tell("agent_replied", MONDAY + timedelta(days=41))
    assert story.due("follow_up") is not None, "a new answer starts a new ladder"


def test_closing_wins_over_everything_planned() -> None:
    story = house().tell("agent_replied", MONDAY).tell("closed", MONDAY + timedelta(hours=1), reason="settled by phone")
    story.advance(MONDAY + timedelta(days=40))
    assert story.state.follow_ups == 0
    assert story.state.closing is not None
    assert (story.state.closing.by, story.state.closing.reason) == ("agent", "settled by phone")
    assert [message.id for message in story.sent] == ["T-1+acknowledgement", "T-1+closed-1"]


def test_a_reply_while_the_closing_notices_leave_keeps_the_ticket_open() -> None:
    story = house().tell("closed", MONDAY + timedelta(hours=1))
    story.tell("customer_replied", MONDAY + timedelta(hours=1, seconds=1))
    assert story.state.status is Status.OPEN
    assert story.state.closing is None


def test_a_closing_notice_that_has_not_left_is_taken_back_by_a_reply() -> None:
    story = house()
    story.delivery = lambda step: Fate.NOT_SENT if step.key.startswith(("closed", "solved")) else Fate.SENT
    story.tell("agent_replied", MONDAY, solution=True).tell("closed", MONDAY + timedelta(hours=1))
    story.tell("customer_replied", MONDAY + timedelta(hours=2))
    story.delivery = lambda step: Fate.SENT
    story.advance(MONDAY + timedelta(days=3))
    assert not [message.id for message in story.sent if "closed" in message.id or "solved" in message.id]


@pytest.mark.parametrize("objective", list(Objective))
def test_state_survives_json(objective: Objective) -> None:
    story = house().tell("agent_replied", MONDAY).tell("customer_replied", MONDAY + timedelta(hours=2))
    carried = State.model_validate_json(story.state.model_dump_json())
    assert carried == story.state
    due = story.due(objective.value)
    story.become(carried)
    assert story.due(objective.value) == due


def test_a_ticket_needs_a_severity_its_policy_knows() -> None:
    story = house()
    with pytest.raises(UnknownSeverity):
        opened(story.state.ticket.model_copy(update={"severity": "blocker"}), story.state.terms, MONDAY)


def test_opening_outside_hours_counts_from_the_next_opening() -> None:
    saturday = datetime(2026, 11, 21, 15, tzinfo=UTC)
    assert house(saturday).due("first_response") == at("2026-11-23 10:00", NY)
