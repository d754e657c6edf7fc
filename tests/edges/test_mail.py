"""Mail that threads, carries what was meant and no header besides; wording that is filled in and never evaluated."""

from email import message_from_bytes
from email.header import decode_header, make_header
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import Path
from typing import Any, cast

import pytest
from outside import DUE, notification

from activities.channels.mail import message_id, write_message
from activities.channels.outbox import Outbox
from policies.library import Library, default_messages, messages_of
from policies.templates import check_template, compile_template
from sla.inputs.ticket import Contact, Ticket
from sla.inputs.wording import PLACEHOLDERS, Message, render
from sla.state.notification import Fate, Notification

SENDER = "support@holdfast.example"
HEADERS = [
    "Message-ID", "X-Holdfast-Ticket", "Date", "From", "To", "Subject", "Auto-Submitted",
    "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
]  # fmt: skip
THREADED = [*HEADERS[:2], "In-Reply-To", "References", *HEADERS[2:]]

BREAKS = ["\r", "\n", "\r\n", "\x85", "\u2028", "\u2029", "\0", "\x0b", "\x0c", "\x1c", "\r\n\r\n", "\n ", "\r\n\t"]
ENCODED = [
    "=?utf-8?q?a=0d=0aBcc:_evil@evil.example?=",
    "=?utf-8?q?=0d=0a=0d=0aBcc:_evil@evil.example?=",
    "=?utf-8?b?YQ0KQmNjOiBldmlsQGV2aWwuZXhhbXBsZQ==?=",
    "=?UTF-8?B?DQpCY2M6IGV2aWxAZXZpbC5leGFtcGxl?=",
    "=?utf-8?q?=3D=3Futf-8=3Fq=3Fa=3D0d=3D0aBcc:_evil@evil.example=3F=3D?=",
    "=?=?utf-8?q?a=0d=0aBcc:_evil@evil.example?=?=",
    "==??utf-8?q?a=0d=0aBcc:_evil@evil.example?=",
    "=\x00?utf-8?q?a=0d=0aBcc:_evil@evil.example?=",
    "=\u200b?utf-8?q?a=0d=0aBcc:_evil@evil.example?=",
    "= ?utf-8?q?a=0d=0aBcc:_evil@evil.example?=",
    "=?utf-8?q?a=0d?= =?utf-8?q?=0aBcc:_evil@evil.example?=",
    "=?utf-7?q?+AA0ACg-Bcc:_evil@evil.example?=",
    "=?=?", "=?", "?=", "=?utf-8?q?", "=?utf-8?b?////?=", "=?nope?q?x?=", "=?utf-8?x?x?=",
]  # fmt: skip
ADDRESSES = ['"x" <evil@evil.example>', "a, evil@evil.example", "a; b: c@d;", "<>", '"', "\\", "(x)", "a@b", "x" * 300]
CORPUS = [*(f"a{each}Bcc: evil@evil.example" for each in BREAKS), *ENCODED, *ADDRESSES, "\u202e evil", "é" * 250]

GUARDED = {"ticket_id", "thread", "id"}
"""What the models restrict to letters, digits and a few signs: mail may refuse it; free text it must send, cleaned."""


def parsed(raw: bytes) -> EmailMessage:
    return BytesParser(policy=default).parsebytes(raw)


def header_lines(raw: bytes) -> list[str]:
    """The header names as they stand on the wire, read by hand: no parser that might agree with the writer."""
    head = raw.partition(b"\r\n\r\n")[0]
    return [line.partition(b":")[0].decode() for line in head.split(b"\r\n") if line[:1] not in {b" ", b"\t"}]


def decoded(raw: bytes, name: str) -> str:
    """A header as a mail program shows it: not by the parser of Python 3.11, which puts blanks into long words."""
    return str(make_header(decode_header(message_from_bytes(raw)[name]))).strip()


def recipients(mail: EmailMessage) -> list[str]:
    return [address.addr_spec for header in mail.get_all("To", []) for address in cast(AddressHeader, header).addresses]


def unchecked(**fields: Any) -> Notification:
    """As if the models had let anything pass: mail must hold on its own."""
    return notification().model_copy(update=fields)


def body_of(raw: bytes) -> str:
    return str(parsed(raw).get_content()).replace("\r\n", "\n")


# Threads, dates, letters


def test_three_messages_are_one_thread_and_each_is_the_same_on_every_attempt() -> None:
    ids = ("T-1+acknowledgement", "T-1+follow_up-1-1", "T-1+follow_up-1-2")
    raws = [write_message(notification(id=each, thread=ids[:count]), SENDER) for count, each in enumerate(ids)]
    mails = [message_from_bytes(raw) for raw in raws]
    known = [f"<{each}@holdfast.example>" for each in ids]
    assert [mail["Message-ID"] for mail in mails] == known
    assert [mail["In-Reply-To"] for mail in mails] == [None, known[0], known[1]]
    assert [str(mail["References"]).split() for mail in mails] == [["None"], known[:1], known[:2]]
    assert raws[2] == write_message(notification(id=ids[2], thread=ids[:2]), SENDER)


