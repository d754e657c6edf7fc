"""One thing to do at an instant."""

from typing import Literal, get_args

from sla.base.fields import Name, Record
from sla.base.instant import Instant
from sla.inputs.terms import Objective, Threshold
from sla.state.notification import Audience

StepKind = Literal[
    "notice", "resume", "threshold", "age", "reminder", "follow_up", "notify", "lower_severity", "solve", "close"
]

ORDER: tuple[StepKind, ...] = get_args(StepKind)
"""What goes first among steps of one instant."""


class Step(Record):
    """One thing to do at an instant. `key` is unique within the ticket for life and names its notification.

    `message` and `audience` are missing where nobody is told; `level` names who inside is told. `rung` counts the steps
    of a ladder's terms from 1.
    """

    kind: StepKind
    key: str
    due_at: Instant
    wake_at: Instant
    message: Name | None = None
    audience: Audience | None = None
    objective: Objective | None = None
    cycle: int = 1
    threshold: Threshold | None = None
    level: Name | None = None
    rung: int = 0
    detail: str = ""
