"""The end of a hold that was put until a date."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sla.rules.holds import resumed
from sla.state.state import State
from sla.steps.step import BaseStep, StepKind


@dataclass(frozen=True, kw_only=True)
class HoldEndStep(BaseStep):
    """Resume the ticket."""

    kind: ClassVar[StepKind] = "resume"

    def text(self, state: State) -> str:
        """`end of the hold`."""
        return "end of the hold"

    def name(self, state: State) -> str:
        """`resume`."""
        return "resume"

    def done(self, state: State, now: datetime) -> State:
        """Clocks and ladder go on from when the hold was over, however late that is noted."""
        return resumed(state, now, self.due_at)


def hold_end_steps(state: State) -> Iterator[HoldEndStep]:
    """The end of the hold, where it is known."""
    if state.hold_until is not None:
        key = f"resume-{state.hold_until:%Y%m%dT%H%M%S}"
        yield HoldEndStep(key=key, due_at=state.hold_until, wake_at=state.hold_until)
