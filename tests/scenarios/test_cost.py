"""What a ticket costs on the server, and what ops people see of it."""

from collections import Counter
from datetime import timedelta

import pytest
from harness import SETTLE, World, next_weekday
from temporalio.api.enums.v1 import EventType
from temporalio.api.sdk.v1 import WorkflowMetadata

from sla.state.timeline import What
from workflows import contract

pytestmark = pytest.mark.slow
NY = "America/New_York"
BILLED = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
    EventType.EVENT_TYPE_TIMER_STARTED,
    EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
    EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
    EventType.EVENT_TYPE_MARKER_RECORDED,
}
OF_THE_TEST = {
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED,
}


async def test_the_reference_life_costs_no_more_than_it_should(shared_world: World) -> None:
    """Opened, acknowledged, answered, three follow-ups, closed: eleven actions is the floor with no search attributes
    and no terms; ours adds the terms and one batched upsert whenever what the list shows has changed.
    """
    story = shared_world.scenario()
    opened = next_weekday(0, "10:00", NY, weeks=3)
    await story.open_ticket("house", opened, severity="low")
    await story.agent_answers(at=opened + timedelta(seconds=2))
    await story.advance(days=30)
    await story.handle.result()
    events = [e.event_type for e in (await story.handle.fetch_history()).events if e.event_type not in OF_THE_TEST]
    counted = Counter(event for event in events if event in BILLED)
    assert counted[EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED] == 5, "acknowledgement, three follow-ups, closing"
    assert counted[EventType.EVENT_TYPE_TIMER_STARTED] <= 6
    assert counted[EventType.EVENT_TYPE_MARKER_RECORDED] == 1
    assert sum(counted.values()) <= 21
    assert len(events) <= 80


async def test_messages_do_not_start_timers(shared_world: World) -> None:
    story = shared_world.scenario()
    await story.open_ticket("house", next_weekday(0, "10:00", NY, weeks=3), severity="low")
    for _ in range(20):
        await story.customer_replies(kind="auto")
    await story.until(What.AUTO_REPLY)
    await story.advance(seconds=5)
    events = [event.event_type for event in (await story.handle.fetch_history()).events]
    assert events.count(EventType.EVENT_TYPE_TIMER_STARTED) <= 2


async def test_ops_see_what_a_ticket_waits_for_since_when_and_until_when(shared_world: World) -> None:
    story = shared_world.scenario()
    opened = next_weekday(0, "10:00", NY, weeks=3)
    await story.open_ticket("house", opened, severity="normal", subject="Nightly backup fails")
    await story.agent_answers(at=opened + SETTLE)
    await story.until(What.AGENT_REPLIED)
    described = await story.handle.describe()
    found = described.typed_search_attributes
    assert found[contract.TICKET_STATUS] == "pending"
    assert found[contract.WAITS_FOR] == "customer"
    assert found[contract.NEXT_DUE] == (await story.status()).next[0].due_at
    assert found[contract.BREACHED] is False
    assert (found[contract.POLICY], found[contract.PLAN], found[contract.SEVERITY]) == ("house", "gold", "normal")
    assert await described.static_summary() == f"{story.id}: Nightly backup fails"
    metadata = await story.handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    details = metadata.current_details
    assert details.startswith("**PENDING** since ")
    assert "waits for **follow-up 1 of 3** — until **" in details
