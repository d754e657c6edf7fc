"""Messages that an event asks for at once: acknowledgement, solved, closed, survey, trouble, and the like."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sla.calendars.time_text import humane
from sla.state.state import State, Trouble
from sla.state.timeline import What
from sla.steps.lateness import is_late
from sla.steps.recipients import is_switched_off
from sla.steps.step import BaseStep, StepKind, to_level, told_level


@dataclass(frozen=True, kw_only=True)
class NoticeStep(BaseStep):
    """Send a message that waits."""

    kind: ClassVar[StepKind] = "notice"
    tried: bool

    @property
    def waits_for_alarm(self) -> bool:
        """Only where it was tried before."""
        return self.tried

    def text(self, state: State) -> str:
        """`send acknowledgement`."""
        if self.message == "requested":
            told = told_level(state, self) if self.level else "the owner"
            return f"tell {told} that the customer asks to escalate"
        return f"send {humane(self.message or self.key)}"

    def name(self, state: State) -> str:
        """`notice closed`."""
        return f"notice {humane(self.message or self.key)}{to_level(self)}"

    def done(self, state: State, now: datetime) -> State:
        """It waits no longer. The wait for a last word begins when the customer was told of the solution."""
        state = _dropped(state, self)
        if self.message == "acknowledgement":
            return state.noting(now, What.ACKNOWLEDGED, due_at=self.due_at)
        if self.message == "solved" and is_late(state, self.due_at, now):
            state = _anchored(state, now)
        if self.level is not None:
            return state.noting(now, What.ESCALATED, f"{told_level(state, self)}: {self.detail}", self.due_at)
        return state.noting(now, What.NOTICE, self.message or "", self.due_at)

    def unheard(self, state: State, now: datetime) -> State:
        """A trouble that nobody hears of is on the card already."""
        state = _dropped(state, self)
        if is_switched_off(state, self) or self.message == "trouble":
            return state
        return state.troubled(Trouble(audience="internal", why=f"{self.name(state)}: there is nobody to tell"))

    def undelivered(self, state: State, why: str, now: datetime) -> State:
        """It waits no longer."""
        return _dropped(state, self)


def notice_steps(state: State) -> Iterator[NoticeStep]:
    """The messages that wait."""
    for notice in state.notices:
        yield NoticeStep(
            key=notice.key,
            due_at=notice.due_at,
            wake_at=state.wake(notice.key, notice.due_at),
            message=notice.message,
            audience=notice.audience,
            level=notice.level,
            detail=notice.detail,
            tried=notice.key in state.retries,
        )


def _dropped(state: State, step: NoticeStep) -> State:
    return state.evolve(notices=tuple(notice for notice in state.notices if notice.key != step.key))


def _anchored(state: State, now: datetime) -> State:
    """The ladder of a solved ticket, its silence counted from `now`. Another ladder may have begun meanwhile."""
    ladder = state.ladder
    return state if ladder is None or ladder.kind != "solved" else state.evolve(ladder=ladder.evolve(anchor=now))
