"""One message to people: made by the core, sent by an activity, ended as sent, refused or uncertain."""

import hashlib
from enum import StrEnum
from typing import Literal

from pydantic import Field

from sla.base.fields import Email, Line, Record
from sla.base.instant import Instant
from sla.inputs.wording import LONGEST_BODY, LONGEST_SUBJECT

Audience = Literal["customer", "internal"]


class Fate(StrEnum):
    """How one attempt ended (design, rule 9).

    `NOT_SENT` is certain and temporary: it may be tried again. `UNCERTAIN`: the other side may have taken it.
    """

    SENT = "sent"
    NOT_SENT = "not_sent"
    REFUSED = "refused"
    UNCERTAIN = "uncertain"


class Delivery(Record):
    """The end of one attempt, with the reason when it was not sent."""

    fate: Fate
    detail: str = Field(default="", max_length=500)


LONGEST_ID = 220
"""Characters of a notification's id: with a suffix it must still be the name of a file."""


def fitting_id(whole: str) -> str:
    """An id that is never too long: `whole` itself, or its beginning and a hash of all of it.

    An id that was shortened has a second plus sign, which no other has, so that the two kinds never meet.
    """
    if len(whole) <= LONGEST_ID:
        return whole
    digest = hashlib.sha256(whole.encode()).hexdigest()[:32]
    return f"{whole[: LONGEST_ID - len(digest) - 1]}+{digest}"


class Notification(Record):
    """A message with one id for life: the Message-ID of its mail and the name of its outbox file.

    `message` names the wording in the terms; `subject` and `body` are the text as it is sent. `thread` holds the ids of
    earlier messages of the same conversation, oldest first.
    """

    id: str = Field(pattern=rf"^[A-Za-z0-9._+-]{{1,{LONGEST_ID}}}$")
    ticket_id: str
    audience: Audience
    to: Email
    to_name: Line | None = None
    message: str
    subject: str = Field(max_length=LONGEST_SUBJECT)
    body: str = Field(max_length=LONGEST_BODY)
    thread: tuple[str, ...] = ()
    due_at: Instant


BEGUN = "begun"
"""What the sign of life of an attempt says from the moment at which its message begins to leave."""


class Attempt(Record):
    """One attempt that gave no answer; `begun` when it had said that the message begins to leave, or may have."""

    notification: Notification
    begun: bool
