"""Clocks where rules meet: promises of no length, ended tickets, touching waits, many cycles, late stops, the year 2200."""

from datetime import date, timedelta
from typing import Any

import pytest
from clocking import due, ny, story
from hypothesis import given, settings
from hypothesis import strategies as st
from rehearsal import Rehearsal, at, ticket

from policies.library import Library
from policies.terms import make_terms
from sla.inputs.entitlement import months_later
from sla.inputs.terms import Objective, Target
from sla.state.clock import elapsed
from sla.state.state import KEPT_CLOCKS, Status
from sla.state.timeline import What
from sla.steps.agenda import agenda


def test_the_same_business_day_is_a_promise_to_be_kept() -> None:
    told = story("2026-06-15 10:00", "{first_response: same business day, next_response: same business day}")
    assert told.clock(Objective.FIRST_RESPONSE).state == "running"
    told.advance(ny("2026-06-15 17:00"))
    assert [entry.due_at for entry in told.told(What.BREACHED)] == [ny("2026-06-15 17:00")]
    told.tell("agent_replied", ny("2026-06-15 18:00")).tell("customer_replied", ny("2026-06-16 10:00"))
    assert told.clock(Objective.NEXT_RESPONSE).state == "running"
    assert due(told, Objective.NEXT_RESPONSE) == ny("2026-06-16 17:00")


@pytest.mark.parametrize(("opened", "state"), [("2026-06-15 10:00", "met"), ("2026-06-15 20:00", "running")])
def test_at_once_in_hours_and_later_outside(opened: str, state: str) -> None:
    told = story(opened, "{acknowledgement: {target: at once, outside: 30 minutes}}")
    told.advance(ny(opened) + timedelta(minutes=10))
    assert told.clock(Objective.ACKNOWLEDGEMENT).state == state
    assert told.told(What.BREACHED) == []


@pytest.mark.parametrize("targets", ["opening", "change"])
def test_a_severity_at_once_counts_as_met_where_its_clock_begins(targets: str) -> None:
    told = story(
        "2026-06-15 10:00",
        "{first_response: 4 business hours}",
        low="{first_response: at once}",
        severity_change=f"{{targets: {targets}}}",
    )
    told.tell("severity_changed", ny("2026-06-15 11:00"), severity="low").advance(ny("2026-06-16 11:00"))
    assert told.clock(Objective.FIRST_RESPONSE).state == "met"
    assert told.told(What.BREACHED, What.MISSED) == []


def waiting(**fields: Any) -> Rehearsal:
    return story(
        "2026-06-15 10:00",
        "{acknowledgement: 1 day, first_response: 1 business hour, resolution: 8 business hours}",
        clocks="{first_response: {needs: [description]}, resolution: {starts: acknowledgement}}",
        ticket_fields={"missing": ["description"], **fields},
    )


@pytest.mark.parametrize("end", ["solved", "closed"])
def test_nothing_begins_on_a_ticket_that_has_ended(end: str) -> None:
    told = waiting().tell(end, ny("2026-06-15 11:00"))
    told.tell("completed", ny("2026-06-15 12:00"), what="description").tell("acknowledged", ny("2026-06-15 12:00"))
    assert not any(clock.stopped_at is None for clock in told.state.clocks)
    assert told.due("first_response") is None
    assert told.due("resolution") is None


def test_what_is_still_owed_begins_when_the_ticket_is_reopened() -> None:
    told = waiting().tell("solved", ny("2026-06-15 11:00"))
    told.tell("completed", ny("2026-06-15 12:00"), what="description")
    told.tell("customer_replied", ny("2026-06-15 13:00"))
    assert due(told, Objective.FIRST_RESPONSE) == ny("2026-06-15 14:00")


@pytest.mark.parametrize(
    ("clocks", "first", "second"),
    [
        ("{agent_work: {pending: restart, on_hold: pause}}", "pending", "on_hold"),
        ("{agent_work: {pending: restart, on_hold: pause}}", "on_hold", "pending"),
        ("{agent_work: {pending: pause, on_hold: restart}}", "pending", "on_hold"),
        ("{agent_work: {pending: pause, on_hold: restart}}", "on_hold", "pending"),
    ],
)
def test_two_waits_that_touch_restart_if_one_of_them_does(clocks: str, first: str, second: str) -> None:
    told = story("2026-06-15 10:00", "{agent_work: 4 business hours}", clocks=clocks)
    for hour, wait in ((11, first), (12, second)):
        told.tell("agent_replied" if wait == "pending" else "put_on_hold", ny(f"2026-06-15 {hour}:00"))
    told.tell("customer_replied", ny("2026-06-15 15:00"))
    clock = told.clock(Objective.AGENT_WORK)
    assert (clock.cycle, clock.due_at) == (2, ny("2026-06-16 11:00"))


