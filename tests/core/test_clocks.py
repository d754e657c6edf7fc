"""Clocks beyond the plain ones: chained, conditional, paused by status, by two targets, cut off, with and without a contact."""

from typing import Any

import pytest
from clocking import due, ny, story
from rehearsal import Rehearsal

from sla.inputs.terms import Objective
from sla.state.timeline import What

# Monday 2026-06-15 is a plain business day; Friday 2026-07-03 is a holiday.


def test_somebody_who_takes_the_ticket_meets_the_acknowledgement_only() -> None:
    told = story("2026-06-15 10:00", "{acknowledgement: 30 minutes, first_response: 2 business hours}")
    told.tell("acknowledged", ny("2026-06-15 10:20"), by="Lee")
    assert told.clock(Objective.ACKNOWLEDGEMENT).state == "met"
    assert told.clock(Objective.FIRST_RESPONSE).state == "running"
    assert told.told(What.TAKEN)[0].detail == "Lee"


def test_an_answer_is_an_acknowledgement_too() -> None:
    told = story("2026-06-15 10:00", "{acknowledgement: 30 minutes}")
    told.tell("agent_replied", ny("2026-06-15 10:31"))
    assert told.clock(Objective.ACKNOWLEDGEMENT).state == "missed"


def test_a_chained_clock_begins_when_the_other_is_met() -> None:
    told = story(
        "2026-06-15 10:00",
        "{workaround: 4 business hours, resolution: 8 business hours}",
        clocks="{resolution: {starts: workaround}}",
    )
    assert [clock.objective for clock in told.state.clocks] == [Objective.WORKAROUND]
    told.tell("agent_replied", ny("2026-06-15 11:00"), awaiting="us")
    assert [clock.objective for clock in told.state.clocks] == [Objective.WORKAROUND]
    told.tell("agent_replied", ny("2026-06-15 15:00"), awaiting="us", workaround=True)
    assert told.clock(Objective.WORKAROUND).state == "missed"
    assert due(told, Objective.RESOLUTION) == ny("2026-06-16 15:00")


def test_a_chain_does_not_need_a_promise_for_its_first_link() -> None:
    told = story("2026-06-15 10:00", "{resolution: 8 business hours}", clocks="{resolution: {starts: first_response}}")
    assert told.state.clocks == ()
    told.tell("agent_replied", ny("2026-06-15 12:00"), awaiting="us")
    assert due(told, Objective.RESOLUTION) == ny("2026-06-16 12:00")


def test_a_chained_clock_that_begins_while_the_customer_is_asked_stands_still_at_once() -> None:
    told = story("2026-06-15 10:00", "{resolution: 8 business hours}", clocks="{resolution: {starts: first_response}}")
    told.tell("agent_replied", ny("2026-06-15 12:00"))
    assert told.clock(Objective.RESOLUTION).state == "paused"
    told.tell("customer_replied", ny("2026-06-16 10:00"))
    assert due(told, Objective.RESOLUTION) == ny("2026-06-17 10:00")


def test_agent_work_is_the_time_in_our_hands() -> None:
    """Two hours of work, a day with the customer, an hour, a hold over night: five business hours are left of eight."""
    told = story("2026-06-15 10:00", "{agent_work: 8 business hours}")
    told.tell("agent_replied", ny("2026-06-15 12:00"))
    told.tell("customer_replied", ny("2026-06-16 12:00"))
    told.tell("put_on_hold", ny("2026-06-16 13:00"), reason="third party")
    assert told.clock(Objective.AGENT_WORK).state == "paused"
    assert told.clock(Objective.AGENT_WORK).elapsed_seconds == 3 * 3600
    told.tell("resumed", ny("2026-06-17 11:00"))
    assert due(told, Objective.AGENT_WORK) == ny("2026-06-17 16:00")
    told.tell("agent_replied", ny("2026-06-17 16:00"), solution=True)
    assert told.clock(Objective.AGENT_WORK).state == "met"


def test_a_reopened_ticket_goes_on_with_the_work_done_so_far() -> None:
    told = story("2026-06-15 10:00", "{agent_work: 8 business hours}")
    told.tell("agent_replied", ny("2026-06-15 12:00"), solution=True)
    told.tell("customer_replied", ny("2026-06-16 12:00"))
    assert due(told, Objective.AGENT_WORK) == ny("2026-06-17 10:00")


