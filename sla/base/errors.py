"""Every error the product raises on purpose.

    HoldfastError
    ├── TicketError          a ticket or an event cannot be accepted (exit 2)
    │   └── NotEntitled      the plan does not cover it: term, incidents, contact, channel or version
    ├── PolicyError          a policy file cannot be used (exit 2)
    │   ├── UnknownPolicy
    │   ├── NotInForce       no revision of the policy is in force yet, or its plan is retired
    │   ├── UnknownPlan
    │   └── UnknownSeverity
    ├── CalendarError
    │   ├── PastHorizon      the answer lies outside the compiled calendar: ask for a longer one
    │   └── NoOpenTime       the calendar has no open minute in the direction asked
    ├── TicketNotFound       (exit 3)
    ├── TicketClosed         (exit 2)
    ├── TicketFailed         (exit 2)
    └── ServerUnreachable    (exit 4)

The docstring of a class is its message when none is given.
"""

from datetime import datetime


class HoldfastError(Exception):
    """Something went wrong in Holdfast."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (self.__doc__ or "").strip())


class TicketError(HoldfastError):
    """The ticket or event is not acceptable."""


class NotEntitled(TicketError):
    """The plan does not cover this ticket."""


class PolicyError(HoldfastError):
    """The policy cannot be used."""


class UnknownPolicy(PolicyError):
    """No policy has this name."""


class NotInForce(PolicyError):
    """The policy was not in force when the ticket was opened."""


class UnknownPlan(PolicyError):
    """The policy has no such plan."""


class UnknownSeverity(PolicyError):
    """The policy has no such severity."""


class CalendarError(HoldfastError):
    """The calendar cannot answer."""


class PastHorizon(CalendarError):
    """The answer lies outside the compiled calendar.

    `needed` is an instant (UTC) that the calendar must at least reach before it is asked again.
    """

    def __init__(self, message: str | None = None, *, needed: datetime) -> None:
        super().__init__(message)
        self.needed = needed


class NoOpenTime(CalendarError):
    """The calendar has no open time."""


class TicketNotFound(HoldfastError):
    """There is no ticket with this id."""


class TicketClosed(HoldfastError):
    """The ticket is closed."""


class TicketFailed(HoldfastError):
    """The ticket could not be worked on."""


class ServerUnreachable(HoldfastError):
    """No Temporal server answers."""


class ReplayFailed(HoldfastError):
    """An open ticket cannot go on with the code that is installed."""
