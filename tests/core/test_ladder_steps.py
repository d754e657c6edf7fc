"""Silence ladders: steps of every kind, which ladder is the ticket's, and at which severity."""

from typing import Any

import pytest
from ladders import DAILY, MONDAY, NY, YEAR_END, answered, called, closed_at, due, ny, opened, rung
from rehearsal import Rehearsal, at, ticket

from sla.state.notification import Fate
from sla.state.state import Status
from sla.state.timeline import What
from sla.steps.agenda import Step, agenda

# Steps of every kind


def test_a_level_is_told_of_the_silence() -> None:
    story = answered(rung("notify", "1 business day", tell="manager"))
    assert [step.text(story.state) for step in agenda(story.state)] == ["tell Manager"]
    story.advance(YEAR_END)
    assert [(mail.to, mail.audience) for mail in story.sent if "notify" in mail.id] == [
        ("manager@house.example", "internal")
    ]
    assert [text for entry, text in story.lines() if entry.what is What.NOTIFIED] == ["told Manager"]


def test_the_severity_is_lowered_without_a_word() -> None:
    story = answered(rung("lower_severity", "2 business days", to="low"), DAILY).advance(at("2026-11-18 10:00", NY))
    assert (story.state.severity, story.due("follow_up")) == ("low", at("2026-11-19 10:00", NY))
    assert story.told(What.SEVERITY_CHANGED)[0].detail == "high → low on silence"
    assert [mail.id for mail in story.sent] == ["T-1+acknowledgement"]


@pytest.mark.parametrize("severity", ["normal", "low"])
def test_a_severity_is_never_raised_on_silence(severity: str) -> None:
    story = answered(rung("lower_severity", "2 business days", to="normal"), DAILY, severity=severity)
    story.advance(YEAR_END)
    assert (story.state.severity, story.told(What.SEVERITY_CHANGED)) == (severity, [])
    assert due(story) == ny("2026-11-19 10:00"), "the wait of the step counts all the same"


def test_a_follow_up_by_telephone_asks_the_owner_to_call() -> None:
    story = answered(DAILY, rung("follow_up", "1 business day", channel="phone")).advance(at("2026-11-17 12:00", NY))
    assert agenda(story.state)[0].text(story.state) == "follow-up 2 of 2 by telephone"
    story.advance(YEAR_END)
    assert (story.sent[-1].to, story.sent[-1].audience) == ("agent@house.example", "internal")
    assert story.state.follow_ups == 2
    assert story.lines()[-1][1] == "follow-up 2 of 2 by telephone"


def test_without_an_owner_the_first_level_is_asked_to_call_and_a_step_has_its_own_wording() -> None:
    story = called().advance(at("2026-06-25 15:00", NY))
    mails = [mail for mail in story.sent if "follow_up" in mail.id]
    assert [mail.to for mail in mails] == ["lead@ladders.example", "kim@customer.example", "kim@customer.example"]
    assert mails[0].subject.startswith("[T-1] Please call")
    assert mails[2].subject == "Last word on T-1"
    assert mails[2].body == "This is attempt 3 of 3."


def refuse(kind: str) -> Any:
    def fate(step: Step) -> Fate:
        return Fate.REFUSED if step.kind == kind else Fate.SENT

    return fate


def test_a_call_that_nobody_was_asked_to_make_is_no_attempt() -> None:
    story = opened(rung("follow_up", "1 business day", channel="phone"), rung("close", "1 business day"))
    story.delivery = refuse("follow_up")
    story.tell("agent_replied", MONDAY).advance(YEAR_END)
    assert (story.state.follow_ups, story.state.status) == (0, Status.PENDING)
    assert [trouble.why for trouble in story.state.troubles] == ["follow-up 1 of 1 did not reach the team"]


def test_a_level_that_cannot_be_told_does_not_stop_the_ladder() -> None:
    story = opened(rung("notify", "1 business day", tell="lead"), DAILY)
    story.delivery = refuse("notify")
    story.tell("agent_replied", MONDAY).advance(YEAR_END)
    assert due(story) == ny("2026-11-18 10:00")
    assert len(story.state.troubles) == 1


# Which ladder, and at which severity


def test_a_step_of_other_severities_is_left_out() -> None:
    urgent = rung("follow_up", "2 hours", severities=["high"])
    assert answered(urgent, DAILY).due("follow_up") == at("2026-11-16 12:00", NY)
    assert answered(urgent, DAILY, severity="low").due("follow_up") == at("2026-11-17 10:00", NY)


def test_after_a_change_of_severity_the_ladder_goes_on_above_the_last_step_done() -> None:
    calm, urgent = {"severities": ["low"]}, {"severities": ["high"]}
    story = answered(
        rung("follow_up", "3 days", **calm),
        rung("follow_up", "2 hours", **urgent),
        rung("follow_up", "4 days", **calm),
        rung("close", "1 day", **urgent),
        rung("close", "9 days", **calm),
    ).advance(at("2026-11-16 13:00", NY))
    assert story.due("close") == at("2026-11-17 12:00", NY)
    story.tell("severity_changed", at("2026-11-16 14:00", NY), severity="low")
    assert story.due("follow_up") == at("2026-11-20 12:00", NY), "not the first step, which lies below"
    assert closed_at(story.advance(YEAR_END)) == at("2026-11-29 12:00", NY)


@pytest.mark.parametrize(
    ("plan", "channel", "kind", "expected"),
    [
        ("gold", "email", "follow_up", "2026-06-15 15:00"),
        ("gold", "phone", "follow_up", "2026-06-17 15:00"),
        ("free", "phone", "follow_up", "2026-06-17 15:00"),
        ("free", "email", "close", "2026-06-14 15:00"),
        ("gold", "chat", "follow_up", None),
        ("gold", "chat", "close", None),
    ],
)
def test_the_first_ladder_whose_plans_and_channels_fit_is_the_tickets(
    plan: str, channel: str, kind: str, expected: str | None
) -> None:
    story = Rehearsal(ticket("ladders", at("2026-06-12 15:00", NY), plan=plan, channel=channel))
    story.tell("agent_replied", at("2026-06-12 15:00", NY))
    assert story.due(kind) == (at(expected, NY) if expected else None)


def test_solved_on_silence_the_ticket_stands_on_the_other_ladder() -> None:
    story = Rehearsal(ticket("ladders", at("2026-06-12 15:00", NY)))
    story.tell("agent_replied", at("2026-06-12 15:00", NY)).advance(at("2026-06-16 16:00", NY))
    assert (story.state.status, story.due("close")) == (Status.SOLVED, at("2026-06-19 15:00", NY))


def test_without_a_ladder_nothing_is_foreseen() -> None:
    story = answered().advance(YEAR_END)
    assert (story.state.status, agenda(story.state)) == (Status.PENDING, ())
    story.tell("customer_contacted", YEAR_END).tell("customer_replied", YEAR_END, kind="auto", returns="2027-01-04")
    story.tell("agent_replied", YEAR_END, solution=True)
    assert story.due("close") is None
    assert not story.told(What.POSTPONED)