def test_a_cycle_number_is_never_given_twice() -> None:
    told = story("2026-06-15 10:00", "{first_response: 4 business hours, next_response: 4 business hours}")
    for turn in range(KEPT_CLOCKS + 20):
        told.tell("agent_replied", ny("2026-06-15 10:00") + timedelta(minutes=2 * turn + 1))
        told.tell("customer_replied", ny("2026-06-15 10:00") + timedelta(minutes=2 * turn + 2))
    numbers = [clock.cycle for clock in told.state.clocks if clock.objective is Objective.NEXT_RESPONSE]
    assert numbers == sorted(set(numbers))
    assert numbers[-1] == KEPT_CLOCKS + 20
    assert told.clock(Objective.FIRST_RESPONSE).state == "met", "the latest clock of an objective is kept"


def test_a_resolution_outlives_many_turns() -> None:
    told = story("2026-06-15 10:00", "{next_response: 4 business hours, resolution: 80 business hours}")
    told.tell("solved", ny("2026-06-15 11:00"))
    for turn in range(KEPT_CLOCKS + 5):
        told.tell("customer_replied", ny("2026-06-15 12:00") + timedelta(minutes=2 * turn))
        told.tell("agent_replied", ny("2026-06-15 12:00") + timedelta(minutes=2 * turn + 1))
    told.tell("customer_replied", ny("2026-06-16 10:00"))
    assert told.clock(Objective.RESOLUTION).state == "running"


def test_a_stop_that_is_told_late_ends_what_came_after_it() -> None:
    told = story(
        "2026-06-15 10:00",
        "{resolution: 2 days}",
        calendars="[{use: always, requested: true, contact: true}]",
        ticket_fields={"round_the_clock": True},
    )
    told.tell("contact_changed", ny("2026-06-15 11:00"), available=False)
    told.tell("contact_changed", ny("2026-06-15 20:00"), available=True)
    told.tell("solved", ny("2026-06-15 10:30"), arrives=ny("2026-06-15 20:30"))
    told.tell("customer_replied", ny("2026-06-15 21:00"))
    clock = told.clock(Objective.RESOLUTION)
    assert clock.elapsed_seconds == 1800
    assert clock.due_at == ny("2026-06-17 20:30")


@pytest.mark.parametrize(
    ("starts", "begun"),
    [("opened", "2026-06-15 10:00"), ("acknowledgement", "2026-06-15 10:20"), ("first_response", "2026-06-15 11:00")],
)
def test_updates_are_owed_from_where_the_policy_says(starts: str, begun: str) -> None:
    told = story(
        "2026-06-15 10:00",
        "{acknowledgement: 1 business hour, first_response: 4 business hours, update: 1 business hour}",
        clocks=f"{{update: {{starts: {starts}}}}}",
    )
    told.tell("acknowledged", ny("2026-06-15 10:20"))
    if starts == "first_response":
        told.tell("agent_replied", ny("2026-06-15 11:00"), awaiting="us")
    assert told.clock(Objective.UPDATE).started_at == ny(begun)


def test_updates_after_a_workaround_wait_for_it() -> None:
    told = story(
        "2026-06-15 10:00",
        "{workaround: 8 business hours, update: 1 business hour}",
        clocks="{update: {starts: workaround}}",
    )
    told.tell("agent_replied", ny("2026-06-15 11:00"), awaiting="us").tell("customer_replied", ny("2026-06-15 11:30"))
    assert all(clock.objective is not Objective.UPDATE for clock in told.state.clocks)
    told.tell("agent_replied", ny("2026-06-15 12:00"), awaiting="us", workaround=True)
    assert due(told, Objective.UPDATE) == ny("2026-06-15 13:00")


def test_a_first_response_met_at_once_is_followed_by_updates() -> None:
    told = story("2026-06-15 10:00", "{first_response: at once, update: 1 business hour}")
    assert due(told, Objective.UPDATE) == ny("2026-06-15 11:00")


def test_a_soft_cut_off_is_moved_by_no_pause_that_the_target_does_not_see() -> None:
    told = story(
        "2026-06-15 15:05",
        "{agent_work: {target: 5 business minutes, cutoff: soft 15:00}}",
    )
    told.tell("put_on_hold", ny("2026-06-15 15:30")).tell("resumed", ny("2026-06-15 16:30"))
    assert due(told, Objective.AGENT_WORK) == ny("2026-06-16 09:00")


def test_a_broken_promise_is_not_mended_by_a_severity() -> None:
    told = story("2026-06-15 10:00", "{first_response: 1 business hour}", low="{first_response: at once}")
    told.tell("severity_changed", ny("2026-06-15 12:00"), severity="low")
    assert told.told(What.MET) == []
    told.tell("agent_replied", ny("2026-06-15 12:30"))
    assert told.clock(Objective.FIRST_RESPONSE).state == "missed"


def test_what_is_met_at_once_is_met_once() -> None:
    told = story(
        "2026-06-15 10:00",
        "{acknowledgement: 1 hour, first_response: 1 hour, workaround: 1 hour, resolution: at once}",
        low="{acknowledgement: at once, first_response: at once, workaround: at once, resolution: at once}",
        clocks="{resolution: {starts: acknowledgement}}",
    )
    told.tell("severity_changed", ny("2026-06-15 10:30"), severity="low")
    met = [entry.detail for entry in told.told(What.MET)]
    assert sorted(met) == ["acknowledgement", "first_response", "resolution", "workaround"]


