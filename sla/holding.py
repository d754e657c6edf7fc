"""Holds: the ticket waits for something that is neither ours nor the customer's, until a date or until it is told."""

from datetime import datetime

from sla.ending import move
from sla.event import PutOnHold
from sla.silence import pause_ladder, resume_ladder
from sla.state import State, Status, What
from sla.ticking import follow_status


def put_on_hold(state: State, event: PutOnHold, at: datetime) -> State:
    """The ticket is on hold; with `until`, it goes on by itself then."""
    if state.status in {Status.SOLVED, Status.CLOSED}:
        return state.noting(at, What.IGNORED, f"put on hold: the ticket is {state.status}")
    came_from = state.held_from if state.status == Status.ON_HOLD else state.status
    state = pause_ladder(state, at).evolve(held_from=came_from, hold_until=event.until)
    state = move(state, Status.ON_HOLD, at).noting(at, What.PUT_ON_HOLD, event.reason)
    return follow_status(state, at)


def resumed(state: State, at: datetime) -> State:
    """The hold is over: the ticket stands where it stood before it."""
    if state.status != Status.ON_HOLD:
        return state.noting(at, What.IGNORED, "resumed: the ticket was not on hold")
    return end_hold(move(state, state.held_from or Status.OPEN, at).noting(at, What.RESUMED), at)


def end_hold(state: State, at: datetime) -> State:
    """Nothing is held any more; clocks and ladder go on under the present status."""
    state = state.evolve(held_from=None, hold_until=None)
    return resume_ladder(follow_status(state, at), at)
