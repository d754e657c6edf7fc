"""The SMTP channel against servers that take, refuse, stall, trickle and drop: the fate of every attempt is known."""

import asyncio
import socket
import ssl
import subprocess
from base64 import b64encode
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from email import message_from_bytes
from typing import Any, NamedTuple, cast

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from outside import Action, after, drop, leave, notification, say, smtp_sink, stall, trickle

from activities.channels.base import Begin, MayNotBegin
from activities.channels.email import Email, Server
from sla.state.notification import Attempt, Delivery, Fate, Notification

SENDER = "support@holdfast.example"
PASSWORD = "canary-secret-4711"
LONG = "word " * 3900


async def may_begin() -> None:
    """Nobody has given the attempt up."""


class Sender(Email):
    """An attempt may begin, unless a test says otherwise."""

    async def send(self, notification: Notification, begin: Begin = may_begin) -> Delivery:
        return await super().send(notification, begin)


def channel(port: int, deadline: float = 10, **server: Any) -> Sender:
    return Sender(Server("127.0.0.1", port, "none")._replace(**server), SENDER, deadline=deadline)


def base64_of(text: str) -> str:
    return b64encode(text.encode()).decode()


AUTH_PLAIN = base64_of(f"\0kim\0{PASSWORD}")
AUTH_PLAIN_FOR_KIM = base64_of(f"kim\0kim\0{PASSWORD}")


def sure(fate: Fate) -> bool:
    """Whether the attempt is known to have reached nobody."""
    return fate in {Fate.NOT_SENT, Fate.REFUSED}


# A real SMTP server (aiosmtpd)


class Scripted:
    """Takes mail, except where a code is told for a step."""

    def __init__(self, codes: dict[str, str]) -> None:
        self.codes = codes
        self.taken: list[Envelope] = []

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if "MAIL" in self.codes:
            return self.codes["MAIL"]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if "RCPT" in self.codes:
            return self.codes["RCPT"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if "dot" in self.codes:
            return self.codes["dot"]
        self.taken.append(envelope)
        return "250 taken"


class ScriptedServer(NamedTuple):
    port: int
    taken: list[Envelope]


@asynccontextmanager
async def aiosmtpd(
    codes: dict[str, str] | None = None, tls: ssl.SSLContext | None = None
) -> AsyncGenerator[ScriptedServer, None]:
    handler = Scripted(codes or {})

    def login(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        pair = cast(LoginPassword, data)
        return AuthResult(success=(pair.login, pair.password) == (b"kim", PASSWORD.encode()), handled=False)

    def conversation() -> SMTP:
        return SMTP(handler, hostname="sink", authenticator=login, auth_require_tls=False, tls_context=tls)

    server = await asyncio.get_running_loop().create_server(conversation, "127.0.0.1", 0)
    try:
        yield ScriptedServer(server.sockets[0].getsockname()[1], handler.taken)
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.sleep(0)


async def test_an_accepted_mail_is_sent_to_the_one_recipient() -> None:
    async with aiosmtpd() as server:
        assert await channel(server.port).send(notification()) == Delivery(fate=Fate.SENT)
    (taken,) = server.taken
    assert (taken.mail_from, taken.rcpt_tos) == (SENDER, ["kim@customer.example"])
    assert isinstance(taken.content, bytes)
    mail = message_from_bytes(taken.content)
    assert (mail["Message-ID"], mail["Subject"]) == ("<T-1+follow_up-1-1@holdfast.example>", "[T-1] Restore fails")


async def test_the_envelope_is_not_made_of_what_people_wrote() -> None:
    hostile = "Kim <evil@evil.example>, evil@evil.example"
    async with aiosmtpd() as server:
        sent = await channel(server.port).send(notification(to_name=hostile, subject=hostile, body=hostile))
    assert sent.fate is Fate.SENT
    assert [taken.rcpt_tos for taken in server.taken] == [["kim@customer.example"]]


async def test_lines_of_dots_arrive_as_they_were() -> None:
    body = "one\n.\n..\n.three\n"
    async with aiosmtpd() as server:
        await channel(server.port).send(notification(body=body))
    assert isinstance(server.taken[0].content, bytes)
    payload = message_from_bytes(server.taken[0].content).get_payload(decode=True)
    assert payload == b"one\r\n.\r\n..\r\n.three\r\n"


async def test_a_repeat_carries_the_same_id_and_the_same_bytes() -> None:
    async with smtp_sink(dot=say("451 later")) as sink:
        ends = [await channel(sink.port).send(notification()) for _ in range(2)]
        sink.steps.clear()
        ends.append(await channel(sink.port).send(notification()))
    assert [end.fate for end in ends] == [Fate.NOT_SENT, Fate.NOT_SENT, Fate.SENT]
    assert len(sink.mails) == 3
    assert len(set(sink.mails)) == 1
    assert b"Message-ID: <T-1+follow_up-1-1@holdfast.example>\r\n" in sink.mails[0]


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "dot"])
@pytest.mark.parametrize(
    ("code", "fate"),
    [
        ("421 shutting down", Fate.NOT_SENT),
        ("450 mailbox busy", Fate.NOT_SENT),
        ("451 try later", Fate.NOT_SENT),
        ("452 disk full", Fate.NOT_SENT),
        ("550 no such user", Fate.REFUSED),
        ("552 too large", Fate.REFUSED),
        ("554 spam", Fate.REFUSED),
    ],
)
async def test_a_code_is_for_now_or_for_good_at_every_step(step: str, code: str, fate: Fate) -> None:
    """Before the recipient is named even a no for good is about us: the mail may leave once that is mended."""
    fate = Fate.NOT_SENT if step == "MAIL" else fate
    async with aiosmtpd({step: code}) as server:
        end = await channel(server.port).send(notification())
    assert end == Delivery(fate=fate, detail=code)
    assert server.taken == []


