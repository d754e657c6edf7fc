"""What a step leaves behind once it was tried: done, to be tried again, or given up and told.

The rules of design.md, 9: only what is certainly not sent is repeated freely. Mail to the customer whose fate is
uncertain is held and flagged; mail inside is repeated once, under the same id.

The timeline says that people were told only where a message left. Troubles of mail inside are named by what was to be
told and end when mail to the same level, or to the owner, arrives.
"""

from datetime import datetime, timedelta

from sla.inputs.terms import Threshold
from sla.rules.closing import close, hold_ladder, solve
from sla.rules.escalation import passed, threshold_key
from sla.rules.holds import resumed
from sla.rules.severity import set_severity
from sla.rules.silence import attempt_of, climbed
from sla.state.clock import Clock
from sla.state.notification import Delivery, Fate, fitting_id
from sla.state.state import Closing, Retry, State, Status, What
from sla.steps.pruning import tidied
from sla.steps.recipients import is_switched_off, tells_in_vain
from sla.steps.step import Step
from sla.views.wording import humane

RETRY_WAITS = (60, 300, 900, 1800)
"""Seconds between the first tries of a message that was certainly not sent; then an hour each time."""

BREACH = Threshold(percent=100)
"""A breach of which nobody is told: its key marks a breach that is on record, whoever else is told."""

MAX_TRIES = 28
"""Tries before a message is given up: about a day."""


def settle(state: State, step: Step, delivery: Delivery, now: datetime) -> State:
    """The state after one try to deliver a step's message at `now` (UTC)."""
    if delivery.fate is Fate.SENT:
        return done(state.arrived_inside(step.level) if step.audience == "internal" else state, step, now)
    return tidied(_not_delivered(state, step, delivery, now))


def _not_delivered(state: State, step: Step, delivery: Delivery, now: datetime) -> State:
    match delivery.fate:
        case Fate.NOT_SENT if _tries(state, step) < MAX_TRIES:
            return _again(state, step, delivery, now)
        case Fate.UNCERTAIN if step.audience == "internal" and not _was_uncertain(state, step):
            return _again(state, step, delivery, now)
        case Fate.NOT_SENT | Fate.REFUSED:
            return _given_up(state, step, delivery, now, What.UNDELIVERED)
        case _:
            return _given_up(state, step, delivery, now, What.UNCERTAIN)


def done(state: State, step: Step, now: datetime) -> State:
    """The state after a step was done at `now`: what follows is chained from when it was due.

    Also after one that should tell somebody and told nobody; the step itself shows which.
    """
    do = _untold if tells_in_vain(state, step) else _told
    return tidied(do(_forget_retry(state, step), step, now))


def _untold(state: State, step: Step, now: datetime) -> State:
    """Nobody was told, and nobody is said to be told; a silence that was to be broken waits for a person."""
    off = is_switched_off(state, step)
    match step.kind:
        case "follow_up":
            why = "its message is switched off" if off else "there is nobody to call the customer"
            return hold_ladder(state, f"a follow-up was not made: {why}", now)
        case "notify":
            return climbed(state, step.rung, step.due_at, now)
        case "notice":
            state = _drop_notice(state, step)
            named = not off and step.message != "trouble"  # a trouble that nobody hears of is on the card already
            return state.troubled("internal", f"{_named(state, step)}: there is nobody to tell") if named else state
        case _:
            return _over(state, step, now)


def _over(state: State, step: Step, now: datetime) -> State:
    """An escalation that nobody heard of: the instant is on record, and it goes on from here."""
    return passed(_fire(_note_instant(state, step, now), step), step, now)


def _told(state: State, step: Step, now: datetime) -> State:
    state = _remember_thread(state, step)
    match step.kind:
        case "notice":
            return _note_notice(_drop_notice(state, step), step, now)
        case "threshold":
            return passed(_fire(_note_threshold(state, step, now), step), step, now)
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
    return fitting_id(f"{state.ticket.id}+{step.key}")


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
    if tries > 1:
        return state
    state = _note_breach(state, step, now)  # the promise is broken now, whatever becomes of the mail
    return state.noting(now, what, f"{step.key}, try {tries}: {delivery.detail}", step.due_at)


