"""What a ticket forgets: its state does not grow with its turns, whatever becomes of its mail."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from rehearsal import Rehearsal, at, ticket

from sla.state.notification import Fate
from sla.state.state import KEPT_TROUBLES, State, Trouble
from sla.state.timeline import What
from sla.steps.agenda import Step
from sla.views.card import SHOWN_TROUBLES, card
from sla.views.status import view

MONDAY = at("2026-06-15 10:00")
HOUR = timedelta(hours=1)


def size(state: State) -> int:
    """Characters of the state, without what has a bound of its own: the timeline and the ids of events."""
    return len(state.model_dump_json(exclude={"ticket", "terms", "timeline", "seen"}))


def talk(story: Rehearsal, turns: int) -> list[int]:
    """Question and answer, each too late, with everything that can happen in between; the size after each turn."""
    sizes: list[int] = []
    now = story.now
    for turn in range(turns):
        story.tell("agent_replied", now)
        story.tell("escalation_requested", now + 30 * timedelta(minutes=1))
        story.tell("acknowledged", now + 2 * HOUR)
        story.tell("severity_changed", now + 3 * HOUR, severity=("low", "high")[turn % 2])
        story.tell("customer_replied", now + 4 * HOUR)
        story.tell("severity_changed", now + 5.1 * HOUR, severity=("high", "low")[turn % 2])
        now += 9 * HOUR
        story.advance(now)
        sizes.append(size(story.state))
    return sizes


def always(fate: Fate) -> Callable[[Step], Fate]:
    return lambda step: fate


def internal(fate: Fate) -> Callable[[Step], Fate]:
    return lambda step: fate if step.audience == "internal" else Fate.SENT


def chat(story: Rehearsal, turns: int) -> list[int]:
    """Question and answer with a follow-up between them, every tenth answer too late; the size after each turn."""
    sizes: list[int] = []
    for turn in range(turns):
        story.tell("agent_replied", story.now).tell("customer_replied", story.now + 1.1 * HOUR)
        story.advance(story.now + (0.5 if turn % 10 else 1.6) * HOUR)
        sizes.append(size(story.state))
    return sizes


@pytest.mark.parametrize("fate", list(Fate))
def test_three_hundred_turns_leave_a_state_no_larger_than_eighty(fate: Fate) -> None:
    story = Rehearsal(ticket("turns", MONDAY))
    story.delivery = always(fate)
    assert_small(story, chat(story, 300))
    assert len(story.told(What.BREACHED)) > 5


@pytest.mark.long
@pytest.mark.parametrize("audience", [always, internal])
@pytest.mark.parametrize("fate", list(Fate))
def test_three_hundred_rich_turns_leave_a_state_no_larger_than_eighty(
    fate: Fate, audience: Callable[[Fate], Callable[[Step], Fate]]
) -> None:
    story = Rehearsal(ticket("turns", MONDAY))
    story.delivery = audience(fate)
    assert_small(story, talk(story, 300))


def assert_small(story: Rehearsal, sizes: list[int]) -> None:
    digits = 400  # counters, and cycles in names, have a digit more
    assert max(sizes[200:]) <= max(sizes[:80]) + digits
    assert max(sizes) < 32_000
    assert len(story.state.alerts) <= 8
    assert len(story.state.retries) <= 16
    assert len(story.state.troubles) <= 16
    assert len(card(story.state, story.now)) < 2_000


# Troubles


def test_a_trouble_of_every_turn_is_listed_once() -> None:
    story = Rehearsal(ticket("turns", MONDAY))
    story.delivery = internal(Fate.REFUSED)
    talk(story, 3)
    once = [trouble.why for trouble in story.state.troubles]
    talk(story, 5)
    assert [trouble.why for trouble in story.state.troubles] == once
    assert "breach to lead of next response did not reach the team" in once
    assert "notice requested to manager did not reach the team" in once


def test_a_trouble_inside_ends_with_the_next_mail_to_the_same_level() -> None:
    story = Rehearsal(ticket("turns", MONDAY))
    story.delivery = lambda step: Fate.REFUSED if step.level in {"lead", "manager"} else Fate.SENT
    story.advance(MONDAY + 0.6 * HOUR)
    assert {trouble.level for trouble in story.state.troubles} == {"lead", "manager"}
    story.delivery = lambda step: Fate.REFUSED if step.level == "lead" else Fate.SENT
    story.advance(MONDAY + HOUR)
    assert {trouble.level for trouble in story.state.troubles} == {"lead"}
    story.delivery = always(Fate.SENT)
    story.advance(MONDAY + 1.5 * HOUR)
    assert story.state.troubles == ()


def test_mail_to_the_customer_ends_no_trouble_inside() -> None:
    story = Rehearsal(ticket("turns", MONDAY))
    story.delivery = internal(Fate.REFUSED)
    story.advance(MONDAY + 0.6 * HOUR).tell("solved", MONDAY + 0.7 * HOUR).advance(MONDAY + 0.8 * HOUR)
    assert story.sent[-1].audience == "customer"
    assert {trouble.audience for trouble in story.state.troubles} == {"internal"}


def troubled(count: int) -> State:
    state = Rehearsal(ticket("turns", MONDAY)).state
    for number in range(count):
        state = state.troubled(Trouble(audience="internal", why=f"trouble {number}"))
    return state


def test_only_the_newest_troubles_are_kept() -> None:
    kept = [trouble.why for trouble in troubled(KEPT_TROUBLES + 3).troubles]
    assert kept == [f"trouble {number}" for number in range(3, KEPT_TROUBLES + 3)]


@pytest.mark.parametrize(("count", "shown", "rest"), [(0, 0, ""), (5, 5, ""), (6, 5, "- ⚠ and 1 more"), (12, 5, "7")])
def test_a_card_shows_the_newest_troubles_and_counts_the_others(count: int, shown: int, rest: str) -> None:
    state = troubled(count)
    lines = [line for line in card(state, MONDAY).splitlines() if "⚠" in line]
    assert len([line for line in lines if "trouble" in line]) == shown <= SHOWN_TROUBLES
    assert (rest in lines[-1]) if rest else len(lines) == shown
    assert lines[:1] == ([f"- ⚠ trouble {count - shown}"] if count else [])
    assert len(view(state, MONDAY).troubles) == count, "the whole list stands in the answer of the query"


# Tries of messages


def later(minutes: float) -> datetime:
    return MONDAY + timedelta(minutes=minutes)


def test_tries_of_a_message_that_nothing_foresees_are_forgotten() -> None:
    story = Rehearsal(ticket("turns", MONDAY))
    story.delivery = internal(Fate.NOT_SENT)
    story.advance(later(30))
    assert [key for key in story.state.retries if "breach" in key]
    story.tell("severity_changed", later(31), severity="low")
    assert story.state.retries == {}


def test_a_hold_forgets_no_try_of_a_follow_up() -> None:
    story = Rehearsal(ticket("turns", MONDAY)).tell("agent_replied", MONDAY)
    story.delivery = always(Fate.NOT_SENT)
    story.advance(later(64)).tell("put_on_hold", later(65)).tell("resumed", later(120))
    assert [(key, retry.tries) for key, retry in story.state.retries.items()] == [("follow_up-1-1", 2)]


def test_a_try_of_an_age_is_remembered_through_a_solution() -> None:
    story = Rehearsal(ticket("turns", MONDAY)).tell("agent_replied", MONDAY, awaiting="us")
    story.delivery = internal(Fate.NOT_SENT)
    story.advance(later(24 * 60 + 2)).tell("solved", later(24 * 60 + 3))
    assert [(key, retry.tries) for key, retry in story.state.retries.items()] == [("age-1d-lead", 2)]


# Alerts


def test_alerts_of_clocks_that_began_anew_are_forgotten() -> None:
    story = Rehearsal(ticket("turns", MONDAY))
    for turn in range(30):
        story.tell("severity_changed", MONDAY + 5 * HOUR * (turn + 1), severity=("low", "high")[turn % 2])
        story.advance(MONDAY + 5 * HOUR * (turn + 1) + 4.9 * HOUR)
    running = {clock.objective for clock in story.state.clocks if clock.running}
    assert {alert.objective for alert in story.state.alerts} == {*running, None}
    assert len(story.state.alerts) == 2 * len(running) + 1


def test_what_was_taken_in_hand_too_late_is_told_again_when_nothing_follows() -> None:
    story = Rehearsal(ticket("turns", MONDAY)).tell("acknowledged", later(35)).advance(later(35 + 180))
    again = [message.id for message in story.sent if "again" in message.id]
    assert "T-1+acknowledgement-1-high-breach-lead-again-1" in again