@pytest.mark.parametrize(
    ("opened", "answer"),
    [
        ("2026-06-15 09:00", "2026-06-15 10:00"),
        ("2026-06-15 16:59", "2026-06-15 17:59"),
        ("2026-06-15 17:00", "2026-06-15 21:00"),
        ("2026-06-13 12:00", "2026-06-13 16:00"),
        ("2026-07-03 10:00", "2026-07-03 14:00"),
    ],
)
def test_another_target_holds_outside_hours(opened: str, answer: str) -> None:
    told = story(opened, "{first_response: {target: 1 hour, outside: 4 hours, hours: office, calendar: always}}")
    assert due(told, Objective.FIRST_RESPONSE) == ny(answer)
    inside = answer != "2026-06-15 21:00" and opened.startswith("2026-06-15")
    assert told.clock(Objective.FIRST_RESPONSE).target == ("1 hour" if inside else "4 hours")


@pytest.mark.parametrize(
    ("opened", "hard", "soft"),
    [
        # before it; at it; after it with the target reaching the evening; closed days; before the opening
        ("2026-06-15 14:59:59", "2026-06-15 15:59:59", "2026-06-15 15:59:59"),
        ("2026-06-15 15:00", "2026-06-16 10:00", "2026-06-16 09:00"),
        ("2026-06-15 16:30", "2026-06-16 10:00", "2026-06-16 09:30"),
        ("2026-06-15 23:00", "2026-06-16 10:00", "2026-06-16 10:00"),
        ("2026-06-16 00:30", "2026-06-16 10:00", "2026-06-16 10:00"),
        ("2026-07-02 15:30", "2026-07-06 10:00", "2026-07-06 09:00"),
        ("2026-06-13 16:00", "2026-06-15 10:00", "2026-06-15 10:00"),
    ],
)
def test_cut_offs(opened: str, hard: str, soft: str) -> None:
    cell = "{first_response: {target: 1 business hour, cutoff: WORD 15:00}}"
    assert due(story(opened, cell.replace("WORD", "hard")), Objective.FIRST_RESPONSE) == ny(hard)
    assert due(story(opened, cell.replace("WORD", "soft")), Objective.FIRST_RESPONSE) == ny(soft)


def test_a_hard_cut_off_counts_nothing_before_the_next_opening() -> None:
    told = story("2026-06-15 16:00", "{first_response: {target: 2 business hours, cutoff: hard 15:00}}")
    told.advance(ny("2026-06-15 17:00"))
    assert told.clock(Objective.FIRST_RESPONSE).elapsed_seconds == 0
    told.advance(ny("2026-06-16 09:30"))
    assert told.clock(Objective.FIRST_RESPONSE).elapsed_seconds == 1800


def test_a_cut_off_on_the_day_of_a_clock_change_is_local_time() -> None:
    """Clocks go back on Sunday 2026-11-01: Saturday's next business day opens on Monday at 09:00 EST."""
    cell = "{first_response: {target: 1 hour, calendar: always, hours: office, cutoff: hard 15:00}}"
    assert due(story("2026-10-31 15:00", cell), Objective.FIRST_RESPONSE) == ny("2026-11-02 10:00")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("next business day", "2026-06-15 17:00"),
        ("2 business days by close", "2026-06-16 17:00"),
        ("same business day", "2026-06-12 17:00"),
        ("1 business day", "2026-06-15 16:30"),
        ("1 week", "2026-06-19 16:30"),
        ("2 days", "2026-06-14 16:30"),
        ("90 minutes", "2026-06-12 18:00"),
        ("90 business minutes", "2026-06-15 10:00"),
    ],
)
def test_units(said: str, answer: str) -> None:
    assert due(story("2026-06-12 16:30", f"{{first_response: {said}}}"), Objective.FIRST_RESPONSE) == ny(answer)


def test_a_promise_of_no_length_is_met_by_the_contact_itself() -> None:
    told = story(
        "2026-06-13 03:00", "{acknowledgement: {phone: at once, other: 1 hour}}", ticket_fields={"channel": "phone"}
    )
    assert told.clock(Objective.ACKNOWLEDGEMENT).state == "met"
    assert told.told(What.BREACHED) == []
    assert told.told(What.MET)[0].at == ny("2026-06-13 03:00")


def test_a_clock_waits_for_what_is_missing() -> None:
    told = story(
        "2026-06-15 10:00",
        "{first_response: 2 business hours, resolution: 8 business hours}",
        clocks="{first_response: {needs: [description, sender]}}",
        ticket_fields={"missing": ["description", "sender"]},
    )
    assert due(told, Objective.RESOLUTION) == ny("2026-06-16 10:00")
    told.tell("completed", ny("2026-06-15 11:00"), what="description")
    assert [clock.objective for clock in told.state.clocks] == [Objective.RESOLUTION]
    told.tell("completed", ny("2026-06-15 12:00"), what="sender")
    assert due(told, Objective.FIRST_RESPONSE) == ny("2026-06-15 14:00")
    told.tell("completed", ny("2026-06-15 13:00"), what="sender")
    assert due(told, Objective.FIRST_RESPONSE) == ny("2026-06-15 14:00")


