"""The engine by itself: what it does with events, answers, alarms and a cancel request, and what it asks for."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from rehearsal import EVENT, LIBRARY, at, ticket

from policies.terms import extend_terms, make_terms
from sla.engine import engine
from sla.engine.engine import Advance
from sla.engine.requests import ExtendCalendars, Failure, Send
from sla.engine.run import Run
from sla.inputs.event import Event
from sla.inputs.terms import Terms
from sla.state.notification import Delivery, Fate
from sla.state.state import Status
from sla.state.timeline import What
from sla.views.wording import entry_text

NY = "America/New_York"
MONDAY = at("2026-11-16 10:00", NY)
SENT = Delivery(fate=Fate.SENT)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def terms_of(policy: str, **fields: Any) -> Terms:
    asking = ticket(policy, MONDAY, **fields)
    return make_terms(LIBRARY.load(policy), asking, MONDAY)


def begun(policy: str = "house", opened_at: datetime = MONDAY, **fields: Any) -> Run:
    return engine.begin(ticket(policy, opened_at, **fields), terms_of(policy, **fields), MONDAY)


def event(name: str, identity: str = "e1", **fields: Any) -> Event:
    return EVENT.validate_python({"event": name, "id": identity, **fields})


def sends(said: Advance) -> list[Send]:
    return [request for request in said.requests if isinstance(request, Send)]


def told(run: Run, *whats: What) -> list[str]:
    return [entry_text(entry) for entry in run.state.timeline if entry.what in whats]


def quiet(run: Run, now: datetime) -> Advance:
    """The ticket after everything that it wants to send at `now` has arrived."""
    said = engine.advance(run, now)
    while said.run.steps:
        run = said.run
        for identity in run.steps:
            run = engine.answered(run, identity, SENT, now)
        said = engine.advance(run, now)
    return said


# What is due


def test_a_new_ticket_asks_for_its_acknowledgement_at_once_and_for_an_alarm() -> None:
    said = engine.advance(begun(), MONDAY)
    assert [send.notification.message for send in sends(said)] == ["acknowledgement"]
    said = quiet(said.run, MONDAY)
    assert said.next is not None
    assert said.wake_at == said.next.wake_at > MONDAY
    assert said.outcome is None


@pytest.mark.parametrize("late", [timedelta(), HOUR, timedelta(days=400)])
def test_without_the_alarm_nothing_is_due_however_late_it_is(late: timedelta) -> None:
    said = quiet(begun(), MONDAY)
    assert said.wake_at is not None
    later = engine.advance(said.run, said.wake_at + late)
    assert (later.run, later.requests, later.wake_at) == (said.run, (), said.wake_at)


def test_what_is_due_is_due_when_the_alarm_rang_for_it_though_the_clock_stands_before() -> None:
    said = quiet(begun(), MONDAY)
    assert said.wake_at is not None
    rung = engine.advance(engine.ring(said.run, said.wake_at), MONDAY)
    assert rung.run.state != said.run.state
    assert rung.requests


def test_an_alarm_never_takes_back_what_an_earlier_one_reached() -> None:
    run = engine.ring(begun(), MONDAY + HOUR)
    assert engine.ring(run, MONDAY).state.woken_at == MONDAY + HOUR


def test_before_an_announced_ticket_is_opened_nothing_is_sent() -> None:
    opened = MONDAY + 2 * HOUR
    said = engine.advance(begun(opened_at=opened), MONDAY)
    assert (said.requests, said.wake_at) == ((), opened)
    assert sends(engine.advance(engine.ring(said.run, opened), opened))


def test_one_message_at_a_time_goes_to_the_customer() -> None:
    run = engine.receive(begun(), event("agent_replied", at=MONDAY, solution=True), MONDAY)
    run = engine.receive(run, event("closed", "e2", at=MONDAY), MONDAY)
    said = engine.advance(run, MONDAY)
    order: list[str] = []
    while said.requests:
        customers = [send for send in sends(said) if send.notification.audience == "customer"]
        assert len(customers) == 1
        order.append(customers[0].notification.message)
        said = engine.advance(engine.answered(said.run, customers[0].id, SENT, MONDAY), MONDAY)
    assert order[0] == "acknowledgement"
    assert len(order) > 1
    assert said.outcome is not None


# Events


def test_an_event_that_came_twice_is_applied_once() -> None:
    run = quiet(begun(), MONDAY).run
    for minute in (1, 2):
        run = engine.receive(run, event("agent_replied", at=MONDAY + MINUTE), MONDAY + minute * MINUTE)
    said = quiet(run, MONDAY + 2 * MINUTE)
    assert len(told(said.run, What.AGENT_REPLIED)) == 1


def test_an_event_without_a_time_counts_from_its_arrival() -> None:
    run = quiet(begun(), MONDAY).run
    said = quiet(engine.receive(run, event("agent_replied"), MONDAY + MINUTE), MONDAY + HOUR)
    line = next(each for each in said.run.state.timeline if each.what is What.AGENT_REPLIED)
    assert line.at == MONDAY + MINUTE
    assert told(said.run, What.UNTIMED) == []


def test_an_event_without_a_time_that_comes_after_a_due_instant_is_judged_in_the_tickets_favor_and_marked() -> None:
    said = quiet(begun(), MONDAY)
    assert said.wake_at is not None
    late = said.wake_at + 30 * timedelta(days=1)
    said = quiet(engine.receive(said.run, event("agent_replied"), late), late)
    assert len(told(said.run, What.UNTIMED)) == 1
    assert told(said.run, What.BREACHED) == []
    assert all(clock.kept is not False for clock in said.run.state.clocks)


def test_what_fell_due_before_a_late_answer_is_written_as_not_sent_and_as_breached() -> None:
    run, late = quiet(begun(severity="high"), MONDAY).run, MONDAY + timedelta(days=2)
    said = quiet(engine.receive(run, event("agent_replied", at=late), late), late)
    skipped = told(said.run, What.SKIPPED)
    assert skipped
    assert all("not sent: answered at" in line for line in skipped)
    assert told(said.run, What.BREACHED)


def test_a_reply_that_cannot_be_applied_is_noted() -> None:
    run = engine.receive(begun(), event("severity_changed", severity="nonsense", at=MONDAY), MONDAY)
    said = quiet(run, MONDAY)
    assert any("no severity 'nonsense'" in line for line in told(said.run, What.IGNORED))
    assert said.run.state.status is Status.OPEN


# A cancel request


def test_a_cancel_request_closes_the_ticket_before_anything_else_that_waits() -> None:
    run = engine.receive(quiet(begun(), MONDAY).run, event("agent_replied", at=MONDAY), MONDAY)
    said = quiet(engine.cancel(run, MONDAY + MINUTE), MONDAY + MINUTE)
    assert said.outcome is not None
    assert said.run.state.closing is not None
    assert (said.run.state.closing.by, said.run.state.closing.reason) == ("operator", "canceled")
    written = [entry.what for entry in said.run.state.timeline]
    assert written.index(What.CLOSED) < written.index(What.AGENT_REPLIED)


def test_a_message_on_its_way_is_awaited_before_a_canceled_ticket_ends() -> None:
    said = engine.advance(begun(), MONDAY)
    (on_its_way,) = sends(said)
    said = engine.advance(engine.cancel(said.run, MONDAY), MONDAY)
    assert said.outcome is None
    assert said.run.state.status is Status.CLOSED
    said = quiet(engine.answered(said.run, on_its_way.id, SENT, MONDAY), MONDAY)
    assert said.outcome is not None


def test_a_ticket_that_is_canceled_before_it_opens_ends() -> None:
    run = engine.cancel(begun(opened_at=MONDAY + HOUR), MONDAY)
    said = engine.advance(run, MONDAY)
    while said.outcome is None:
        assert said.requests or said.wake_at
        run = engine.ring(said.run, said.wake_at) if said.wake_at else said.run
        said = quiet(run, said.wake_at or MONDAY)
    assert said.run.state.status is Status.CLOSED


# Calendars that end too early


def short() -> Run:
    """A ticket whose calendars end a week after its opening, with a promise that lies beyond."""
    terms = terms_of("house", severity="normal")
    ends = MONDAY + timedelta(hours=1)
    calendars = {name: each.model_copy(update={"end": ends}) for name, each in terms.calendars.items()}
    asking = ticket("house", MONDAY, severity="normal")
    return engine.begin(asking, terms.model_copy(update={"calendars": calendars}), MONDAY)


def asked(said: Advance) -> ExtendCalendars:
    return next(request for request in said.requests if isinstance(request, ExtendCalendars))


def test_longer_calendars_are_asked_for_once() -> None:
    said = engine.advance(short(), MONDAY)
    request = asked(said)
    assert request.needed > MONDAY
    assert engine.advance(said.run, MONDAY).requests == ()
    longer = extend_terms(request.terms, request.ticket, request.needed)
    said = quiet(engine.answered(said.run, request.id, longer, MONDAY), MONDAY)
    assert said.wake_at is not None
    assert told(said.run, What.TERMS)


def test_a_ticket_whose_calendars_cannot_be_made_longer_stays_open_is_troubled_and_tries_again() -> None:
    said = engine.advance(short(), MONDAY)
    tries: list[datetime] = []
    now = MONDAY
    for _ in range(8):
        request = asked(said)
        said = engine.advance(
            engine.answered(said.run, request.id, Failure("policy house: the file is gone"), now), now
        )
        assert [trouble.code for trouble in said.run.state.troubles] == ["calendars"]
        assert "the file is gone" in said.run.state.troubles[0].why
        assert said.run.state.status is Status.OPEN
        assert said.wake_at is not None
        assert said.wake_at > now
        tries.append(said.wake_at)
        now = said.wake_at
        said = engine.advance(engine.ring(said.run, now), now)
    assert tries == sorted(set(tries))
    assert max(later - earlier for earlier, later in pairwise(tries)) == HOUR
    assert len(told(said.run, What.CALENDARS)) == 1, "written once, not at each try"
    request = asked(said)
    longer = extend_terms(request.terms, request.ticket, request.needed)
    said = quiet(engine.answered(said.run, request.id, longer, now), now)
    assert said.run.state.troubles == ()
    assert said.run.state.extension is None


def test_a_ticket_without_long_enough_calendars_takes_events_and_can_be_canceled() -> None:
    said = engine.advance(short(), MONDAY)
    run = engine.answered(said.run, asked(said).id, Failure("no"), MONDAY)
    run = engine.receive(run, event("customer_replied", at=MONDAY), MONDAY)
    said = engine.advance(run, MONDAY)
    assert told(said.run, What.CUSTOMER_REPLIED)
    said = quiet(engine.cancel(said.run, MONDAY), MONDAY)
    assert said.run.state.status is Status.CLOSED


def test_an_idle_run_has_nothing_under_way() -> None:
    said = engine.advance(begun(), MONDAY)
    assert not said.run.is_idle
    assert quiet(said.run, MONDAY).run.is_idle
    assert not replace(quiet(said.run, MONDAY).run, extending=True).is_idle
