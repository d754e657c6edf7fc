"""The clocks of a ticket: which begin, which stand still, which are stopped, and the verdict on each."""

from collections.abc import Callable, Iterable
from datetime import datetime

from sla.inputs.terms import Objective, StatusRule, Target
from sla.rules.skipped import note_skipped
from sla.state.clock import Clock, deadline, length
from sla.state.state import KEPT_CLOCKS, State, Status
from sla.state.timeline import What

_REVIEW = Objective.ESCALATION_REVIEW
CYCLES = frozenset({Objective.NEXT_RESPONSE, Objective.UPDATE, Objective.ESCALATION_REVIEW})
"""Objectives that begin whenever there is cause, not once in a ticket's life."""


def start_clock(state: State, objective: Objective, at: datetime) -> State:
    """The state with a new cycle of a clock running; none is started without a target at any severity.

    On a ticket that has ended nothing begins but the review of an escalation, while it is solved.
    """
    ended = state.status == Status.CLOSED or (state.status == Status.SOLVED and objective is not _REVIEW)
    if ended or not any(isinstance(row.get(objective), Target) for row in state.terms.promises.values()):
        return state
    cycle = 1 + state.cycles.get(objective, 0)
    clock = Clock(objective=objective, cycle=cycle, started_at=max(at, state.ticket.opened_at))
    state = state.evolve(clocks=(*state.clocks, clock), cycles={**state.cycles, objective: cycle})
    return meet_at_once(_follow(_pruned(state), clock, at), at)


def meet_at_once(state: State, at: datetime) -> State:
    """The state with every running clock whose target has no length met in the instant in which it began.

    A promise that was broken before the target changed stays broken.
    """
    at_once = [clock for clock in state.clocks if _is_at_once(state, clock)]
    for clock in at_once:
        met = clock.stop(clock.started_at).evolve(kept=True)
        state = _replaced(state, clock, met).noting(at, What.MET, clock.objective.value, clock.started_at)
    return reach(state, {clock.objective for clock in at_once}, at)


def _is_at_once(state: State, clock: Clock) -> bool:
    promise = state.promise(clock.objective)
    if clock.stopped_at is not None or clock.broken or not isinstance(promise, Target):
        return False
    return length(clock, promise, state.calendar).is_at_once


def owe_update(state: State, at: datetime) -> State:
    """While the turn is ours an update is owed from now, once what it begins after is met. One owed already goes on.

    Asked after every event and every hold, so that no way of coming to our turn forgets it.
    """
    starts = state.terms.rules(Objective.UPDATE).starts
    owed = any(clock.objective is Objective.UPDATE and clock.stopped_at is None for clock in state.clocks)
    begun = starts == "opened" or starts in state.reached
    return start_clock(state, Objective.UPDATE, at) if begun and not owed and state.status == Status.OPEN else state


def begin(state: State, at: datetime, after: Objective | None = None) -> State:
    """The state with every clock started that begins now: at the opening, or after another objective was met.

    One whose facts are not all there waits for them.
    """
    for objective in Objective:
        rules = state.terms.rules(objective)
        cause = "opened" if after is None else after
        once = objective not in CYCLES
        if once and rules.starts == cause and set(rules.needs) <= set(state.facts) and _is_new(state, objective):
            state = start_clock(state, objective, at)
    return state


def complete(state: State, at: datetime) -> State:
    """The state with the clocks started that waited for a fact which is there now."""
    state = begin(state, at)
    for objective in state.reached:
        state = begin(state, at, after=objective)
    return state


def _is_new(state: State, objective: Objective) -> bool:
    return objective not in state.reached and all(clock.objective is not objective for clock in state.clocks)


def reach(state: State, objectives: Iterable[Objective], at: datetime) -> State:
    """The state with these objectives reached: their clocks are stopped, and what begins after them begins."""
    wanted = set(objectives)
    state = stop_clocks(state, wanted, at)
    for objective in Objective:
        if objective in wanted and objective not in state.reached:
            state = begin(state.evolve(reached=(*state.reached, objective)), at, after=objective)
    return state


