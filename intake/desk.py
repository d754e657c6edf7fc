"""The desk: the one place that starts and signals tickets.

What is not acceptable is refused here, before anything is started. What the desk has returned is in Temporal's history.
"""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowQueryFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from intake.labels import details, first_attributes
from intake.reading import validated
from policies.entitled import admit
from policies.library import Library
from policies.terms import make_terms
from sla.errors import (
    ServerUnreachable,
    TicketClosed,
    TicketError,
    TicketFailed,
    TicketNotFound,
    UnknownSeverity,
)
from sla.event import Event
from sla.record import Record
from sla.state import State
from sla.terms import AfterClose
from sla.ticket import MAX_BODY, Ticket, successor
from sla.view import StatusView, TimelineLine
from worker.temporal import is_unreachable
from workflows import contract
from workflows.contract import Outcome, workflow_id

SKEW = timedelta(minutes=5)
"""How far ahead of ours the clock of an intake system may run."""

OLDEST = timedelta(days=366)
"""A ticket or an event older than this is taken for a mistake."""

QUERY_TRIES = 4
"""A run that has only just begun cannot be asked yet; one whose task fails cannot be asked at all."""

RPC_TIMEOUT = timedelta(seconds=10)


class Receipt(Record):
    """What became of a ticket or an event: `duplicate` when it was known before, `ticket_id` where it went."""

    ticket_id: str
    workflow_id: str
    duplicate: bool = False
    followed_up: bool = False


