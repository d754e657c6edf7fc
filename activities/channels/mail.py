"""From a notification to an Internet message: headers that thread, and none that an attacker could add.

Hazard: on Python before 3.11.10 an encoded word in a subject could write a header of its own (CVE-2024-6923). Values
are cleaned, and the serialised header names are compared with those that were set.
"""

import re
from email import policy as mail_policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import format_datetime

from sla.state.notification import Notification

_ID = re.compile(r"[A-Za-z0-9._+-]+")
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
    try:
        raw = _id_headers(notification, sender.rpartition("@")[2]) + _text_message(notification, sender).as_bytes()
    except (ValueError, IndexError, MessageError) as error:
        raise UnsafeMessage(f"cannot be written: {error}") from error
    _check_headers(raw, threaded=bool(notification.thread))
    return raw


def _text_message(notification: Notification, sender: str) -> EmailMessage:
    mail = EmailMessage(policy=mail_policy.SMTP)
    mail["Date"] = format_datetime(notification.due_at)
    mail["From"] = Address(addr_spec=sender)
    mail["To"] = Address(display_name=clean_header(notification.to_name or ""), addr_spec=notification.to)
    mail["Subject"] = clean_header(notification.subject)
    mail["Auto-Submitted"] = "auto-generated"
    body = "".join(f"{line.rstrip()}\n" for line in notification.body.split("\n"))
    mail.set_content(body.rstrip("\n") + "\n", charset="utf-8", cte="quoted-printable")
    return mail


def _id_headers(notification: Notification, domain: str) -> bytes:
    """The headers made of ids alone, written by hand, one id a line.

    Hazard: the library encodes an id that is longer than a line (`=?utf-8?q?=3CT-…`), and then no mail program finds
    the thread. Ids come from a charset that needs no encoding.
    """
    known = (notification.id, notification.ticket_id, *notification.thread)
    if not all(_ID.fullmatch(each) for each in known):
        raise UnsafeMessage("an id holds more than letters, digits and . _ + -")
    ids = [message_id(each, domain) for each in notification.thread]
    threading = [f"In-Reply-To: {ids[-1]}", "References: " + "\r\n ".join(ids)] if ids else []
    own = [f"Message-ID: {message_id(notification.id, domain)}", f"X-Holdfast-Ticket: {notification.ticket_id}"]
    return "".join(f"{line}\r\n" for line in (*own, *threading)).encode("ascii")


def clean_header(text: str) -> str:
    """Text for a header: one line, without control characters, and with encoded words broken up."""
    line = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    return line.replace("=?", "= ?")[:250]


def _check_headers(raw: bytes, *, threaded: bool) -> None:
    found = BytesParser(policy=mail_policy.SMTP).parsebytes(raw, headersonly=True).keys()
    expected = {*_NAMES, *_BODY, *(_THREAD if threaded else ())}
    if len(found) != len(expected) or set(found) != expected:
        raise UnsafeMessage(f"headers {sorted(set(found) ^ expected)} do not belong")