def test_an_update_is_owed_after_a_hold_in_which_its_cause_was_met() -> None:
    targets = "{acknowledgement: 1 hour, update: 30 business minutes}"
    for until in (None, ny("2026-06-15 11:00")):
        told = story("2026-06-15 10:00", targets, clocks="{update: {starts: acknowledgement}}")
        told.tell("put_on_hold", ny("2026-06-15 10:10"), until=until)
        told.tell("acknowledged", ny("2026-06-15 10:20"))
        if until is None:
            told.tell("resumed", ny("2026-06-15 11:00"))
        told.advance(ny("2026-06-15 11:00"))
        assert due(told, Objective.UPDATE) == ny("2026-06-15 11:30")


def test_an_answer_that_was_told_late_in_a_hold_owes_an_update_after_it() -> None:
    told = story("2026-06-15 10:00", "{first_response: 4 business hours, update: 1 business hour}")
    told.tell("put_on_hold", ny("2026-06-15 10:10"))
    told.tell("agent_replied", ny("2026-06-15 10:05"), arrives=ny("2026-06-15 10:15"), awaiting="us")
    told.tell("resumed", ny("2026-06-15 11:00"))
    assert due(told, Objective.UPDATE) == ny("2026-06-15 12:00")


def test_a_severity_at_once_owes_an_update_at_once() -> None:
    told = story(
        "2026-06-15 10:00",
        "{first_response: 4 business hours, update: 1 business hour}",
        low="{first_response: at once, update: 2 business hours}",
    )
    told.tell("severity_changed", ny("2026-06-15 10:30"), severity="low")
    assert due(told, Objective.UPDATE) == ny("2026-06-15 12:30")


def test_a_term_does_not_run_past_the_last_year() -> None:
    assert months_later(date(9999, 1, 1), 18) == date.max


@pytest.mark.parametrize("opened", ["1990-01-01 00:00", "1990-01-05 12:00", "2199-06-01 12:00", "2200-12-30 12:00"])
def test_tickets_at_both_ends_of_time_have_terms(opened: str) -> None:
    asking = ticket("kasten", at(opened), plan="basic", time_zone="America/New_York")
    assert make_terms(Library().load("kasten"), asking, asking.opened_at).plan == "basic"


EVENTS = st.sampled_from(
    [
        ("customer_replied", {}),
        ("agent_replied", {}),
        ("agent_replied", {"awaiting": "us"}),
        ("agent_replied", {"awaiting": "us", "workaround": True}),
        ("agent_replied", {"solution": True}),
        ("solved", {}),
        ("closed", {}),
        ("reopened", {}),
        ("put_on_hold", {}),
        ("resumed", {}),
        ("acknowledged", {}),
        ("escalation_requested", {}),
        ("completed", {"what": "description"}),
        ("contact_changed", {"available": False}),
        ("contact_changed", {"available": True}),
        ("severity_changed", {"severity": "low"}),
        ("severity_changed", {"severity": "high"}),
    ]
)
HIGH = (
    "{acknowledgement: at once, first_response: 2 business hours, next_response: 3 business hours, "
    "update: 1 business hour, workaround: {target: 1 hour, outside: 4 hours}, resolution: 2 business days, "
    "agent_work: {target: 4 business hours, cutoff: soft 15:00}}"
)
LOW = "{first_response: at once, resolution: {target: 3 business days, cutoff: hard 12:00}, update: 1 business day}"


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(EVENTS, st.integers(0, 900), st.integers(0, 120)), max_size=14),
    st.sampled_from(["opening", "change"]),
    st.sampled_from(["run", "pause", "restart"]),
)
def test_laws_of_clocks(events: list[Any], targets: str, hold: str) -> None:
    """Spans are ordered and disjoint, no time is negative, and on a closed ticket no clock runs and none is told of."""
    told = story(
        "2026-06-15 10:00",
        HIGH,
        low=LOW,
        severity_change=f"{{targets: {targets}}}",
        clocks=f"{{resolution: {{starts: first_response, on_hold: {hold}}}, first_response: {{needs: [description]}}}}",
        calendars="[{use: always, requested: true, contact: true}]",
        ticket_fields={"round_the_clock": True, "missing": ["description"]},
    )
    now = ny("2026-06-15 10:00")
    for (name, fields), wait, late in events:
        now += timedelta(minutes=wait)
        told.tell(name, now - timedelta(minutes=late), arrives=now, **fields)
        for clock in told.state.clocks:
            ends = [clock.started_at]
            for pause in clock.pauses:
                assert pause.start >= ends[-1]
                ends.append(pause.end or pause.start)
            target = told.state.promise(clock.objective)
            if isinstance(target, Target):
                assert elapsed(clock, target, told.state.calendar, now) >= timedelta()
        if told.state.status is Status.CLOSED:
            assert all(clock.stopped_at is not None for clock in told.state.clocks)
            assert {step.kind for step in agenda(told.state)} <= {"notice"}
