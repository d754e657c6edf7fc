"""The silence ladder: chained, patient, and never in a hurry after an outage."""

from datetime import datetime, timedelta

import pytest
from rehearsal import Rehearsal, at, ticket

from sla.state.notification import Fate
from sla.state.state import Status
from sla.state.timeline import What
from sla.steps.agenda import Step
from sla.steps.delivery import MAX_TRIES

NY = "America/New_York"
MONDAY = at("2026-11-16 10:00", NY)


def answered(when: datetime = MONDAY) -> Rehearsal:
    return Rehearsal(ticket("house", when, severity="high")).tell("agent_replied", when)


def follow_ups(story: Rehearsal) -> list[datetime | None]:
    return [entry.due_at for entry in story.told(What.FOLLOW_UP)]


def test_three_attempts_and_then_the_close_each_with_its_own_wait() -> None:
    story = answered().advance(at("2026-12-31 12:00", NY))
    assert follow_ups(story) == [
        at("2026-11-17 10:00", NY),  # one business day
        at("2026-11-18 10:00", NY),  # one more
        at("2026-11-20 10:00", NY),  # two
    ]
    assert story.state.closing is not None
    assert story.state.closing.at == at("2026-11-25 10:00", NY), "three business days after the last"
    assert story.state.closing.by == "silence"


def test_a_holiday_is_no_business_day() -> None:
    story = answered(at("2026-11-25 16:30", NY)).advance(at("2026-12-31 12:00", NY))
    assert follow_ups(story)[:2] == [at("2026-11-27 16:30", NY), at("2026-11-30 16:30", NY)]


@pytest.mark.parametrize("late", [timedelta(milliseconds=84), timedelta(seconds=20), timedelta(minutes=29)])
def test_due_instants_are_chained_from_due_instants_not_from_when_the_timer_fired(late: timedelta) -> None:
    """Answered one second before closing time: 84 ms of lateness would already move the next attempt a day on."""
    story = answered(at("2026-11-16 16:59:59", NY)).advance(at("2026-12-31 12:00", NY), late=late)
    assert follow_ups(story) == [
        at("2026-11-17 16:59:59", NY),
        at("2026-11-18 16:59:59", NY),
        at("2026-11-20 16:59:59", NY),
    ]


def test_after_an_outage_the_next_wait_counts_from_what_was_really_sent() -> None:
    story = answered().outage(at("2026-11-24 12:00", NY))
    assert len(follow_ups(story)) == 1, "not three follow-ups in one minute"
    assert story.due("follow_up") == at("2026-11-25 12:00", NY)


def test_after_an_outage_nobody_is_closed_without_the_full_last_wait() -> None:
    story = answered().advance(at("2026-11-20 09:59", NY)).outage(at("2026-12-09 12:00", NY))
    assert (story.state.status, story.state.follow_ups) == (Status.PENDING, 3)
    assert story.due("close") == at("2026-12-14 12:00", NY)


def test_a_close_overdue_by_more_than_the_grace_says_so() -> None:
    story = answered().advance(at("2026-11-25 09:59", NY)).outage(at("2026-11-27 12:00", NY))
    assert story.state.closing is not None
    assert story.state.closing.at == at("2026-11-27 12:00", NY)
    assert [entry.detail for entry in story.told(What.LATE)] == ["close"]


@pytest.mark.parametrize(
    ("reply", "sent", "reason"),
    [
        (at("2026-11-17 09:59:59", NY), 0, "a second before the first attempt"),
        (at("2026-11-17 10:00:01", NY), 1, "a second after it"),
        (at("2026-11-25 09:59:59", NY), 3, "a second before the close"),
    ],
)
def test_a_reply_ends_the_ladder_at_once(reply: datetime, sent: int, reason: str) -> None:
    story = answered().tell("customer_replied", reply).advance(at("2027-01-31 12:00", NY))
    assert (story.state.follow_ups, story.state.closing) == (sent, None), reason


def test_every_ladder_starts_from_zero_under_ids_of_its_own() -> None:
    story = answered().advance(at("2026-11-17 12:00", NY)).tell("customer_replied", at("2026-11-17 13:00", NY))
    story.tell("agent_replied", at("2026-11-17 14:00", NY)).advance(at("2026-11-18 15:00", NY))
    ids = [message.id for message in story.sent if "follow_up" in message.id]
    assert ids == ["T-1+follow_up-1-1", "T-1+follow_up-2-1"]