class Desk:
    """Tickets by id, over one client. `ahead` is how far in the future a ticket may open (demos, tests)."""

    def __init__(
        self,
        client: Client,
        library: Library,
        *,
        ahead: timedelta = SKEW,
        task_queue: str = contract.TASK_QUEUE,
    ) -> None:
        self._client = client
        self._library = library
        self._ahead = ahead
        self._task_queue = task_queue

    def check(self, ticket: Ticket) -> Ticket:
        """The ticket, with plan and severity filled in from its policy. Raises PolicyError, TicketError."""
        self._check_instant("opened_at", ticket.opened_at)
        if len(ticket.model_dump_json().encode()) > MAX_BODY:
            raise TicketError(f"description: the ticket is larger than {MAX_BODY // 1024} KB")
        policy = self._library.in_force(ticket)
        admit(policy, ticket)
        terms = make_terms(policy, ticket, _now())
        return ticket.model_copy(update={"plan": terms.plan, "severity": ticket.severity or terms.default_severity})

    async def open(self, ticket: Ticket) -> Receipt:
        """Start the ticket; the same id again is a duplicate. Raises TicketClosed, ServerUnreachable and `check`'s."""
        checked = self.check(ticket)
        known = await self._is_known(checked.id)
        await self._start(checked)
        return _receipt(checked.id, duplicate=known)

    async def tell(self, ticket_id: str, event: Event) -> Receipt:
        """Give a ticket an event; after its end a customer's reply goes where the policy says.

        Raises TicketNotFound, TicketClosed, TicketError, ServerUnreachable.
        """
        if event.at is not None:
            self._check_instant("at", event.at)
        if event.event == "severity_changed":
            await self._check_severity(ticket_id, event.severity)
        try:
            await self._handle(ticket_id).signal(event.event, event, rpc_timeout=RPC_TIMEOUT)
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise server_error(error) from error
            return await self._tell_closed(ticket_id, event)
        return _receipt(ticket_id)

    async def status(self, ticket_id: str) -> StatusView:
        """The ticket now. Raises TicketNotFound, ServerUnreachable."""
        return await self._query(ticket_id, contract.STATUS, StatusView)

    async def timeline(self, ticket_id: str) -> tuple[TimelineLine, ...]:
        """What happened to the ticket, oldest first. Raises TicketNotFound, ServerUnreachable."""
        return tuple(await self._query(ticket_id, contract.TIMELINE, list[TimelineLine]))

    def _check_instant(self, field: str, instant: datetime) -> None:
        now = _now()
        if instant > now + self._ahead:
            raise TicketError(f"{field}: {instant:%Y-%m-%d %H:%M} UTC lies in the future")
        if instant < now - OLDEST:
            raise TicketError(f"{field}: {instant:%Y-%m-%d %H:%M} UTC is more than {OLDEST.days} days ago")

    async def _check_severity(self, ticket_id: str, severity: str) -> None:
        """A severity that the ticket's policy does not know is refused here; the ticket would only note it."""
        try:
            description = await self._handle(ticket_id).describe(rpc_timeout=RPC_TIMEOUT)
        except RPCError as error:
            raise _not_found(ticket_id, error) from error
        name = description.typed_search_attributes.get(contract.POLICY)
        known = self._library.load(name).severities if name else (severity,)
        if severity not in known:
            raise UnknownSeverity(f"severity: policy {name} has no {severity!r}; there is {', '.join(known)}")

    def _handle(self, ticket_id: str) -> WorkflowHandle[Any, Any]:
        return self._client.get_workflow_handle(workflow_id(ticket_id))

    async def _is_known(self, ticket_id: str) -> bool:
        try:
            description = await self._handle(ticket_id).describe(rpc_timeout=RPC_TIMEOUT)
        except RPCError as error:
            if error.status == RPCStatusCode.NOT_FOUND:
                return False
            raise server_error(error) from error
        return description.status == WorkflowExecutionStatus.RUNNING

    async def _start(self, ticket: Ticket, event: Event | None = None, carried: State | None = None) -> None:
        """Start, or signal when it runs; with a `carried` state the closed ticket goes on under its own id."""
        failed_only = WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY  # a bad ticket may be opened again, mended
        reuse = WorkflowIDReusePolicy.ALLOW_DUPLICATE if carried else failed_only
        try:
            await self._client.start_workflow(
                contract.WORKFLOW,
                carried or ticket,
                id=workflow_id(ticket.id),
                task_queue=self._task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=reuse,
                search_attributes=first_attributes(ticket),
                static_summary=f"{ticket.id}: {ticket.subject}"[:200],
                static_details=details(ticket),
                start_signal=event.event if event else None,
                start_signal_args=[event] if event else [],
                rpc_timeout=RPC_TIMEOUT,
            )
        except WorkflowAlreadyStartedError as error:
            raise TicketClosed(f"ticket {ticket.id} is closed; its id cannot be used again") from error
        except RPCError as error:
            raise server_error(error) from error

    async def _tell_closed(self, ticket_id: str, event: Event) -> Receipt:
        """An event for a ticket that has ended, or never was."""
        outcome = await self._outcome(ticket_id)
        if event.id in outcome.seen:
            return _receipt(ticket_id, duplicate=True)
        if event.event != "customer_replied" or event.kind != "human":
            raise TicketClosed(f"ticket {ticket_id} is closed")
        match outcome.after_close:
            case AfterClose.FOLLOW_UP_TICKET:
                return await self._follow_up(outcome, event)
            case AfterClose.REOPEN:
                state = await self._query(ticket_id, contract.STATE, State)
                await self._start(state.ticket, event, state)
                return _receipt(ticket_id)
            case AfterClose.TELEPHONE:
                raise TicketClosed(f"ticket {ticket_id} is closed; its policy asks the customer to call")
            case AfterClose.NEW_CASE:
                raise TicketClosed(f"ticket {ticket_id} is closed; its policy asks for a new case that names it")

    async def _follow_up(self, outcome: Outcome, event: Event) -> Receipt:
        """The reply opens the follow-up ticket, or goes to it when it is open; its id follows from the closed one's."""
        old = await self._ticket(outcome.ticket_id)
        facts = {"id": successor(old), "opened_at": event.at or _now(), "follows": old.id, "severity": outcome.severity}
        new = validated(Ticket, {**old.model_dump(), **facts})
        if event.id in await self._seen(new):
            return _receipt(new.id, duplicate=True, followed_up=True)
        try:
            await self._start(self.check(new), event)
        except TicketClosed:
            return await self._tell_closed(new.id, event)
        return _receipt(new.id, followed_up=True)

    async def _seen(self, follow_up: Ticket) -> tuple[str, ...]:
        """The event ids a follow-up ticket had, none when it is not there. Raises TicketError when it is another's."""
        try:
            state: State = await self._query(follow_up.id, contract.STATE, State)
        except TicketNotFound:
            return ()
        if state.ticket.follows != follow_up.follows:
            raise TicketError(f"id: the follow-up ticket would be {follow_up.id}, and that is another ticket")
        return state.seen

    async def _outcome(self, ticket_id: str) -> Outcome:
        handle = self._client.get_workflow_handle(workflow_id(ticket_id), result_type=Outcome)
        try:
            description = await handle.describe(rpc_timeout=RPC_TIMEOUT)
            if description.status != WorkflowExecutionStatus.COMPLETED:
                status = description.status.name.lower() if description.status else "in no state"
                raise TicketClosed(f"ticket {ticket_id} did not end well: its workflow is {status}")
            return await handle.result(rpc_timeout=RPC_TIMEOUT)
        except RPCError as error:
            raise _not_found(ticket_id, error) from error

    async def _ticket(self, ticket_id: str) -> Ticket:
        """The ticket that its workflow was started with, alone or in the state of an earlier run."""
        history = await self._handle(ticket_id).fetch_history()
        started = history.events[0].workflow_execution_started_event_attributes
        (start,) = await self._client.data_converter.decode(list(started.input.payloads)[:1])
        return Ticket.model_validate(start["ticket"] if "terms" in start else start)

    async def _query(self, ticket_id: str, name: str, result: Any) -> Any:
        for left in reversed(range(QUERY_TRIES)):
            try:
                return await self._handle(ticket_id).query(name, result_type=result, rpc_timeout=RPC_TIMEOUT)
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
            if (await self._handle(ticket_id).describe()).status == WorkflowExecutionStatus.RUNNING:
                return f"ticket {ticket_id} is being opened; its terms are not made yet"
            await self._handle(ticket_id).result(rpc_timeout=RPC_TIMEOUT)
        except WorkflowFailureError as error:
            return f"ticket {ticket_id} failed: {_root(error)}"
        return f"ticket {ticket_id} cannot be shown"


def _root(error: BaseException) -> str:
    """What was wrong in the first place, below Temporal's wrapping."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error.message if isinstance(error, ApplicationError) else str(error)


def _now() -> datetime:
    return datetime.now(UTC)


def _receipt(ticket_id: str, *, duplicate: bool = False, followed_up: bool = False) -> Receipt:
    return Receipt(
        ticket_id=ticket_id, workflow_id=workflow_id(ticket_id), duplicate=duplicate, followed_up=followed_up
    )


def server_error(error: RPCError) -> Exception:
    """What an RPC error means to a caller: ServerUnreachable with the reason."""
    if is_unreachable(error):
        return ServerUnreachable(f"the Temporal server does not answer: {error.message}")
    return ServerUnreachable(f"the Temporal server refuses: {error.message}")


def _not_found(ticket_id: str, error: RPCError) -> Exception:
    if error.status == RPCStatusCode.NOT_FOUND:
        return TicketNotFound(f"there is no ticket {ticket_id}")
    if is_unreachable(error):
        return ServerUnreachable("no worker answers; start one with `holdfast up` or `holdfast worker`")
    return server_error(error)
