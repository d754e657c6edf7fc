"""What a step leaves behind once it was tried: done, to be tried again, or given up and told.

The rules of design.md, 9: only what is certainly not sent is repeated freely. Mail to the customer whose fate is
uncertain is held and flagged; mail inside is repeated once, under the same id.
"""

from datetime import datetime, timedelta

from sla.alert import AGAIN
from sla.ending import close, hold_ladder, solve
from sla.escalation import passed
from sla.holding import resumed
from sla.notification import Delivery, Fate
from sla.severity import set_severity
from sla.silence import attempt_of, climbed
from sla.state import Closing, Retry, State, Status, What
from sla.step import Step
from sla.terms import Threshold

RETRY_WAITS = (60, 300, 900, 1800)
"""Seconds between the first tries of a message that was certainly not sent; then an hour each time."""

MAX_TRIES = 28
"""Tries before a message is given up: about a day."""


def settle(state: State, step: Step, delivery: Delivery, now: datetime) -> State:
    """The state after one try to deliver a step's message at `now` (UTC)."""
    match delivery.fate:
        case Fate.SENT:
            return done(state, step, now)
        case Fate.NOT_SENT if _tries(state, step) < MAX_TRIES:
            return _again(state, step, delivery, now)
        case Fate.UNCERTAIN if step.audience == "internal" and not _was_uncertain(state, step):
            return _again(state, step, delivery, now)
        case Fate.NOT_SENT | Fate.REFUSED:
            return _given_up(state, step, delivery, now, What.UNDELIVERED)
        case Fate.UNCERTAIN:
            return _given_up(state, step, delivery, now, What.UNCERTAIN)


def done(state: State, step: Step, now: datetime) -> State:
    """The state after a step was done at `now`: what follows is chained from when it was due."""
    state = _remember_thread(_forget_retry(state, step), step)
    match step.kind:
        case "notice":
            return _note_notice(_drop_notice(state, step), step, now)
        case "threshold":
            return _note_threshold(passed(_fire(state, step), step, now), step, now)
        case "age":
            return _note_told(passed(state, step, now), What.ESCALATED, step, now)
        case "reminder":
            return _note_told(passed(state, step, now), What.REMINDED, step, now)
        case "resume":
            return resumed(state, now, step.due_at)
        case "follow_up":
            return _climb(state, step, now)
        case "notify":
            return _notify(state, step, now)
        case "lower_severity":
            return _lower(state, step, now)
        case "solve":
            return solve(_note_late(state, step, now), _chained(state, step, now), What.SOLVED_ON_SILENCE)
        case "close":
            closing = Closing(at=_chained(state, step, now), by="silence", reason="no answer from the customer")
            return close(_note_late(state, step, now), closing)


def notification_id(state: State, step: Step) -> str:
    """The one id of a step's message, for the ticket's life."""
    return f"{state.ticket.id}+{step.key}"


def _tries(state: State, step: Step) -> int:
    retry = state.retries.get(step.key)
    return 1 + (retry.tries if retry else 0)


def _was_uncertain(state: State, step: Step) -> bool:
    retry = state.retries.get(step.key)
    return retry is not None and retry.uncertain


def _again(state: State, step: Step, delivery: Delivery, now: datetime) -> State:
    tries = _tries(state, step)
    wait = RETRY_WAITS[tries - 1] if tries <= len(RETRY_WAITS) else 3600
    uncertain = delivery.fate == Fate.UNCERTAIN or _was_uncertain(state, step)
    retry = Retry(tries=tries, at=now + timedelta(seconds=wait), uncertain=uncertain)
    state = state.evolve(retries={**state.retries, step.key: retry})
    what = What.UNCERTAIN if delivery.fate == Fate.UNCERTAIN else What.UNDELIVERED
    return state.noting(now, what, f"{step.key}, try {tries}: {delivery.detail}", step.due_at) if tries == 1 else state


def _given_up(state: State, step: Step, delivery: Delivery, now: datetime, what: What) -> State:
    """The step ends undelivered: inside, the clock goes on; towards the customer, a person has to look."""
    state = _forget_retry(state, step).noting(now, what, f"{step.key}: {delivery.detail}", step.due_at)
    state = _fire(state, step) if step.kind == "threshold" else _drop_notice(state, step)
    state = _note_breach(passed(state, step, now), step, now)
    why = f"{_named(step)} {'may not have reached' if what is What.UNCERTAIN else 'did not reach'} the {_reader(step)}"
    if step.audience == "customer" or step.kind == "follow_up":
        return hold_ladder(state, why, now)
    if step.kind == "notify":
        state = climbed(state, step.rung, step.due_at, now)
    return state.troubled("internal", why)


def _named(step: Step) -> str:
    """A step's key; for all reminders of an alert the same, because they never end and troubles are kept."""
    return f"a reminder of {step.key.rpartition(AGAIN)[0]}" if step.kind == "reminder" else step.key


