"""What an event does to a ticket: `opened` makes its first state, `apply` takes it on from there.

Pure: the same state, event and `now` always give the same state. `now` is the instant of arrival (UTC); an event counts
from its own `at` where it has one, never later than `now` and never before the ticket was opened.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import assert_never

from sla.clock import Clock, deadline
from sla.event import AgentReplied, Closed, CustomerReplied, Event, SeverityChanged, Voice
from sla.ladder import Ladder, LadderKind
from sla.state import KEPT_CLOCKS, KEPT_IDS, Closing, Notice, State, Status, What
from sla.terms import Objective, Target, Terms
from sla.ticket import Ticket

_AT_OPENING = (Objective.FIRST_RESPONSE, Objective.RESOLUTION)


def opened(ticket: Ticket, terms: Terms) -> State:
    """The state of a ticket at its opening. Raises UnknownSeverity."""
    state = State(
        ticket=ticket, terms=terms, severity=ticket.severity or terms.default_severity, since=ticket.opened_at
    ).noting(ticket.opened_at, What.OPENED, f"follows {ticket.follows}" if ticket.follows else "")
    terms.check_severity(state.severity)
    starting = (*_AT_OPENING, Objective.UPDATE) if terms.update_from == "opened" else _AT_OPENING
    for objective in starting:
        state = start_clock(state, objective, ticket.opened_at)
    return notify_customer(state, "acknowledgement", "acknowledgement", ticket.opened_at)


def apply(state: State, event: Event, now: datetime) -> State:
    """The state after an event; an id seen before changes nothing. Raises PastHorizon, NoOpenTime, UnknownSeverity."""
    if event.id in state.seen:
        return state
    at = max(min(event.at or now, now), state.ticket.opened_at)
    return _react(state, event, at).evolve(seen=(*state.seen, event.id)[-KEPT_IDS:])


def _react(state: State, event: Event, at: datetime) -> State:
    match event:
        case CustomerReplied():
            return _customer_replied(state, event, at)
        case AgentReplied():
            return _agent_replied(state, event, at)
        case SeverityChanged():
            state.terms.check_severity(event.severity)
            detail = f"{state.severity} → {event.severity}"
            return state.evolve(severity=event.severity).noting(at, What.SEVERITY_CHANGED, detail)
        case Closed():
            if _is_stale(state, at):
                return state.noting(at, What.IGNORED, "closed: a message was written after it")
            return close(state, Closing(at=at, by="agent", reason=event.reason))
        case _:
            assert_never(event)


def _customer_replied(state: State, event: CustomerReplied, at: datetime) -> State:
    match event.voice:
        case Voice.AUTO:
            return state.noting(at, What.AUTO_REPLY)
        case Voice.BOUNCE:
            return hold(state.noting(at, What.BOUNCED), "mail to the customer bounced", at)
        case Voice.HUMAN:
            return _heard(state.noting(at, What.CUSTOMER_REPLIED), at)


def _heard(state: State, at: datetime) -> State:
    """A person on the customer's side spoke: silence is over and the turn is ours.

    Also when the message is older than our last answer: it may have crossed it, and a reply always wins.
    """
    was = state.status
    state = _take_back(move(_turned(state, at), Status.OPEN, at)).evolve(ladder=None, closing=None)
    if was in {Status.SOLVED, Status.CLOSED}:
        state = _clocks(state, _reopening(at), {Objective.RESOLUTION}).noting(at, What.REOPENED, f"it was {was}")
    state = _clocks(state, lambda clock: clock.resume(at), set(Objective))
    if _awaits_answer(state):
        return state
    return _start_update(start_clock(state, Objective.NEXT_RESPONSE, at), at)


def _turned(state: State, at: datetime) -> State:
    """A message was written at `at`: what was wrong with reaching the customer is past."""
    team = tuple(trouble for trouble in state.troubles if trouble.audience == "internal")
    return state.evolve(last_at=max(at, state.last_at or at), troubles=team)


def _is_stale(state: State, at: datetime) -> bool:
    """Whether something newer was said already: what comes late then does not turn the ticket."""
    return state.status == Status.CLOSED or at < state.since or (state.last_at is not None and at < state.last_at)


def _start_update(state: State, at: datetime) -> State:
    """The turn came to us: an update is owed from now. One that is owed already goes on."""
    owed = any(clock.objective is Objective.UPDATE and clock.stopped_at is None for clock in state.clocks)
    return state if owed else start_clock(state, Objective.UPDATE, at)


def _take_back(state: State) -> State:
    """What still waits to tell the customer that the ticket was solved or closed is no longer true."""
    void = {notice.key for notice in state.notices if notice.message in {"solved", "closed", "survey"}}
    return state.evolve(
        notices=tuple(notice for notice in state.notices if notice.key not in void),
        retries={key: retry for key, retry in state.retries.items() if key not in void},
    )


def _reopening(at: datetime) -> Callable[[Clock], Clock]:
    return lambda clock: clock.reopen(at, "solved")


def _awaits_answer(state: State) -> bool:
    """Whether an earlier message of the customer is still unanswered: a newer one does not restart that clock."""
    answers = {Objective.FIRST_RESPONSE, Objective.NEXT_RESPONSE}
    return any(clock.stopped_at is None for clock in state.clocks if clock.objective in answers)


def _agent_replied(state: State, event: AgentReplied, at: datetime) -> State:
    detail = "solution" if event.solution else f"awaiting {event.awaiting}"
    state = state.noting(at, What.AGENT_REPLIED, detail)
    answered = {Objective.FIRST_RESPONSE, Objective.NEXT_RESPONSE, Objective.UPDATE}
    stale = _is_stale(state, at)
    state = stop_clocks(state, answered, at)
    if stale:
        return _start_update(state, at) if state.status == Status.OPEN else state
    state = _turned(state, at)
    if event.solution:
        return solve(state, at)
    return _await_customer(state, at) if event.awaiting == "customer" else _await_us(state, at)


def _await_customer(state: State, at: datetime) -> State:
    state = _back_to_work(state, at)
    state = _clocks(
        state, lambda clock: clock.pause(at, "waiting on the customer"), set(state.terms.pause_while_pending)
    )
    return start_ladder(move(state, Status.PENDING, at), "pending", at)


def _await_us(state: State, at: datetime) -> State:
    state = _back_to_work(state, at)
    state = _clocks(state, lambda clock: clock.resume(at), set(Objective))
    return _start_update(move(state, Status.OPEN, at).evolve(ladder=None), at)


def _back_to_work(state: State, at: datetime) -> State:
    """An answer after a solution takes the solution back."""
    if state.status != Status.SOLVED:
        return state
    state = _clocks(_take_back(state), _reopening(at), {Objective.RESOLUTION})
    return state.noting(at, What.REOPENED, "it was solved")


def solve(state: State, at: datetime, what: What = What.SOLVED) -> State:
    """The ticket is solved: its clocks stop and the wait for a last word begins."""
    state = _end_clocks(state, at)
    state = move(state, Status.SOLVED, at).evolve(solved=state.solved + 1).noting(at, what)
    state = start_ladder(state, "solved", at)
    return notify_customer(state, f"solved-{state.solved}", "solved", at)


def close(state: State, closing: Closing) -> State:
    """The ticket is closed; what the customer is told of it still has to leave."""
    if state.status == Status.CLOSED:
        return state
    state = _end_clocks(_take_back(state), closing.at)
    state = move(state, Status.CLOSED, closing.at).evolve(ladder=None, closing=closing, closes=state.closes + 1)
    silent = closing.by == "silence"
    state = state.noting(
        closing.at, What.CLOSED_ON_SILENCE if silent else What.CLOSED, "" if silent else closing.reason
    )
    state = notify_customer(state, f"closed-{state.closes}", "closed", closing.at)
    return notify_customer(state, f"survey-{state.closes}", "survey", closing.at)


def move(state: State, status: Status, at: datetime) -> State:
    """The state under another status; `since` stays when the status does."""
    return state if state.status == status else state.evolve(status=status, since=max(at, state.since))


def hold(state: State, why: str, at: datetime) -> State:
    """The ladder waits for a person, who is told why; nothing is sent to the customer until someone answers."""
    number = state.holds + 1
    ladder = state.ladder.hold(why) if state.ladder else None
    if any(trouble.why == why for trouble in state.troubles):
        return state.evolve(ladder=ladder)
    notice = Notice(key=f"trouble-{number}", message="trouble", audience="internal", due_at=at, detail=why)
    state = state.evolve(ladder=ladder, holds=number, notices=(*state.notices, notice)).troubled("customer", why)
    return state.noting(at, What.HELD, why)


def notify_customer(state: State, key: str, message: str, at: datetime) -> State:
    """The state with one more message waiting for the customer, where the policy has such a message."""
    if message not in state.terms.messages:
        return state
    notice = Notice(key=key, message=message, audience="customer", due_at=at)
    return state.evolve(notices=(*state.notices, notice))


def start_clock(state: State, objective: Objective, at: datetime) -> State:
    """The state with a new cycle of a clock running; none is started without a target at any severity."""
    if not any(isinstance(row.get(objective), Target) for row in state.terms.promises.values()):
        return state
    cycle = 1 + max((clock.cycle for clock in state.clocks if clock.objective == objective), default=0)
    return _pruned(state.evolve(clocks=(*state.clocks, Clock(objective=objective, cycle=cycle, started_at=at))))


def _pruned(state: State) -> State:
    """The state with its oldest stopped clocks forgotten, but not that a promise was broken."""
    stopped = [clock for clock in state.clocks if clock.stopped_at is not None]
    old = stopped[: max(0, len(stopped) - KEPT_CLOCKS)]
    broken = state.broken or any(clock.broken for clock in old)
    return state.evolve(clocks=tuple(clock for clock in state.clocks if clock not in old), broken=broken)


def start_ladder(state: State, kind: LadderKind, at: datetime) -> State:
    """The state on the first rung of a ladder, silence counted from `at`."""
    number = state.ladders + 1
    ladder = Ladder(kind=kind, cycle=number, anchor=at)
    return state.evolve(ladder=ladder, ladders=number)


def stop_clocks(state: State, objectives: Iterable[Objective], at: datetime) -> State:
    """The state with the running clocks of these objectives stopped, each noted as met or missed."""
    wanted = set(objectives)
    for index, clock in enumerate(state.clocks):
        if clock.objective in wanted and clock.stopped_at is None and clock.started_at <= at:
            stopped, due = _judged(state, clock.stop(at))
            state = state.evolve(clocks=(*state.clocks[:index], stopped, *state.clocks[index + 1 :]))
            if due is not None:
                what = What.MET if stopped.kept else What.MISSED
                state = state.noting(at, what, stopped.objective.value, due)
    return state


def _judged(state: State, clock: Clock) -> tuple[Clock, datetime | None]:
    """A stopped clock with its verdict, and when it was due; neither where there is no target."""
    promise = state.promise(clock.objective)
    if not isinstance(promise, Target) or clock.stopped_at is None:
        return clock, None
    due = deadline(clock, promise, state.calendar(promise.calendar))
    return clock.model_copy(update={"kept": clock.stopped_at <= due}), due


def _end_clocks(state: State, at: datetime) -> State:
    """The end of the work: the resolution is reached; an answer that was still owed is not."""
    state = stop_clocks(state, {Objective.RESOLUTION}, at)
    return state.evolve(clocks=tuple(clock.give_up(at) for clock in state.clocks))


def _clocks(state: State, change: Callable[[Clock], Clock], objectives: set[Objective]) -> State:
    """The state with the latest clock of each objective changed, and every other one that still counts."""
    latest = {clock.objective: clock.cycle for clock in state.clocks}
    return state.evolve(
        clocks=tuple(
            change(clock)
            if clock.objective in objectives and (clock.stopped_at is None or clock.cycle == latest[clock.objective])
            else clock
            for clock in state.clocks
        )
    )
