"""E-mail over SMTP, each attempt classified exactly (measured facts: aiosmtplib's errors tell the cases apart).

Everything that fails before the message's data is complete was certainly not sent. A silence or a lost connection while
or after the data went out is uncertain: the server may have the mail.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal, NamedTuple

import aiosmtplib

from activities.channels.mail import UnsafeMessage, write_message
from sla.state.notification import Delivery, Fate, Notification

DEADLINE_SECONDS = 60
"""The longest one attempt may take, against servers that trickle."""


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

    async def send(self, notification: Notification) -> Delivery:
        """One attempt within the deadline."""
        try:
            raw = write_message(notification, self._sender)
        except UnsafeMessage as error:
            return Delivery(fate=Fate.REFUSED, detail=_short(str(error)))
        attempt = _Attempt(self._client(), self._server, self._sender, notification.to)
        try:
            async with asyncio.timeout(self._deadline):
                return await attempt.run(raw)
        except TimeoutError:
            return attempt.failed(f"no end within {self._deadline:g} s")
        finally:
            attempt.hang_up()

    async def fate(self, identity: str) -> Delivery:
        """SMTP cannot tell."""
        return Delivery(fate=Fate.UNCERTAIN, detail="the attempt gave no answer")

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

    def __init__(self, client: aiosmtplib.SMTP, server: Server, sender: str, to: str) -> None:
        self._client = client
        self._server = server
        self._sender = sender
        self._to = to
        self._addressed = False
        self._data_begun = False

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
            fate = _fate_of(error.code, data_begun=self._data_begun) if self._addressed else Fate.NOT_SENT
            return Delivery(fate=fate, detail="" if fate is Fate.SENT else _short(f"{error.code} {error.message}"))
        except (aiosmtplib.SMTPException, OSError) as error:
            return self.failed(str(error) or type(error).__name__)
        return Delivery(fate=Fate.SENT)

    async def _login(self) -> None:
        if self._server.username is not None:
            await self._client.login(self._server.username, self._server.password or "")

    async def _address(self) -> None:
        self._addressed = True
        await self._client.rcpt(self._to)

    async def _data(self, raw: bytes) -> None:
        self._data_begun = True
        await self._client.data(raw)

    def failed(self, why: str) -> Delivery:
        """The end of an attempt that got no answer."""
        fate = Fate.UNCERTAIN if self._data_begun else Fate.NOT_SENT
        return Delivery(fate=fate, detail=_short(why))

    def hang_up(self) -> None:
        self._client.close()


def _fate_of(code: int, *, data_begun: bool) -> Fate:
    """What a reply code says of the mail: 5xx no for good, 4xx no for now; anything else depends on when it came."""
    if 500 <= code <= 599:
        return Fate.REFUSED
    if 400 <= code <= 499 or not data_begun:
        return Fate.NOT_SENT
    return Fate.SENT if 200 <= code <= 299 else Fate.UNCERTAIN


def _short(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:300]
