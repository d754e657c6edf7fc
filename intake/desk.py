"""The desk: the one place that starts and signals tickets.

What is not acceptable is refused here, before anything is started. What the desk has returned is in Temporal's history.
"""

from datetime import UTC, datetime, timedelta
from typing import TypeGuard

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from intake.following import covered
from intake.own_terms import check_severity, may_hand_on
from intake.questions import RPC_TIMEOUT, Questions, server_error
from intake.receipt import Receipt, receipt_of
from policies.entitled import admit
from policies.library import Library
from policies.terms import make_terms
from sla.base.errors import (
    PolicyError,
    ServerUnreachable,
    TicketClosed,
    TicketError,
    TicketFailed,
    TicketNotFound,
)
from sla.engine.start import NewTicket, carried
from sla.inputs.event import CustomerReplied, Event, Reopened, ReplyKind
from sla.inputs.terms import AfterClose
from sla.inputs.ticket import MAX_BODY, Ticket
from sla.rules.follow_up import following
from sla.rules.reply_meaning import after_close, instead, turned_away
from sla.state.state import State
from sla.views.status import StatusView, TimelineLine
from workflows import contract
from workflows.contract import workflow_id
from workflows.labels import details, first_attributes, listed_customer, summary

SKEW = timedelta(minutes=5)
"""How far ahead of ours the clock of an intake system may run."""

OLDEST = timedelta(days=366)
"""A ticket or an event older than this is taken for a mistake."""


