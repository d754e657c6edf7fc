"""A ticket's workflow: it receives, asks the engine, and does what that says. No rule is written here."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from pydantic import ValidationError
from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

import workflows.contract as contract
import workflows.options as options
from sla.base.errors import HoldfastError
from sla.engine import engine
from sla.engine.outcome import Outcome, canceled_before_terms
from sla.engine.run import Run
from sla.engine.start import CarriedTicket, NewTicket, Waiting, carried
from sla.inputs.ticket import Ticket
from sla.state.state import State
from sla.state.timeline import What
from sla.views.card import timer_summary
from sla.views.status import StatusView, TimelineLine, view, view_timeline
from workflows.alarm import Alarm
from workflows.arrivals import invalid, read_arrival, read_start, reason, waiting
from workflows.noticeboard import Noticeboard
from workflows.outside import Answered, Outside


@workflow.defn(dynamic=True)
class TicketWorkflow:
    """One support ticket, from opening to closing.

    It is dynamic so that arguments come raw and in any number: one too many would otherwise stop it for ever.
    """

    def __init__(self) -> None:
        self._inbox: list[Waiting] = []
        self._answers: list[Answered] = []
        self._alarm = Alarm()
        self._outside = Outside(self._answers.append)
        self._run: Run | None = None
        self._now = workflow.now()

    @workflow.run
    async def run(self, args: Sequence[RawValue]) -> Outcome:
        """Live until the ticket is closed and everything about it is told."""
        start, ignored = read_start(args)
        ticket = start.ticket if isinstance(start, NewTicket) else start.state.ticket
        _check_ids(ticket)
        self._board = Noticeboard()
        try:
            self._run = await self._begin(start)
        except asyncio.CancelledError:
            return canceled_before_terms(ticket, self._time())
        if ignored is not None:
            self._run = self._run.noting(self._time(), What.IGNORED, ignored)
        return await self._live(self._run)

    async def _begin(self, start: NewTicket | CarriedTicket) -> Run:
        if isinstance(start, CarriedTicket):
            self._inbox[:0] = start.inbox
            return Run(start.state)
        terms = await self._outside.resolve(start.ticket, self._time())
        try:
            run = engine.begin(start.ticket, terms, self._time())
        except HoldfastError as error:
            raise invalid(str(error)) from error
        return run if start.reply is None else engine.receive(run, start.reply, self._time())

    async def _live(self, run: Run) -> Outcome:
        while True:
            said = engine.advance(self._reported(run), self._time())
            run = self._run = said.run
            for request in said.requests:
                self._outside.do(request)
            if said.outcome is not None and not self._inbox:
                self._board.publish(run.state, None)
                self._alarm.cancel()
                return said.outcome
            if not run.steps:
                self._board.publish(run.state, said.next)
                self._carry_on(run)
            self._alarm.set(said.wake_at, timer_summary(run.state, said.next) if said.next else "")
            run = await self._news(run)

    def _reported(self, run: Run) -> Run:
        """The run with what happened since the last time: results, the alarm, and a batch of events."""
        while self._answers:
            request_id, result = self._answers.pop(0)
            if isinstance(result, Exception):
                raise result
            run = engine.answered(run, request_id, result, self._time())
        batch, self._inbox[:] = self._inbox[: options.BATCH], self._inbox[options.BATCH :]
        for arrival in batch:
            run = _received(run, arrival)
        rang_for = self._alarm.taken()
        return run if rang_for is None else engine.ring(run, rang_for)

    async def _news(self, run: Run) -> Run:
        """Wait until something happens. A backlog is taken in by batches, each in a workflow task of its own."""
        try:
            if self._inbox:
                await workflow.sleep(options.BETWEEN_BATCHES, summary=f"{len(self._inbox)} more events to take in")
            else:
                await workflow.wait_condition(lambda: bool(self._inbox or self._answers or self._alarm.rang_for))
        except asyncio.CancelledError:
            return engine.cancel(run, self._time())
        return run

    def _carry_on(self, run: Run) -> None:
        """A new run before a replay of this one gets slow."""
        info = workflow.info()
        long = info.is_continue_as_new_suggested() or info.get_current_history_length() >= options.LONGEST_HISTORY
        if long and run.is_idle and len(self._inbox) <= options.CARRIED_EVENTS:
            workflow.continue_as_new(args=[carried(run.state, tuple(self._inbox))])

    def _time(self) -> datetime:
        """The present (UTC); it never runs backwards."""
        self._now = max(self._now, workflow.now())
        return self._now

    @workflow.signal(dynamic=True)
    def arrive(self, name: str, args: Sequence[RawValue]) -> None:
        """An event, under its name. It is judged by the main loop."""
        self._inbox.append(waiting(name, args))

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
        if self._run is None:
            raise ApplicationError("the ticket has no terms yet", type="NotReady", non_retryable=True)
        return self._run.state


def _check_ids(ticket: Ticket) -> None:
    info = workflow.info()
    if info.workflow_type != contract.WORKFLOW:
        raise invalid(f"there is no workflow type {info.workflow_type}; there is {contract.WORKFLOW}")
    if info.workflow_id != contract.workflow_id(ticket.id):
        raise invalid(f"id: workflow {info.workflow_id} cannot hold ticket {ticket.id}; their ids must agree")


def _received(run: Run, arrival: Waiting) -> Run:
    try:
        event, ignored = read_arrival(arrival)
    except (ValidationError, HoldfastError) as error:
        workflow.logger.warning("event ignored: %s: %s", arrival.name, reason(error))
        return run.noting(arrival.at, What.IGNORED, f"{arrival.name}: {reason(error)}")
    run = engine.receive(run, event, arrival.at)
    return run if ignored is None else run.noting(arrival.at, What.IGNORED, ignored)
