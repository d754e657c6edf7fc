"""A ticket as intake knows it: facts, no rules."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from sla.base.fields import Email, Id, Line, Name, Record, Text
from sla.base.instant import Instant

MAX_BODY = 64 * 1024
"""The largest ticket or event, in bytes of JSON or YAML, that any intake accepts."""

ZoneName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_+:/-]{1,64}$")]
"""The shape of an IANA zone name; whether the zone exists is checked when the policy is compiled."""


def _check_ticket_id(value: str) -> str:
    if set(value) <= {"."}:
        raise ValueError("must not be made of dots alone")
    return value


class Contact(Record):
    """A person outside: where customer mail goes."""

    email: Email
    name: Line | None = None
    role: Name | None = Field(default=None, description="what the person may do at the customer's, for some plans")


class Entitlement(Record):
    """What intake knows of the customer's right to support; dates are local to the policy's calendar."""

    registered_on: date | None = None
    purchased_on: date | None = None
    expires_on: date | None = Field(default=None, description="the last day covered")
    incidents_left: int | None = Field(default=None, ge=0, description="this ticket included")


class Ticket(Record):
    """One support request, at the moment it was opened.

    `opened_at` is the instant the customer asked (UTC; any offset is accepted, a time without one is refused).
    `time_zone` is the customer's IANA zone, for policies whose hours are the customer's. `plan` and `severity` may be
    left out where the policy has a default. `follows` names the closed ticket that this one continues.
    """

    id: Annotated[Id, AfterValidator(_check_ticket_id)]
    policy: Name
    plan: Name | None = None
    severity: Name | None = None
    channel: Name = "email"
    subject: Line
    description: Text = ""
    customer: Contact
    owner: Email | None = Field(default=None, description="who on our side is told of trouble with this ticket")
    time_zone: ZoneName | None = None
    region: Name | None = Field(default=None, description="for plans whose calendar depends on it")
    version: Line | None = Field(default=None, description="of the customer's product, such as 17.2")
    missing: tuple[Literal["description", "sender"], ...] = Field(
        default=(), description="what is still to be completed, for clocks that wait for it"
    )
    round_the_clock: bool = Field(default=False, description="the customer asks for work round the clock")
    contact: bool = Field(default=True, description="whether the customer has somebody to work with us")
    entitlement: Entitlement = Entitlement()
    link: Line | None = Field(default=None, description="the ticket's address for the customer, if not the policy's")
    opened_at: Instant
    follows: Id | None = None


def successor(ticket: Ticket) -> str:
    """The id of the follow-up ticket of a closed ticket: `A-1` → `A-1.2` → `A-1.3`.

    Derived, not drawn: the same late reply, delivered twice, names the same follow-up ticket. Only a number that we
    gave ourselves is counted on: the follow-up of somebody's `INC.5` is `INC.5.2`, never their `INC.6`.
    """
    stem, _, number = ticket.id.rpartition(".")
    if ticket.follows is not None and stem and number.isdecimal():
        return f"{stem}.{int(number) + 1}"
    return f"{ticket.id}.2"
