"""Warnings, breaches and what comes after them: every threshold is a due instant of its own."""

import re
from datetime import datetime, timedelta

import pytest
from rehearsal import Rehearsal, at, ticket

from sla.inputs.terms import Objective
from sla.state.notification import Fate
from sla.state.timeline import What
from sla.views.status import is_breached

NY = "America/New_York"
FRIDAY = at("2026-11-20 16:30", NY)


def told(story: Rehearsal) -> list[tuple[str, datetime | None]]:
    return [(entry.what.value, entry.due_at) for entry in story.told(What.WARNING, What.BREACHED, What.ESCALATED)]


def test_thresholds_count_business_time() -> None:
    story = Rehearsal(ticket("house", FRIDAY, severity="high")).advance(at("2026-11-23 11:00", NY))
    assert told(story) == [
        ("warning", at("2026-11-23 09:15", NY)),  # 75 % of one hour: half of it is used on Friday
        ("breached", at("2026-11-23 09:30", NY)),
        ("escalated", at("2026-11-23 09:30", NY)),
        ("escalated", at("2026-11-23 10:30", NY)),  # one business hour after
    ]
    assert [message.to for message in story.sent[1:]] == [
        "lead@house.example",
        "manager@house.example",
        "director@house.example",
    ]


def test_an_answer_stops_what_was_still_to_come() -> None:
    story = Rehearsal(ticket("house", FRIDAY, severity="high")).tell("agent_replied", at("2026-11-23 09:20", NY))
    story.advance(at("2026-11-24 08:00", NY))
    assert [what for what, _ in told(story)] == ["warning"]


def test_thresholds_run_through_the_night_where_the_plan_does() -> None:
    saturday = at("2026-11-21 23:30", NY)
    story = Rehearsal(ticket("house", saturday, severity="high", plan="round-the-clock"))
    story.advance(saturday + timedelta(hours=3))
    assert told(story)[:2] == [
        ("warning", saturday + timedelta(minutes=22, seconds=30)),
        ("breached", saturday + timedelta(minutes=30)),
    ]


def test_a_pause_moves_every_threshold_by_the_open_time_it_lasted() -> None:
    opened = at("2026-11-16 10:00", NY)
    story = Rehearsal(ticket("house", opened, severity="high")).tell("agent_replied", opened + timedelta(hours=1))
    story.tell("customer_replied", at("2026-11-16 13:00", NY)).tell(
        "agent_replied", at("2026-11-16 13:30", NY), awaiting="us"
    )
    story.advance(at("2026-11-17 17:00", NY))
    resolution = [(what, due) for what, due in told(story) if due and due > at("2026-11-16 14:00", NY)]
    assert resolution[0] == ("warning", at("2026-11-17 10:00", NY)), "6 h of 8 used: 10-11, 13-17, 9-10"
    assert resolution[1] == ("breached", at("2026-11-17 12:00", NY))


def test_a_pause_after_the_due_instant_mends_nothing() -> None:
    opened = at("2026-11-16 10:00", NY)
    story = Rehearsal(ticket("house", opened, severity="high")).tell("agent_replied", at("2026-11-18 10:00", NY))
    due = at("2026-11-17 10:00", NY)
    assert story.clock(Objective.RESOLUTION).due_at == due
    story.tell("customer_replied", at("2026-11-19 10:00", NY))
    clock = story.clock(Objective.RESOLUTION)
    assert (clock.state, clock.due_at) == ("overdue", due), "it was due on Tuesday whatever came on Wednesday"


def test_a_lower_severity_is_another_promise_with_thresholds_of_its_own() -> None:
    story = Rehearsal(ticket("house", FRIDAY, severity="high")).advance(at("2026-11-23 09:45", NY))
    story.tell("severity_changed", at("2026-11-23 09:50", NY), severity="normal")
    assert story.due("first_response") == at("2026-11-23 12:30", NY)
    story.tell("severity_changed", at("2026-11-23 09:55", NY), severity="high")
    story.tell("severity_changed", at("2026-11-23 10:00", NY), severity="normal")
    story.advance(at("2026-11-23 13:00", NY))
    assert told(story) == [
        ("warning", at("2026-11-23 09:15", NY)),
        ("breached", at("2026-11-23 09:30", NY)),
        ("escalated", at("2026-11-23 09:30", NY)),
        ("warning", at("2026-11-23 11:30", NY)),
        ("breached", at("2026-11-23 12:30", NY)),
        ("escalated", at("2026-11-23 12:30", NY)),
    ]
    assert len({message.id for message in story.sent}) == len(story.sent)