def test_an_answer_before_the_description_is_complete_needs_no_clock_any_more() -> None:
    told = story(
        "2026-06-15 10:00",
        "{first_response: 2 business hours}",
        clocks="{first_response: {needs: [description]}}",
        ticket_fields={"missing": ["description"]},
    )
    told.tell("agent_replied", ny("2026-06-15 10:30"), awaiting="us")
    told.tell("completed", ny("2026-06-15 11:00"), what="description")
    assert told.state.clocks == ()


@pytest.mark.parametrize(("channel", "begins"), [("phone", "2026-06-15 10:00"), ("email", "2026-06-15 14:00")])
def test_a_clock_that_only_a_telephone_call_starts(channel: str, begins: str) -> None:
    told = story(
        "2026-06-15 10:00",
        "{first_response: 30 minutes}",
        clocks="{first_response: {needs: [telephone]}}",
        ticket_fields={"channel": channel},
    )
    told.advance(ny("2026-06-15 13:00") if channel == "email" else ny("2026-06-15 10:10"))
    assert told.told(What.BREACHED) == []
    told.tell("completed", ny("2026-06-15 14:00"), what="telephone")
    assert told.clock(Objective.FIRST_RESPONSE).started_at == ny(begins)


def test_one_clock_pauses_and_another_runs() -> None:
    told = story(
        "2026-06-15 10:00",
        "{workaround: 8 business hours, resolution: 8 business hours, agent_work: 8 business hours}",
        clocks="{resolution: {pending: run}, agent_work: {pending: restart}}",
    )
    told.tell("agent_replied", ny("2026-06-15 12:00"))
    told.tell("customer_replied", ny("2026-06-16 11:00"))
    assert due(told, Objective.WORKAROUND) == ny("2026-06-16 17:00")
    assert due(told, Objective.RESOLUTION) == ny("2026-06-16 10:00")
    assert due(told, Objective.AGENT_WORK) == ny("2026-06-17 11:00")


def test_a_clock_that_restarts_is_neither_met_nor_missed_by_it() -> None:
    told = story("2026-06-15 10:00", "{agent_work: 1 business hour}", clocks="{agent_work: {pending: restart}}")
    told.tell("agent_replied", ny("2026-06-15 10:59"))
    told.tell("customer_replied", ny("2026-06-15 15:00"))
    assert told.told(What.MET, What.MISSED, What.BREACHED) == []
    assert due(told, Objective.AGENT_WORK) == ny("2026-06-15 16:00")


def test_a_hold_pauses_what_its_rules_say() -> None:
    told = story(
        "2026-06-15 10:00",
        "{first_response: 4 business hours, update: 1 business hour, resolution: 8 business hours}",
        clocks="{first_response: {on_hold: run}, resolution: {on_hold: pause}}",
    )
    told.tell("put_on_hold", ny("2026-06-15 11:00"), until=ny("2026-06-16 11:00"))
    assert due(told, Objective.FIRST_RESPONSE) == ny("2026-06-15 14:00")
    assert told.clock(Objective.RESOLUTION).state == "paused"
    told.advance(ny("2026-06-16 11:00"))
    assert told.told(What.RESUMED)[0].at == ny("2026-06-16 11:00")
    assert due(told, Objective.RESOLUTION) == ny("2026-06-17 10:00")


def test_one_clock_round_the_clock_beside_another_in_business_hours() -> None:
    told = story(
        "2026-06-12 16:30",
        "{first_response: {target: 4 business hours, calendar: always}, resolution: 4 business hours}",
    )
    assert due(told, Objective.FIRST_RESPONSE) == ny("2026-06-12 20:30")
    assert due(told, Objective.RESOLUTION) == ny("2026-06-15 12:30")


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({}, "2026-06-15 12:30"),
        ({"channel": "chat"}, "2026-06-13 08:30"),
        ({"region": "emea"}, "2026-06-15 06:00"),
        ({"round_the_clock": True}, "2026-06-12 20:30"),
        ({"severity": "low"}, "2026-06-15 12:30"),
        ({"severity": "low", "channel": "chat"}, "2026-06-15 12:30"),
    ],
)
def test_the_calendar_is_chosen_by_severity_channel_region_and_request(fields: dict[str, Any], answer: str) -> None:
    told = story(
        "2026-06-12 16:30",
        "{first_response: 4 business hours}",
        low="{first_response: 4 business hours}",
        calendars="[{use: office, severities: [low]}, {use: chat, channels: [chat]}, {use: emea, regions: [emea]}, "
        "{use: always, requested: true}]",
        ticket_fields=fields,
    )
    assert due(told, Objective.FIRST_RESPONSE) == ny(answer)


