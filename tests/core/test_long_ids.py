"""A valid ticket under a valid policy always has messages that can be sent, however long its names are."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from rehearsal import Rehearsal, at, ticket

from activities.channels.mail import write_message
from activities.channels.outbox import Outbox
from sla.state.notification import LONGEST_ID, Fate, Notification, fitting_id
from sla.steps.agenda import Step, agenda
from sla.steps.delivery import notification_id
from sla.steps.message import compose

MONDAY = at("2026-06-15 10:00")
LONGEST = "T" * 100


class Told(Rehearsal):
    """A ticket that remembers every step whose message it composed, with the message's id."""

    def __init__(self, identity: str) -> None:
        super().__init__(ticket("long", MONDAY, id=identity))
        self.steps: dict[str, str] = {}
        self.delivery = self._remember

    def _remember(self, step: Step) -> Fate:
        self.steps[step.key] = notification_id(self.state, step)
        return Fate.SENT


def lived(identity: str = LONGEST) -> Told:
    """Every kind of step that tells somebody."""
    story = Told(identity)
    story.advance(MONDAY + timedelta(days=80)).tell("escalation_requested", MONDAY + timedelta(days=80))
    story.tell("agent_replied", MONDAY + timedelta(days=81)).advance(MONDAY + timedelta(days=86))
    story.tell("customer_replied", MONDAY + timedelta(days=87), id="e" * 100)
    story.advance(MONDAY + timedelta(days=100))
    return story


def test_the_longest_names_have_ids_that_fit_and_differ() -> None:
    story = lived()
    kinds = {
        "acknowledgement", "first_response", "age", "requested", "escalation_review", "follow_up", "notify", "solved",
        "handed_on", "closed",
    }  # fmt: skip
    assert {kind for kind in kinds if any(key.startswith(kind) for key in story.steps)} == kinds
    assert max(map(len, story.steps)) > LONGEST_ID - len(LONGEST)
    assert any("-again-" in key and len(key) > LONGEST_ID - len(LONGEST) for key in story.steps)
    ids = list(story.steps.values())
    assert len(set(ids)) == len(ids) == len(story.sent) == len(story.steps)
    assert all(len(each) <= LONGEST_ID and each.startswith(f"{LONGEST}+") for each in ids)


def test_an_id_is_the_same_whenever_it_is_asked_for() -> None:
    one, other = lived(), lived()
    assert one.steps == other.steps


def test_an_id_that_fits_stays_as_it_is() -> None:
    steps = lived("T-1").steps
    assert steps == {key: f"T-1+{key}" for key in steps}


@pytest.mark.parametrize("length", [LONGEST_ID - 1, LONGEST_ID])
def test_the_limit_itself_fits(length: int) -> None:
    assert fitting_id("k" * length) == "k" * length


def test_ids_that_differ_at_their_end_alone_stay_apart() -> None:
    shortened = {fitting_id(f"T-1+{'k' * 300}-{number}") for number in range(50)}
    assert len(shortened) == 50
    assert {(len(each), each[:180], each.count("+")) for each in shortened} == {(LONGEST_ID, f"T-1+{'k' * 176}", 2)}


def longest() -> Notification:
    story = lived()
    return max(story.sent, key=lambda message: (len(message.id), len(message.thread)))


def test_the_outbox_and_mail_take_the_longest_id(tmp_path: Path) -> None:
    message = longest()
    assert asyncio.run(Outbox(tmp_path, "support@holdfast.example").send(message)).fate is Fate.SENT
    assert [path.name for path in tmp_path.iterdir()] == [f"{message.id}.eml"]
    raw = write_message(message, "support@holdfast.example")
    assert f"<{message.id}@holdfast.example>".encode() in raw
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_what_is_foreseen_can_be_composed_before_it_is_due() -> None:
    story = Rehearsal(ticket("long", MONDAY, id=LONGEST))
    foreseen = [step for step in agenda(story.state) if step.audience is not None]
    assert all(compose(story.state, step, story.now) is not None for step in foreseen)