def test_follow_ups_thread_under_the_acknowledgement() -> None:
    story = answered().advance(at("2026-11-20 12:00", NY))
    last = story.sent[-1]
    assert last.thread == ("T-1+acknowledgement", "T-1+follow_up-1-1", "T-1+follow_up-1-2")


class Fates:
    """Ends deliveries as scripted, then as sent."""

    def __init__(self, kind: str, *fates: Fate) -> None:
        self.kind, self.fates, self.tries = kind, list(fates), 0

    def __call__(self, step: Step) -> Fate:
        if step.kind != self.kind:
            return Fate.SENT
        self.tries += 1
        return self.fates.pop(0) if self.fates else Fate.SENT


def with_fates(kind: str, *fates: Fate) -> tuple[Rehearsal, Fates]:
    story, script = (
        Rehearsal(ticket("house", MONDAY, severity="high", owner="agent@house.example")),
        Fates(kind, *fates),
    )
    story.delivery = script
    return story, script


def test_what_was_certainly_not_sent_is_tried_again_soon_and_then_less_often() -> None:
    story, script = with_fates("follow_up", *[Fate.NOT_SENT] * 3)
    story.tell("agent_replied", MONDAY).advance(at("2026-11-17 10:21", NY))
    assert script.tries == 4, "at once, after 1, 5 and 15 minutes"
    assert follow_ups(story) == [at("2026-11-17 10:00", NY)]
    assert story.due("follow_up") == at("2026-11-18 10:00", NY), "twenty-one minutes are within the grace"


def test_a_reply_makes_a_waiting_repeat_pointless() -> None:
    story, script = with_fates("follow_up", *[Fate.NOT_SENT] * 9)
    story.tell("agent_replied", MONDAY).tell("customer_replied", at("2026-11-17 10:03", NY))
    story.advance(at("2026-11-30 10:00", NY))
    assert script.tries == 2


def test_a_message_that_cannot_leave_for_a_day_is_given_up_and_told() -> None:
    story, script = with_fates("follow_up", *[Fate.NOT_SENT] * 99)
    story.tell("agent_replied", MONDAY).advance(at("2026-11-30 10:00", NY))
    assert script.tries == MAX_TRIES
    assert story.state.follow_ups == 0
    assert story.state.troubles


@pytest.mark.parametrize("fate", [Fate.REFUSED, Fate.UNCERTAIN])
def test_customer_mail_that_may_not_have_arrived_is_held_and_never_repeated(fate: Fate) -> None:
    story, script = with_fates("follow_up", fate)
    story.tell("agent_replied", MONDAY).advance(at("2026-12-30 10:00", NY))
    assert (script.tries, story.state.status, story.state.closing) == (1, Status.PENDING, None)
    assert [message.to for message in story.sent if "trouble" in message.id] == ["agent@house.example"]


def test_an_uncertain_escalation_is_repeated_once_under_the_same_id() -> None:
    story, script = with_fates("threshold", Fate.UNCERTAIN)
    story.advance(at("2026-11-16 10:50", NY))
    assert script.tries == 2
    assert [message.id for message in story.sent if "first_response" in message.id] == [
        "T-1+first_response-1-high-75pct-lead"
    ]


def test_an_escalation_uncertain_twice_is_left_and_shown() -> None:
    story, script = with_fates("threshold", Fate.UNCERTAIN, Fate.UNCERTAIN)
    story.advance(at("2026-11-16 10:59", NY))
    assert script.tries == 2
    assert [trouble.why for trouble in story.state.troubles] == [
        "warning to lead of first response may not have reached the team"
    ]


def test_trouble_with_trouble_mail_makes_no_more_mail() -> None:
    story, script = with_fates("notice", Fate.REFUSED, Fate.REFUSED)
    story.advance(MONDAY + timedelta(minutes=1))
    assert script.tries == 2, "the acknowledgement, and the note about it"
    assert len(story.state.troubles) == 2


def test_a_breach_is_on_record_even_when_its_mail_was_refused() -> None:
    story, _ = with_fates("threshold", Fate.SENT, Fate.REFUSED)
    story.advance(at("2026-11-16 11:30", NY))
    assert [entry.due_at for entry in story.told(What.BREACHED)] == [at("2026-11-16 11:00", NY)]
    assert not story.told(What.ESCALATED), "nobody was told"
