"""What a carried ticket may hold: a start that somebody wrote is refused, in words, before anything is done with it."""

import copy
from collections.abc import Callable
from datetime import timedelta
from types import NoneType
from typing import Any, get_args, get_type_hints

import pytest
from pydantic import TypeAdapter, ValidationError
from rehearsal import Rehearsal, at, ticket

from sla.engine.start import CarriedTicket, Start, carried
from sla.state.alert import Alert, AlertChanges
from sla.state.clock import Clock, ClockChanges
from sla.state.ladder import Ladder, LadderChanges
from sla.state.seen_ids import KEPT_IDS, SeenIds
from sla.state.state import State, StateChanges

MONDAY = at("2026-11-16 10:00", "America/New_York")
STARTS: TypeAdapter[Start] = TypeAdapter(Start)


def told(policy: str = "escalation", plan: str = "always") -> dict[str, Any]:
    story = Rehearsal(ticket(policy, MONDAY, plan=plan)).advance(MONDAY)
    return CarriedTicket(state=story.state).model_dump(mode="json")


WHOLE = told()


def test_what_a_run_carries_on_is_read_as_it_was() -> None:
    state = Rehearsal(ticket("escalation", MONDAY, plan="always")).advance(MONDAY + timedelta(days=3)).state
    written = carried(state).model_dump_json()
    read = STARTS.validate_json(written)
    assert isinstance(read, CarriedTicket)
    assert read.state == state


def first(terms: dict[str, Any], thing: str) -> dict[str, Any]:
    """The first target of the terms, or its first threshold that is repeated."""
    targets = [each for row in terms["promises"].values() for each in row.values() if each["kind"] == "target"]
    if thing == "target":
        return targets[0]
    rows = [row for target in targets for row in target["thresholds"]] + terms["ages"]
    return next(row["repeat"] for row in rows if row.get("repeat") and row["repeat"]["every"])


def wrong(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    whole = copy.deepcopy(WHOLE)
    change(whole["state"])
    return whole


def put(thing: str, **fields: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda state: first(state["terms"], thing).update(fields)


def fields(**fields: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda state: state.update(fields)


def terms(**fields: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda state: state["terms"].update(fields)


def wording(body: list[Any]) -> Callable[[dict[str, Any]], Any]:
    return lambda state: state["terms"]["messages"]["breach"].update(body=body)


def paused(calendar: str) -> Callable[[dict[str, Any]], Any]:
    pause = {"start": "2026-11-16T16:00:00Z", "why": "no contact", "calendar": calendar}
    return lambda state: state["clocks"][0].update(pauses=[pause])


def crowded(state: dict[str, Any]) -> None:
    state["terms"]["ages"] *= 251


NOTHING = {"count": "elapsed", "amount": 0, "said": "0 minutes"}
LOOP = [{"for": "x", "in": [1] * 9}]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param(put("repeat", every=NOTHING), "must be at least a minute", id="repeated without a rest"),
        pytest.param(put("repeat", rearm={**NOTHING, "amount": 59}), "must be at least a minute", id="59 seconds"),
        pytest.param(put("repeat", calendar="lunar"), "no calendar 'lunar'", id="a repeat's calendar"),
        pytest.param(put("target", calendar="lunar"), "no calendar 'lunar'", id="a target's calendar"),
        pytest.param(put("target", hours="lunar"), "no calendar 'lunar'", id="a target's hours"),
        pytest.param(put("target", fallback="lunar"), "no calendar 'lunar'", id="a target's fallback"),
        pytest.param(terms(calendar="lunar"), "no calendar 'lunar'", id="the ticket's calendar"),
        pytest.param(terms(calendars={}), "no calendar", id="no calendars"),
        pytest.param(terms(replies={"calendar": "lunar"}), "no calendar 'lunar'", id="replies"),
        pytest.param(terms(levels=[]), "no level", id="no levels"),
        pytest.param(terms(on_request="pope"), "no level 'pope'", id="the level on request"),
        pytest.param(terms(promises={}), "no severity", id="no promises"),
        pytest.param(terms(default_severity="pink"), "no severity 'pink'", id="default severity"),
        pytest.param(fields(severity="pink"), "no severity 'pink'", id="severity"),
        pytest.param(wording(LOOP), "messages.breach.body", id="a loop"),
        pytest.param(
            wording([{"value": "config"}]),
            "there is no placeholder config",
            id="an unknown placeholder",
        ),
        pytest.param(
            wording([{"value": "subject"}] * 501),
            "at most 500 items",
            id="too many parts",
        ),
        pytest.param(fields(sending=["x"]), "nothing is on its way", id="a message on its way"),
        pytest.param(terms(grace_seconds=10**18), "less than or equal to 400000000", id="a grace without end"),
        pytest.param(paused("lunar"), "no calendar 'lunar'", id="a pause's calendar"),
        pytest.param(crowded, "more than 500 things wait", id="too much to do"),
    ],
)
def test_a_start_that_does_not_agree_with_itself_is_refused(change: Callable[[dict[str, Any]], Any], why: str) -> None:
    with pytest.raises(ValidationError) as refused:
        STARTS.validate_python(wrong(change))
    assert why in str(refused.value)


def test_the_start_that_the_others_are_made_of_is_good() -> None:
    assert isinstance(STARTS.validate_python(copy.deepcopy(WHOLE)), CarriedTicket)


@pytest.mark.parametrize(
    ("changes", "record", "fixed"),
    [
        (StateChanges, State, {"ticket"}),
        (ClockChanges, Clock, {"objective", "cycle", "started_at"}),
        (LadderChanges, Ladder, {"kind", "cycle", "tried_before"}),
        (AlertChanges, Alert, {"key", "level", "repeat", "objective", "raised_at"}),
    ],
)
def test_a_transition_may_change_every_field_but_what_a_thing_is(changes: type, record: type, fixed: set[str]) -> None:
    there = {name: kind for name, kind in get_type_hints(record).items() if name in record.model_fields}
    changed = get_type_hints(changes)
    assert set(there) - set(changed) == fixed
    for name, kind in changed.items():
        assert kinds(there[name]) == kinds(kind), name


def kinds(kind: Any) -> Any:
    """A type, or those of a union in any order."""
    return set(get_args(kind)) if NoneType in get_args(kind) else kind


def test_fifty_thousand_ids_are_told_apart_in_little_room() -> None:
    seen = SeenIds()
    for number in range(50_000):
        seen = seen.adding(f"event-{number}")
    assert len(TypeAdapter(SeenIds).dump_json(seen)) < 768 * 1024
    assert all(f"event-{number}" in seen for number in range(0, 50_000, 97))
    assert "event-50000" not in seen
    assert KEPT_IDS >= 50_000
