"""The desk: the one place that starts and signals tickets.

What is not acceptable is refused here, before anything is started. What the desk has returned is in Temporal's history.
"""

from datetime import UTC, datetime, timedelta
from typing import TypeGuard

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from intake.labels import details, first_attributes
from intake.questions import RPC_TIMEOUT, Questions, server_error
from intake.reading import validated
from policies.entitled import admit
from policies.library import Library
from policies.terms import make_terms
from sla.errors import PolicyError, TicketClosed, TicketError, TicketNotFound, UnknownSeverity
from sla.event import CustomerReplied, Event, Reopened, ReplyKind
from sla.record import Record
from sla.replies import after_close, instead, turned_away
from sla.state import State, Status
from sla.terms import AfterClose
from sla.ticket import MAX_BODY, Ticket, successor
from sla.view import StatusView, TimelineLine
from workflows import contract
from workflows.contract import workflow_id

SKEW = timedelta(minutes=5)
"""How far ahead of ours the clock of an intake system may run."""

OLDEST = timedelta(days=366)
"""A ticket or an event older than this is taken for a mistake."""


class Receipt(Record):
    """What became of a ticket or an event: `duplicate` when it was known before, `ticket_id` where it went.

    `dropped`: thanks, or a confirmation, for a ticket that has ended; it changed nothing.
    """

    ticket_id: str
    workflow_id: str
    duplicate: bool = False
    followed_up: bool = False
    dropped: bool = False


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
        self._ask = Questions(client)
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
        known = await self._is_running(checked.id)
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
        return await self._tell(ticket_id, event)

    async def _tell(self, ticket_id: str, event: Event) -> Receipt:
        handed_on = await self._hand_on(ticket_id, event) if _is_reply(event) else None
        try:
            handle = self._ask.handle(ticket_id)
            await handle.signal(event.event, event, rpc_timeout=RPC_TIMEOUT)
        except RPCError as error:
            if error.status != RPCStatusCode.NOT_FOUND:
                raise server_error(error) from error
            return handed_on or await self._tell_closed(ticket_id, event)
        return handed_on or _receipt(ticket_id)

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

    async def _check_severity(self, ticket_id: str, severity: str) -> None:
        """A severity that the ticket's policy does not know is refused here; the ticket would only note it."""
        name = (await self._ask.describe(ticket_id)).typed_search_attributes.get(contract.POLICY)
        known = self._library.load(name).severities if name else (severity,)
        if severity not in known:
            raise UnknownSeverity(f"severity: policy {name} has no {severity!r}; there is {', '.join(known)}")

    async def _is_running(self, ticket_id: str) -> bool:
        try:
            return (await self._ask.describe(ticket_id)).status == WorkflowExecutionStatus.RUNNING
        except TicketNotFound:
            return False

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

    async def _hand_on(self, ticket_id: str, event: CustomerReplied) -> Receipt | None:
        """A reply to a solved ticket opens the follow-up ticket first, where the policy wants one; else nothing.

        Hazard: the solved ticket must hear of the reply second, so that a call that broke off in between is repeated
        whole. Only where the policy at hand wants follow-up tickets is the ticket itself asked: that takes a worker.
        """
        known = (await self._ask.describe(ticket_id)).typed_search_attributes
        policy = known.get(contract.POLICY)
        if policy is None or known.get(contract.TICKET_STATUS) != Status.SOLVED or not self._may_hand_on(policy):
            return None
        state: State = await self._ask.query(ticket_id, contract.STATE, State)
        if turned_away(state, event.text, _at(event)) is not AfterClose.FOLLOW_UP_TICKET:
            return None
        new = _following(state.ticket, state.severity, event)
        if event.id in state.seen and event.id not in await self._seen(new):
            return None  # heard before the solution, and told again
        return await self._follow_up(new, event)

    def _may_hand_on(self, policy: str) -> bool:
        """Whether the ticket has to be asked. A policy that is broken by now says nothing about its open tickets."""
        try:
            return self._library.load(policy).replies.solved is AfterClose.FOLLOW_UP_TICKET
        except PolicyError:
            return True

    async def _tell_closed(self, ticket_id: str, event: Event) -> Receipt:
        """An event for a ticket that has ended, or never was."""
        outcome = await self._ask.outcome(ticket_id)
        if event.id in outcome.seen:
            return _receipt(ticket_id, duplicate=True)
        if not (_is_reply(event) or isinstance(event, Reopened)):
            raise TicketClosed(f"ticket {ticket_id} is closed")
        rule = after_close(outcome, event.text if _is_reply(event) else "", _at(event))
        if rule is None:
            return _receipt(ticket_id, dropped=True)
        if rule is AfterClose.REOPEN:
            state: State = await self._ask.query(ticket_id, contract.STATE, State)
            await self._start(state.ticket, event, state)
            return _receipt(ticket_id)
        if rule is AfterClose.FOLLOW_UP_TICKET and _is_reply(event):
            old = await self._ask.ticket(ticket_id)
            return await self._follow_up(_following(old, outcome.severity, event), event)
        raise TicketClosed(f"ticket {ticket_id} is closed; {instead(outcome, rule)}")

    async def _follow_up(self, new: Ticket, event: CustomerReplied) -> Receipt:
        """The reply opens the follow-up ticket, or goes to it when it is open."""
        if event.id in await self._seen(new):
            return _receipt(new.id, duplicate=True, followed_up=True)
        if await self._is_running(new.id):
            return (await self._tell(new.id, event)).model_copy(update={"followed_up": True})
        try:
            await self._start(self.check(new), event)
        except TicketClosed:
            return await self._tell_closed(new.id, event)
        return _receipt(new.id, followed_up=True)

    async def _seen(self, follow_up: Ticket) -> tuple[str, ...]:
        """The event ids a follow-up ticket had, none when it is not there. Raises TicketError when it is another's."""
        try:
            state: State = await self._ask.query(follow_up.id, contract.STATE, State)
        except TicketNotFound:
            return ()
        if state.ticket.follows != follow_up.follows:
            raise TicketError(f"id: the follow-up ticket would be {follow_up.id}, and that is another ticket")
        return state.seen


def _is_reply(event: Event) -> TypeGuard[CustomerReplied]:
    """Whether a person on the customer's side spoke."""
    return isinstance(event, CustomerReplied) and event.kind is ReplyKind.HUMAN


def _following(old: Ticket, severity: str, event: CustomerReplied) -> Ticket:
    """The follow-up ticket of a ticket; its id follows from the old one's. Raises TicketError."""
    facts = {"id": successor(old), "opened_at": _at(event), "follows": old.id, "severity": severity, "link": None}
    return validated(Ticket, {**old.model_dump(), **facts})


def _at(event: Event) -> datetime:
    """When it happened at its source, or now."""
    return event.at or _now()


def _now() -> datetime:
    return datetime.now(UTC)


def _receipt(ticket_id: str, *, duplicate: bool = False, followed_up: bool = False, dropped: bool = False) -> Receipt:
    return Receipt(
        ticket_id=ticket_id,
        workflow_id=workflow_id(ticket_id),
        duplicate=duplicate,
        followed_up=followed_up,
        dropped=dropped,
    )
