"""The wording of a message, compiled when a policy is read: a row of texts and placeholders, and nothing that runs."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, Field

from sla.base.fields import Record

PLACEHOLDERS = frozenset(
    {
        "ticket_id", "subject", "customer_name", "policy", "plan", "severity", "opened", "follows", "objective", "due",
        "attempt", "attempts", "level", "late", "reason", "replied_on", "link",
    }
)  # fmt: skip
"""What a policy's wording may name between double braces."""

MOST_PARTS = 500
LONGEST_SUBJECT, LONGEST_BODY = 300, 20_000
"""Characters of a message as it is sent; longer text is cut."""


def _check_placeholder(name: str) -> str:
    if name not in PLACEHOLDERS:
        raise ValueError(f"there is no placeholder {name}")
    return name


class Placeholder(Record):
    """Where one of the ticket's values stands."""

    value: Annotated[str, AfterValidator(_check_placeholder)]


Literal = Annotated[str, Field(max_length=LONGEST_BODY)]
Template = Annotated[tuple[Literal | Placeholder, ...], Field(max_length=MOST_PARTS)]


class Message(Record):
    """Wording sent to people."""

    subject: Template
    body: Template


def render(template: Template, values: Mapping[str, str], longest: int = LONGEST_BODY) -> str:
    """The text with its placeholders filled in, cut after `longest` characters; a value is never read as a template."""
    return "".join(part if isinstance(part, str) else values[part.value] for part in template)[:longest]
