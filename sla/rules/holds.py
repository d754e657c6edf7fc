"""Holds: the ticket waits for something that is neither ours nor the customer's, until a date or until it is told."""

from datetime import datetime

from sla.inputs.event import PutOnHold
from sla.rules.closing import is_stale, move
from sla.rules.silence import pause_ladder, resume_ladder
from sla.rules.ticket_clocks import follow_status, owe_update
from sla.state.state import State, Status
from sla.state.timeline import What


def put_on_hold(state: State, event: PutOnHold, at: datetime) -> State:
    """The ticket is on hold, or on hold for another reason; with `until`, it goes on by itself then."""
    if state.status in {Status.SOLVED, Status.CLOSED}:
        return state.noting(at, What.IGNORED, f"put on hold: the ticket is {state.status}")
    if is_stale(state, at):
        return state.noting(at, What.IGNORED, "put on hold: something newer happened")
    state = state.noting(at, What.PUT_ON_HOLD, event.reason or "")
    until = None if event.until is None else max(event.until, at)
    if state.status == Status.ON_HOLD:
        return state.evolve(hold_until=until)
    came_from = state.status
    state = move(pause_ladder(state, at), Status.ON_HOLD, at).evolve(held_from=came_from, hold_until=until)
    return follow_status(state, at)


def resumed(state: State, at: datetime, due_at: datetime | None = None) -> State:
    """Somebody ended the hold at `at`, or it was over at `due_at`: the ticket stands where it stood before it.

    Clocks and ladder go on from when it was over, however late that is noted.
    """
    over = due_at or at
    if state.status != Status.ON_HOLD or over < state.since:
        return state.noting(at, What.IGNORED, "resumed: the ticket was not on hold")
    state = move(state.noting(at, What.RESUMED, due_at=due_at), state.held_from or Status.OPEN, over)
    return owe_update(resume_ladder(follow_status(state, over), over), over)