def test_what_was_broken_or_kept_stays_so_under_another_severity() -> None:
    broken = Rehearsal(ticket("house", FRIDAY, severity="high")).advance(at("2026-11-23 09:45", NY))
    broken.tell("severity_changed", at("2026-11-23 09:50", NY), severity="normal")
    broken.tell("agent_replied", at("2026-11-23 10:00", NY))
    assert is_breached(broken.state, broken.now)
    kept = Rehearsal(ticket("house", FRIDAY, severity="normal")).tell("agent_replied", at("2026-11-23 12:00", NY))
    kept.tell("severity_changed", at("2026-11-23 12:10", NY), severity="high")
    assert not is_breached(kept.state, kept.now)
    assert kept.clock(Objective.FIRST_RESPONSE).state == "met"


def test_after_a_breach_pauses_still_move_what_comes() -> None:
    opened = at("2026-11-16 10:00", NY)
    story = Rehearsal(ticket("house", opened, severity="high")).tell("agent_replied", opened, awaiting="us")
    story.tell("agent_replied", at("2026-11-17 10:10", NY))  # resolution was due at 10:00
    story.tell("customer_replied", at("2026-11-18 14:00", NY))
    story.advance(at("2026-11-18 14:49", NY))
    assert "director@house.example" not in {message.to for message in story.sent}
    story.advance(at("2026-11-18 14:50", NY))
    assert story.sent[-1].to == "director@house.example", "ten minutes on Tuesday and fifty on Wednesday"


def test_a_breach_that_could_not_be_told_is_told_even_when_the_answer_came() -> None:
    story = Rehearsal(ticket("house", FRIDAY, severity="high"))
    story.delivery = lambda step: Fate.NOT_SENT if "breach" in step.key else Fate.SENT
    story.advance(at("2026-11-23 09:30", NY)).tell("agent_replied", at("2026-11-23 09:30:30", NY), solution=True)
    story.delivery = lambda step: Fate.SENT
    story.tell("closed", at("2026-11-23 09:30:40", NY))
    assert not story.is_over
    story.advance(at("2026-11-23 10:00", NY))
    assert [message.to for message in story.sent if "breach" in message.id] == ["manager@house.example"]
    assert story.is_over


def test_thresholds_missed_in_an_outage_are_told_late_and_say_so() -> None:
    story = Rehearsal(ticket("house", FRIDAY, severity="high")).outage(at("2026-11-23 12:00", NY))
    told = [message.body for message in story.sent if "first_response" in message.id]
    late = {re.findall(r"late by [0-9]+ h [0-9]+ min", body)[0] for body in told}
    assert late == {"late by 2 h 45 min", "late by 2 h 30 min", "late by 1 h 30 min"}


@pytest.mark.parametrize(
    ("answer", "broken"),
    [(at("2026-11-23 09:30", NY), False), (at("2026-11-23 09:30:01", NY), True)],
)
def test_a_promise_is_broken_only_after_its_due_instant(answer: datetime, broken: bool) -> None:
    story = Rehearsal(ticket("house", FRIDAY, severity="high")).tell("agent_replied", answer)
    assert is_breached(story.state, answer) is broken


def test_the_breach_is_on_record_even_where_nobody_is_told() -> None:
    story = Rehearsal(ticket("house", FRIDAY, severity="high"))
    bare = {
        severity: {
            objective: promise.model_copy(
                update={"thresholds": tuple(t.model_copy(update={"level": None}) for t in promise.thresholds)}
            )
            if promise.kind == "target"
            else promise
            for objective, promise in row.items()
        }
        for severity, row in story.state.terms.promises.items()
    }
    quiet = Rehearsal(ticket("house", FRIDAY, severity="high"), promises=bare).advance(at("2026-11-23 12:00", NY))
    assert quiet.told(What.BREACHED)
    assert [message.id for message in quiet.sent] == ["T-1+acknowledgement"]