def stop_clocks(state: State, objectives: Iterable[Objective], at: datetime) -> State:
    """The state with the running clocks of these objectives stopped, each noted as met or missed."""
    wanted = set(objectives)
    for index, clock in enumerate(state.clocks):
        if clock.objective in wanted and clock.stopped_at is None and clock.started_at <= at:
            stopped, due = _judged(state, clock.stop(at))
            state, stopped = note_skipped(state, stopped)
            state = state.evolve(clocks=(*state.clocks[:index], stopped, *state.clocks[index + 1 :]))
            if due is not None:
                what = What.MET if stopped.kept else What.MISSED
                state = state.noting(at, what, stopped.objective.value, due)
    return state


def end_clocks(state: State, at: datetime) -> State:
    """The end of the work: the resolution is reached; an answer that was still owed is not."""
    state = reach(state, {Objective.RESOLUTION, Objective.AGENT_WORK, Objective.WORKAROUND}, at)
    return state.evolve(clocks=tuple(clock.give_up(at) for clock in state.clocks))


def reopen_clocks(state: State, at: datetime, why: str) -> State:
    """The work goes on after a solution: what the solution had met is open again, with its elapsed time."""
    again = {Objective.RESOLUTION, Objective.AGENT_WORK}
    state = change_clocks(state, lambda clock: clock.reopen(at, why), again)
    return state.evolve(reached=tuple(each for each in state.reached if each not in again), reopened_at=at)


def follow_status(state: State, at: datetime) -> State:
    """The state with every clock that counts doing what its rules say of the present status and contact."""
    for clock in [clock for clock in state.clocks if clock.stopped_at is None]:
        state = _follow(state, clock, at)
    return state


def _follow(state: State, clock: Clock, at: datetime) -> State:
    rule, pause = _rule(state, clock.objective), clock.pauses.open
    if rule != "run":
        why = "waiting on the customer" if state.status == Status.PENDING else "on hold"
        return _replaced(state, clock, clock.pause(at, why, anew=rule == "restart"))
    if pause is not None and pause.anew:
        return start_clock(_replaced(state, clock, clock.give_up(at)), clock.objective, at)
    promise = state.promise(clock.objective)
    fallback = promise.fallback if isinstance(promise, Target) and not state.contact else None
    if fallback is None:
        return _replaced(state, clock, clock.resume(at))
    return _replaced(state, clock, clock.pause(at, "no contact at the customer's", fallback))


def _rule(state: State, objective: Objective) -> StatusRule:
    rules = state.terms.rules(objective)
    match state.status:
        case Status.PENDING:
            return rules.pending
        case Status.ON_HOLD:
            return rules.on_hold
        case _:
            return "run"


def _replaced(state: State, clock: Clock, changed: Clock) -> State:
    return state.evolve(clocks=tuple(changed if each is clock else each for each in state.clocks))


def change_clocks(state: State, change: Callable[[Clock], Clock], objectives: Iterable[Objective]) -> State:
    """The state with the latest clock of each objective changed, and every other one that still counts."""
    wanted = set(objectives)
    latest = {clock.objective: clock.cycle for clock in state.clocks}
    return state.evolve(
        clocks=tuple(
            change(clock)
            if clock.objective in wanted and (clock.stopped_at is None or clock.cycle == latest[clock.objective])
            else clock
            for clock in state.clocks
        )
    )


def _pruned(state: State) -> State:
    """The state with its oldest stopped clocks forgotten, but not that a promise was broken.

    The latest of each objective is kept: it may be opened again, and says that the objective has begun.
    """
    stopped = [each for each in state.clocks if each.stopped_at is not None and not _is_latest(state, each)]
    old = stopped[: max(0, len(stopped) - KEPT_CLOCKS)]
    broken = state.broken or any(clock.broken for clock in old)
    return state.evolve(clocks=tuple(clock for clock in state.clocks if clock not in old), broken=broken)


def _is_latest(state: State, clock: Clock) -> bool:
    return clock.cycle == state.cycles.get(clock.objective)


def _judged(state: State, clock: Clock) -> tuple[Clock, datetime | None]:
    """A stopped clock with its verdict, and when it was due; neither where there is no target."""
    promise = state.promise(clock.objective)
    if not isinstance(promise, Target) or clock.stopped_at is None:
        return clock, None
    due = deadline(clock, promise, state.calendar)
    return clock.evolve(kept=clock.stopped_at <= due), due