def _given_up(state: State, step: Step, delivery: Delivery, now: datetime, what: What) -> State:
    """The step ends undelivered: inside, the clock goes on; towards the customer, a person has to look."""
    state = _forget_retry(state, step).noting(now, what, f"{step.key}: {delivery.detail}", step.due_at)
    state = _drop_notice(passed(_fire(_note_breach(state, step, now), step), step, now), step)
    missed = "may not have reached" if what is What.UNCERTAIN else "did not reach"
    why = f"{_named(state, step)} {missed} the {_reader(step)}"
    if step.audience == "customer" or step.kind == "follow_up":
        return hold_ladder(state, why, now)
    if step.kind == "notify":
        state = climbed(state, step.rung, step.due_at, now)
    return state.troubled("internal", why, step.level)


def _named(state: State, step: Step) -> str:
    """What was to be told, the same for every turn of the ticket: the same trouble must be listed once."""
    to = f" to {step.level}" if step.level else ""
    about = humane(step.objective.value) if step.objective else "age"
    match step.kind:
        case "threshold":
            return f"{humane(step.message or step.kind)}{to} of {about}"
        case "age":
            return f"escalation{to} by age"
        case "reminder":
            return f"reminder{to} of {about}"
        case "notice":
            return f"notice {humane(step.message or step.key)}{to}"
        case "follow_up":
            number, total = attempt_of(state, step.rung)
            return f"follow-up {number} of {total}"
        case _:
            return f"{humane(step.kind)} {step.rung}{to}"


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
    return _marked(state, step, step.key) if step.kind == "threshold" else state


def _marked(state: State, step: Step, key: str, breached_at: datetime | None = None) -> State:
    """The state with a key told on the clock behind a step, where it was not yet."""
    mine = [_is_behind(clock, step) and key not in clock.fired for clock in state.clocks]
    clocks = zip(mine, state.clocks, strict=True)
    return state.evolve(clocks=tuple(clock.fire(key, breached_at) if is_mine else clock for is_mine, clock in clocks))


def _is_behind(clock: Clock, step: Step) -> bool:
    return (clock.objective, clock.cycle) == (step.objective, step.cycle)


def _note_breach(state: State, step: Step, now: datetime) -> State:
    """A breach is on record whether or not anybody could be told of it; once for a clock under a severity."""
    clock = next((each for each in state.clocks if _is_behind(each, step)), None)
    if clock is None or step.threshold is None or not step.threshold.is_breach:
        return state
    mark = threshold_key(clock, state.severity, BREACH)
    if mark in clock.fired:
        return state
    state = _marked(state, step, mark, step.due_at)
    return state.noting(now, What.BREACHED, clock.objective.value, step.due_at)


def _note_instant(state: State, step: Step, now: datetime, told: str = "") -> State:
    """A threshold was passed: a breach or a warning, and who was told of the latter."""
    threshold, objective = step.threshold, step.objective
    if threshold is None or objective is None or threshold.after is not None:
        return state
    if threshold.is_breach:
        return _note_breach(state, step, now)
    return state.noting(now, What.WARNING, f"({_offset(threshold)}) {objective.value}{told}", step.due_at)


def _note_threshold(state: State, step: Step, now: datetime) -> State:
    """A threshold was passed and its level told, where it has one."""
    if step.threshold is None or step.level is None:
        return _note_instant(state, step, now)
    title = state.terms.level(step.level).title
    if not step.threshold.is_breach and step.threshold.after is None:
        return _note_instant(state, step, now, f" → {title}")
    return _note_instant(state, step, now).noting(now, What.ESCALATED, title, step.due_at)


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
