"""Holds: until a date or until it is told, what ends them, and what clocks do meanwhile."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from rehearsal import Rehearsal, at, ticket

from sla.inputs.terms import DEFAULT_CLOCKS, ClockRules, Objective
from sla.state.state import State, Status
from sla.state.timeline import What
from sla.steps.agenda import next_step
from sla.views.card import card
from sla.views.status import view

NY = "America/New_York"
MONDAY = at("2026-11-16 10:00", NY)
TEN_PAST, ELEVEN, NOON = MONDAY + timedelta(minutes=10), MONDAY + timedelta(hours=1), MONDAY + timedelta(hours=2)
TUESDAY, WEDNESDAY = at("2026-11-17 09:00", NY), at("2026-11-18 09:00", NY)


def story(severity: str = "high", **terms: Any) -> Rehearsal:
    return Rehearsal(ticket("replies", MONDAY, severity=severity), **terms)


def held(until: datetime | None = None, **terms: Any) -> Rehearsal:
    """Answered at 10:10, the turn with us; on hold from 11:00."""
    told = story(**terms).tell("agent_replied", TEN_PAST, awaiting="us")
    return told.tell("put_on_hold", ELEVEN, until=until, reason="the vendor's patch")


def is_held(state: State) -> bool:
    """Whether anything of a hold is left."""
    return state.status is Status.ON_HOLD or state.held_from is not None or state.hold_until is not None


def test_a_hold_until_a_date_ends_by_itself_and_the_clock_goes_on() -> None:
    told = held(WEDNESDAY).advance(at("2026-11-17 12:00", NY))
    assert (told.state.status, told.clock(Objective.RESOLUTION).state) == (Status.ON_HOLD, "paused")
    told.advance(WEDNESDAY)
    assert (told.state.status, told.state.since, is_held(told.state)) == (Status.OPEN, WEDNESDAY, False)
    assert told.due("resolution") == at("2026-11-18 16:00", NY), "one of eight hours was used by Monday 11:00"
    assert [entry.at for entry in told.told(What.RESUMED)] == [WEDNESDAY]


def test_the_reason_of_a_hold_is_in_the_timeline() -> None:
    assert [entry.detail for entry in held().told(What.PUT_ON_HOLD)] == ["the vendor's patch"]


def test_a_hold_without_a_date_lasts_until_somebody_ends_it() -> None:
    told = held().advance(at("2026-12-16 10:00", NY))
    assert told.state.status is Status.ON_HOLD
    told.tell("resumed", at("2026-12-16 10:00", NY))
    assert told.due("resolution") == at("2026-12-16 17:00", NY), "seven hours were left"


def test_a_hold_may_be_ended_before_its_date() -> None:
    told = held(WEDNESDAY).tell("resumed", TUESDAY).advance(at("2026-11-30 12:00", NY))
    assert [entry.at for entry in told.told(What.RESUMED)] == [TUESDAY]


def test_a_hold_until_the_past_is_over_at_once() -> None:
    told = held(MONDAY).advance(ELEVEN)
    assert (told.state.status, is_held(told.state)) == (Status.OPEN, False)
    assert told.due("resolution") == at("2026-11-17 10:00", NY), "nothing stood still: eight hours from Monday 10:00"


def test_a_hold_told_late_that_is_over_by_then_still_counts() -> None:
    """From 11:00 to 12:00, told at 14:00."""
    told = story().tell("agent_replied", TEN_PAST, awaiting="us")
    told.tell("put_on_hold", ELEVEN, until=NOON, arrives=MONDAY + timedelta(hours=4)).advance(
        MONDAY + timedelta(hours=4)
    )
    assert told.state.status is Status.OPEN
    assert told.due("resolution") == at("2026-11-17 11:00", NY)


def test_the_end_of_a_hold_that_comes_late_says_so_and_costs_no_time() -> None:
    told = held(TUESDAY).outage(TUESDAY + timedelta(hours=3))
    (entry,) = told.told(What.RESUMED)
    assert (entry.due_at, entry.at) == (TUESDAY, TUESDAY + timedelta(hours=3))
    assert [text for line, text in told.lines() if line is entry] == ["resumed (late by 3 h)"]
    assert (told.state.since, told.due("resolution")) == (TUESDAY, at("2026-11-17 16:00", NY))


def test_a_ticket_returns_to_where_it_stood() -> None:
    told = story().tell("agent_replied", TEN_PAST).tell("put_on_hold", ELEVEN, until=TUESDAY).advance(TUESDAY)
    assert (told.state.status, is_held(told.state)) == (Status.PENDING, False)
    assert told.clock(Objective.RESOLUTION).state == "paused", "the customer is still asked"


def test_a_reply_of_the_customer_ends_the_hold_and_the_turn_is_ours() -> None:
    told = held(WEDNESDAY).tell("customer_replied", TUESDAY, text="News?")
    assert (told.state.status, told.state.since, is_held(told.state)) == (Status.OPEN, TUESDAY, False)
    assert told.due("next_response") == at("2026-11-17 11:00", NY)
    assert told.due("resolution") == at("2026-11-17 16:00", NY)
    told.advance(at("2026-11-18 09:01", NY))
    assert not told.told(What.RESUMED), "the date of a hold that is over means nothing"


def test_a_reply_that_crossed_the_hold_ends_it() -> None:
    told = held(WEDNESDAY).tell("customer_replied", MONDAY + timedelta(minutes=50), arrives=NOON)
    assert (told.state.status, is_held(told.state)) == (Status.OPEN, False)


@pytest.mark.parametrize("fields", [{"kind": "auto"}, {"text": "Thanks!"}])
def test_a_machine_and_a_thank_you_leave_the_hold_alone(fields: dict[str, Any]) -> None:
    told = held(WEDNESDAY).tell("customer_replied", TUESDAY, **fields)
    assert (told.state.status, told.state.hold_until) == (Status.ON_HOLD, WEDNESDAY)


@pytest.mark.parametrize(("awaiting", "status"), [("customer", Status.PENDING), ("us", Status.OPEN)])
def test_an_answer_of_ours_ends_the_hold_and_gives_the_turn(awaiting: str, status: Status) -> None:
    told = held(WEDNESDAY).tell("agent_replied", TUESDAY, awaiting=awaiting)
    assert (told.state.status, is_held(told.state)) == (status, False)
    expected = at("2026-11-18 09:00", NY) if status is Status.PENDING else None
    assert told.due("follow_up") == expected


def test_an_answer_of_before_the_hold_that_comes_late_does_not_end_it() -> None:
    told = story().tell("put_on_hold", ELEVEN).tell("agent_replied", TEN_PAST, arrives=NOON)
    assert told.state.status is Status.ON_HOLD
    assert told.clock(Objective.FIRST_RESPONSE).stopped_at == TEN_PAST, "it is an answer all the same"


@pytest.mark.parametrize(
    ("event", "fields", "status"),
    [
        ("solved", {}, Status.SOLVED),
        ("agent_replied", {"solution": True}, Status.SOLVED),
        ("closed", {}, Status.CLOSED),
    ],
)
def test_the_end_of_the_work_ends_the_hold(event: str, fields: dict[str, Any], status: Status) -> None:
    told = held(WEDNESDAY).tell(event, TUESDAY, **fields)
    assert (told.state.status, is_held(told.state)) == (status, False)
    assert told.clock(Objective.RESOLUTION).state == "met"
    assert told.due("resume") is None


def test_a_second_hold_changes_date_and_reason_and_nothing_else() -> None:
    told = held(TUESDAY).tell("put_on_hold", NOON, until=WEDNESDAY, reason="the vendor needs a day more")
    assert (told.state.held_from, told.state.since, told.due("resume")) == (Status.OPEN, ELEVEN, WEDNESDAY)
    told.advance(TUESDAY + timedelta(hours=1))
    assert told.state.status is Status.ON_HOLD
    told.advance(WEDNESDAY)
    assert told.due("resolution") == at("2026-11-18 16:00", NY)
    assert [entry.detail for entry in told.told(What.PUT_ON_HOLD)][-1] == "the vendor needs a day more"


def test_a_second_hold_without_a_date_takes_the_date_away() -> None:
    told = held(TUESDAY).tell("put_on_hold", NOON).advance(at("2026-11-30 12:00", NY))
    assert told.state.status is Status.ON_HOLD


@pytest.mark.parametrize("event", ["solved", "closed"])
def test_what_has_ended_is_not_put_on_hold(event: str) -> None:
    told = story().tell(event, TEN_PAST).tell("put_on_hold", ELEVEN, until=TUESDAY)
    assert not is_held(told.state)
    assert [entry.detail for entry in told.told(What.IGNORED)] == [f"put on hold: the ticket is {event}"]


def test_a_hold_that_was_decided_before_a_newer_message_is_not_done() -> None:
    told = story().tell("customer_replied", ELEVEN).tell("put_on_hold", TEN_PAST, arrives=NOON)
    assert told.state.status is Status.OPEN
    assert [entry.detail for entry in told.told(What.IGNORED)] == ["put on hold: something newer happened"]


def test_an_end_of_an_earlier_hold_that_comes_late_does_not_end_this_one() -> None:
    told = held(WEDNESDAY).tell("resumed", TEN_PAST, arrives=NOON)
    assert told.state.status is Status.ON_HOLD
    assert told.told(What.IGNORED)


def test_the_end_of_a_hold_told_late_counts_from_when_it_was() -> None:
    told = held().tell("resumed", NOON, arrives=MONDAY + timedelta(hours=5))
    assert told.due("resolution") == at("2026-11-17 11:00", NY), "one hour stood still"


def test_nothing_resumes_that_was_not_on_hold() -> None:
    told = story().tell("resumed", TEN_PAST)
    assert [entry.detail for entry in told.told(What.IGNORED)] == ["resumed: the ticket was not on hold"]


def test_the_clocks_that_a_policy_lets_run_run_on() -> None:
    told = story().tell("put_on_hold", TEN_PAST)
    assert told.clock(Objective.FIRST_RESPONSE).state == "running"
    assert told.due("first_response") == ELEVEN


def test_a_severity_changed_on_hold_keeps_what_was_used() -> None:
    told = held().tell("severity_changed", NOON, severity="normal")
    assert told.clock(Objective.RESOLUTION).state == "paused"
    told.tell("resumed", TUESDAY)
    assert told.due("resolution") == at("2026-11-18 16:00", NY), "16 hours less the one used, from Tuesday 09:00"
    told.tell("severity_changed", TUESDAY, severity="high")
    assert told.due("resolution") == at("2026-11-17 16:00", NY)


def test_a_severity_changed_on_hold_that_counts_anew_begins_when_the_hold_ends() -> None:
    rules = story().state.terms.severity_rules.model_copy(update={"targets": "change"})
    told = held(severity_rules=rules).tell("severity_changed", NOON, severity="normal")
    assert told.clock(Objective.RESOLUTION).state == "paused"
    told.tell("resumed", TUESDAY)
    assert told.due("resolution") == at("2026-11-18 17:00", NY), "sixteen hours from Tuesday 09:00"


def test_a_clock_that_restarts_on_hold_begins_anew_afterwards() -> None:
    clocks = {**DEFAULT_CLOCKS, Objective.RESOLUTION: ClockRules(on_hold="restart")}
    told = held(TUESDAY, clocks=clocks).advance(TUESDAY)
    assert told.due("resolution") == at("2026-11-17 17:00", NY), "eight hours from Tuesday 09:00"


def test_every_hold_ends_at_its_own_date() -> None:
    told = held(TUESDAY).advance(TUESDAY).tell("put_on_hold", TUESDAY + timedelta(hours=1), until=WEDNESDAY)
    told.advance(WEDNESDAY)
    assert [entry.at for entry in told.told(What.RESUMED)] == [TUESDAY, WEDNESDAY]


def test_a_hold_is_what_the_ticket_waits_for() -> None:
    quiet: dict[str, Any] = {"clocks": {each: ClockRules(pending="pause", on_hold="pause") for each in Objective}}
    shown = view(held(TUESDAY, **quiet).state, NOON)
    assert (shown.status, shown.waits_for, shown.next[0].what) == ("on_hold", "the end of the hold", "end of the hold")
    assert shown.next[0].due_local == "Tue 17 Nov 2026 09:00 EST"
    told = held(**quiet)
    assert next_step(told.state) is None
    assert view(told.state, NOON).waits_for == "somebody to resume it"
    assert "waits for **somebody to resume it**" in card(told.state, NOON)


def test_a_clock_that_runs_on_is_waited_for_first() -> None:
    assert view(held(WEDNESDAY).state, NOON).waits_for == "update due"


def test_a_state_on_hold_survives_json() -> None:
    told = held(WEDNESDAY)
    told.become(State.model_validate_json(told.state.model_dump_json()))
    assert told.advance(WEDNESDAY).state.status is Status.OPEN
