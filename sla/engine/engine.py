"""The one loop of a ticket, without any input or output: given the state and the time it says what to do next.

A driver (the workflow, the simulator, the replay check) reports what happens with `receive`, `cancel`, `ring` and
`answered`, which only take note of it, and asks `advance` what to do. It does the requests, in any order and at the
same time, sets its alarm to the instant of the next step, and reports again.

Hazard: what is due is decided by the instant for which the alarm rang, never by comparing `now` with a due instant.
Temporal may run a workflow with the time of an earlier task (a query that waits while no worker polls); with a
decision by `now`, replay would then take another path, and the ticket could never go on. `now` only dates what is
written.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sla.base.errors import HoldfastError, PastHorizon
from sla.engine.outcome import Outcome, outcome
from sla.engine.requests import ExtendCalendars, Failure, Request, Result, Send, StartFollowUp
from sla.engine.run import Answer, Arrived, Run
from sla.inputs.event import Event
from sla.inputs.terms import Terms
from sla.inputs.ticket import Ticket
from sla.rules.closing import close
from sla.rules.events import apply, opened
from sla.state.notification import Delivery
from sla.state.state import Closing, Retry, State, Status, Trouble
from sla.state.timeline import What
from sla.steps.agenda import Step, agenda
from sla.steps.delivery import done, next_try, settle
from sla.steps.follow_up_ticket import FollowUpTicketStep
from sla.steps.message import compose
from sla.steps.pruning import pruned

CALENDARS = "calendars"
"""The code of the trouble that calendars could not be made longer."""

PLANNING = "planning"
"""The code of the trouble that it cannot be said what is due next."""


SOON = timedelta(minutes=10)
"""How far ahead the alarm is set while a message is on its way."""


@dataclass(frozen=True)
class Advance:
    """What the engine says: the ticket now, what to do, what comes next, and when to ring the alarm (UTC; None: never).

    `outcome` is there once the ticket is closed and nothing more has to be told.
    """

    run: Run
    requests: tuple[Request, ...] = ()
    next: Step | None = None
    wake_at: datetime | None = None
    outcome: Outcome | None = None


def begin(ticket: Ticket, terms: Terms, now: datetime) -> Run:
    """A new ticket. Raises UnknownSeverity."""
    return Run(opened(ticket, terms, now))


def receive(run: Run, event: Event, at: datetime) -> Run:
    """The run with an event that reached the ticket at `at` (UTC)."""
    return replace(run, inbox=(*run.inbox, Arrived(event, at)))


def cancel(run: Run, at: datetime) -> Run:
    """The run with a request to cancel the ticket: it is closed before anything else is taken in."""
    return replace(run, inbox=(Arrived(None, at), *run.inbox))


def ring(run: Run, at: datetime) -> Run:
    """The run after the alarm rang for `at` (UTC): what is due by then is due."""
    return run.having(run.state.evolve(woken_at=max(at, run.state.woken_at)))


def answered(run: Run, request_id: str, result: Result, at: datetime) -> Run:
    """The run with the result of a request, which came at `at` (UTC)."""
    return replace(run, answers=(*run.answers, Answer(request_id, result, at)))


def advance(run: Run, now: datetime) -> Advance:
    """What to do next: results and events first, then what is due. Raises nothing.

    The alarm does not ring early: where it rang for a later instant than `now`, it is at least that late.
    """
    now, requests = max(now, run.state.woken_at), list[Request]()
    while True:
        try:
            following = _settled(run) or _taken_in(run) or _stepped(run, now)
            if following is None:
                return _waiting(run, requests)
        except PastHorizon as error:
            return _short(run, requests, error)
        except HoldfastError as error:
            return _stuck(run, requests, error)
        run, request = following
        requests.extend([request] if request else [])


_Moved = tuple[Run, Request | None]


def _settled(run: Run) -> _Moved | None:
    """The oldest result, dealt with."""
    if not run.answers:
        return None
    answer = run.answers[0]
    run = replace(run, answers=run.answers[1:])
    if isinstance(answer.result, Delivery):
        return _delivered(run, answer, answer.result), None
    return _extended(run, answer), None


def _delivered(run: Run, answer: Answer, delivery: Delivery) -> Run:
    step = run.steps[answer.id]
    state = run.state.evolve(sending=tuple(key for key in run.state.sending if key != step.key))
    state = settle(state, step, delivery, max(answer.at, state.woken_at))
    return replace(run, state=state, steps={key: each for key, each in run.steps.items() if key != answer.id})


def _extended(run: Run, answer: Answer) -> Run:
    """Longer calendars; or the trouble that there are none, until a later try."""
    run = replace(run, extending=False)
    if isinstance(answer.result, Terms):
        state = run.state.evolve(terms=answer.result, extension=None).untroubled(CALENDARS)
        return run.having(state.noting(answer.at, What.TERMS, "calendars reach further"))
    why = answer.result.why if isinstance(answer.result, Failure) else ""
    tries = 1 + (run.state.extension.tries if run.state.extension else 0)
    trouble = Trouble(audience="internal", why=f"the calendars cannot be made longer: {why}"[:300], code=CALENDARS)
    state = run.state.untroubled(CALENDARS).troubled(trouble)
    state = state.evolve(extension=Retry(tries=tries, at=next_try(tries, answer.at)))
    return run.having(state if tries > 1 else state.noting(answer.at, What.CALENDARS, trouble.why))


def _taken_in(run: Run) -> _Moved | None:
    """The oldest event, applied."""
    if not run.inbox:
        return None
    arrived = run.inbox[0]
    run = replace(run, inbox=run.inbox[1:])
    if arrived.event is None:
        return run.having(pruned(_canceled(run.state, arrived.at))), None
    return run.having(take_in(run.state, arrived.event, arrived.at)), None


def _canceled(state: State, at: datetime) -> State:
    """Closed by an operator; where the calendars do not reach, without a verdict on the clocks."""
    closing = Closing(at=max(at, state.since), by="operator", reason="canceled")
    try:
        return close(state, closing)
    except HoldfastError:
        clocks = tuple(clock.give_up(closing.at) for clock in state.clocks)
        return close(state.evolve(clocks=clocks), closing)


def take_in(state: State, event: Event, now: datetime) -> State:
    """The state after an event that arrived at `now` (UTC); what cannot be applied is noted. Raises PastHorizon."""
    if event.id in state.seen:
        return state
    at = max(min(event.at or _latest(state, now), now), state.ticket.opened_at)
    if event.at is None and at < now:
        what = f"{event.event}: without a time, counts as at the due instant that had passed"
        state = state.noting(now, What.UNTIMED, what, at)
    try:
        return pruned(apply(state, event, at))
    except PastHorizon:
        raise
    except HoldfastError as error:
        return state.noting(now, What.IGNORED, f"{event.event}: {error}")


def _latest(state: State, now: datetime) -> datetime:
    """The latest instant that is fair to an event without a time: before what is due and was not done yet.

    Had a worker been there, it would have been done on time, unless the event had come first.
    """
    try:
        steps = agenda(state)
    except PastHorizon:
        raise
    except HoldfastError:
        return now
    return min([step.wake_at for step in steps if step.waits_for_alarm] + [now])


def _stepped(run: Run, now: datetime) -> _Moved | None:
    """The first step that is due, done, or with its request on the way."""
    step = next((step for step in agenda(run.state) if _is_due(run, step)), None)
    if step is None:
        return None
    request = _request(run.state, step, now)
    if request is None:
        return run.having(done(run.state, step, now)), None
    state = run.state.evolve(sending=(*run.state.sending, step.key))
    return replace(run, state=state, steps={**run.steps, request.id: step}), request


def _is_due(run: Run, step: Step) -> bool:
    """One message at a time for each conversation, so that they leave, and thread, in their order."""
    if step.key in run.state.sending:
        return False
    if step.audience is not None and any(step.audience == other.audience for other in run.steps.values()):
        return False
    return not _waits(run.state, step) or step.wake_at <= run.state.woken_at


def _waits(state: State, step: Step) -> bool:
    """Whether a step needs the alarm; before a ticket that was announced is opened, every step of its life does."""
    return step.waits_for_alarm or (state.woken_at < state.ticket.opened_at and state.status is not Status.CLOSED)


def _request(state: State, step: Step, now: datetime) -> Request | None:
    if isinstance(step, FollowUpTicketStep):
        old_channel = step.ticket.model_copy(update={"channel": state.ticket.channel})
        return StartFollowUp(step.key, (step.ticket, old_channel), step.successor.reply)
    notification = compose(state, step, now)
    return None if notification is None else Send(step.key, notification, f"{step.key} to {notification.audience}")


def _waiting(run: Run, requests: list[Request]) -> Advance:
    if run.state.troubles:
        run = run.having(run.state.untroubled(PLANNING))
    steps = agenda(run.state)
    if run.is_idle and not steps and run.state.status == Status.CLOSED:
        return Advance(run, tuple(requests), outcome=outcome(run.state))
    following = next((step for step in steps if _is_ahead(run.state, step)), None)
    wake_at = following.wake_at if following and _is_worth_a_timer(run, following) else None
    return Advance(run, tuple(requests), following, wake_at)


def _is_ahead(state: State, step: Step) -> bool:
    return _waits(state, step) and step.wake_at > state.woken_at and step.key not in state.sending


def _is_worth_a_timer(run: Run, step: Step) -> bool:
    """A timer beside a message on its way is most often replaced when that has left: only what is due soon has one."""
    latest = max((each.due_at for each in run.steps.values()), default=None)
    return latest is None or step.wake_at - max(latest, run.state.woken_at) <= SOON


def _short(run: Run, requests: list[Request], error: PastHorizon) -> Advance:
    """The calendars end too early: longer ones are asked for, or tried again at their time."""
    retry = run.state.extension
    if run.extending:
        return Advance(run, tuple(requests))
    if retry is not None and retry.at > run.state.woken_at:
        return Advance(run, tuple(requests), wake_at=retry.at)
    request = ExtendCalendars(CALENDARS, run.state.ticket, run.state.terms, error.needed)
    return Advance(replace(run, extending=True), (*requests, request))


def _stuck(run: Run, requests: list[Request], error: HoldfastError) -> Advance:
    """It cannot be said what is due next: the ticket is listed as troubled and waits for events."""
    trouble = Trouble(audience="internal", why=f"what is due next cannot be said: {error}"[:300], code=PLANNING)
    return Advance(run.having(run.state.troubled(trouble)), tuple(requests))
