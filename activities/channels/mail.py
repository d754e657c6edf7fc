"""From a notification to an Internet message: headers that thread, and none that an attacker could add.

Hazard: on Python before 3.11.10 an encoded word in a subject could write a header of its own (CVE-2024-6923). Values
are cleaned, and the serialised header names are compared with those that were set.
"""

from collections.abc import Iterator
from email import policy as mail_policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import format_datetime

from policies.templates import render
from sla.notification import Notification

_NAMES = ("Message-ID", "Date", "From", "To", "Subject", "Auto-Submitted", "X-Holdfast-Ticket")
_THREAD = ("In-Reply-To", "References")
_BODY = ("MIME-Version", "Content-Type", "Content-Transfer-Encoding")


class UnsafeMessage(Exception):
    """The message would carry a header that was not set."""


def message_id(identity: str, domain: str) -> str:
    """The Message-ID of a notification, the same on every attempt."""
    return f"<{identity}@{domain}>"


def write_message(notification: Notification, sender: str) -> bytes:
    """The message as bytes with CRLF line ends, the same on every attempt. Raises UnsafeMessage."""
    domain = sender.rpartition("@")[2]
    mail = EmailMessage(policy=mail_policy.SMTP)
    for name, value in _headers(notification, sender, domain):
        mail[name] = value
    mail.set_content(render(notification.message.body, notification.values), charset="utf-8", cte="quoted-printable")
    raw = mail.as_bytes()
    _check_headers(raw, threaded=bool(notification.thread))
    return raw


def _headers(notification: Notification, sender: str, domain: str) -> Iterator[tuple[str, str | Address]]:
    yield "Message-ID", message_id(notification.id, domain)
    yield "Date", format_datetime(notification.due_at)
    yield "From", Address(addr_spec=sender)
    yield "To", Address(display_name=clean_header(notification.to_name or ""), addr_spec=notification.to)
    yield "Subject", clean_header(render(notification.message.subject, notification.values))
    yield "Auto-Submitted", "auto-generated"
    yield "X-Holdfast-Ticket", notification.ticket_id
    if notification.thread:
        ids = [message_id(each, domain) for each in notification.thread]
        yield "In-Reply-To", ids[-1]
        yield "References", " ".join(ids)


def clean_header(text: str) -> str:
    """Text for a header: one line, without control characters, and with encoded words broken up."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line.replace("=?", "= ?")[:250]


def _check_headers(raw: bytes, *, threaded: bool) -> None:
    found = BytesParser(policy=mail_policy.SMTP).parsebytes(raw, headersonly=True).keys()
    expected = {*_NAMES, *_BODY, *(_THREAD if threaded else ())}
    if len(found) != len(expected) or set(found) != expected:
        raise UnsafeMessage(f"headers {sorted(set(found) ^ expected)} do not belong")