# Codes that a library server cannot be made to give (raw sink)


class Row(NamedTuple):
    """What the server does, what becomes of the attempt, and why."""

    steps: dict[str, Action]
    fate: Fate
    why: str


BEFORE_DATA = {
    "421 instead of a banner": Row({"banner": say("421 too busy")}, Fate.NOT_SENT, "no conversation began"),
    "554 instead of a banner": Row(
        {"banner": say("554 go away")}, Fate.NOT_SENT, "it is about us, not about this mail"
    ),
    "drop before the banner": Row({"banner": drop}, Fate.NOT_SENT, "no conversation began"),
    "drop after EHLO": Row({"EHLO": drop}, Fate.NOT_SENT, "no mail was named"),
    "drop after MAIL": Row({"MAIL": drop}, Fate.NOT_SENT, "no recipient was named"),
    "close before the banner": Row({"banner": leave}, Fate.NOT_SENT, "no conversation began"),
    "close after RCPT": Row({"RCPT": leave}, Fate.NOT_SENT, "no text was sent"),
    "drop after RCPT": Row({"RCPT": drop}, Fate.NOT_SENT, "no text was sent"),
    "421 to DATA": Row({"DATA": say("421 shutting down")}, Fate.NOT_SENT, "refused before the text"),
    "451 to DATA": Row({"DATA": say("451 try later")}, Fate.NOT_SENT, "refused before the text"),
    "554 to DATA": Row({"DATA": say("554 no valid recipients")}, Fate.REFUSED, "refused before the text"),
    "250 to DATA": Row({"DATA": say("250 ok")}, Fate.NOT_SENT, "no text was asked for"),
    "drop instead of 354": Row({"DATA": drop}, Fate.NOT_SENT, "no text was sent"),
    "close instead of 354": Row({"DATA": leave}, Fate.NOT_SENT, "no text was sent"),
    "silence instead of 354": Row({"DATA": stall}, Fate.NOT_SENT, "no text was sent"),
    "garbage instead of 354": Row({"DATA": say("what?")}, Fate.NOT_SENT, "no text was sent"),
    "a silent banner": Row({"banner": stall}, Fate.NOT_SENT, "no conversation began"),
    "a silent EHLO": Row({"EHLO": stall}, Fate.NOT_SENT, "no mail was named"),
    "a silent RCPT": Row({"RCPT": stall}, Fate.NOT_SENT, "no text was sent"),
    "an endless banner": Row({"banner": trickle}, Fate.NOT_SENT, "no conversation began"),
    "an endless EHLO": Row({"EHLO": trickle}, Fate.NOT_SENT, "no mail was named"),
    "an endless RCPT": Row({"RCPT": trickle}, Fate.NOT_SENT, "no text was sent"),
    "garbage for a banner": Row({"banner": say("SSH-2.0-OpenSSH")}, Fate.NOT_SENT, "no conversation began"),
    "garbage to RCPT": Row({"RCPT": say("\x00\x1b[31mwhat")}, Fate.NOT_SENT, "no text was sent"),
}
AFTER_DATA = {
    "close mid text": Row({"mid-data": leave}, Fate.UNCERTAIN, "what the server kept of it is unknown"),
    "close after the final dot": Row({"dot": leave}, Fate.UNCERTAIN, "the server had the whole mail"),
    "drop mid text": Row({"mid-data": drop}, Fate.UNCERTAIN, "what the server kept of it is unknown"),
    "drop after the final dot": Row({"dot": drop}, Fate.UNCERTAIN, "the server had the whole mail"),
    "silence after the final dot": Row({"dot": stall}, Fate.UNCERTAIN, "the server had the whole mail"),
    "an endless answer after the final dot": Row({"dot": trickle}, Fate.UNCERTAIN, "250- may become a 250"),
    "garbage after the final dot": Row(
        {"dot": say("Ok: queued as 4711")}, Fate.UNCERTAIN, "the server had the whole mail"
    ),
    "an answer too long after the final dot": Row(
        {"dot": say(f"250 {'x' * 20_000}")}, Fate.UNCERTAIN, "it may have said yes"
    ),
    "another 2xx after the final dot": Row({"dot": say("251 taken, will forward")}, Fate.SENT, "2xx means taken"),
    "354 after the final dot": Row({"dot": say("354 go on")}, Fate.UNCERTAIN, "no answer to the mail"),
}
SLOW = 0.7
"""The deadline against servers that stall, in seconds."""


