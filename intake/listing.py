"""The list of tickets, from what visibility knows: a second or so behind, for people, never for logic.

Hazard: SQL visibility cannot order by a search attribute, and with many tickets it is slow to list them all. So what is
due soonest is found by counting: how many are due before an instant.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from temporalio.api.common.v1 import WorkflowExecution as Execution
from temporalio.api.enums.v1 import WorkflowExecutionStatus as Status
from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import (
    CountWorkflowExecutionsRequest,
    DescribeWorkflowExecutionRequest,
    ListWorkflowExecutionsRequest,
)
from temporalio.client import Client
from temporalio.converter import decode_typed_search_attributes
from temporalio.service import RPCError

from intake.questions import RPC_TIMEOUT, server_error
from sla.base.fields import Record
from workflows import contract

TICKETS = f"WorkflowType = '{contract.WORKFLOW}'"
ENDED_BADLY = "ExecutionStatus IN ('Failed', 'Terminated', 'TimedOut', 'Canceled')"
CLOSED = "ExecutionStatus = 'Completed'"
OPEN = "ExecutionStatus NOT IN ('Completed', 'ContinuedAsNew', 'Failed', 'Terminated', 'TimedOut', 'Canceled')"

PAGE = 1000
SORTED_AT_ONCE = 200
"""So many tickets are fetched and sorted here."""

_PAUSED = 8
"""A status that newer servers have and SDK 1.35 does not know."""

_WORDS = {
    Status.WORKFLOW_EXECUTION_STATUS_RUNNING: "running",
    Status.WORKFLOW_EXECUTION_STATUS_COMPLETED: "completed",
    Status.WORKFLOW_EXECUTION_STATUS_FAILED: "failed",
    Status.WORKFLOW_EXECUTION_STATUS_CANCELED: "canceled",
    Status.WORKFLOW_EXECUTION_STATUS_TERMINATED: "terminated",
    Status.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW: "continued",
    Status.WORKFLOW_EXECUTION_STATUS_TIMED_OUT: "timed out",
}


class Row(Record):
    """A line of the list of tickets. `state` is that of its workflow: a ticket that runs, ended, or was ended."""

    ticket_id: str
    state: str
    policy: str
    plan: str
    severity: str
    status: str
    waits_for: str
    next_due: datetime | None
    breached: bool
    follow_ups: int


class Listed(NamedTuple):
    """Rows, those first that need somebody first, and how many tickets there are in all."""

    rows: list[Row]
    total: int


_Found = tuple[Row, str]
"""A row and the id of its run."""


async def listed(client: Client, limit: int | None = None, *, closed: bool = False) -> Listed:
    """First tickets whose workflow was ended, then broken promises, then the others; in each what is due soonest.

    With `closed` closed tickets come last. Without a `limit` all are listed. Raises ServerUnreachable.
    """
    try:
        return await _listed(client, limit, closed=closed)
    except RPCError as error:
        raise server_error(error) from error


async def _listed(client: Client, limit: int | None, *, closed: bool) -> Listed:
    found: list[Row] = []
    total = 0
    for condition in _in_order(closed=closed):
        whole = f"{TICKETS} AND {condition}"
        total += await _count(client, whole)
        left = None if limit is None else limit - len(found)
        for row, run_id in await _soonest(client, whole, left):
            if condition == ENDED_BADLY and await _newest_run(client, row.ticket_id) != run_id:
                total -= 1  # opened again under its id
            else:
                found.append(row)
    return Listed(found, total)


def _in_order(*, closed: bool) -> tuple[str, ...]:
    """Conditions that exclude each other. An attribute that a ticket does not have yet is neither true nor false."""
    broken = f"{OPEN} AND Breached = true"
    kept = f"{OPEN} AND (Breached = false OR Breached IS NULL)"
    return (ENDED_BADLY, broken, kept, CLOSED) if closed else (ENDED_BADLY, broken, kept)


async def _soonest(client: Client, query: str, limit: int | None) -> list[_Found]:
    """The `limit` tickets that are due soonest, those that are never due last."""
    if limit is not None and limit <= 0:
        return []
    if limit is not None and await _count(client, query) > SORTED_AT_ONCE:
        query = await _narrowed(client, query, limit)
    found = [each async for each in _rows(client, query, most=None if limit is None else max(limit, SORTED_AT_ONCE))]
    found.sort(key=lambda each: (each[0].next_due is None, each[0].next_due, each[0].ticket_id))
    return found[:limit]


async def _narrowed(client: Client, query: str, limit: int) -> str:
    """The query for those due before an instant that at least `limit`, and not many more, lie before."""
    early, late = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
    if await _count(client, _due_before(query, late)) < limit:
        return query
    while late - early > timedelta(seconds=1):
        middle = early + (late - early) / 2
        count = await _count(client, _due_before(query, middle))
        early, late = (middle, late) if count < limit else (early, middle)
        if limit <= count <= SORTED_AT_ONCE:
            break
    return _due_before(query, late)


def _due_before(query: str, at: datetime) -> str:
    return f"{query} AND NextDue < '{at:%Y-%m-%dT%H:%M:%S.%fZ}'"


async def _count(client: Client, query: str) -> int:
    request = CountWorkflowExecutionsRequest(namespace=client.namespace, query=query)
    return (await client.workflow_service.count_workflow_executions(request, timeout=RPC_TIMEOUT)).count


async def _newest_run(client: Client, ticket_id: str) -> str:
    execution = Execution(workflow_id=contract.workflow_id(ticket_id))
    request = DescribeWorkflowExecutionRequest(namespace=client.namespace, execution=execution)
    answer = await client.workflow_service.describe_workflow_execution(request, timeout=RPC_TIMEOUT)
    return answer.workflow_execution_info.execution.run_id


async def _rows(client: Client, query: str, *, most: int | None) -> AsyncIterator[_Found]:
    """Hazard: the SDK's own `list_workflows` raises on a status that it does not know, such as paused."""
    token, count = b"", 0
    while most is None or count < most:
        request = ListWorkflowExecutionsRequest(
            namespace=client.namespace,
            query=query,
            page_size=PAGE if most is None else min(PAGE, most - count),
            next_page_token=token,
        )
        page = await client.workflow_service.list_workflow_executions(request, timeout=RPC_TIMEOUT)
        for execution in page.executions:
            yield row_of(execution), execution.execution.run_id
        count, token = count + len(page.executions), page.next_page_token
        if not token:
            return


def row_of(execution: WorkflowExecutionInfo) -> Row:
    """The line of one workflow."""
    found = decode_typed_search_attributes(execution.search_attributes)
    return Row(
        ticket_id=contract.ticket_id(execution.execution.workflow_id),
        state=_WORDS.get(execution.status, "paused" if execution.status == _PAUSED else f"in state {execution.status}"),
        policy=found.get(contract.POLICY, ""),
        plan=found.get(contract.PLAN, ""),
        severity=found.get(contract.SEVERITY, ""),
        status=found.get(contract.TICKET_STATUS, ""),
        waits_for=found.get(contract.WAITS_FOR, ""),
        next_due=found.get(contract.NEXT_DUE),
        breached=found.get(contract.BREACHED, False),
        follow_ups=found.get(contract.FOLLOW_UPS, 0),
    )
