"""The engine's time: it never runs backwards, nothing far away stops it, and nothing crowds while it stands still."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from rehearsal import EVENT, LIBRARY, Rehearsal, at, ticket

from policies.terms import make_terms
from sla.base.errors import CalendarError
from sla.calendars.calendar import Calendar
from sla.calendars.duration import LONGEST, Count, Duration, due_at, later
from sla.engine import engine
from sla.engine.engine import Advance
from sla.engine.requests import ExtendCalendars, Failure, Request, Result
from sla.engine.run import Run
from sla.inputs.event import EVENTS, Event
from sla.inputs.terms import Promise, Target
from sla.state.notification import Delivery, Fate
from sla.state.state import State, Status
from sla.state.timeline import What
from sla.views.card import card
from sla.views.searchable import searchable_values
from sla.views.status import view, view_timeline

NY = "America/New_York"
MONDAY = at("2026-11-16 10:00", NY)
LAST = at("2200-12-31 23:59:59")
HOUR = timedelta(hours=1)
POLICIES = ("house", "escalation", "turns", "replies")


def begun(policy: str, opened_at: datetime = MONDAY) -> Run:
    asking = ticket(policy, opened_at)
    return engine.begin(asking, make_terms(LIBRARY.load(policy), asking, MONDAY), MONDAY)


def event(name: str, number: int, when: datetime | None) -> Event:
    more = {"severity_changed": {"severity": "low"}, "completed": {"what": "sender"}}
    fields = {"contact_changed": {"available": False}, **more}.get(name, {})
    return EVENT.validate_python({"event": name, "id": f"e{number}", "at": when, **fields})


def result(request: Request, fate: Fate) -> Result:
    return Failure("no") if isinstance(request, ExtendCalendars) else Delivery(fate=fate, detail="as the test says")


def told(run: Run, now: datetime, fate: Fate = Fate.SENT) -> tuple[Advance, int]:
    """The ticket once nothing is on its way any more, and how many requests that took."""
    said, count = engine.advance(run, now), 0
    while said.requests:
        run = said.run
        for request in said.requests:
            run, count = engine.answered(run, request.id, result(request, fate), now), count + 1
        assert count < 100, "it never comes to rest"
        said = engine.advance(run, now)
    return said, count


def reminded() -> State:
    """A ticket with an alert that goes on every business hour."""
    story = Rehearsal(ticket("escalation", MONDAY)).advance(MONDAY)
    story.tell("escalation_requested", MONDAY + timedelta(minutes=5)).advance(MONDAY + 3 * HOUR)
    assert story.state.alerts
    return story.state


# What stands still, or comes from an earlier time


@pytest.mark.parametrize("fate", [Fate.SENT, Fate.NOT_SENT, Fate.UNCERTAIN])
@pytest.mark.parametrize("reminder", [True, False])
def test_nothing_crowds_where_the_alarm_rang_for_a_far_instant(fate: Fate, *, reminder: bool) -> None:
    state = reminded()
    messages = {name: each for name, each in state.terms.messages.items() if reminder or name != "reminder"}
    terms = state.terms.model_copy(update={"messages": messages})
    far = state.evolve(terms=terms, woken_at=MONDAY + timedelta(days=365))
    said, count = told(Run(far), MONDAY + 3 * HOUR, fate)
    assert count < 10
    assert said.wake_at is not None
    assert said.wake_at > far.woken_at


def test_a_message_that_failed_is_tried_again_after_its_wait_though_the_clock_stands_before_the_alarm() -> None:
    rung_at = MONDAY + HOUR
    said = engine.advance(engine.ring(begun("house"), rung_at), MONDAY)
    (send,) = said.requests
    run = engine.answered(said.run, send.id, Delivery(fate=Fate.NOT_SENT, detail="busy"), MONDAY)
    (retry,) = engine.advance(run, MONDAY).run.state.retries.values()
    assert retry.at == rung_at + timedelta(minutes=1)


STORIES = [(policy, seed) for policy in POLICIES for seed in range(4)]


@pytest.mark.parametrize(("policy", "seed"), STORIES)
def test_what_is_done_is_dated_in_order_whatever_the_clock_says(policy: str, seed: int) -> None:
    """Each time the engine is asked with a `now` that lies behind what it was told before."""
    names = sorted(EVENTS)
    run, now, lines = begun(policy), MONDAY, 0
    for number in range(60):
        now += (number * 7 + seed) % 11 * HOUR
        said, _ = told(run, now - 3 * HOUR)
        if said.outcome is not None:
            break
        done = [line.at for line in said.run.state.timeline[lines:] if line.what in DONE_BY_US]
        assert all(earlier <= after for earlier, after in pairwise(done))
        lines = len(said.run.state.timeline)
        run = said.run
        if said.wake_at is not None and said.wake_at <= now:
            run = engine.ring(run, said.wake_at)
        elif number % 3 == seed % 3:
            run = engine.receive(run, event(names[(number + seed) % len(names)], number, now), now)


DONE_BY_US = {What.ACKNOWLEDGED, What.WARNING, What.BREACHED, What.ESCALATED, What.REMINDED, What.FOLLOW_UP}


# Instants that nothing reaches


@pytest.mark.parametrize("policy", POLICIES)
def test_a_ticket_that_opens_in_the_last_second_that_is_known_shows_its_trouble(policy: str) -> None:
    said, _ = told(begun(policy, LAST), MONDAY)
    assert [trouble.code for trouble in said.run.state.troubles] == ["planning"]


@pytest.mark.parametrize("policy", POLICIES)
def test_a_ticket_that_opens_in_the_last_second_that_is_known_takes_events_and_ends(policy: str) -> None:
    run = begun(policy, LAST)
    for number, name in enumerate(EVENTS):
        if name != "closed":
            run = engine.receive(run, event(name, number, None if number % 2 else LAST), MONDAY)
    said, _ = told(run, MONDAY)
    said, _ = told(engine.ring(said.run, LAST), LAST)
    assert card(said.run.state, LAST)
    assert searchable_values(said.run.state, said.next)
    assert view(said.run.state, LAST)
    assert view_timeline(said.run.state)
    assert said.run.state.status is not Status.CLOSED
    said, _ = told(engine.cancel(said.run, LAST), LAST)
    assert said.run.state.status is Status.CLOSED


def test_a_clock_that_begins_past_its_calendars_can_be_shown() -> None:
    state = begun("house").state
    end = state.terms.calendars["office"].end + HOUR
    promises = {
        severity: {objective: outside_too(promise) for objective, promise in row.items()}
        for severity, row in state.terms.promises.items()
    }
    clocks = tuple(clock.model_copy(update={"started_at": end}) for clock in state.clocks)
    far = state.evolve(terms=state.terms.model_copy(update={"promises": promises}), clocks=clocks)
    assert card(far, end)
    assert {clock.target for clock in view(far, end).clocks} == {"4 business hours", "3 business days"}


def outside_too(promise: Promise) -> Promise:
    """The promise, with another duration outside hours."""
    other = Duration(count=Count.ELAPSED, amount=60, said="1 minute")
    return promise.model_copy(update={"outside": other}) if isinstance(promise, Target) else promise


@pytest.mark.parametrize("count", Count)
def test_a_due_instant_after_the_last_year_is_an_error_in_words(count: Count) -> None:
    terms = make_terms(LIBRARY.load("house"), ticket("house", MONDAY), MONDAY)
    far = Duration(count=count, amount=LONGEST, said="for ever")
    with pytest.raises(CalendarError, match=r"2200|calendar"):
        due_at(Calendar.of(terms.calendars["office"]), LAST, far)
    with pytest.raises(CalendarError, match=r"2200|calendar"):
        later(Calendar.of(terms.calendars["office"]), count, LAST, timedelta(seconds=LONGEST))


# A cancel request


def test_a_ticket_that_is_canceled_before_it_opens_does_not_wait_for_its_opening() -> None:
    said, _ = told(engine.cancel(begun("house", MONDAY + timedelta(days=200)), MONDAY), MONDAY)
    assert said.outcome is not None
    assert (said.outcome.closing.by, said.outcome.closing.reason) == ("operator", "canceled")


def test_a_second_cancel_request_changes_nothing() -> None:
    said, _ = told(engine.cancel(engine.cancel(begun("house"), MONDAY), MONDAY + HOUR), MONDAY + HOUR)
    assert said.outcome is not None
    assert [line.what for line in said.run.state.timeline].count(What.CLOSED) == 1