@pytest.mark.parametrize("row", BEFORE_DATA)
async def test_before_the_text_nothing_was_sent(row: str) -> None:
    steps, fate, why = BEFORE_DATA[row]
    async with smtp_sink(**steps) as sink:
        end = await within_deadline(channel(sink.port, SLOW))
    assert end.fate is fate, why
    assert end.detail
    assert sink.mails == []


@pytest.mark.parametrize("row", AFTER_DATA)
async def test_once_the_text_has_begun_only_an_answer_makes_it_certain(row: str) -> None:
    steps, fate, why = AFTER_DATA[row]
    async with smtp_sink(**steps) as sink:
        end = await within_deadline(channel(sink.port, SLOW))
    assert "DATA" in sink.heard
    assert end.fate is fate, why
    assert bool(end.detail) == (fate is not Fate.SENT)


async def within_deadline(email: Sender) -> Delivery:
    """The end of an attempt that may not last longer than the deadline and a moment."""
    async with asyncio.timeout(SLOW + 1):
        return await email.send(notification(body=LONG))


async def test_a_server_that_is_slow_at_every_step_meets_the_total_deadline() -> None:
    """Each answer alone is quick enough: only their sum is too slow."""
    steps = {step: after(0.4, text) for step, text in [("banner", "220 a"), ("EHLO", "250 b"), ("MAIL", "250 c")]}
    async with smtp_sink(**steps) as sink:
        begun = asyncio.get_running_loop().time()
        end = await channel(sink.port, 1.0).send(notification())
        took = asyncio.get_running_loop().time() - begun
    assert end == Delivery(fate=Fate.NOT_SENT, detail="no end within 1 s")
    assert took < 1.5


