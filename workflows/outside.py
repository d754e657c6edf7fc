"""The requests of the engine, done: each runs beside the main loop and reports its result."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, assert_never

from temporalio import workflow
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    ChildWorkflowError,
    FailureError,
    TimeoutError,
    TimeoutType,
    WorkflowAlreadyStartedError,
)

import workflows.contract as contract
import workflows.labels as labels
import workflows.options as options
from sla.engine.requests import ExtendCalendars, Failure, Request, Result, Send, StartFollowUp
from sla.engine.start import NewTicket
from sla.inputs.event import CustomerReplied
from sla.inputs.terms import Terms
from sla.inputs.terms_request import ExtensionRequest, TermsRequest
from sla.inputs.ticket import Ticket
from sla.state.notification import BEGUN, Attempt, Delivery, Fate, Notification


class Answered(NamedTuple):
    """The result of a request, under its id."""

    request_id: str
    result: Result | Exception


class Outside:
    """Activities and child workflows. A request to cancel the ticket does not reach what is under way."""

    def __init__(self, report: Callable[[Answered], None]) -> None:
        self._report = report
        self._tasks: set[asyncio.Task[None]] = set()

    def do(self, request: Request) -> None:
        """Begin a request; its result is reported."""
        task = asyncio.create_task(self._answer(request))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def resolve(self, ticket: Ticket, now: datetime) -> Terms:
        """The terms of a ticket. Raises FailureError when it cannot have any."""
        return await workflow.execute_local_activity(
            contract.RESOLVE_TERMS,
            TermsRequest(ticket=ticket, now=now),
            result_type=Terms,
            start_to_close_timeout=options.LOOK_UP_TIMEOUT,
            retry_policy=options.LOOK_UP,
            summary=f"terms of policy {ticket.policy}",
        )

    async def _answer(self, request: Request) -> None:
        """Hazard: an exception of a task beside the main loop is only logged; it is reported, to be raised there."""
        try:
            result: Result | Exception = await self._result(request)
        except Exception as error:
            result = error
        self._report(Answered(request.id, result))

    async def _result(self, request: Request) -> Result:
        match request:
            case Send():
                return await _send(request)
            case ExtendCalendars():
                return await _extend(request)
            case StartFollowUp():
                return await self._start_follow_up(request)
            case _:
                assert_never(request)

    async def _start_follow_up(self, request: StartFollowUp) -> Delivery:
        why = ""
        for ticket in request.tickets:
            try:
                await self.resolve(ticket, request.reply.at or workflow.now())
            except FailureError as error:
                why = _why(error)
            else:
                return await _start(ticket, request.reply)
        handed_over = await _hand_over(request.tickets[0], request.reply)
        return handed_over if handed_over.fate is Fate.SENT else Delivery(fate=Fate.REFUSED, detail=why[:500])


async def _send(request: Send) -> Delivery:
    try:
        return await workflow.execute_activity(
            contract.SEND_NOTIFICATION,
            request.notification,
            result_type=Delivery,
            start_to_close_timeout=options.SEND_TIMEOUT,
            heartbeat_timeout=options.HEARTBEAT_TIMEOUT,
            schedule_to_start_timeout=options.PICK_UP_TIMEOUT,
            retry_policy=options.ONCE,
            summary=request.words,
        )
    except ActivityError as error:
        if isinstance(error.cause, TimeoutError) and error.cause.type == TimeoutType.SCHEDULE_TO_START:
            return Delivery(fate=Fate.NOT_SENT, detail="no worker took it")
        return await _fate(request.notification, begun=_had_begun(error))


def _had_begun(error: ActivityError) -> bool:
    """Whether a send may have begun: its last sign of life, which the server keeps, says so.

    A channel answers when it is canceled. Where the shutdown left no answer, the channel had not been asked yet.
    """
    if isinstance(error.cause, ApplicationError) and error.cause.type == options.STOPPED:
        return False
    return not isinstance(error.cause, TimeoutError) or BEGUN in error.cause.last_heartbeat_details


async def _fate(notification: Notification, *, begun: bool) -> Delivery:
    """What became of an attempt whose worker died before it could answer."""
    return await workflow.execute_local_activity(
        contract.TELL_FATE,
        Attempt(notification=notification, begun=begun),
        result_type=Delivery,
        start_to_close_timeout=options.LOOK_UP_TIMEOUT,
        retry_policy=options.LOOK_UP,
        summary=f"fate of {notification.id}",
    )


async def _extend(request: ExtendCalendars) -> Terms | Failure:
    try:
        return await workflow.execute_local_activity(
            contract.EXTEND_TERMS,
            ExtensionRequest(ticket=request.ticket, terms=request.terms, needed=request.needed),
            result_type=Terms,
            start_to_close_timeout=options.LOOK_UP_TIMEOUT,
            retry_policy=options.LOOK_UP_ONCE,
            summary=f"calendars past {request.needed:%Y-%m-%d}",
        )
    except FailureError as error:
        return Failure(_why(error))


async def _start(ticket: Ticket, reply: CustomerReplied) -> Delivery:
    """The follow-up ticket, started with the reply; where its id is taken, that ticket gets the reply."""
    customer = workflow.info().typed_search_attributes.get(contract.CUSTOMER) or labels.listed_customer(ticket)
    try:
        await workflow.start_child_workflow(
            contract.WORKFLOW,
            NewTicket(ticket=ticket, reply=reply),
            id=contract.workflow_id(ticket.id),
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            id_reuse_policy=options.FAILED_MAY_START_AGAIN,
            search_attributes=labels.first_attributes(ticket, customer),
            static_summary=labels.summary(ticket),
            static_details=labels.details(ticket),
        )
    except (WorkflowAlreadyStartedError, ChildWorkflowError):
        return await _hand_over(ticket, reply)
    return Delivery(fate=Fate.SENT)


async def _hand_over(ticket: Ticket, reply: CustomerReplied) -> Delivery:
    try:
        await workflow.get_external_workflow_handle(contract.workflow_id(ticket.id)).signal(reply.event, reply)
    except FailureError as error:
        return Delivery(fate=Fate.REFUSED, detail=f"it is closed, and did not get the reply: {error}"[:500])
    return Delivery(fate=Fate.SENT)


def _why(error: FailureError) -> str:
    """Hazard: a local activity that fails for good raises its own error, not an ActivityError around it."""
    cause = error.cause if isinstance(error, ActivityError) else error
    return cause.message if isinstance(cause, FailureError) else str(cause)
