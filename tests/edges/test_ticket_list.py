"""The list of tickets where there are many, and where workflows were ended by somebody."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes

from cli.local.embedded_server import embedded_server
from intake.listing import Listed, listed, row_of
from worker.search_attributes import register_attributes
from worker.temporal import connect
from workflows import contract

pytestmark = pytest.mark.slow
DUE = datetime(2030, 1, 1, tzinfo=UTC)
MANY = 260
BROKEN = 30


@pytest_asyncio.fixture(scope="module")
async def client() -> AsyncGenerator[Client, None]:
    """A server with many tickets that no worker looks at."""
    async with embedded_server(data=None, ui=False) as server:
        client = await connect(server.address)
        await register_attributes(client)
        for number in range(MANY):
            await begin(client, number)
        await client.get_workflow_handle("ticket/L-7").terminate("by mistake")
        await seen(client, MANY)
        yield client


async def begin(client: Client, number: int) -> None:
    """The tickets with the lowest numbers are due last; every ninth is due never, and the first ones are broken."""
    pairs = [
        SearchAttributePair(contract.BREACHED, number < BROKEN),
        SearchAttributePair(contract.POLICY, "house"),
        *([SearchAttributePair(contract.NEXT_DUE, DUE - timedelta(minutes=number))] if number % 9 else []),
    ]
    await client.start_workflow(
        contract.WORKFLOW,
        id=f"ticket/L-{number}",
        task_queue="nobody",
        search_attributes=TypedSearchAttributes(pairs),
    )


async def seen(client: Client, count: int, *, terminated: int = 1) -> Listed:
    """The whole list, once visibility has caught up."""
    while True:
        whole = await listed(client)
        if (whole.total, sum(row.state == "terminated" for row in whole.rows)) == (count, terminated):
            return whole


def in_order() -> list[str]:
    """What the list must be, worked out from the numbers alone."""
    others = [number for number in range(MANY) if number != 7]
    order = sorted(
        others, key=lambda number: (number >= BROKEN, number % 9 == 0, -number if number % 9 else 0, f"L-{number}")
    )
    return ["L-7", *(f"L-{number}" for number in order)]


async def test_the_whole_list_is_in_order(client: Client) -> None:
    assert [row.ticket_id for row in (await listed(client)).rows] == in_order()


@pytest.mark.parametrize("limit", [1, 2, 31, 50, 200, 400])
async def test_the_first_rows_are_those_of_the_whole_list(client: Client, limit: int) -> None:
    rows, total = await listed(client, limit)
    assert [row.ticket_id for row in rows] == in_order()[:limit]
    assert total == MANY


async def test_a_workflow_that_was_ended_is_not_hidden_and_one_that_was_begun_again_is_not_shown_twice(
    client: Client,
) -> None:
    first = (await listed(client, 1)).rows[0]
    assert (first.ticket_id, first.state) == ("L-7", "terminated")
    await begin(client, 7)
    try:
        rows, _ = await seen(client, MANY, terminated=0)
        assert [row.ticket_id for row in rows].count("L-7") == 1
    finally:
        await client.get_workflow_handle("ticket/L-7").terminate()
        await seen(client, MANY)


@pytest.mark.parametrize(("status", "word"), [(8, "paused"), (99, "in state 99"), (7, "timed out")])
def test_a_state_that_the_sdk_does_not_know_has_a_line_too(
    status: WorkflowExecutionStatus.ValueType, word: str
) -> None:
    execution = WorkflowExecutionInfo(status=status)
    execution.execution.workflow_id = "ticket/L-1"
    assert (row_of(execution).ticket_id, row_of(execution).state) == ("L-1", word)
