"""Tickets of the policy `escalation`, and what was told of them."""

from datetime import datetime, timedelta
from typing import Any

from rehearsal import Rehearsal, at, ticket

from sla.state.timeline import What

NY = "America/New_York"
MONDAY = at("2026-11-16 10:00", NY)
HOUR = timedelta(hours=1)
BREACH = "next_response-1-high-breach-manager"
WORKAROUND = "workaround-1-high-breach-lead"


def ny(text: str) -> datetime:
    """An instant of 2026 from `11-16 10:00` in New York."""
    return at(f"2026-{text}", NY)


def start(opened: datetime, plan: str = "always", **fields: Any) -> Rehearsal:
    """A ticket of the policy `escalation`."""
    return Rehearsal(ticket("escalation", opened, plan=plan, **fields))


def told(story: Rehearsal) -> list[tuple[str, datetime]]:
    """Everything that was sent inside, by key and due instant: what is not listed was not sent."""
    return [
        (message.id.removeprefix("T-1+"), message.due_at) for message in story.sent if message.audience != "customer"
    ]


def lines(story: Rehearsal, *whats: What) -> list[str]:
    """The timeline's lines of some kinds, in words."""
    return [text for entry, text in story.lines() if entry.what in whats]


def waiting(customer: datetime = MONDAY, **fields: Any) -> Rehearsal:
    """Answered at once and replied to: the next response is owed from `customer` on, breached an hour later."""
    opened = customer - timedelta(minutes=5)
    return start(opened, **fields).tell("agent_replied", opened).tell("customer_replied", customer)


def again(
    key: str, first: datetime, count: int, every: timedelta = HOUR, number: int = 1
) -> list[tuple[str, datetime]]:
    """Reminders of a step, the first due at `first`."""
    return [(f"{key}-again-{number + index}", first + index * every) for index in range(count)]
