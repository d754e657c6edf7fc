"""A ticket's life: one loop that waits, records and calls. Every rule is asked of `sla`."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar, cast

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ActivityError, ApplicationError, TimeoutError, TimeoutType

with workflow.unsafe.imports_passed_through():
    from pydantic import TypeAdapter, ValidationError

    from activities.notifications import Notifications
    from activities.terms import ExtensionRequest, TermsDesk, TermsRequest
    from sla.agenda import Step, is_over, next_step
    from sla.errors import HoldfastError, PastHorizon, TicketError
    from sla.event import Event
    from sla.letters import compose
    from sla.lifecycle import apply, opened
    from sla.notification import Delivery, Fate, Notification
    from sla.settling import done, notification_id, settle
    from sla.state import State, What
    from sla.terms import Terms
    from sla.ticket import Ticket
    from sla.view import StatusView, TimelineLine, is_breached, view, view_timeline
    from workflows import contract, options
    from workflows.alarm import Alarm
    from workflows.noticeboard import Noticeboard

_EVENT: TypeAdapter[Event] = TypeAdapter(Event)
_T = TypeVar("_T")


class Arrival(NamedTuple):
    """A signal as it came: judged by the main loop, never in the handler, where an error would end the ticket."""

    name: str
    payload: Any
    at: datetime


@workflow.defn(name=contract.WORKFLOW)
class TicketWorkflow:
    """One support ticket, from opening to closing."""

    @workflow.init
    def __init__(self, ticket: Any, carried: Any = None) -> None:
        """`ticket` is the JSON of a Ticket; `carried` the state of an earlier run of the same ticket."""
        self._inbox: list[Arrival] = []
        self._alarm = Alarm()
        self._board = Noticeboard()
        self._state: State | None = None

    @workflow.run
    async def run(self, ticket: Any, carried: Any = None) -> contract.Outcome:
        """Live until the ticket is closed and everything about it is told."""
        await self._begin(_checked(Ticket, ticket), carried)
        while True:
            await self._take_in()
            step = await self._with_horizon(lambda: next_step(self._now_state()))
            if step is not None and step.wake_at <= workflow.now():
                await self._do(step)
            elif is_over(self._now_state()) and not self._inbox:
                return await self._end()
            else:
                await self._wait_for(step)

    async def _begin(self, ticket: Ticket, carried: Any) -> None:
        if carried is not None:
            self._state = _checked(State, carried)
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
        """An answer of the core; when it lies past the calendars, fresh terms are made once and it is asked again."""
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
                event = _EVENT.validate_python(_named(arrival))
                self._state = await self._with_horizon(lambda: apply(self._now_state(), event, arrival.at))  # noqa: B023
            except (ValidationError, HoldfastError) as error:
                why = f"{arrival.name}: {_reason(error)}"
                self._state = self._now_state().noting(arrival.at, What.IGNORED, why)
                workflow.logger.warning("event ignored: %s", why)

    async def _do(self, step: Step) -> None:
        state = self._now_state()
        notification = compose(state, step, workflow.now())
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
                schedule_to_start_timeout=options.PICK_UP_TIMEOUT,
                retry_policy=options.ONCE,
                summary=f"{step.key} to {notification.audience}",
            )
        except ActivityError as error:
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
        state = self._now_state()
        if workflow.info().is_continue_as_new_suggested() and workflow.all_handlers_finished():
            workflow.continue_as_new(args=[state.ticket, state])
        self._alarm.reset()
        if step is not None:
            self._alarm.set(step.wake_at, self._board.timer_summary(state, step))
        await workflow.wait_condition(lambda: bool(self._inbox) or self._alarm.rung)

    async def _end(self) -> contract.Outcome:
        """Only from here the workflow ends: handlers are done and everything is told."""
        self._alarm.cancel()
        state = self._now_state()
        self._board.publish(state, None, workflow.now())
        await workflow.wait_condition(workflow.all_handlers_finished)
        assert state.closing is not None  # a closed ticket has its closing
        return contract.Outcome(
            ticket_id=state.ticket.id,
            subject=state.ticket.subject,
            closing=state.closing,
            follow_ups=state.follow_ups,
            breached=is_breached(state, workflow.now()),
            after_close=state.terms.after_close,
            seen=state.seen,
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

    @workflow.signal
    def customer_replied(self, event: Any = None) -> None:
        """The customer's side sent a message."""
        self._arrive("customer_replied", event)

    @workflow.signal
    def agent_replied(self, event: Any = None) -> None:
        """One of us answered the customer."""
        self._arrive("agent_replied", event)

    @workflow.signal
    def severity_changed(self, event: Any = None) -> None:
        """The ticket has another severity."""
        self._arrive("severity_changed", event)

    @workflow.signal
    def closed(self, event: Any = None) -> None:
        """One of us closed the ticket."""
        self._arrive("closed", event)

    @workflow.signal(dynamic=True)
    def anything_else(self, name: str, args: Sequence[RawValue]) -> None:
        """A signal we do not know: written down as ignored, never lost in silence."""
        self._arrive(name, None)

    def _arrive(self, name: str, payload: Any) -> None:
        self._inbox.append(Arrival(name, payload, workflow.now()))


def _named(arrival: Arrival) -> dict[str, Any]:
    """The payload under its signal's name: what it calls itself does not count."""
    payload: Any = arrival.payload
    if not isinstance(payload, dict):
        raise TicketError("its argument must be a JSON object with at least an id")
    fields = cast("dict[str, Any]", payload)
    return {**fields, "event": arrival.name}


def _checked(model: type[Any], value: Any) -> Any:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise ApplicationError(_reason(error), type="InvalidTicket", non_retryable=True) from error


def _reason(error: ValidationError | HoldfastError) -> str:
    if isinstance(error, HoldfastError):
        return str(error)
    return "; ".join(f"{'.'.join(map(str, each['loc'])) or 'value'}: {each['msg']}" for each in error.errors()[:5])[
        :500
    ]


def _refusal(error: HoldfastError) -> ApplicationError:
    return ApplicationError(str(error), type=type(error).__name__, non_retryable=True)
