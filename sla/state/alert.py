"""An escalation that was told and goes on until one of us acts."""

from datetime import datetime
from typing import TypedDict

from sla.base.fields import Name, Record
from sla.base.instant import Instant
from sla.inputs.terms import Objective, Repeat


class AlertChanges(TypedDict, total=False):
    """What a transition may change of an alert."""

    told_at: datetime
    times: int
    acknowledged_at: datetime | None


class Alert(Record):
    """One escalation. `key` is that of the step that told it first, `raised_at` when that step was due.

    It is told again until it is acknowledged, and once more when it was and nothing followed. `told_at` is the instant
    from which the next telling counts: the due instant of the latest one, or when it was really sent after an outage.
    `objective` is missing where no clock is behind it. `times` counts the tellings after the first.
    """

    key: str
    level: Name
    repeat: Repeat
    objective: Objective | None = None
    raised_at: Instant
    told_at: Instant
    times: int = 0
    acknowledged_at: Instant | None = None

    def told_again(self, told_at: datetime) -> "Alert":
        """The alert after one more reminder, from which the next counts."""
        changes: AlertChanges = {"told_at": told_at, "times": self.times + 1, "acknowledged_at": None}
        return self.model_copy(update=changes)

    def taken(self, at: datetime, *, tried: bool) -> "Alert":
        """The alert in hand since `at`. The key of a reminder that was `tried` is not used for another one."""
        taken_at = max(at, self.acknowledged_at or at)
        changes: AlertChanges = {"acknowledged_at": taken_at, "times": self.times + (1 if tried else 0)}
        return self.model_copy(update=changes)

    @property
    def next_key(self) -> str:
        """The key of its next telling, unique for the ticket's life."""
        return f"{self.key}{AGAIN}{self.times + 1}"


AGAIN = "-again-"
"""What stands between the key of an alert and the number of a later telling."""