def _reader(step: Step) -> str:
    return "customer" if step.audience == "customer" else "team"


def _forget_retry(state: State, step: Step) -> State:
    return state.evolve(retries={key: retry for key, retry in state.retries.items() if key != step.key})


def _remember_thread(state: State, step: Step) -> State:
    identity = notification_id(state, step)
    if step.audience == "customer":
        return state.evolve(customer_thread=_thread(state.customer_thread, identity))
    if step.audience == "internal":
        return state.evolve(internal_thread=_thread(state.internal_thread, identity))
    return state


def _thread(earlier: tuple[str, ...], identity: str) -> tuple[str, ...]:
    """The root of the conversation and its latest messages: a References header must stay short."""
    return (*earlier, identity) if len(earlier) < 10 else (earlier[0], *earlier[-8:], identity)


def _drop_notice(state: State, step: Step) -> State:
    return state.evolve(notices=tuple(notice for notice in state.notices if notice.key != step.key))


def _note_notice(state: State, step: Step, now: datetime) -> State:
    if step.message == "acknowledgement":
        return state.noting(now, What.ACKNOWLEDGED, due_at=step.due_at)
    if step.message == "solved" and state.ladder is not None and _chained(state, step, now) == now:
        state = state.evolve(ladder=state.ladder.model_copy(update={"anchor": now}))
    if step.level is not None:
        return _note_told(state, What.ESCALATED, step, now)
    return state.noting(now, What.NOTICE, step.message or "", step.due_at)


def _note_told(state: State, what: What, step: Step, now: datetime) -> State:
    """A level was told, and why."""
    title = state.terms.level(step.level).title if step.level else ""
    return state.noting(now, what, f"{title}: {step.detail}", step.due_at)


def _fire(state: State, step: Step) -> State:
    breached_at = step.due_at if step.threshold is not None and step.threshold.is_breach else None
    mine = (step.objective, step.cycle)
    clocks = (
        clock.fire(step.key, breached_at) if (clock.objective, clock.cycle) == mine else clock for clock in state.clocks
    )
    return state.evolve(clocks=tuple(clocks))


def _note_breach(state: State, step: Step, now: datetime) -> State:
    """A breach is on record whether or not anybody could be told of it."""
    if step.threshold is None or step.objective is None or not step.threshold.is_breach:
        return state
    return state.noting(now, What.BREACHED, step.objective.value, step.due_at)


def _note_threshold(state: State, step: Step, now: datetime) -> State:
    threshold, objective = step.threshold, step.objective
    if threshold is None or objective is None:
        return state
    state = _note_breach(state, step, now)
    if not threshold.is_breach and threshold.after is None:
        told = f" → {state.terms.level(threshold.level).title}" if threshold.level else ""
        return state.noting(now, What.WARNING, f"({_offset(threshold)}) {objective.value}{told}", step.due_at)
    if threshold.level is None:
        return state
    return state.noting(now, What.ESCALATED, state.terms.level(threshold.level).title, step.due_at)


def _offset(threshold: Threshold) -> str:
    return f"{threshold.before.said} before" if threshold.before else f"{threshold.percent} %"


def _climb(state: State, step: Step, now: datetime) -> State:
    if state.ladder is None:
        return state
    number, total = attempt_of(state, step.rung)
    told = f"{number} of {total}{' by telephone' if step.audience == 'internal' else ''}"
    state = climbed(state.evolve(follow_ups=state.follow_ups + 1), step.rung, step.due_at, now)
    return state.noting(now, What.FOLLOW_UP, told, step.due_at)


def _notify(state: State, step: Step, now: datetime) -> State:
    told = state.terms.level(step.level).title if step.level else ""
    return climbed(state, step.rung, step.due_at, now).noting(now, What.NOTIFIED, told, step.due_at)


def _lower(state: State, step: Step, now: datetime) -> State:
    """A lower severity; nothing but the rung where the ticket has it, or a lower one, already."""
    to, order = state.ladder_terms().steps[step.rung - 1].to, list(state.terms.promises)
    state = climbed(state, step.rung, step.due_at, now)
    if to not in order or order.index(to) <= order.index(state.severity):
        return state
    return set_severity(state, to, _chained(state, step, now), " on silence")


def _chained(state: State, step: Step, now: datetime) -> datetime:
    """When a rung counts as done: when it was due, or now after an outage longer than the grace."""
    return now if now - step.due_at > timedelta(seconds=state.terms.grace_seconds) else step.due_at


def _note_late(state: State, step: Step, now: datetime) -> State:
    late = _chained(state, step, now) != step.due_at and state.status != Status.CLOSED
    return state.noting(now, What.LATE, step.kind, step.due_at) if late else state
