"""E-mail over SMTP, each attempt classified exactly (measured facts: aiosmtplib's errors tell the cases apart).

Everything that fails before the message's first byte was certainly not sent. A silence or a lost connection while or
after it went out is uncertain: the server may have the mail.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Literal, NamedTuple

import aiosmtplib

from activities.channels.base import Begin, MayNotBegin
from activities.channels.mail import UnsafeMessage, write_message
from activities.channels.redaction import redact
from sla.state.notification import Attempt, Delivery, Fate, Notification

DEADLINE_SECONDS = 60
"""The longest one attempt may take, against servers that trickle."""

START_MAIL, TAKEN = 354, 250


class Server(NamedTuple):
    """An SMTP server. `tls`: `none`, `starttls` or `tls` from the first byte."""

    host: str
    port: int
    tls: Literal["none", "starttls", "tls"]
    username: str | None = None
    password: str | None = None


class Email:
    """Sends through one SMTP server, one connection a message."""

    def __init__(self, server: Server, sender: str, *, deadline: float = DEADLINE_SECONDS) -> None:
        self._server = server
        self._sender = sender
        self._deadline = deadline

    async def send(self, notification: Notification, begin: Begin) -> Delivery:
        """One attempt within the deadline."""
        try:
            raw = write_message(notification, self._sender)
        except UnsafeMessage as error:
            return Delivery(fate=Fate.REFUSED, detail=_short(str(error)))
        try:
            client = self._client()
        except ValueError as error:
            return Delivery(fate=Fate.NOT_SENT, detail=_short(str(error)))
        attempt = _Attempt(client, self._server, self._sender, notification.to, begin)
        try:
            async with asyncio.timeout(self._deadline):
                return await attempt.run(raw)
        except TimeoutError:
            return attempt.failed(f"no end within {self._deadline:g} s")
        except asyncio.CancelledError:
            # The worker is being stopped: the answer still reaches the ticket.
            return attempt.failed("the worker was stopped")
        finally:
            attempt.hang_up()

    async def fate(self, attempt: Attempt) -> Delivery:
        """SMTP cannot tell: not sent where the message had not begun, else uncertain."""
        fate = Fate.UNCERTAIN if attempt.begun else Fate.NOT_SENT
        return Delivery(fate=fate, detail="the attempt gave no answer")

    def _client(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self._server.host,
            port=self._server.port,
            use_tls=self._server.tls == "tls",
            start_tls=self._server.tls == "starttls",
            timeout=self._deadline,
        )


class _Attempt:
    """One SMTP conversation, step by step, so that a failure is known by its step."""

    def __init__(self, client: aiosmtplib.SMTP, server: Server, sender: str, to: str, begin: Begin) -> None:
        self._client = client
        self._server = server
        self._sender = sender
        self._to = to
        self._begin = begin
        self._addressed = False
        self._begun = False

    async def run(self, raw: bytes) -> Delivery:
        steps: tuple[Callable[[], Awaitable[object]], ...] = (
            self._client.connect,
            self._login,
            lambda: self._client.mail(self._sender),
            self._address,
            lambda: self._data(raw),
        )
        try:
            for step in steps:
                await step()
        except aiosmtplib.SMTPAuthenticationError as error:
            # Hazard: a server may quote what it was given, and that is the password.
            return Delivery(fate=Fate.NOT_SENT, detail=f"{error.code} login refused")
        except aiosmtplib.SMTPResponseException as error:
            # Before the recipient was named, a no is about us, not about this mail: it may leave once that is mended.
            fate = _fate_of(error.code, begun=self._begun) if self._addressed else Fate.NOT_SENT
            return Delivery(fate=fate, detail="" if fate is Fate.SENT else self._said(f"{error.code} {error.message}"))
        except (aiosmtplib.SMTPException, MayNotBegin, OSError, ValueError) as error:
            return self.failed(str(error) or type(error).__name__)
        return Delivery(fate=Fate.SENT)

    async def _login(self) -> None:
        if self._server.username is not None:
            await self._client.login(self._server.username, self._server.password or "")

    async def _address(self) -> None:
        self._addressed = True
        await self._client.rcpt(self._to)

    async def _data(self, raw: bytes) -> None:
        """The library's own command sends message and command in one: what began could not be told."""
        answer = await self._client.execute_command(b"DATA")
        if answer.code != START_MAIL:
            raise aiosmtplib.SMTPDataError(answer.code, answer.message)
        await self._begin()
        answer = await self._whole(raw)
        if answer.code != TAKEN:
            raise aiosmtplib.SMTPDataError(answer.code, answer.message)

    async def _whole(self, raw: bytes) -> aiosmtplib.SMTPResponse:
        protocol = self._client.protocol
        if protocol is None or not protocol.is_connected:
            raise aiosmtplib.SMTPServerDisconnected("Connection lost")
        self._begun = True
        protocol.write(dotted(raw) + b".\r\n")
        return await protocol.read_response(self._client.timeout)

    def failed(self, why: str) -> Delivery:
        """The end of an attempt that got no answer."""
        fate = Fate.UNCERTAIN if self._begun else Fate.NOT_SENT
        return Delivery(fate=fate, detail=self._said(why))

    def _said(self, why: str) -> str:
        """Hazard: a server may quote the login, and the detail goes into the ticket's timeline and history."""
        if self._server.username is not None:
            why = redact(why, self._server.username, self._server.password or "")
        return _short(why)

    def hang_up(self) -> None:
        self._client.close()


def _fate_of(code: int, *, begun: bool) -> Fate:
    """What a reply code says of the mail: 5xx no for good, 4xx no for now; anything else depends on when it came."""
    if 500 <= code <= 599:
        return Fate.REFUSED
    if 400 <= code <= 499 or not begun:
        return Fate.NOT_SENT
    return Fate.SENT if 200 <= code <= 299 else Fate.UNCERTAIN


def dotted(raw: bytes) -> bytes:
    """A message of CRLF lines with the dot that begins a line doubled (RFC 5321, 4.5.2)."""
    return re.sub(rb"(?m)^\.", b"..", raw)


def _short(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]
