"""What a long life costs: the state stays small, and an event costs the same however many came before it."""

import sys
from collections.abc import Callable
from datetime import timedelta
from types import FrameType
from typing import Any

import pytest
from rehearsal import EVENT, LIBRARY, Rehearsal, at, ticket

from policies.terms import make_terms
from sla.engine import engine
from sla.engine.engine import Advance
from sla.engine.run import Run
from sla.engine.start import LARGEST, CarriedTicket, carried
from sla.state.notification import Delivery, Fate
from sla.state.seen_ids import KEPT_IDS
from sla.state.state import State
from sla.state.timeline import What

MONDAY = at("2026-11-16 10:00", "America/New_York")
STEP = timedelta(seconds=20)
EARLY, LATE = 200, 5000
"""Events after which the work is counted; by the earlier one, the clocks that are kept are all there."""

TALKS = {
    "question and answer": ("customer_replied", "agent_replied"),
    "with holds": ("customer_replied", "agent_replied", "put_on_hold", "resumed"),
    "with changes of severity": ("customer_replied", "severity_changed", "acknowledged", "agent_replied"),
    "solved again and again": ("solved", "reopened"),
}


def at_rest(run: Run, now: Any) -> Advance:
    said = engine.advance(run, now)
    while said.requests:
        run = said.run
        for request in said.requests:
            run = engine.answered(run, request.id, Delivery(fate=Fate.SENT), now)
        said = engine.advance(run, now)
    return said


def calls(work: Callable[[], Advance]) -> tuple[Advance, int]:
    """What the work gives, and how many Python functions it calls."""
    count = 0

    def note(frame: FrameType, what: str, arg: object) -> None:
        nonlocal count
        count += what == "call"

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        said = work()
    finally:
        sys.setprofile(before)
    return said, count


@pytest.mark.parametrize("policy", ["house", "turns"])
@pytest.mark.parametrize("talk", TALKS.values(), ids=list(TALKS))
def test_the_five_thousandth_event_is_no_more_work_than_an_early_one(talk: tuple[str, ...], policy: str) -> None:
    asking = ticket(policy, MONDAY)
    said = at_rest(engine.begin(asking, make_terms(LIBRARY.load(policy), asking, MONDAY), MONDAY), MONDAY)
    spent: dict[int, int] = {}
    for number in range(LATE + len(talk)):
        name, now = talk[number % len(talk)], MONDAY + number * STEP
        severity = {"severity": ("low", "high")[number // len(talk) % 2]} if name == "severity_changed" else {}
        event = EVENT.validate_python({"event": name, "id": f"e{number}", "at": now, **severity})
        run = engine.receive(said.run, event, now)
        if number % LATE in range(EARLY, EARLY + 2 * len(talk)) or number >= LATE:
            said, spent[number] = calls(lambda run=run, now=now: at_rest(run, now))
        else:
            said = at_rest(run, now)
    early = max(count for number, count in spent.items() if number < LATE)
    late = max(count for number, count in spent.items() if number >= LATE)
    assert late <= 1.05 * early


def remembering(count: int) -> State:
    """A ticket that has applied so many events."""
    state = Rehearsal(ticket("house", MONDAY)).advance(MONDAY).state
    seen = state.seen
    for number in range(count):
        seen = seen.adding(f"mail-{number}.customer.example")
    return state.evolve(seen=seen)


def test_a_state_that_remembers_fifty_thousand_events_is_small_and_knows_each_of_them() -> None:
    state = remembering(50_000)
    bare = len(state.evolve(seen=State.model_fields["seen"].get_default(call_default_factory=True)).model_dump_json())
    text = carried(state).model_dump_json()
    assert len(text) - bare < 768 * 1024
    again = CarriedTicket.model_validate_json(text).state
    for number in (0, 1, 24_999, 49_999):
        duplicate = EVENT.validate_python({"event": "agent_replied", "id": f"mail-{number}.customer.example"})
        assert engine.take_in(again, duplicate, MONDAY) is again
    new = EVENT.validate_python({"event": "agent_replied", "id": "mail-50000.customer.example", "at": MONDAY})
    assert engine.take_in(again, new, MONDAY).timeline[-1].what is not What.OPENED


def test_a_ticket_that_remembers_all_that_it_may_can_still_be_carried_on() -> None:
    state = remembering(KEPT_IDS + 10)
    assert len(state.seen) == KEPT_IDS
    for number in range(600):
        state = state.noting(MONDAY, What.IGNORED, f"{number}: {'x' * 2000}")
    assert len(carried(state).model_dump_json()) <= LARGEST