def test_an_escalation_is_threaded_by_ids_that_a_mail_program_finds_again() -> None:
    """References is matched byte by byte: an id written as an encoded word belongs to no thread."""
    earlier = "T-20261122-3f9c1a+first_response-1-after-2-business_hours-manager"
    raw = write_message(notification(audience="internal", thread=(earlier,)), "support@help.harborlight.example")
    mail = message_from_bytes(raw)
    assert mail["In-Reply-To"].strip() == f"<{earlier}@help.harborlight.example>"
    assert mail["References"].strip() == f"<{earlier}@help.harborlight.example>"


def test_the_longest_thread_keeps_every_id_readable() -> None:
    ids = tuple(f"{'T' * 200}+{number}" for number in range(10))
    raw = write_message(notification(id="T-1+last", thread=ids), SENDER)
    assert header_lines(raw) == THREADED
    mail = message_from_bytes(raw)
    assert mail["References"].split() == [message_id(each, "holdfast.example") for each in ids]
    assert mail["In-Reply-To"].strip() == message_id(ids[-1], "holdfast.example")
    assert max(map(len, raw.split(b"\r\n"))) <= 998


@pytest.mark.parametrize("length", [1, 60, 100, 220])
def test_a_message_id_of_any_length_stays_what_it_is(length: int) -> None:
    identity = "T" * length
    raw = write_message(notification(id=identity), SENDER)
    assert message_from_bytes(raw)["Message-ID"].strip() == f"<{identity}@holdfast.example>"


@pytest.mark.parametrize("length", [1, 60, 99, 100])
def test_a_ticket_id_of_any_length_is_readable_in_its_header(length: int) -> None:
    raw = write_message(notification(ticket_id="T" * length), SENDER)
    assert message_from_bytes(raw)["X-Holdfast-Ticket"].strip() == "T" * length


def test_the_date_is_the_due_instant_and_not_the_moment_of_sending() -> None:
    date = message_from_bytes(write_message(notification(), SENDER))["Date"]
    assert date == "Mon, 15 Jun 2026 13:05:07 +0000"
    assert parsedate_to_datetime(date) == DUE


def test_robots_are_told_not_to_answer() -> None:
    assert message_from_bytes(write_message(notification(), SENDER))["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    "text",
    ["Wiederherstellung schlägt fehl – 62 %", "復元が停止しました", "נכשל השחזור", "🧯 emoji", "é" * 120,
     "x" * 120, "a = b? c=?d"],
)  # fmt: skip
def test_any_script_comes_through_in_subject_name_and_body(text: str) -> None:
    body = f"{text}\n.\nFrom me\n"
    raw = write_message(notification(subject=text, body=body, to_name=text), SENDER)
    assert raw.isascii()
    shown = text.replace("=?", "= ?")
    assert decoded(raw, "Subject") == shown
    assert parseaddr(decoded(raw, "To")) == (shown, "kim@customer.example")
    assert body_of(raw) == body


def test_every_line_ends_with_crlf_and_none_is_too_long() -> None:
    body = f"{'word ' * 3000}\n{'x' * 4000}\n"
    lines = write_message(notification(body=body), SENDER).split(b"\r\n")
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert max(map(len, lines)) <= 998


# Nothing added by what people wrote


def injected(field: str, text: str) -> Notification:
    """The hostile text where it would reach a header."""
    if field == "customer name":
        return unchecked(to_name=text)
    if field == "thread":
        return unchecked(thread=(text,))
    return unchecked(**{field: text})


@pytest.mark.parametrize("field", ["customer name", "subject", "body", *sorted(GUARDED)])
@pytest.mark.parametrize("text", CORPUS)
def test_a_hostile_text_adds_no_header_and_no_recipient(field: str, text: str) -> None:
    hostile = injected(field, text)
    try:
        raw = write_message(hostile, SENDER)
    except Exception:
        if field not in GUARDED:
            raise
        return
    mail = parsed(raw)
    assert header_lines(raw) == (THREADED if hostile.thread else HEADERS)
    assert recipients(mail) == ["kim@customer.example"]
    assert body_of(raw).split() == hostile.body.split()


@pytest.mark.parametrize("text", [*(f"a{each}b" for each in BREAKS), "\u202eb", "\ud800"])
def test_the_models_refuse_what_would_break_a_line(text: str) -> None:
    whole: dict[str, Any] = {
        "id": "T-1", "policy": "crashplan", "subject": "s", "customer": {"email": "a@b.example"}, "opened_at": DUE
    }  # fmt: skip
    assert Ticket.model_validate(whole)
    with pytest.raises(ValueError, match="subject"):
        Ticket.model_validate({**whole, "subject": text})
    with pytest.raises(ValueError, match="name"):
        Contact.model_validate({"email": "a@b.example", "name": text})
    with pytest.raises(ValueError, match="id"):
        Ticket.model_validate({**whole, "id": text})