def round_the_clock(opened: str, contact: bool = True) -> Rehearsal:
    return story(
        opened,
        "{resolution: 12 business hours}",
        calendars="[{use: always, requested: true, contact: true}]",
        ticket_fields={"round_the_clock": True, "contact": contact},
    )


def test_work_round_the_clock_lasts_as_long_as_the_customer_has_a_contact() -> None:
    """Monday 16:00 to 20:00 round the clock (4 h), then business hours only, from Tuesday 10:00 on round the clock."""
    told = round_the_clock("2026-06-15 16:00")
    assert due(told, Objective.RESOLUTION) == ny("2026-06-16 04:00")
    told.tell("contact_changed", ny("2026-06-15 20:00"), available=False)
    assert due(told, Objective.RESOLUTION) == ny("2026-06-16 17:00")
    told.advance(ny("2026-06-16 09:30"))
    assert told.clock(Objective.RESOLUTION).elapsed_seconds == 4.5 * 3600
    told.tell("contact_changed", ny("2026-06-16 10:00"), available=True)
    assert due(told, Objective.RESOLUTION) == ny("2026-06-16 17:00")
    told.advance(ny("2026-06-16 17:00"))
    assert [entry.due_at for entry in told.told(What.BREACHED)] == [ny("2026-06-16 17:00")]


def test_a_contact_that_comes_back_over_night_is_worked_with_at_night() -> None:
    told = round_the_clock("2026-06-15 16:00", contact=False)
    assert due(told, Objective.RESOLUTION) == ny("2026-06-17 12:00")
    told.tell("contact_changed", ny("2026-06-15 21:00"), available=True)
    assert due(told, Objective.RESOLUTION) == ny("2026-06-16 08:00")


def test_a_pause_without_a_contact_is_a_pause() -> None:
    told = round_the_clock("2026-06-15 16:00", contact=False)
    told.tell("agent_replied", ny("2026-06-15 16:30"))
    assert told.clock(Objective.RESOLUTION).state == "paused"
    told.tell("contact_changed", ny("2026-06-15 18:00"), available=True)
    told.tell("customer_replied", ny("2026-06-15 22:00"))
    assert due(told, Objective.RESOLUTION) == ny("2026-06-16 09:30")


TWO = {
    "high": "{first_response: 2 business hours, resolution: 8 business hours}",
    "low": "{first_response: 6 business hours, resolution: 16 business hours}",
}


def test_a_new_severity_counts_from_the_opening_and_back_is_as_if_nothing_had_been() -> None:
    told = story("2026-06-15 10:00", TWO["high"], low=TWO["low"])
    told.tell("severity_changed", ny("2026-06-15 11:00"), severity="low")
    assert due(told, Objective.FIRST_RESPONSE) == ny("2026-06-15 16:00")
    told.tell("severity_changed", ny("2026-06-15 11:30"), severity="high")
    assert due(told, Objective.FIRST_RESPONSE) == ny("2026-06-15 12:00")


def test_a_new_severity_may_count_from_the_change() -> None:
    told = story("2026-06-15 10:00", TWO["high"], low=TWO["low"], severity_change="{targets: change}")
    told.tell("severity_changed", ny("2026-06-15 11:00"), severity="low")
    assert due(told, Objective.FIRST_RESPONSE) == ny("2026-06-15 17:00")
    assert due(told, Objective.RESOLUTION) == ny("2026-06-17 11:00")
    told.tell("agent_replied", ny("2026-06-15 12:00"), awaiting="us")
    told.tell("severity_changed", ny("2026-06-15 13:00"), severity="high")
    assert told.clock(Objective.FIRST_RESPONSE).state == "met"
    assert due(told, Objective.RESOLUTION) == ny("2026-06-16 13:00")


def test_from_the_change_also_while_the_customer_is_asked() -> None:
    told = story("2026-06-15 10:00", TWO["high"], low=TWO["low"], severity_change="{targets: change}")
    told.tell("agent_replied", ny("2026-06-15 11:00"))
    told.tell("severity_changed", ny("2026-06-15 12:00"), severity="low")
    assert told.clock(Objective.RESOLUTION).state == "paused"
    told.tell("customer_replied", ny("2026-06-15 14:00"))
    assert due(told, Objective.RESOLUTION) == ny("2026-06-17 14:00")


def test_only_those_who_may_change_the_severity() -> None:
    told = story("2026-06-15 10:00", TWO["high"], low=TWO["low"], severity_change="{by: [agent]}")
    told.tell("severity_changed", ny("2026-06-15 11:00"), severity="low", by="customer")
    assert told.state.severity == "high"
    assert "may ask for it" in told.told(What.IGNORED)[0].detail
    told.tell("severity_changed", ny("2026-06-15 11:00"), severity="low")
    assert told.state.severity == "low"
