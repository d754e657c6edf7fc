"""The timeline says that people were told only where they were; what happened stands in it all the same."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rehearsal import LIBRARY, Rehearsal, at, ticket

from policies.format import SilenceSpec
from policies.library import parse_policy
from policies.promises import ladders
from policies.yaml_file import Document
from sla.base.errors import PolicyError
from sla.inputs.terms import Objective
from sla.state.notification import Fate
from sla.state.state import Status
from sla.state.timeline import What
from sla.steps.agenda import Step, agenda
from sla.steps.reminders import ReminderStep
from sla.views.status import is_breached

MONDAY = at("2026-06-15 10:00")
HOUR = timedelta(hours=1)
POLICIES = Path(__file__).parents[1] / "data" / "policies"
TOLD = (What.ESCALATED, What.REMINDED, What.NOTIFIED, What.NOTICE, What.FOLLOW_UP, What.WARNING)


def after(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


def words(story: Rehearsal, *whats: What) -> list[str]:
    return [text for entry, text in story.lines() if entry.what in (whats or TOLD)]


def troubles(story: Rehearsal) -> list[str]:
    return [trouble.why for trouble in story.state.troubles]


def without(*messages: str, **fields: Any) -> Rehearsal:
    """A ticket of the policy `turns` with some messages switched off."""
    asked = ticket("turns", MONDAY, **fields)
    kept = {name: each for name, each in Rehearsal(asked).state.terms.messages.items() if name not in messages}
    return Rehearsal(asked, messages=kept)


def alone(*steps: dict[str, str], **fields: Any) -> Rehearsal:
    """A ticket that has neither owner nor levels, on a ladder of its own."""
    asked = ticket("ownerless", MONDAY, **fields)
    silence = SilenceSpec.model_validate({"pending": list(steps)})
    policy = LIBRARY.load("ownerless").model_copy(update={"silence": silence})
    return Rehearsal(asked, ladders=ladders(policy, "gold", asked))


# A breach and its mail


def refuse_internal(fate: Fate) -> Callable[[Step], Fate]:
    return lambda step: fate if step.audience == "internal" else Fate.SENT


def test_a_breach_is_on_record_when_its_mail_is_first_tried() -> None:
    story = Rehearsal(ticket("turns", MONDAY))
    story.delivery = refuse_internal(Fate.NOT_SENT)
    story.advance(after(2))
    assert [entry.due_at for entry in story.told(What.BREACHED)] == [after(0.5), after(2)]
    assert words(story) == []


def test_a_breach_outlives_a_change_of_severity_while_its_mail_waits() -> None:
    story = Rehearsal(ticket("house", MONDAY + 5 * HOUR, severity="high", plan="round-the-clock"))
    story.delivery = refuse_internal(Fate.NOT_SENT)
    story.advance(after(5.6)).tell("severity_changed", after(5.7), severity="normal")
    story.delivery = lambda step: Fate.SENT
    story.tell("agent_replied", after(5.8)).advance(after(9))
    (clock,) = story.state.clocks
    assert (clock.breached_at, is_breached(story.state, story.now)) == (after(5.5), True)
    assert [entry.due_at for entry in story.told(What.BREACHED)] == [after(5.5)]
    assert story.state.retries == {}


@pytest.mark.parametrize("last", [(Fate.SENT,), (Fate.REFUSED,), (Fate.UNCERTAIN, Fate.UNCERTAIN)])
def test_only_the_telling_of_a_breach_is_repeated(last: tuple[Fate, ...]) -> None:
    story = Rehearsal(ticket("house", MONDAY, severity="high", plan="round-the-clock"))
    fates = [Fate.NOT_SENT, Fate.NOT_SENT, *last]
    story.delivery = lambda step: fates.pop(0) if fates and "breach" in step.key else Fate.SENT
    story.advance(after(1.4))
    assert [(entry.at, entry.due_at) for entry in story.told(What.BREACHED)] == [(after(0.5), after(0.5))]
    assert words(story, What.ESCALATED) == (["escalated to Manager (late by 6 min)"] if last == (Fate.SENT,) else [])


def test_a_breach_of_which_two_are_told_is_one_breach() -> None:
    story = Rehearsal(ticket("turns", MONDAY)).advance(after(0.5))
    assert words(story, What.BREACHED) == ["breached: acknowledgement"]
    assert words(story, What.ESCALATED) == ["escalated to Lead", "escalated to Manager"]


def test_a_severity_that_comes_back_makes_no_second_breach() -> None:
    story = Rehearsal(ticket("house", MONDAY + 5 * HOUR, severity="high", plan="round-the-clock"))
    story.delivery = refuse_internal(Fate.NOT_SENT)
    for minutes, severity in ((36, "normal"), (38, "high"), (40, "normal"), (42, "high")):
        story.tell("severity_changed", after(5) + timedelta(minutes=minutes), severity=severity)
    story.advance(after(9))
    assert [entry.due_at for entry in story.told(What.BREACHED)] == [after(5.5)]


def test_a_breach_without_a_level_is_noted_once() -> None:
    story = alone().advance(after(5))
    assert words(story, What.BREACHED) == ["breached: first response"]
    (clock,) = story.state.clocks
    assert clock.fired == ("first_response-1-high-breach",)


# Messages that are switched off


def test_a_breach_whose_message_is_off_tells_nobody_and_says_so() -> None:
    story = without("breach").advance(after(0.5))
    assert words(story, What.BREACHED) == ["breached: acknowledgement"]
    assert words(story, What.ESCALATED) == []
    assert [message.id for message in story.sent if "breach" in message.id] == []
    assert troubles(story) == []


def test_a_warning_whose_message_is_off_names_nobody() -> None:
    assert words(without("warning").advance(after(0.4))) == ["warning (75 %) acknowledgement"]


@pytest.mark.parametrize("message", ["escalation", "age", "reminder", "requested", "silence", "trouble"])
def test_what_is_switched_off_is_not_said_to_be_told(message: str) -> None:
    def lived(story: Rehearsal) -> Rehearsal:
        story.tell("acknowledged", after(0.1)).tell("agent_replied", after(0.2))
        story.tell("bounced", after(0.3)).tell("customer_replied", after(0.4)).tell("agent_replied", after(0.5))
        story.advance(after(2.6)).tell("customer_replied", after(3)).advance(after(26))
        return story.tell("escalation_requested", after(27)).advance(after(60))

    whole, story = lived(Rehearsal(ticket("turns", MONDAY))), lived(without(message))
    quiet = [each for each in whole.sent if each.message != message]
    assert [each.id for each in story.sent] == [each.id for each in quiet] != [each.id for each in whole.sent]
    assert len(words(story)) == len(words(whole)) - (len(whole.sent) - len(story.sent))
    assert troubles(story) == troubles(whole) == []


def test_a_follow_up_whose_message_is_off_waits_for_a_person() -> None:
    story = without("follow_up").tell("agent_replied", MONDAY).advance(after(20))
    assert (story.state.follow_ups, story.state.ladder and story.state.ladder.held) == (
        0,
        "a follow-up was not made: its message is switched off",
    )


def test_what_was_not_sent_is_in_no_thread() -> None:
    story = without("breach").advance(after(0.5))
    assert story.state.internal_thread == ("T-1+acknowledgement-1-high-75pct-lead",)


# Nobody to tell


CALL = {"wait": "1 day", "do": "follow_up", "channel": "phone"}
CLOSE = {"wait": "1 day", "do": "close"}


def test_a_call_that_nobody_can_be_asked_to_make_holds_the_ladder() -> None:
    story = alone(CALL, CLOSE).tell("agent_replied", MONDAY).advance(after(24 * 30))
    assert (story.state.status, story.state.follow_ups) == (Status.PENDING, 0)
    assert troubles(story) == ["a follow-up was not made: there is nobody to call the customer"]
    assert words(story) == []
    assert [message.id for message in story.sent] == ["T-1+acknowledgement"]


def test_a_call_is_asked_of_the_owner() -> None:
    story = alone(CALL, CLOSE, owner="kim@ownerless.example").tell("agent_replied", MONDAY).advance(after(24 * 30))
    assert (story.state.status, story.state.follow_ups, troubles(story)) == (Status.CLOSED, 1, [])


def test_a_bounce_that_nobody_hears_of_stays_on_the_card() -> None:
    story = alone().tell("bounced", after(0.1)).advance(after(0.2))
    assert words(story, What.NOTICE, What.HELD) == ["held for a person: mail to the customer bounced"]
    assert troubles(story) == ["mail to the customer bounced"]


def test_a_reply_that_nobody_can_be_told_of_is_a_trouble() -> None:
    story = alone().tell("solved", after(0.1)).tell("customer_replied", after(0.2)).advance(after(0.3))
    assert words(story, What.NOTICE) == ["notice sent: solved"]
    assert troubles(story) == ["notice handed on: there is nobody to tell"]


# What a policy may not say


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        ("{wait: 1 day, do: follow_up, channel: phone}", "silence.pending.0.channel: nobody is asked to call"),
        ("{wait: 1 day, do: notify, tell: lead}", "silence.pending.0.tell: there is no level 'lead'; there is none"),
    ],
)
def test_a_policy_without_levels_asks_nobody(steps: str, sentence: str) -> None:
    text = (POLICIES / "ownerless.yaml").read_text(encoding="utf-8")
    with pytest.raises(PolicyError) as refused:
        parse_policy(Document("ownerless.yaml", f"{text}silence: {{pending: [{steps}]}}\n"))
    assert sentence in str(refused.value)


# Escalation by age, and a solution


def aged(**fields: Any) -> Rehearsal:
    return Rehearsal(ticket("turns", MONDAY, **fields)).tell("agent_replied", MONDAY, awaiting="us")


def ages(story: Rehearsal) -> list[tuple[str, datetime]]:
    keys = ((message.id.removeprefix("T-1+"), message.due_at) for message in story.sent)
    return [(key, due) for key, due in keys if key.startswith("age-")]


def test_an_age_goes_on_when_the_ticket_is_reopened() -> None:
    story = aged().advance(after(48)).tell("solved", after(50)).tell("reopened", after(150))
    story.advance(after(24 * 8 + 7))
    assert ages(story) == [
        ("age-1d-lead", after(24)),
        ("age-1d-lead-again-1", after(48)),
        ("age-1d-lead-again-2", after(150 + 24)),
        ("age-1d-lead-again-3", after(150 + 48)),
    ]


def test_an_age_is_silent_while_the_ticket_is_solved_or_closed() -> None:
    story = aged().tell("solved", after(50)).advance(after(24 * 60))
    assert story.state.status is Status.CLOSED
    assert ages(story)[-1] == ("age-1d-lead-again-1", after(48))
    story.tell("reopened", after(24 * 61)).advance(after(24 * 62))
    assert ages(story)[-1] == ("age-1d-lead-again-2", after(24 * 62))


@pytest.mark.parametrize(
    ("event", "fields"), [("acknowledged", {}), ("agent_replied", {"solution": True, "awaiting": "us"})]
)
def test_an_age_that_one_of_us_acted_on_is_over(event: str, fields: dict[str, Any]) -> None:
    story = aged().tell(event, after(30), **fields)
    story.tell("solved", after(50)).tell("reopened", after(150)).advance(after(24 * 20))
    assert ages(story) == [("age-1d-lead", after(24))]


def test_the_clock_of_a_solved_ticket_has_no_alert() -> None:
    story = Rehearsal(ticket("turns", MONDAY)).tell("solved", after(3)).tell("reopened", after(4)).advance(after(90))
    assert not any(
        isinstance(step, ReminderStep) and step.objective is Objective.ACKNOWLEDGEMENT for step in _reminders(story)
    )


def _reminders(story: Rehearsal) -> list[Step]:
    return [step for step in agenda(story.state) if step.kind == "reminder"]
