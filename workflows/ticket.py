"""A ticket's life: one loop that waits, records and calls. Every rule is asked of `sla`."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ActivityError, ApplicationError, TimeoutError, TimeoutType, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from pydantic import ValidationError

    from activities.notifications import Notifications
    from activities.terms import ExtensionRequest, TermsDesk, TermsRequest
    from sla.base.errors import HoldfastError, PastHorizon
    from sla.inputs.terms import Terms
    from sla.inputs.ticket import Ticket
    from sla.rules.events import apply, opened
    from sla.rules.reply_meaning import Aftermath, aftermath
    from sla.state.notification import Delivery, Fate, Notification
    from sla.state.state import State, What
    from sla.steps.agenda import is_over, next_step
    from sla.steps.delivery import done, notification_id, settle
    from sla.steps.message import compose
    from sla.steps.step import Step
    from sla.views.status import StatusView, TimelineLine, is_breached, view, view_timeline
    from workflows import contract, options
    from workflows.alarm import Alarm
    from workflows.arrivals import NOTHING, read_arrival, read_start, reason
    from workflows.mailbox import Mailbox
    from workflows.noticeboard import Noticeboard

_T = TypeVar("_T")


@workflow.defn(name=contract.WORKFLOW)
class TicketWorkflow(Mailbox):
    """One support ticket, from opening to closing."""

    @workflow.init
    def __init__(self, ticket: RawValue = NOTHING) -> None:
        """`ticket` is the JSON of a Ticket, or of the State of an earlier run of the same ticket."""
        super().__init__()
        self._alarm = Alarm()
        self._board = Noticeboard()
        self._state: State | None = None

    @workflow.run
    async def run(self, ticket: RawValue = NOTHING) -> contract.Outcome:
        """Live until the ticket is closed and everything about it is told."""
        await self._begin(read_start(ticket))
        try:
            return await self._live()
        except HoldfastError as error:
            raise _refusal(error) from error

    async def _live(self) -> contract.Outcome:
        while True:
            await self._take_in()
            step = await self._with_horizon(lambda: next_step(self._now_state()))
            if self._inbox:
                continue  # it came while the calendars were made longer, and goes first
            if step is not None and step.wake_at <= workflow.now():
                await self._do(step)
            elif is_over(self._now_state()):
                left = await self._with_horizon(lambda: aftermath(self._now_state()))
                if not self._inbox:
                    return await self._end(left)
            else:
                await self._wait_for(step)

    async def _begin(self, start: Ticket | State) -> None:
        ticket = start if isinstance(start, Ticket) else start.ticket
        if workflow.info().workflow_id != contract.workflow_id(ticket.id):
            why = f"id: workflow {workflow.info().workflow_id} cannot hold ticket {ticket.id}; their ids must agree"
            raise ApplicationError(why, type="InvalidTicket", non_retryable=True)
        if isinstance(start, State):
            self._state = start
            return
        terms = await self._resolve(ticket)
        try:
            self._state = opened(ticket, terms)
        except HoldfastError as error:
            raise _refusal(error) from error

    async def _resolve(self, ticket: Ticket) -> Terms:
        return await workflow.execute_local_activity_method(
            TermsDesk.resolve_terms,
            TermsRequest(ticket=ticket, now=workflow.now()),
            start_to_close_timeout=options.LOOK_UP_TIMEOUT,
            retry_policy=options.LOOK_UP,
            summary=f"terms of policy {ticket.policy}",
        )

    async def _extend(self, state: State, needed: datetime) -> Terms:
        return await workflow.execute_local_activity_method(
            TermsDesk.extend_terms,
            ExtensionRequest(ticket=state.ticket, terms=state.terms, needed=needed),
            start_to_close_timeout=options.LOOK_UP_TIMEOUT,
            retry_policy=options.LOOK_UP,
            summary=f"calendars past {needed:%Y-%m-%d}",
        )

    def _now_state(self) -> State:
        assert self._state is not None  # set before the loop begins
        return self._state

    async def _with_horizon(self, ask: Callable[[], _T]) -> _T:
        """An answer of the core; while it lies past the calendars, they are made longer and it is asked again."""
        for _ in range(options.EXTENSIONS):
            try:
                return ask()
            except PastHorizon as error:
                state = self._now_state()
                terms = await self._extend(state, error.needed)
                self._state = state.evolve(terms=terms).noting(workflow.now(), What.TERMS, "calendars reach further")
        return ask()

    async def _take_in(self) -> None:
        """Everything that reached history so far, before anything that is due: a reply wins."""
        while self._inbox:
            arrival = self._inbox.pop(0)
            try:
                event = read_arrival(arrival)
                self._state = await self._with_horizon(lambda: apply(self._now_state(), event, arrival.at))  # noqa: B023
            except (ValidationError, HoldfastError) as error:
                why = f"{arrival.name}: {reason(error)}"
                self._state = self._now_state().noting(arrival.at, What.IGNORED, why)
                workflow.logger.warning("event ignored: %s", why)

    async def _do(self, step: Step) -> None:
        notification = compose(self._now_state(), step, workflow.now())
        if notification is None:
            self._state = await self._with_horizon(lambda: done(self._now_state(), step, workflow.now()))
            return
        delivery = await self._send(notification, step)
        self._state = await self._with_horizon(lambda: settle(self._now_state(), step, delivery, workflow.now()))

    async def _send(self, notification: Notification, step: Step) -> Delivery:
        try:
            return await workflow.execute_activity_method(
                Notifications.send_notification,
                notification,
                start_to_close_timeout=options.SEND_TIMEOUT,
                heartbeat_timeout=options.HEARTBEAT_TIMEOUT,
                schedule_to_start_timeout=options.PICK_UP_TIMEOUT,
                retry_policy=options.ONCE,
                summary=f"{step.key} to {notification.audience}",
            )
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise  # a cancellation comes once: swallowed here, the ticket could never be cancelled again
            if isinstance(error.cause, TimeoutError) and error.cause.type == TimeoutType.SCHEDULE_TO_START:
                return Delivery(fate=Fate.NOT_SENT, detail="no worker took it")
            return await self._fate(notification_id(self._now_state(), step))

    async def _fate(self, identity: str) -> Delivery:
        return await workflow.execute_local_activity_method(
            Notifications.tell_fate,
            identity,
            start_to_close_timeout=options.LOOK_UP_TIMEOUT,
            retry_policy=options.LOOK_UP,
            summary=f"fate of {identity}",
        )

    async def _wait_for(self, step: Step | None) -> None:
        await self._with_horizon(lambda: self._board.publish(self._now_state(), step, workflow.now()))
        if self._inbox:
            return
        state = self._now_state()
        if workflow.info().is_continue_as_new_suggested() and workflow.all_handlers_finished():
            workflow.continue_as_new(state)
        self._alarm.reset()
        if step is not None:
            self._alarm.set(step.wake_at, self._board.timer_summary(state, step))
        await workflow.wait_condition(lambda: bool(self._inbox) or self._alarm.rung)

    async def _end(self, left: Aftermath) -> contract.Outcome:
        """Only from here the workflow ends: handlers are done and everything is told."""
        self._alarm.cancel()
        await self._with_horizon(lambda: self._board.publish(self._now_state(), None, workflow.now()))
        state = self._now_state()
        await workflow.wait_condition(workflow.all_handlers_finished)
        assert state.closing is not None  # a closed ticket has its closing
        return contract.Outcome(
            ticket_id=state.ticket.id,
            subject=state.ticket.subject,
            closing=state.closing,
            severity=state.severity,
            follow_ups=state.follow_ups,
            breached=is_breached(state, workflow.now()),
            seen=state.seen,
            **dict(left),
        )

    @workflow.query(name=contract.STATUS)
    def status(self) -> StatusView:
        """The ticket now: clocks, due instants, what comes next."""
        return view(self._known(), workflow.now())

    @workflow.query(name=contract.TIMELINE)
    def timeline(self) -> tuple[TimelineLine, ...]:
        """What happened, oldest first."""
        return view_timeline(self._known())

    @workflow.query(name=contract.STATE)
    def state(self) -> State:
        """The whole state, from which a closed ticket can be reopened."""
        return self._known()

    def _known(self) -> State:
        if self._state is None:
            raise ApplicationError("the ticket has no terms yet", type="NotReady", non_retryable=True)
        return self._state


def _refusal(error: HoldfastError) -> ApplicationError:
    return ApplicationError(str(error), type=type(error).__name__, non_retryable=True)
