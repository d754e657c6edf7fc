"""The silence ladder of a ticket's terms."""

from typing import Literal

from sla.base.fields import Name, Record
from sla.calendars.duration import Duration

LadderKind = Literal["pending", "solved"]


class LadderStep(Record):
    """One rung: after `wait` of silence do something.

    `since`: the wait counts from the rung before, from where the silence began, or from the first follow-up; never is a
    rung due before the one below it. `severities` limits it (none named: all). A `follow_up` goes to the customer by
    `email`, or by `phone`: then one of us is asked to call. `notify` tells `level`; `lower_severity` sets `to`.
    """

    do: Literal["follow_up", "solve", "close", "lower_severity", "notify"]
    wait: Duration
    calendar: Name
    since: Literal["previous", "silence", "first_follow_up"] = "previous"
    severities: tuple[Name, ...] = ()
    message: Name | None = None
    channel: Literal["email", "phone"] = "email"
    level: Name | None = None
    to: Name | None = None


class LadderTerms(Record):
    """The silence ladder of one status, and what disturbs it.

    `separate_days`: no two follow-ups on one business day of this calendar. `minimum_age`: nothing ends a ticket that
    is younger. `our_message`: whether another message of ours begins the ladder anew. `out_of_office`: whether an
    automatic reply that names a day of return makes the next rung wait for it. `on_hold`: whether a hold stops the
    waits or begins the ladder anew.
    """

    steps: tuple[LadderStep, ...] = ()
    separate_days: Name | None = None
    minimum_age: Duration | None = None
    our_message: Literal["restart", "continue"] = "restart"
    out_of_office: Literal["wait", "ignore"] = "wait"
    on_hold: Literal["pause", "restart"] = "pause"
