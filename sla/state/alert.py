"""An escalation that was told and goes on until one of us acts."""

from sla.base.fields import Name, Record
from sla.base.instant import Instant
from sla.inputs.terms import Objective, Repeat


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

    @property
    def next_key(self) -> str:
        """The key of its next telling, unique for the ticket's life."""
        return f"{self.key}{AGAIN}{self.times + 1}"


AGAIN = "-again-"
"""What stands between the key of an alert and the number of a later telling."""
