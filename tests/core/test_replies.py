"""What replies do: thanks, the keyword, replies to solved and to closed tickets."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from rehearsal import Rehearsal, at, ticket

from sla.inputs.event import CustomerReplied
from sla.inputs.terms import AfterClose, Objective
from sla.rules.events import apply
from sla.rules.reply_meaning import Aftermath, after_close, aftermath, turned_away
from sla.state.notification import Fate
from sla.state.state import Status
from sla.state.timeline import What

NY = "America/New_York"
MONDAY = at("2026-11-16 10:00", NY)
TEN_PAST, ELEVEN, NOON = MONDAY + timedelta(minutes=10), MONDAY + timedelta(hours=1), MONDAY + timedelta(hours=2)


def story(**terms: Any) -> Rehearsal:
    return Rehearsal(ticket("replies", MONDAY, severity="high", owner="agent@replies.example"), **terms)


def with_replies(**changes: Any) -> Rehearsal:
    return story(replies=story().state.terms.replies.model_copy(update=changes))


def messages(story: Rehearsal) -> list[str]:
    return [message.id.removeprefix("T-1+") for message in story.sent]


# The keyword


def test_the_keyword_closes_a_ticket_that_waits_for_the_customer() -> None:
    told = story().tell("agent_replied", TEN_PAST).tell("customer_replied", NOON, text="RESOLVED")
    told.advance(MONDAY + timedelta(days=30))
    assert told.state.closing is not None
    assert (told.state.closing.at, told.state.closing.by) == (NOON, "customer")
    assert told.state.closing.reason == "confirmed by the customer"
    assert [entry.at for entry in told.told(What.CONFIRMED)] == [NOON]
    assert not told.told(What.CUSTOMER_REPLIED, What.FOLLOW_UP, What.SOLVED)
    assert told.is_over


def test_the_keyword_meets_the_resolution() -> None:
    told = story().tell("agent_replied", TEN_PAST).tell("customer_replied", NOON, text="resolved")
    assert told.clock(Objective.RESOLUTION).state == "met"


def test_the_keyword_may_mark_the_ticket_as_solved_instead() -> None:
    told = with_replies(confirms="solve").tell("agent_replied", TEN_PAST)
    told.tell("customer_replied", NOON, text="resolved").advance(NOON)
    assert (told.state.status, told.state.since) == (Status.SOLVED, NOON)
    assert told.due("close") == at("2026-11-17 12:00", NY)
    assert told.due("follow_up") is None, "silence is over"


def test_the_keyword_on_a_solved_ticket_closes_it_before_its_time() -> None:
    told = story().tell("agent_replied", TEN_PAST, solution=True).tell("customer_replied", NOON, text="resolved")
    assert told.state.status is Status.CLOSED
    assert told.state.closing is not None
    assert told.state.closing.at == NOON


def test_the_keyword_that_solves_leaves_a_solved_ticket_as_it_is() -> None:
    told = with_replies(confirms="solve").tell("agent_replied", TEN_PAST, solution=True)
    told.advance(ELEVEN)
    due, sent = told.due("close"), messages(told)
    told.tell("customer_replied", NOON, text="resolved").advance(NOON + timedelta(minutes=1))
    assert (told.state.status, told.due("close"), messages(told)) == (Status.SOLVED, due, sent)


def test_the_keyword_closes_an_open_ticket_that_was_answered() -> None:
    told = story().tell("agent_replied", TEN_PAST).tell("customer_replied", ELEVEN, text="And this?")
    told.tell("customer_replied", NOON, text="resolved")
    assert told.state.status is Status.CLOSED
    assert told.clock(Objective.NEXT_RESPONSE).state == "void", "no answer is owed any more, and none was given"


def test_the_keyword_before_any_answer_is_a_message_like_any_other() -> None:
    told = story().tell("customer_replied", TEN_PAST, text="RESOLVED")
    assert told.state.status is Status.OPEN
    assert told.told(What.CUSTOMER_REPLIED)
    assert not told.told(What.CONFIRMED)


def test_the_keyword_that_crossed_a_newer_message_is_a_message_like_any_other() -> None:
    told = story().tell("agent_replied", TEN_PAST).tell("agent_replied", NOON)
    told.tell("customer_replied", ELEVEN, arrives=NOON + timedelta(minutes=5), text="resolved")
    assert told.state.status is Status.OPEN, "we asked something after it: a person decides"


def test_the_keyword_that_crossed_the_solution_confirms_it() -> None:
    told = story().tell("agent_replied", TEN_PAST).tell("agent_replied", NOON, solution=True)
    told.tell("customer_replied", ELEVEN, arrives=NOON + timedelta(minutes=5), text="resolved")
    assert told.state.closing is not None
    assert told.state.closing.at == NOON, "not before it was solved"


def test_the_keyword_ends_a_hold() -> None:
    told = story().tell("agent_replied", TEN_PAST).tell("put_on_hold", ELEVEN, until=NOON + timedelta(days=9))
    told.tell("customer_replied", NOON, text="resolved")
    assert (told.state.status, told.state.hold_until, told.state.held_from) == (Status.CLOSED, None, None)


def test_the_keyword_of_a_machine_confirms_nothing() -> None:
    told = story().tell("agent_replied", TEN_PAST).tell("customer_replied", NOON, kind="auto", text="RESOLVED")
    assert told.state.status is Status.PENDING


@pytest.mark.parametrize("text", ["RESOLVED", "Thanks"])
def test_a_closing_ticket_that_hears_thanks_or_the_keyword_stays_closed(text: str) -> None:
    told = story().tell("closed", ELEVEN).tell("customer_replied", ELEVEN + timedelta(seconds=1), text=text)
    assert told.state.status is Status.CLOSED
    told.tell("customer_replied", ELEVEN + timedelta(seconds=2), text="But it is broken again")
    assert told.state.status is Status.OPEN


# Thanks


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([], Status.OPEN),
        ([("agent_replied", {})], Status.PENDING),
        ([("agent_replied", {"solution": True})], Status.SOLVED),
        ([("put_on_hold", {})], Status.ON_HOLD),
        ([("closed", {})], Status.CLOSED),
    ],
)
def test_thanks_change_nothing_in_any_status(events: list[tuple[str, dict[str, Any]]], status: Status) -> None:
    told = story()
    for name, fields in events:
        told.tell(name, TEN_PAST, **fields)
    told.advance(NOON)
    before = told.state
    told.tell("customer_replied", NOON, text="Thank you!")
    assert told.state.status is status
    assert [entry.what for entry in told.state.timeline[len(before.timeline) :]] == [What.THANKED]
    kept = {"timeline", "seen"}
    assert told.state.model_dump(exclude=kept) == before.model_dump(exclude=kept)


def test_thanks_are_no_answer_to_a_question_and_the_ladder_goes_on() -> None:
    told = story().tell("agent_replied", MONDAY).tell("customer_replied", NOON, text="thanks")
    told.advance(at("2026-11-19 10:00", NY))
    assert [entry.due_at for entry in told.told(What.FOLLOW_UP)] == [at("2026-11-17 10:00", NY)]
    assert [entry.at for entry in told.told(What.SOLVED_ON_SILENCE)] == [at("2026-11-19 10:00", NY)]


def test_thanks_for_the_solution_do_not_put_off_the_close() -> None:
    told = story().tell("agent_replied", MONDAY, solution=True).tell("customer_replied", NOON, text="Thanks!")
    told.advance(at("2026-11-17 10:00", NY))
    assert told.state.status is Status.CLOSED


# Replies to a solved ticket


def test_a_reply_to_a_solved_ticket_reopens_it_by_default() -> None:
    told = story().tell("agent_replied", TEN_PAST, solution=True).tell("customer_replied", NOON, text="It is back")
    assert told.state.status is Status.OPEN


@pytest.mark.parametrize("rule", [AfterClose.NEW_CASE, AfterClose.TELEPHONE])
def test_a_reply_may_leave_the_ticket_solved_and_the_customer_is_told_once_for_each(rule: AfterClose) -> None:
    told = with_replies(solved=rule).tell("agent_replied", MONDAY, solution=True)
    told.tell("customer_replied", ELEVEN, text="It is back").tell("customer_replied", NOON, text="Hello?")
    told.advance(NOON + timedelta(minutes=1))
    assert (told.state.status, told.due("close")) == (Status.SOLVED, at("2026-11-17 10:00", NY))
    assert len(told.told(What.CUSTOMER_REPLIED)) == 2
    assert [each for each in messages(told) if rule.value in each] == [f"{rule.value}-e2", f"{rule.value}-e3"]
    assert told.sent[-1].to == "kim@customer.example"


def test_the_same_reply_twice_is_answered_once() -> None:
    told = with_replies(solved=AfterClose.TELEPHONE).tell("agent_replied", MONDAY, solution=True)
    told.tell("customer_replied", ELEVEN, text="It is back")
    told.advance(NOON)
    told.become(apply(told.state, CustomerReplied(id="e2", text="It is back"), NOON))
    told.advance(NOON + timedelta(minutes=1))
    assert [each for each in messages(told) if "telephone" in each] == ["telephone-e2"]


def test_where_a_follow_up_ticket_is_wanted_the_owner_is_told_which() -> None:
    told = with_replies(solved=AfterClose.FOLLOW_UP_TICKET).tell("agent_replied", MONDAY, solution=True)
    told.tell("customer_replied", NOON, text="It is back").advance(NOON + timedelta(minutes=1))
    letter = told.sent[-1]
    assert (told.state.status, letter.id, letter.to) == (Status.SOLVED, "T-1+handed_on-e2", "agent@replies.example")
    assert "belongs to T-1.2" in letter.body


def test_a_reply_that_crossed_the_solution_reopens_the_ticket_whatever_the_rule() -> None:
    told = with_replies(solved=AfterClose.NEW_CASE).tell("agent_replied", NOON, solution=True)
    told.tell("customer_replied", ELEVEN, arrives=NOON + timedelta(minutes=1), text="One more thing")
    assert told.state.status is Status.OPEN


def test_a_reply_to_a_ticket_that_is_not_solved_is_never_turned_away() -> None:
    told = with_replies(solved=AfterClose.NEW_CASE).tell("agent_replied", MONDAY)
    assert turned_away(told.state, "It is back", NOON) is None


def test_an_answer_of_ours_reopens_a_ticket_whose_policy_turns_replies_away() -> None:
    told = with_replies(solved=AfterClose.TELEPHONE)
    told.delivery = lambda step: Fate.NOT_SENT if step.message == "telephone" else Fate.SENT
    told.tell("agent_replied", MONDAY, solution=True).tell("customer_replied", ELEVEN, text="It is back")
    told.tell("agent_replied", NOON, awaiting="us")
    told.delivery = lambda step: Fate.SENT
    told.advance(NOON + timedelta(days=1))
    assert not [each for each in messages(told) if "telephone" in each], "it is open: that it has ended is untrue"


# After the end


def left(closed_at: datetime = NOON, **changes: Any) -> Aftermath:
    return aftermath(with_replies(**changes).tell("closed", closed_at).state)


def test_the_window_counts_from_the_close_by_the_calendar() -> None:
    """Forty dates later at the same wall clock; and forty business days, over Thanksgiving."""
    assert left().reopen_until == at("2026-12-26 12:00", NY)
    business = Rehearsal(ticket("house", MONDAY)).state.terms.ladder("pending").steps[0].wait
    days = business.model_copy(update={"amount": 9})
    assert left(reopen_for=days).reopen_until == at("2026-11-30 12:00", NY)


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (at("2026-12-26 12:00", NY), AfterClose.REOPEN),
        (at("2026-12-26 12:00:01", NY), AfterClose.FOLLOW_UP_TICKET),
        (at("2027-06-01 12:00", NY), AfterClose.FOLLOW_UP_TICKET),
    ],
)
def test_a_closed_ticket_reopens_until_its_window_ends(when: datetime, expected: AfterClose) -> None:
    assert after_close(left(), "It is back", when) is expected


@pytest.mark.parametrize("afterwards", [AfterClose.NEW_CASE, AfterClose.TELEPHONE])
def test_what_holds_after_the_window_is_the_policys_to_say(afterwards: AfterClose) -> None:
    assert after_close(left(afterwards=afterwards), "It is back", at("2027-01-01 12:00", NY)) is afterwards


def test_without_a_window_a_ticket_reopens_for_ever() -> None:
    always = left(reopen_for=None)
    assert always.reopen_until is None
    assert after_close(always, "It is back", NOON + timedelta(days=40)) is AfterClose.REOPEN
    assert after_close(always, "It is back", NOON + timedelta(days=4000)) is AfterClose.REOPEN


@pytest.mark.parametrize("rule", [AfterClose.NEW_CASE, AfterClose.TELEPHONE, AfterClose.FOLLOW_UP_TICKET])
def test_a_policy_that_never_reopens_has_no_window(rule: AfterClose) -> None:
    never = left(closed=rule, afterwards=AfterClose.REOPEN)
    assert never.reopen_until is None
    assert after_close(never, "It is back", NOON + timedelta(days=400)) is rule


@pytest.mark.parametrize("text", ["Thanks!", "RESOLVED", "Thank you\n> closed"])
def test_thanks_and_the_keyword_change_nothing_after_the_end(text: str) -> None:
    assert after_close(left(), text, NOON + timedelta(days=1)) is None
    assert after_close(left(closed=AfterClose.NEW_CASE), text, NOON + timedelta(days=400)) is None


def test_an_outcome_from_before_the_window_is_read_as_without_one() -> None:
    old = Aftermath.model_validate({"after_close": "reopen"})
    assert after_close(old, "Thanks", NOON) is AfterClose.REOPEN


def test_a_carried_ticket_goes_on_with_all_it_knew_forty_days_after_its_close() -> None:
    told = story().tell("agent_replied", TEN_PAST).tell("closed", NOON)
    told.tell("customer_replied", at("2026-12-26 12:00", NY), text="It is back")
    assert (told.state.status, told.state.closing, told.state.closes) == (Status.OPEN, None, 1)
    assert told.due("next_response") == at("2026-12-28 11:00", NY), "a Saturday: two hours from Monday's opening"
    told.tell("closed", at("2026-12-28 10:00", NY)).advance(at("2026-12-29 10:00", NY))
    assert [each for each in messages(told) if "closed" in each] == ["closed-1", "closed-2"]


@pytest.mark.parametrize("event", ["solved", "closed"])
def test_a_ticket_that_has_ended_is_opened_again_by_a_decision(event: str) -> None:
    told = story().tell("agent_replied", TEN_PAST).tell(event, ELEVEN).tell("reopened", NOON)
    assert (told.state.status, told.state.ladder) == (Status.OPEN, None)
    assert told.told(What.REOPENED)


def test_a_ticket_that_has_not_ended_is_not_opened_again() -> None:
    told = story().tell("reopened", NOON)
    assert [entry.detail for entry in told.told(What.IGNORED)] == ["reopened: the ticket is open"]