class Desk:
    """Tickets by id, over one client. `ahead` is how far in the future a ticket may open (demos, tests).

    `plain_customers`: customers are listed by their address, not by a hash of it.
    """

    def __init__(
        self,
        client: Client,
        library: Library,
        *,
        ahead: timedelta = SKEW,
        task_queue: str = contract.TASK_QUEUE,
        plain_customers: bool = False,
    ) -> None:
        self._client = client
        self._ask = Questions(client)
        self._library = library
        self._ahead = ahead
        self._task_queue = task_queue
        self._plain = plain_customers

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
        known = await self._is_running(checked.id)
        await self._start(checked)
        return receipt_of(checked.id, duplicate=known)

    async def tell(self, ticket_id: str, event: Event) -> Receipt:
        """Give a ticket an event; a customer's reply after a solution or after its end goes where the policy says.

        An event without a time gets the present. Raises TicketNotFound, TicketClosed, TicketError, UnknownSeverity,
        ServerUnreachable.
        """
        if event.at is not None:
            self._check_instant("at", event.at)
        if event.event == "put_on_hold" and event.until is not None and event.until < _now() - SKEW:
            raise TicketError(f"until: {event.until:%Y-%m-%d %H:%M} UTC is past; a hold ends in the future")
        if event.event == "severity_changed":
            await check_severity(self._ask, self._library, ticket_id, event.severity)
        return await self._tell(ticket_id, event)

    async def _tell(self, ticket_id: str, event: Event) -> Receipt:
        """The ticket starts a follow-up ticket by itself; the receipt only says where the reply is going."""
        timed = event.model_copy(update={"at": _at(event)})
        foretold = await self._foretold(ticket_id, timed) if _is_reply(timed) else None
        receipt = await self._signal(ticket_id, timed)
        if receipt is None:
            return await self._tell_closed(ticket_id, timed)
        return foretold or receipt

    async def _signal(self, ticket_id: str, event: Event) -> Receipt | None:
        """The ticket is told; None where its workflow has ended, or never was."""
        try:
            await self._ask.handle(ticket_id).signal(event.event, event, rpc_timeout=RPC_TIMEOUT)
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise server_error(error) from error
            return None
        return receipt_of(ticket_id)

    async def _foretold(self, ticket_id: str, event: CustomerReplied) -> Receipt | None:
        """What a solved ticket is going to do with a reply; None where it keeps it, or no worker can tell."""
        if not await may_hand_on(self._ask, self._library, ticket_id):
            return None
        try:
            state = await self._ask.state(ticket_id)
        except (ServerUnreachable, TicketFailed):
            return None
        if event.id in state.seen:
            return receipt_of(ticket_id, duplicate=True)
        if turned_away(state, event.text, _at(event)) is not AfterClose.FOLLOW_UP_TICKET:
            return None
        return await self._handed_on(state, event)

    async def _handed_on(self, state: State, event: CustomerReplied) -> Receipt:
        try:
            new = following(state.ticket, state.severity, _at(event))
            if not await self._is_running(new.id):
                covered(new, state.ticket.channel, self.check)
        except (TicketError, PolicyError) as error:
            return receipt_of(state.ticket.id, refused=str(error))
        return receipt_of(new.id, followed_up=True)

    async def ended_badly(self, ticket_id: str) -> str | None:
        """In a sentence that its workflow was ended and not by closing the ticket; None where that is not so.

        Raises TicketNotFound, ServerUnreachable.
        """
        return await self._ask.ended_badly(ticket_id)

    async def status(self, ticket_id: str) -> StatusView:
        """The ticket now. Raises TicketNotFound, ServerUnreachable."""
        return await self._ask.query(ticket_id, contract.STATUS, StatusView)

    async def timeline(self, ticket_id: str) -> tuple[TimelineLine, ...]:
        """What happened to the ticket, oldest first. Raises TicketNotFound, ServerUnreachable."""
        return tuple(await self._ask.query(ticket_id, contract.TIMELINE, list[TimelineLine]))

    def _check_instant(self, field: str, instant: datetime) -> None:
        now = _now()
        if instant > now + self._ahead:
            raise TicketError(f"{field}: {instant:%Y-%m-%d %H:%M} UTC lies in the future")
        if instant < now - OLDEST:
            raise TicketError(f"{field}: {instant:%Y-%m-%d %H:%M} UTC is more than {OLDEST.days} days ago")

    async def _is_running(self, ticket_id: str) -> bool:
        return await self._ask.stage(ticket_id) == WorkflowExecutionStatus.RUNNING

    async def _start(self, ticket: Ticket, event: Event | None = None, state: State | None = None) -> None:
        """Start, or signal when it runs; with a `state` the closed ticket goes on under its own id."""
        failed_only = WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY  # a bad ticket may be opened again, mended
        reuse = WorkflowIDReusePolicy.ALLOW_DUPLICATE if state else failed_only
        try:
            await self._client.start_workflow(
                contract.WORKFLOW,
                carried(state) if state else NewTicket(ticket=ticket),
                id=workflow_id(ticket.id),
                task_queue=self._task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=reuse,
                search_attributes=first_attributes(ticket, listed_customer(ticket, plain=self._plain)),
                static_summary=summary(ticket),
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
        outcome = await self._ask.outcome(ticket_id)
        if event.id in outcome.seen:
            return receipt_of(ticket_id, duplicate=True)
        if not (_is_reply(event) or isinstance(event, Reopened)):
            raise TicketClosed(f"ticket {ticket_id} is closed")
        rule = after_close(outcome, event.text if _is_reply(event) else "", _at(event))
        if rule is None:
            return receipt_of(ticket_id, dropped=True)
        if rule is AfterClose.REOPEN:
            state = await self._ask.state(ticket_id)
            await self._start(state.ticket, event, state)
            return receipt_of(ticket_id)
        if rule is AfterClose.FOLLOW_UP_TICKET and _is_reply(event):
            return await self._follow_up(await self._ask.ticket(ticket_id), outcome.severity, event)
        raise TicketClosed(f"ticket {ticket_id} is closed; {instead(outcome, rule)}")

    async def _follow_up(self, old: Ticket, severity: str, event: CustomerReplied) -> Receipt:
        """The reply opens the follow-up ticket, or goes to it when it is open."""
        new = following(old, severity, _at(event))
        known = await self._follower(new)
        if known is not None and event.id in known.seen:
            return receipt_of(new.id, duplicate=True, followed_up=True)
        stage = await self._ask.stage(new.id)
        if stage == WorkflowExecutionStatus.RUNNING:
            receipt = await self._tell(new.id, event)
        elif stage == WorkflowExecutionStatus.COMPLETED:
            receipt = await self._tell_closed(new.id, event)
        else:
            await self._start(covered(new, old.channel, self.check), event)
            receipt = receipt_of(new.id)
        return receipt.model_copy(update={"followed_up": True})

    async def _follower(self, new: Ticket) -> State | None:
        """What a follow-up ticket knows; None when it is not there, or too young to be asked.

        Raises TicketError when that id is another ticket's.
        """
        try:
            if (await self._ask.ticket(new.id)).follows != new.follows:
                raise TicketError(f"id: the follow-up ticket would be {new.id}, and that is another ticket")
            return await self._ask.state(new.id)
        except (TicketNotFound, TicketFailed):
            return None


def _is_reply(event: Event) -> TypeGuard[CustomerReplied]:
    """Whether a person on the customer's side spoke."""
    return isinstance(event, CustomerReplied) and event.kind is ReplyKind.HUMAN


def _at(event: Event) -> datetime:
    """When it happened at its source, or now."""
    return event.at or _now()


def _now() -> datetime:
    return datetime.now(UTC)