async def test_a_server_that_is_slow_but_in_time_has_the_mail() -> None:
    async with smtp_sink(dot=after(0.5, "250 at last")) as sink:
        assert (await channel(sink.port, 5).send(notification())).fate is Fate.SENT
    assert len(sink.mails) == 1


async def test_one_slow_server_does_not_delay_other_sends() -> None:
    async with smtp_sink(banner=stall) as slow, smtp_sink() as quick:
        waiting = asyncio.create_task(channel(slow.port, 1.5).send(notification()))
        async with asyncio.timeout(1):
            assert (await channel(quick.port).send(notification())).fate is Fate.SENT
        assert not waiting.done()
        assert (await waiting).fate is Fate.NOT_SENT


async def test_the_connection_is_closed_after_every_attempt() -> None:
    for steps in ({}, {"RCPT": say("550 no")}, {"dot": stall}):
        async with smtp_sink(**cast(dict[str, Action], steps)) as sink:
            await channel(sink.port, 0.6).send(notification())
            async with asyncio.timeout(2):
                while sink.talking and "dot" not in steps:  # noqa: ASYNC110
                    await asyncio.sleep(0.01)


# No conversation at all


async def test_a_refused_connection_was_not_sent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        end = await channel(free.getsockname()[1]).send(notification())
    assert end.fate is Fate.NOT_SENT
    assert "connect" in end.detail.lower()


