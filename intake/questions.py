"""What can be asked about a ticket that runs or has ended: nothing here starts or changes one."""

import asyncio
from datetime import timedelta
from typing import Any

from temporalio.client import (
    Client,
    WorkflowExecutionDescription,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowQueryFailedError,
)
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from sla.base.errors import ServerUnreachable, TicketClosed, TicketFailed, TicketNotFound
from sla.engine.outcome import Outcome
from sla.inputs.ticket import Ticket
from sla.state.state import State
from worker.temporal import is_unreachable
from workflows import contract
from workflows.contract import workflow_id

QUERY_TRIES = 4
"""A run that has only just begun cannot be asked yet; one whose task fails cannot be asked at all."""

RPC_TIMEOUT = timedelta(seconds=10)


ENDED_BADLY = frozenset(
    {
        WorkflowExecutionStatus.FAILED,
        WorkflowExecutionStatus.TERMINATED,
        WorkflowExecutionStatus.TIMED_OUT,
        WorkflowExecutionStatus.CANCELED,
    }
)
_VERBS = {"terminated": "was terminated", "canceled": "was canceled"}


class Questions:
    """Tickets by id, over one client. All raise TicketNotFound and ServerUnreachable."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def handle(self, ticket_id: str) -> WorkflowHandle[Any, Any]:
        """The ticket's workflow."""
        return self._client.get_workflow_handle(workflow_id(ticket_id))

    async def describe(self, ticket_id: str) -> WorkflowExecutionDescription:
        """What the server knows of the ticket, without any worker."""
        try:
            return await self.handle(ticket_id).describe(rpc_timeout=RPC_TIMEOUT)
        except RPCError as error:
            raise _absent(ticket_id, error) from error
        except ValueError as error:  # the SDK knows fewer states than newer servers
            raise TicketFailed(f"ticket {ticket_id}: its workflow is paused, or in a state unknown here") from error

    async def ended_badly(self, ticket_id: str) -> str | None:
        """In a sentence that the workflow was ended and not by closing the ticket; None where that is not so."""
        found = await self.describe(ticket_id)
        if found.status not in ENDED_BADLY or found.close_time is None:
            return None
        how = found.status.name.lower().replace("_", " ") if found.status else ""
        return f"the workflow {_VERBS.get(how, how)} on {found.close_time:%Y-%m-%d %H:%M} UTC: nothing more is sent"

    async def stage(self, ticket_id: str) -> WorkflowExecutionStatus | None:
        """Whether the ticket's workflow runs or how it has ended; None where there is none. Never TicketNotFound."""
        try:
            return (await self.describe(ticket_id)).status
        except TicketNotFound:
            return None

    async def outcome(self, ticket_id: str) -> Outcome:
        """How the ticket ended. Raises TicketClosed when it did not end by being closed."""
        handle = self._client.get_workflow_handle(workflow_id(ticket_id), result_type=Outcome)
        description = await self.describe(ticket_id)
        if description.status != WorkflowExecutionStatus.COMPLETED:
            status = description.status.name.lower() if description.status else "in no state"
            raise TicketClosed(f"ticket {ticket_id} did not end well: its workflow is {status}")
        try:
            return await handle.result(rpc_timeout=RPC_TIMEOUT)
        except RPCError as error:
            raise _not_found(ticket_id, error) from error

    async def ticket(self, ticket_id: str) -> Ticket:
        """The ticket that its workflow was started with, alone or in the state of an earlier run; no worker is needed.

        Raises TicketFailed when it was started with something else.
        """
        events = self.handle(ticket_id).fetch_history_events(page_size=1, rpc_timeout=RPC_TIMEOUT)
        try:
            first = await anext(events)
        except RPCError as error:
            raise _absent(ticket_id, error) from error
        payloads = first.workflow_execution_started_event_attributes.input.payloads
        try:
            (start,) = await self._client.data_converter.decode(list(payloads)[:1])
            return Ticket.model_validate(start["ticket"] if start["kind"] == "new" else start["state"]["ticket"])
        except (ValueError, TypeError, RuntimeError, KeyError) as error:
            raise TicketFailed(f"ticket {ticket_id} was started with something that is no ticket") from error

    async def state(self, ticket_id: str) -> State:
        """Everything the ticket knows; a worker tells it. Raises TicketFailed when the ticket cannot answer."""
        return await self.query(ticket_id, contract.STATE, State)

    async def query(self, ticket_id: str, name: str, result: Any) -> Any:
        """The answer of a query; a worker gives it. Raises TicketFailed when the ticket cannot answer."""
        for left in reversed(range(QUERY_TRIES)):
            try:
                return await self.handle(ticket_id).query(name, result_type=result, rpc_timeout=RPC_TIMEOUT)
            except WorkflowQueryFailedError as error:
                raise TicketFailed(await self._why_mute(ticket_id)) from error
            except RPCError as error:
                if error.status != RPCStatusCode.FAILED_PRECONDITION:
                    raise _not_found(ticket_id, error) from error
                if not left:
                    raise TicketFailed(f"ticket {ticket_id} is stuck: {error.message}") from error
                await asyncio.sleep(0.5)
        raise AssertionError("unreachable")

    async def _why_mute(self, ticket_id: str) -> str:
        """Why a ticket cannot be shown: it failed, or its terms are not made yet."""
        try:
            if (await self.handle(ticket_id).describe()).status == WorkflowExecutionStatus.RUNNING:
                return f"ticket {ticket_id} is being opened; its terms are not made yet"
            ended = await self.outcome(ticket_id)
            return f"ticket {ticket_id} was closed before it had terms: {ended.closing.reason}"
        except TicketClosed:
            pass
        try:
            await self.handle(ticket_id).result(rpc_timeout=RPC_TIMEOUT)
        except WorkflowFailureError as error:
            return f"ticket {ticket_id} failed: {_root(error)}"
        return f"ticket {ticket_id} cannot be shown"


def _root(error: BaseException) -> str:
    """What was wrong in the first place, below Temporal's wrapping."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error.message if isinstance(error, ApplicationError) else str(error)


def server_error(error: RPCError) -> Exception:
    """What an RPC error means to a caller: ServerUnreachable with the reason."""
    if is_unreachable(error):
        return ServerUnreachable(f"the Temporal server does not answer: {error.message}")
    return ServerUnreachable(f"the Temporal server refuses: {error.message}")


def _absent(ticket_id: str, error: RPCError) -> Exception:
    """What the server says of a ticket, without any worker."""
    if error.status == RPCStatusCode.NOT_FOUND:
        return TicketNotFound(f"there is no ticket {ticket_id}")
    return server_error(error)


def _not_found(ticket_id: str, error: RPCError) -> Exception:
    if error.status != RPCStatusCode.NOT_FOUND and is_unreachable(error):
        return ServerUnreachable("no worker answers; start one with `holdfast up` or `holdfast worker`")
    return _absent(ticket_id, error)
