"""An escalation that was told and goes on until one of us acts."""

from sla.instant import Instant
from sla.record import Name, Record
from sla.terms import Objective, Repeat


class Alert(Record):
    """One escalation. `key` is that of the step that told it first, `told_at` the due instant of its latest telling.

    It is told again until it is acknowledged, and once more when it was and nothing followed. `objective` is missing
    where no clock is behind it. `times` counts the tellings after the first.
    """

    key: str
    level: Name
    repeat: Repeat
    objective: Objective | None = None
    told_at: Instant
    times: int = 0
    acknowledged_at: Instant | None = None
