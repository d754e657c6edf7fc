"""Starts that somebody wrote by hand, on a real server: each is refused in words, and the worker goes on."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from harness import Scenario, World, next_weekday
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError

from sla.engine.outcome import Outcome
from sla.engine.start import CarriedTicket
from sla.state.state import State
from sla.state.timeline import What
from workflows import contract

pytestmark = pytest.mark.slow
NY = "America/New_York"
LAST = "2200-12-31T23:59:59Z"

Change = Callable[[dict[str, Any]], Any]


async def a_good_state(world: World) -> dict[str, Any]:
    """What a good ticket of a policy with every kind of escalation is carried on with."""
    story = await world.scenario().open_ticket("escalation", next_weekday(0, "10:00", NY), plan="always")
    state = await story.handle.query(contract.STATE, result_type=State)
    return CarriedTicket(state=state).model_dump(mode="json")


async def start(story: Scenario, begun: object) -> None:
    await story.world.client.start_workflow(
        contract.WORKFLOW, begun, id=contract.workflow_id(story.id), task_queue=story.world.task_queue
    )


async def works(world: World) -> None:
    """The worker opens another ticket."""
    good = await world.scenario().open_ticket("house", next_weekday(0, "10:00", NY))
    good.expect_mail("acknowledgement")


def unrested(state: dict[str, Any]) -> None:
    """An age that is told again and again without a pause."""
    nothing = {"count": "elapsed", "amount": 0, "said": "0 minutes"}
    next(rule for rule in state["terms"]["ages"] if rule["repeat"])["repeat"]["every"] = nothing


def without_a_calendar(state: dict[str, Any]) -> None:
    del state["terms"]["calendars"]["office"]


def without_levels(state: dict[str, Any]) -> None:
    state["terms"]["levels"] = []


def empty(state: dict[str, Any]) -> None:
    state.clear()


def looping(state: dict[str, Any]) -> None:
    state["terms"]["messages"]["breach"]["body"] = [{"for": "x", "in": "range(10**9)", "body": ["x"]}]


def swollen(state: dict[str, Any]) -> None:
    state["terms"]["messages"]["breach"]["body"] = [{"value": "subject"}] * 5_000


def crowded(state: dict[str, Any]) -> None:
    state["terms"]["ages"] *= 1_000


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param(unrested, "every: Value error, must be at least a minute", id="repeated without a rest"),
        pytest.param(without_a_calendar, "no calendar 'office'", id="no calendar"),
        pytest.param(without_levels, "no level", id="no levels"),
        pytest.param(looping, "terms.messages.breach.body", id="a loop"),
        pytest.param(swollen, "at most 500 items", id="a long template"),
        pytest.param(crowded, "more than 500 things wait", id="too much to do"),
        pytest.param(empty, "state.ticket: Field required", id="nothing"),
    ],
)
async def test_a_carried_start_that_does_not_agree_with_itself_fails_alone(
    shared_world: World, change: Change, why: str
) -> None:
    bad, begun = shared_world.scenario(), await a_good_state(shared_world)
    begun["state"]["ticket"]["id"] = bad.id
    change(begun["state"])
    await start(bad, begun)
    with pytest.raises(WorkflowFailureError) as failure:
        await bad.handle.result(rpc_timeout=timedelta(seconds=20))
    cause = failure.value.cause
    assert isinstance(cause, ApplicationError)
    assert cause.type == "InvalidTicket"
    assert why in cause.message
    await works(shared_world)


async def test_a_ticket_of_the_last_second_that_is_known_opens_shows_its_trouble_and_can_be_canceled(
    shared_world: World,
) -> None:
    story = shared_world.scenario()
    facts = {"subject": "x", "policy": "house", "customer": {"email": "a@b.example"}}
    await start(story, {"kind": "new", "ticket": {**facts, "id": story.id, "opened_at": LAST}})
    await story.handle.signal("customer_replied", {"id": "reply"})
    await story.until(What.CUSTOMER_REPLIED)
    trouble = (await story.status()).troubles
    assert any("what is due next cannot be said" in why for why in trouble)
    await story.handle.cancel()
    outcome: Outcome = await story.handle.result(rpc_timeout=timedelta(seconds=20))
    assert outcome.closing.reason == "canceled"
    await works(shared_world)
