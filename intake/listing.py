"""The list of tickets, from what visibility knows: a second or so behind, for people, never for logic."""

from collections.abc import AsyncIterator
from datetime import datetime

from temporalio.client import Client, WorkflowExecution
from temporalio.service import RPCError

from intake.questions import RPC_TIMEOUT, server_error
from sla.base.fields import Record
from workflows import contract


class Row(Record):
    """A line of the list of tickets, from what visibility knows."""

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


async def rows(client: Client, *, closed: bool = False) -> AsyncIterator[Row]:
    """Open tickets, with `closed` all of them. Raises ServerUnreachable."""
    only = "" if closed else " AND ExecutionStatus = 'Running'"
    try:
        async for execution in client.list_workflows(
            f"WorkflowType = '{contract.WORKFLOW}'{only}", rpc_timeout=RPC_TIMEOUT
        ):
            yield _row(execution)
    except RPCError as error:
        raise server_error(error) from error


def _row(execution: WorkflowExecution) -> Row:
    found = execution.typed_search_attributes
    return Row(
        ticket_id=contract.ticket_id(execution.id),
        state=execution.status.name.lower() if execution.status else "",
        policy=found.get(contract.POLICY, ""),
        plan=found.get(contract.PLAN, ""),
        severity=found.get(contract.SEVERITY, ""),
        status=found.get(contract.TICKET_STATUS, ""),
        waits_for=found.get(contract.WAITS_FOR, ""),
        next_due=found.get(contract.NEXT_DUE),
        breached=found.get(contract.BREACHED, False),
        follow_ups=found.get(contract.FOLLOW_UPS, 0),
    )