@pytest.mark.parametrize("field", ["customer name", "subject", "body", *sorted(GUARDED)])
@pytest.mark.parametrize("text", ["\ud800", "a\udfffb"])
async def test_a_lone_surrogate_does_not_crash_a_channel(tmp_path: Path, field: str, text: str) -> None:
    end = await Outbox(tmp_path / "outbox", SENDER).send(injected(field, text))
    assert end.fate in {Fate.SENT, Fate.REFUSED}


@pytest.mark.parametrize(
    "address",
    ["a..b@x.example", ".a@x.example", "a.@x.example", "a@..", "a@x..y", "a@x.example.", "a@-", "a@x",
     "$%&'*+/=?^_`{|}~-@x"],
)  # fmt: skip
async def test_an_address_that_a_ticket_may_hold_is_sent_to_or_refused(tmp_path: Path, address: str) -> None:
    """An address that the model lets in must not make a channel raise: that would count as an unknown fate."""
    try:
        contact = Contact(email=address)
    except ValueError:
        return
    end = await Outbox(tmp_path, SENDER).send(notification(to=contact.email))
    assert end.fate in {Fate.SENT, Fate.REFUSED}


# Wording


@pytest.mark.parametrize(
    "text",
    ["{{7*7}}", "{{ 7*7 }}", "{% for x in range(9) %}x{% endfor %}", "{{ ticket_id }}", "{#x#}", "{{ ''.__class__ }}"],
)
def test_a_value_that_looks_like_a_template_stays_text(text: str) -> None:
    template = compile_template("{{ subject }} {{ ticket_id }}")
    assert render(template, {"subject": text, "ticket_id": text}) == f"{text} {text}"


@pytest.mark.parametrize(
    "template",
    [
        "{{ subject() }}", "{{ subject.upper() }}", "{{ range(9) }}", "{{ lipsum() }}", "{{ cycler }}",
        "{{ subject|upper }}", "{{ subject|safe }}", "{% filter upper %}x{% endfilter %}",
        "{% for x in subject %}x{% endfor %}", "{% if subject %}x{% endif %}", "{% set x = 1 %}",
        "{{ subject.__class__ }}", "{{ subject['x'] }}", "{{ subject[0] }}", "{{ subject[:1] }}",
        "{{ 7*7 }}", "{{ 'a'*10**9 }}", "{{ 1 + 1 }}", "{{ 1 }}", "{{ 'text' }}", "{{ subject ~ subject }}",
        "{{ subject if plan else due }}", "{{ subject is defined }}", "{{ [subject] }}", "{{ {} }}", "{{ -1 }}",
        "{{ subject == plan }}", "{{ not subject }}", "{{ subject in plan }}",
        "{% include 'x' %}", "{% import 'x' as x %}", "{% from 'x' import y %}", "{% extends 'x' %}",
        "{% block x %}{% endblock %}", "{% macro x() %}{% endmacro %}", "{% call x() %}{% endcall %}",
        "{% with %}{% endwith %}", "{% autoescape true %}{% endautoescape %}", "{% do subject %}",
        "{{ nobody }}", "{{ Subject }}", "{{ self }}", "{{ config }}", "{{ loop }}", "{{ true }}", "{{ none }}",
        "{{ subject", "{{ }}", "{% %}", "{{ subject plan }}", "{{ subject }",
    ],
)  # fmt: skip
def test_a_template_that_does_more_than_name_a_placeholder_is_refused(template: str) -> None:
    complaint = check_template(template)
    assert complaint
    assert "\n" not in complaint


@pytest.mark.parametrize("template", ["", "plain", "{{ subject }}", "{{subject}} {{ ticket_id }}", "{ } 100 % # {x}"])
def test_plain_text_and_placeholders_are_allowed(template: str) -> None:
    assert check_template(template) is None
    assert render(compile_template(template), dict.fromkeys(PLACEHOLDERS, "v")) == template.replace(
        "{{ subject }}", "v"
    ).replace("{{subject}} {{ ticket_id }}", "v v")


def wordings() -> dict[str, Message]:
    """Every shipped message, by `policy name`."""
    library = Library()
    shipped = {"default": default_messages(), **{name: messages_of(library.load(name)) for name in library.names()}}
    return {f"{where} {name}": message for where, known in shipped.items() for name, message in known.items()}


@pytest.mark.parametrize("name", wordings())
def test_every_shipped_message_renders_with_every_placeholder(name: str) -> None:
    message = wordings()[name]
    values = {placeholder: f"«{placeholder}»" for placeholder in PLACEHOLDERS}
    subject, body = render(message.subject, values), render(message.body, values)
    assert "{{" not in subject + body
    raw = write_message(notification(subject=subject, body=body), SENDER)
    assert header_lines(raw) == HEADERS


def test_a_policy_of_ones_own_can_use_every_placeholder() -> None:
    every = " ".join(f"{{{{ {placeholder} }}}}" for placeholder in sorted(PLACEHOLDERS))
    assert check_template(every) is None
    assert render(
        compile_template(every), {placeholder: placeholder for placeholder in PLACEHOLDERS}
    ).split() == sorted(PLACEHOLDERS)