async def test_a_connection_that_nobody_accepts_meets_the_deadline() -> None:
    """A full backlog: the kernel drops what would be one connection more."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        with socket.create_connection(address, 5):
            end = await channel(address[1], 0.7).send(notification())
    assert end.fate is Fate.NOT_SENT
    assert end.detail


async def test_a_host_that_does_not_exist_was_not_sent() -> None:
    end = await channel(25, host="no-such-host.invalid").send(notification())
    assert end.fate is Fate.NOT_SENT
    assert end.detail


# Login and protection


async def test_a_right_login_sends() -> None:
    async with aiosmtpd() as server:
        end = await channel(server.port, username="kim", password=PASSWORD).send(notification())
    assert (end.fate, len(server.taken)) == (Fate.SENT, 1)


@pytest.mark.parametrize("password", ["wrong-secret-0815", "", "pässwörd-geheim", None])
async def test_a_wrong_login_is_told_without_the_password(password: str | None) -> None:
    async with aiosmtpd() as server:
        end = await channel(server.port, username="kim", password=password).send(notification())
    assert sure(end.fate)
    assert "535" in end.detail
    assert not password or password not in end.detail
    assert server.taken == []


@pytest.mark.parametrize("offered", ["PLAIN", "LOGIN", "CRAM-MD5"])
async def test_a_server_that_repeats_what_it_was_told_does_not_get_the_password_into_the_detail(offered: str) -> None:
    """Many servers quote the command they did not like; with AUTH PLAIN that holds the password in base64."""
    heard: list[str] = []

    async def quote(writer: asyncio.StreamWriter) -> None:
        await say(f"500 unrecognised command: {heard[-1]}")(writer)

    async with smtp_sink(EHLO=say(f"250-sink\r\n250 AUTH {offered}"), AUTH=quote) as sink:
        heard = sink.heard
        end = await channel(sink.port, username="kim", password=PASSWORD).send(notification())
    assert any(line.startswith("AUTH ") for line in sink.heard)
    assert sure(end.fate)
    assert not secrets() & {word.strip("'\"") for word in end.detail.split()}
    assert PASSWORD not in end.detail


def secrets() -> set[str]:
    return {AUTH_PLAIN, base64_of(PASSWORD)}


async def test_a_server_without_login_is_not_used_when_a_login_is_set() -> None:
    async with smtp_sink() as sink:
        end = await channel(sink.port, username="kim", password=PASSWORD).send(notification())
    assert sure(end.fate)
    assert PASSWORD not in end.detail
    assert sink.mails == []


async def test_a_server_without_starttls_is_refused_when_it_is_demanded() -> None:
    async with smtp_sink() as sink:
        end = await channel(sink.port, tls="starttls", username="kim", password=PASSWORD).send(notification())
    assert end.fate is Fate.NOT_SENT
    assert "TLS" in end.detail
    assert not any(line.startswith(("AUTH", "MAIL")) for line in sink.heard)


@pytest.fixture(scope="module")
def own_certificate(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A server whose certificate nobody signed."""
    folder = tmp_path_factory.mktemp("certificate")
    key, certificate = folder / "key.pem", folder / "cert.pem"
    openssl = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    subprocess.run([*openssl, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


async def test_a_certificate_that_nobody_signed_gets_no_password_and_no_mail(own_certificate: ssl.SSLContext) -> None:
    async with aiosmtpd(tls=own_certificate) as server:
        end = await channel(server.port, tls="starttls", username="kim", password=PASSWORD).send(notification())
    assert end.fate is Fate.NOT_SENT
    assert "certificate" in end.detail
    assert server.taken == []


async def test_a_plain_server_on_a_tls_port_was_not_sent() -> None:
    async with smtp_sink() as sink:
        end = await channel(sink.port, 1.5, tls="tls", username="kim", password=PASSWORD).send(notification())
    assert end.fate is Fate.NOT_SENT
    assert end.detail
    assert sink.mails == []


# What is told


async def test_a_long_and_ugly_answer_becomes_one_short_clean_line() -> None:
    ugly = "550-" + "\x1b[31m" + "no " * 80 + "\r\n550-\u202e" + "no " * 80 + "\r\n550 no"
    async with smtp_sink(RCPT=say(ugly)) as sink:
        end = await channel(sink.port).send(notification())
    assert end.fate is Fate.REFUSED
    assert end.detail.startswith("550 ")
    assert end.detail.isprintable()
    assert len(end.detail) <= 300


async def test_a_message_that_may_not_leave_does_not_reach_the_server() -> None:
    async with smtp_sink() as sink:
        hostile = notification().model_copy(update={"ticket_id": "=?utf-8?q?a=0d=0aBcc:_evil@evil.example?="})
        end = await channel(sink.port).send(hostile)
    assert end.fate is Fate.REFUSED
    assert sink.heard == []


@pytest.mark.parametrize(("begun", "fate"), [(False, Fate.NOT_SENT), (True, Fate.UNCERTAIN)])
async def test_an_attempt_that_gave_no_answer_is_uncertain_only_where_the_message_had_begun(
    begun: bool, fate: Fate
) -> None:
    end = await channel(25).fate(Attempt(notification=notification(), begun=begun))
    assert end == Delivery(fate=fate, detail="the attempt gave no answer")


async def test_an_attempt_that_was_given_up_sends_nothing() -> None:
    async def given_up() -> None:
        raise MayNotBegin("the workflow went on")

    async with smtp_sink() as sink:
        end = await channel(sink.port).send(notification(), given_up)
    assert end == Delivery(fate=Fate.NOT_SENT, detail="the workflow went on")
    assert sink.heard[-1] == "DATA"
    assert sink.mails == []


async def test_it_is_written_down_that_a_message_begins_before_its_first_byte_leaves() -> None:
    order: list[str] = []

    async def written_down() -> None:
        await asyncio.sleep(0.2)
        order.extend(["begun", *(["too late"] if sink.mails else [])])

    async with smtp_sink() as sink:
        assert (await channel(sink.port).send(notification(), written_down)).fate is Fate.SENT
    assert (order, len(sink.mails)) == (["begun"], 1)


async def test_a_server_that_hangs_up_after_its_354_got_nothing() -> None:
    hung_up = asyncio.Event()

    async def goes(writer: asyncio.StreamWriter) -> None:
        await say("354 go on")(writer)
        hung_up.set()
        await leave(writer)

    async def begins() -> None:
        await hung_up.wait()
        await asyncio.sleep(0.2)

    async with smtp_sink(DATA=goes) as sink:
        end = await channel(sink.port).send(notification(), begins)
    assert end.fate is Fate.NOT_SENT
    assert end.detail


@pytest.mark.parametrize(
    ("step", "fate"),
    [("banner", Fate.NOT_SENT), ("RCPT", Fate.NOT_SENT), ("DATA", Fate.NOT_SENT), ("dot", Fate.UNCERTAIN)],
)
async def test_a_worker_that_is_stopped_still_says_how_the_attempt_ended(step: str, fate: Fate) -> None:
    async with smtp_sink(**{step: stall}) as sink:
        sending = asyncio.create_task(channel(sink.port).send(notification()))
        await asyncio.sleep(0.3)
        sending.cancel()
        assert await sending == Delivery(fate=fate, detail="the worker was stopped")


@pytest.mark.parametrize("host", ["a..b", "." * 3, "ü" * 70, "smtp.example\n", "a\0b"])
async def test_a_host_that_is_no_name_is_an_answer_and_no_exception(host: str) -> None:
    end = await channel(25, 5, host=host).send(notification())
    assert end.fate is Fate.NOT_SENT
    assert end.detail


@pytest.mark.parametrize("step", ["MAIL", "RCPT", "DATA", "dot"])
@pytest.mark.parametrize(
    ("quoted", "shown"),
    [
        (f"AUTH PLAIN {AUTH_PLAIN} and {PASSWORD}", "AUTH PLAIN *** and ***"),
        (f"AUTH PLAIN {AUTH_PLAIN[:12]}...", "AUTH PLAIN ***..."),
        (f"AUTH PLAIN {AUTH_PLAIN[12:]}", "AUTH PLAIN ***"),
        (f"AUTH PLAIN {AUTH_PLAIN_FOR_KIM}", "AUTH PLAIN ***"),
        (f"auth plain {AUTH_PLAIN.lower()}", "auth plain ***"),
        (f"LOGIN {base64_of('kim')} {base64_of(PASSWORD)}", "LOGIN *** ***"),
        (f"CRAM-MD5 {base64_of('kim 9f86d081884c7d659a2feaa0c55ad015')}", "CRAM-MD5 ***"),
        (f"user <kim>, password '{PASSWORD.upper()}'", "user <***>, password '***'"),
        ("no mailbox kim@customer.example on kimono", "no mailbox kim@customer.example on kimono"),
    ],
)
async def test_a_login_that_a_server_quotes_does_not_get_into_the_detail(step: str, quoted: str, shown: str) -> None:
    answers = {"EHLO": say("250-sink\r\n250 AUTH PLAIN"), "AUTH": say("235 ok")}
    async with smtp_sink(**answers, **{step: say(f"550 {quoted}")}) as sink:
        end = await channel(sink.port, username="kim", password=PASSWORD).send(notification())
    assert end.detail == f"550 {shown}"


async def test_without_a_login_an_answer_is_shown_as_it_is() -> None:
    async with smtp_sink(RCPT=say("550 None of that, None")) as sink:
        end = await channel(sink.port).send(notification())
    assert end.detail == "550 None of that, None"


@pytest.mark.parametrize(("action", "error"), [(drop, ConnectionResetError), (leave, asyncio.IncompleteReadError)])
async def test_the_sink_itself_hangs_up_at_the_step_told(action: Action, error: type[Exception]) -> None:
    """A sink that never fails would make every row above hollow."""
    async with smtp_sink(EHLO=action) as sink:
        reader, writer = await asyncio.open_connection("127.0.0.1", sink.port)
        assert await reader.readline() == b"220 sink\r\n"
        writer.write(b"EHLO x\r\n")
        with pytest.raises(error):
            await reader.readexactly(1)
        writer.close()
