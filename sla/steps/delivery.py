"""What a step leaves behind once it was tried: done, to be tried again, or given up and told.

The rules of design.md, 9: only what is certainly not sent is repeated freely. Mail to the customer whose fate is
uncertain is held and flagged; mail inside is repeated once, under the same id.

The timeline says that people were told only where a message left. Troubles of mail inside are named by what was to be
told and end when mail to the same level, or to the owner, arrives.
"""

from datetime import datetime, timedelta

from sla.rules.closing import hold_ladder
from sla.state.notification import Delivery, Fate
from sla.state.state import Retry, State, Trouble
from sla.state.timeline import What
from sla.steps.agenda import Step
from sla.steps.message import notification_id
from sla.steps.pruning import pruned
from sla.steps.recipients import tells_in_vain

RETRY_WAITS = (60, 300, 900, 1800)
"""Seconds between the first tries of a message that was certainly not sent; then an hour each time."""

MAX_TRIES = 28
"""Tries before a message is given up: about a day."""


def next_try(tries: int, now: datetime) -> datetime:
    """When something that failed `tries` times is tried again (UTC)."""
    return now + timedelta(seconds=RETRY_WAITS[tries - 1] if tries <= len(RETRY_WAITS) else 3600)


def settle(state: State, step: Step, delivery: Delivery, now: datetime) -> State:
    """The state after one try to deliver a step's message at `now` (UTC). Raises PastHorizon, NoOpenTime."""
    if delivery.fate is Fate.SENT:
        return done(state.arrived_inside(step.level) if step.audience == "internal" else state, step, now)
    return pruned(_not_delivered(state, step, delivery, now))


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
    state = _without_retry(state, step)
    if tells_in_vain(state, step):
        return pruned(step.unheard(state, now))
    return pruned(step.done(_remember_thread(state, step), now))


def _tries(state: State, step: Step) -> int:
    retry = state.retries.get(step.key)
    return 1 + (retry.tries if retry else 0)


def _was_uncertain(state: State, step: Step) -> bool:
    retry = state.retries.get(step.key)
    return retry is not None and retry.uncertain


def _again(state: State, step: Step, delivery: Delivery, now: datetime) -> State:
    tries = _tries(state, step)
    uncertain = delivery.fate == Fate.UNCERTAIN or _was_uncertain(state, step)
    retry = Retry(tries=tries, at=next_try(tries, now), uncertain=uncertain)
    state = state.evolve(retries={**state.retries, step.key: retry})
    if tries > 1:
        return state
    what = What.UNCERTAIN if delivery.fate == Fate.UNCERTAIN else What.UNDELIVERED
    return step.delayed(state, now).noting(now, what, f"{step.key}, try {tries}: {delivery.detail}", step.due_at)


def _given_up(state: State, step: Step, delivery: Delivery, now: datetime, what: What) -> State:
    """The step ends undelivered: inside, the clock goes on; towards the customer, a person has to look."""
    state = _without_retry(state, step).noting(now, what, f"{step.key}: {delivery.detail}", step.due_at)
    state = step.undelivered(state, delivery.detail, now)
    missed = "may not have reached" if what is What.UNCERTAIN else "did not reach"
    why = f"{step.name(state)} {missed} the {'customer' if step.audience == 'customer' else 'team'}"
    if step.audience == "customer" or step.kind == "follow_up":
        return hold_ladder(state, why, now)
    if step.audience is None:
        return state
    return state.troubled(Trouble(audience="internal", why=why, level=step.level))


def _without_retry(state: State, step: Step) -> State:
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
