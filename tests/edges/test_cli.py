"""The console script: every refusal is one sentence and an exit code, and what it accepts is in the ticket."""

import asyncio
import json
import socket
import subprocess
import time
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from commanding import Answer, Cli
from outside import HOLDFAST, Up, environment, holdfast_up
from rich.cells import cell_len

from intake.desk import Receipt
from intake.listing import Row
from sla.inputs.ticket import MAX_BODY
from sla.views.status import StatusView, TimelineLine
from worker.temporal import connect
from workflows.contract import workflow_id

FLAGS = ("--policy", "crashplan", "--subject", "Restore fails", "--customer", "kim@customer.example")
FACTS = {"id": "R-1", "policy": "crashplan", "subject": "s", "customer": {"email": "k@x.example"}}
NOW = datetime.now(UTC)


class Refusal(NamedTuple):
    """A command that must be refused, and a word of the sentence that says why."""

    arguments: tuple[str, ...]
    why: str


def assert_refused(answer: Answer, code: int, why: str) -> None:
    """One sentence on stderr that says why, nothing on stdout, no traceback."""
    assert answer.code == code, answer
    assert answer.out == ""
    assert answer.err.startswith("holdfast: ")
    assert answer.err.count("\n") == 1, answer.err
    assert answer.err.endswith("\n")
    assert why in answer.err
    assert "Traceback" not in answer.err
    assert not answer.err.startswith("holdfast: unexpected ")
    assert answer.err.removesuffix("\n").isprintable()
    assert len(answer.err) < 500


# Refused without a server


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("ticket", "open", "--nonsense"), "--nonsense"),
        (("ticket", "open", "--policy"), "--policy"),
        (("ticket", "reply", "T-1", "--kind", "robot"), "robot"),
        (("ticket", "contact", "T-1", "asleep"), "asleep"),
        (("ticket", "contact", "T-1"), "'state'. Choose from: available, away"),
        (("ticket", "completed", "T-1", "invoice"), "invoice"),
        (("ticket", "severity", "T-1", "high", "--by", "nobody"), "nobody"),
        (("ticket", "show"), "ID"),
        (("ticket", "nonsense"), "nonsense"),
        (("nonsense",), "nonsense"),
    ],
)
def test_a_wrong_use_of_the_command_line_is_one_sentence_too(cli: Cli, arguments: tuple[str, ...], why: str) -> None:
    assert_refused(cli(*arguments), 2, why)


LINES_BROKEN = ["a\nb", "a\rb", "a\x1b[31mb", "a\x07b", "a\u202eb", "a\u2028b", "a\x85b", "a\u200bb", "\ufeffa"]
BAD_IDS = ["", " ", "a b", "a/b", "../a", "ä", "a\n", "a\0b", "x" * 101, ".", "..", "a:b", "a+b", "\u202ea", "%2e"]
BAD_TIMES = [
    ("2026-11-20T10:00:00", "offset"),
    ("2026-11-20", "offset"),
    ("1970-01-01T00:00:00Z", "1970"),
    ("0001-01-01T00:00:00+14:00", "year 1 "),
    ("9999-12-31T23:59:59-12:00", "9999"),
    ("yesterday", "is not a time such as"),
    ("2026-02-30T10:00:00Z", "is not a time such as"),
    ("2026-11-20T25:00:00Z", "is not a time such as"),
    ("", "is not a time such as"),
]


@pytest.mark.parametrize("text", LINES_BROKEN)
@pytest.mark.parametrize("flag", ["--subject", "--customer-name"])
def test_text_that_could_move_a_cursor_is_refused(cli: Cli, flag: str, text: str) -> None:
    assert_refused(cli("ticket", "open", *FLAGS, flag, text), 2, "control")


@pytest.mark.parametrize("ticket_id", [each for each in BAD_IDS if "\0" not in each])
def test_an_id_of_other_signs_is_refused_when_a_ticket_is_opened(cli: Cli, ticket_id: str) -> None:
    assert_refused(cli("ticket", "open", *FLAGS, "--id", ticket_id), 2, "id: ")


@pytest.mark.parametrize("event_id", [each for each in BAD_IDS if "\0" not in each and each not in {"", ".", ".."}])
def test_an_event_id_of_other_signs_is_refused(cli: Cli, event_id: str) -> None:
    assert_refused(cli("ticket", "reply", "T-1", "--event-id", event_id), 2, "id: ")


@pytest.mark.parametrize(("at", "why"), BAD_TIMES)
def test_a_time_that_is_no_instant_is_refused(cli: Cli, at: str, why: str) -> None:
    assert_refused(cli("ticket", "open", *FLAGS, "--opened-at", at), 2, "opened_at: ")
    assert_refused(cli("ticket", "reply", "T-1", "--at", at), 2, why)


@pytest.mark.parametrize(("until", "why"), BAD_TIMES)
def test_a_hold_until_no_instant_is_refused(cli: Cli, until: str, why: str) -> None:
    answer = cli("ticket", "hold", "T-1", "--until", until)
    assert_refused(answer, 2, why)
    assert "until: " in answer.err


@pytest.mark.parametrize("returns", ["", "Monday", "2026-02-30", "30.11.2026"])
def test_a_return_on_no_date_is_refused(cli: Cli, returns: str) -> None:
    answer = cli("ticket", "reply", "T-1", "--kind", "auto", "--returns", returns)
    assert_refused(answer, 2, "returns: is not a date such as 2026-11-20")


@pytest.mark.parametrize(
    "arguments",
    [("hold", "--reason", ""), ("hold", "--reason", "a\nb"), ("escalate", "--reason", " "), ("acknowledge", "--by", ""),
     ("reply", "--text", "a\x1bb"), ("reply", "--text", "x" * 20_001)],
)  # fmt: skip
def test_words_that_are_empty_or_unsafe_are_refused(cli: Cli, arguments: tuple[str, ...]) -> None:
    assert_refused(cli("ticket", arguments[0], "T-1", *arguments[1:]), 2, arguments[1].removeprefix("--") + ": ")


@pytest.mark.parametrize(
    "address", ["", "kim", "kim@", "@x", "kim@x\ny", "a b@x", "kim@ü.example", "Kim <k@x.example>"]
)
def test_an_address_that_is_none_is_refused(cli: Cli, address: str) -> None:
    assert_refused(cli("ticket", "open", *FLAGS, "--customer", address), 2, "customer.email: ")


def test_what_is_missing_is_named(cli: Cli) -> None:
    answer = cli("ticket", "open")
    assert_refused(answer, 2, "policy: ")
    assert "subject: " in answer.err
    assert "customer: " in answer.err


def ticket_json(**fields: Any) -> str:
    return json.dumps({**FACTS, "opened_at": NOW.isoformat(), **fields})


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
FILES = [
    ("{", "JSON"),
    ('{"id": }', "JSON"),
    ('{"id": "a"} {}', "JSON"),
    ("{" * 5000, "JSON"),
    ('{"id": ' + "[" * 100_000, "64 KB"),
    ('{"id": ' + "[" * 50_000, "JSON"),
    ('{"id": ' + "1" * 5000 + "}", "R-1.json"),
    ('{"id": "a", "id": "b"}', "id: given twice"),
    ('{"customer": {"email": "a@b", "email": "c@d"}}', "email: given twice"),
    (ticket_json(id=7), "id: "),
    (ticket_json(opened_at="2026-11-20T10:00:00"), "offset"),
    (ticket_json(opened_at=True), "opened_at: "),
    (ticket_json(subject="\ud800"), "subject: "),
    (ticket_json(subject="a\0b"), "control"),
    (ticket_json(color="red"), "color: "),
    (ticket_json(customer="k@x.example"), "customer: "),
    (ticket_json(description="x" * 20_001), "description: "),
    (ticket_json(time_zone="../../etc/passwd\n"), "time_zone: "),
    ("[]", "an object"),
    ("", "an object"),
    ("null", "an object"),
    ("just text", "an object"),
    ("id: a\nid: b\n", "'id' is given twice"),
    ("id: [", "before this"),
    ("\tid: a", "YAML"),
    (BOMB, "anchors"),
    ("id: !!python/object/apply:os.system [ls]", "tags"),
    ("id: !x a", "tags"),
    ("id: a\n---\nid: b\n", "second document"),
    ("[" * 30, "deeper"),
    ("? {a: b}\n: c\n", "R-1.json"),
    ("opened_at: 2026-11-20 10:00:00\nid: a", "offset"),
    ("opened_at: 2026-02-31T10:00:00Z", "R-1.json"),
    ("id: \x07", "control character (U+0007)"),
]


@pytest.mark.parametrize(("text", "why"), FILES, ids=[repr(text[:24]) for text, _ in FILES])
def test_a_file_that_is_no_ticket_is_refused(cli: Cli, tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "R-1.json").write_text(text, newline="")
    begun = time.monotonic()
    assert_refused(cli("ticket", "open", "R-1.json"), 2, why)
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b" " * (MAX_BODY + 1), "64 KB"),
        (ticket_json().encode() + b" " * MAX_BODY, "64 KB"),
        (b"x" + "é".encode() * MAX_BODY, "64 KB"),
        ("é".encode() * MAX_BODY, "64 KB"),
        (b"\xff\xfe{\0}\0", "UTF-8"),
        (b'{"id": "\xe9"}', "UTF-8"),
    ],
)
@pytest.mark.parametrize("source", ["R-1.json", "-"])
def test_bytes_that_are_too_many_or_no_text_are_refused(
    cli: Cli, tmp_path: Path, raw: bytes, why: str, source: str
) -> None:
    (tmp_path / "R-1.json").write_bytes(raw)
    assert_refused(cli("ticket", "open", source, stdin=raw), 2, why)


def test_a_file_of_exactly_the_limit_is_read(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "R-1.json").write_text(ticket_json().ljust(MAX_BODY))
    assert_refused(cli("ticket", "open", "R-1.json"), 4, "no server runs")


@pytest.mark.parametrize(("name", "why"), [("gone.json", "No such file"), (".", "directory"), ("x" * 300, "too long")])
def test_a_file_that_cannot_be_read_is_named(cli: Cli, name: str, why: str) -> None:
    assert_refused(cli("ticket", "open", name), 2, why)


@pytest.mark.parametrize(
    "arguments",
    [
        ("open", *FLAGS), ("reply", "T-1"), ("answer", "T-1"), ("severity", "T-1", "high"), ("close", "T-1"),
        ("hold", "T-1", "--until", "2026-12-07T09:00:00-06:00"), ("resume", "T-1"), ("solve", "T-1"), ("reopen", "T-1"),
        ("escalate", "T-1"), ("acknowledge", "T-1"), ("bounced", "T-1"), ("attempt", "T-1"), ("contact", "T-1", "away"),
        ("completed", "T-1", "sender"), ("show", "T-1"), ("list",), ("list", "--json"),
    ],
)  # fmt: skip
def test_without_a_server_every_command_ends_with_4_and_says_how_to_start_one(
    cli: Cli, arguments: tuple[str, ...]
) -> None:
    assert_refused(cli("ticket", *arguments), 4, "`holdfast up`")


@pytest.mark.slow
@pytest.mark.parametrize("command", [("worker",), ("ticket", "list")])
def test_a_server_that_takes_the_connection_and_says_nothing_is_4_within_ten_seconds(
    cli: Cli, command: tuple[str, ...]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"127.0.0.1:{mute.getsockname()[1]}"
        begun = time.monotonic()
        answer = cli(*command, TEMPORAL_ADDRESS=address)
        assert time.monotonic() - begun < 10
    assert_refused(answer, 4, address)


def test_a_cluster_that_is_named_and_not_there_is_4_with_its_address(cli: Cli) -> None:
    assert_refused(cli("ticket", "show", "T-1", TEMPORAL_ADDRESS="127.0.0.1:1"), 4, "127.0.0.1:1")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HOLDFAST_SMTP_PORT", "abc"),
        ("HOLDFAST_SMTP_PORT", "0"),
        ("HOLDFAST_HTTP_PORT", "65536"),
        ("HOLDFAST_CHANNEL", "pigeon"),
        ("HOLDFAST_CHANNEL", "email"),
        ("HOLDFAST_MAIL_FROM", "nobody"),
        ("HOLDFAST_MAIL_FROM", "a@b\nBcc: c@d"),
        ("HOLDFAST_MAIL_FROM", "a..b@x.example"),
        ("HOLDFAST_DRAIN_SECONDS", "-1"),
        ("HOLDFAST_SMTP_TLS", "ssl"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(cli: Cli, variable: str, value: str) -> None:
    assert_refused(cli("ticket", "list", **{variable: value}), 2, "HOLDFAST_")


def test_a_password_is_not_sent_in_the_clear_nor_printed(cli: Cli) -> None:
    answer = cli(
        "ticket", "list", HOLDFAST_CHANNEL="email", HOLDFAST_SMTP_HOST="mail.example",
        HOLDFAST_SMTP_PASSWORD="canary-4711", HOLDFAST_SMTP_TLS="none",
    )  # fmt: skip
    assert_refused(answer, 2, "in the clear")
    assert "canary" not in answer.err


def test_a_policy_directory_that_is_not_there_is_refused(cli: Cli) -> None:
    answer = cli("policy", "list", HOLDFAST_POLICIES="/nowhere")
    assert (answer.code, answer.err) == (2, "holdfast: HOLDFAST_POLICIES: there is no directory /nowhere\n")


def test_help_and_the_policies_need_nothing(cli: Cli) -> None:
    for arguments in (("--help",), ("ticket", "open", "--help"), ("policy", "list"), ("policy", "check")):
        answer = cli(*arguments)
        assert (answer.code, answer.err) == (0, "")
        assert answer.out


def script(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([HOLDFAST, *arguments], capture_output=True, text=True, timeout=60, **options)


@pytest.mark.slow
def test_the_installed_script_does_as_the_function(tmp_path: Path) -> None:
    here: dict[str, Any] = {"cwd": tmp_path, "env": environment()}
    for arguments, code, why in [
        (("ticket", "show", "T-1"), 4, "no server runs"),
        (("ticket", "open", "gone.json"), 2, "No such file"),
    ]:
        ended = script(*arguments, **here)
        assert_refused(Answer(ended.returncode, ended.stdout, ended.stderr), code, why)


def test_standard_input_that_is_closed_is_a_sentence(tmp_path: Path) -> None:
    ended = subprocess.run(
        ["sh", "-c", '"$0" ticket open - <&-', HOLDFAST],
        capture_output=True, text=True, timeout=60, cwd=tmp_path, env=environment(),
    )  # fmt: skip
    assert_refused(Answer(ended.returncode, ended.stdout, ended.stderr), 2, "standard input")


def test_a_reader_that_goes_away_is_no_traceback(tmp_path: Path) -> None:
    ended = subprocess.run(
        ["sh", "-c", '"$0" policy list | true', HOLDFAST],
        capture_output=True, text=True, timeout=60, cwd=tmp_path, env=environment(),
    )  # fmt: skip
    assert ended.stderr == ""


# With a server


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Generator[Up, None, None]:
    with holdfast_up(tmp_path_factory.mktemp("cli") / "data") as running:
        assert running.process.poll() is None, running.complained
        yield running


@pytest.fixture
def ticket(cli: Cli, up: Up) -> Cli:
    """`holdfast ticket …` on the running server."""

    def run(command: str, *arguments: str, **more: Any) -> Answer:
        return cli("ticket", command, *arguments, "--data", str(up.data), **more)

    return run


def done(answer: Answer) -> str:
    """The output of a command that succeeded."""
    assert (answer.code, answer.err) == (0, ""), answer
    return answer.out


def receipt(answer: Answer) -> Receipt:
    """The receipt that a command printed with --json."""
    return Receipt.model_validate_json(done(answer))


def shown(ticket: Cli, ticket_id: str) -> tuple[StatusView, list[TimelineLine]]:
    """What `show --json` prints, judged by the models it is documented by."""
    whole = json.loads(done(ticket("show", ticket_id, "--json")))
    timeline = [TimelineLine.model_validate(line) for line in whole.pop("timeline")]
    return StatusView.model_validate(whole), timeline


def shown_as(ticket: Cli, ticket_id: str, status: str, what: str = "") -> tuple[StatusView, list[TimelineLine]]:
    """The same, once the ticket has this status: what it is told waits while one of its mails leaves."""
    given_up = time.monotonic() + 20
    while True:
        view, timeline = shown(ticket, ticket_id)
        if view.status == status and (not what or any(line.what == what for line in timeline)):
            return view, timeline
        assert time.monotonic() < given_up, f"{view.status}, not {status}; {[line.what for line in timeline]}"
        time.sleep(0.25)


def told(ticket: Cli, ticket_id: str, what: str) -> int:
    return sum(line.what == what for line in shown(ticket, ticket_id)[1])


def rows(ticket: Cli) -> dict[str, Row]:
    listed = json.loads(done(ticket("list", "--all", "--json")))
    return {row["ticket_id"]: Row.model_validate(row) for row in listed}


def wait_for(condition: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def close(ticket: Cli, ticket_id: str) -> None:
    """Close a ticket, and wait until its workflow has ended: only then it is closed for the desk."""
    done(ticket("close", ticket_id, "--reason", "solved by telephone"))
    wait_for(lambda: ticket_id in (known := rows(ticket)) and known[ticket_id].state == "completed")


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


REFUSED = {
    "an unknown policy": Refusal(("--policy", "nobody"), "crashplan"),
    "a policy that is a path": Refusal(("--policy", "../vendors/crashplan"), "policy"),
    "an unknown plan": Refusal(("--plan", "gold"), "small-business"),
    "an unknown severity": Refusal(("--severity", "purple"), "urgent"),
    "ten days ahead": Refusal(("--opened-at", "AHEAD"), "future"),
    "two years ago": Refusal(("--opened-at", "LONG AGO"), "366 days ago"),
    "no zone where hours are the customer's": Refusal(("--policy", "ownbackup", "--plan", "standard"), "time_zone: "),
    "a zone that does not exist": Refusal(
        ("--policy", "ownbackup", "--plan", "standard", "--time-zone", "Mars/Olympus"), "Mars/Olympus"
    ),
    "a zone that is a folder": Refusal(
        ("--policy", "ownbackup", "--plan", "standard", "--time-zone", "America"), "America"
    ),
    "a zone that is a file outside": Refusal(
        ("--policy", "ownbackup", "--plan", "standard", "--time-zone", "/etc/localtime"), "time_zone: "
    ),
}


@pytest.mark.slow
def test_what_is_refused_starts_nothing(ticket: Cli) -> None:
    times = {"AHEAD": in_days(10), "LONG AGO": in_days(-800)}
    for number, (name, refusal) in enumerate(REFUSED.items()):
        flags = [times.get(word, word) for word in refusal.arguments]
        answer = ticket("open", *FLAGS, "--id", f"R-{number}", *flags)
        assert answer.code == 2, (name, answer)
        assert_refused(answer, 2, refusal.why)
    done(ticket("open", *FLAGS, "--id", "after-the-refused"))
    wait_for(lambda: "after-the-refused" in rows(ticket))
    assert not [known for known in rows(ticket) if known.startswith("R-")]


@pytest.mark.slow
def test_a_ticket_that_is_not_there_is_3(ticket: Cli) -> None:
    for command in ("show", "reply", "answer", "close"):
        assert_refused(ticket(command, "nobody-knows"), 3, "there is no ticket nobody-knows")
    assert_refused(ticket("severity", "nobody-knows", "high"), 3, "there is no ticket nobody-knows")


@pytest.mark.slow
@pytest.mark.parametrize("ticket_id", ["", "a b", "../a", "\u202ea", "a\nb", "x" * 1500, "\udcff", "ä"])
@pytest.mark.parametrize("command", ["show", "reply"])
def test_an_id_that_no_ticket_can_have_is_refused(ticket: Cli, command: str, ticket_id: str) -> None:
    answer = ticket(command, ticket_id)
    assert answer.code in {2, 3}, answer
    assert_refused(answer, answer.code, "")


@pytest.mark.slow
def test_an_event_that_is_not_acceptable_is_refused(ticket: Cli) -> None:
    done(ticket("open", *FLAGS, "--id", "E-1"))
    assert_refused(ticket("reply", "E-1", "--at", in_days(10)), 2, "at: ")
    assert_refused(ticket("reply", "E-1", "--at", in_days(-800)), 2, "at: ")
    assert_refused(ticket("close", "E-1", "--reason", "a\x1bb"), 2, "reason: ")
    assert_refused(ticket("close", "E-1", "--reason", ""), 2, "reason: ")
    assert_refused(ticket("hold", "E-1", "--until", in_days(-1)), 2, "until: ")
    assert {line.what.value for line in shown(ticket, "E-1")[1]} <= {"opened", "acknowledged"}


@pytest.mark.slow
def test_a_severity_that_the_policy_does_not_have_is_refused(ticket: Cli) -> None:
    done(ticket("open", *FLAGS, "--id", "E-2"))
    assert_refused(ticket("severity", "E-2", "purple"), 2, "purple")


@pytest.mark.slow
def test_a_ticket_comes_from_flags_a_json_file_a_yaml_file_or_standard_input(ticket: Cli, tmp_path: Path) -> None:
    opened = NOW.replace(microsecond=0) - timedelta(hours=1)
    facts = {**FACTS, "severity": "high", "opened_at": opened.isoformat(), "customer": {"email": "k@x.example"}}
    yaml = "\n".join(f"{key}: {json.dumps(value)}" for key, value in {**facts, "id": "O-yaml"}.items())
    plain = yaml.replace(f'"{opened.isoformat()}"', f"{opened:%Y-%m-%dT%H:%M:%S}Z")
    (tmp_path / "O.json").write_text("\ufeff" + json.dumps({**facts, "id": "O-json"}), encoding="utf-8")
    (tmp_path / "O.yaml").write_text(plain)
    stdin = json.dumps({**facts, "id": "O-stdin"}).encode()
    flags = ("--id", "O-flags", "--severity", "high", "--opened-at", opened.isoformat(), "--subject", "s")
    answers = [
        ticket("open", *FLAGS, *flags, "--json"),
        ticket("open", "O.json", "--json"),
        ticket("open", "O.yaml", "--json"),
        ticket("open", "-", "--json", stdin=stdin),
        ticket("open", "O.json", "--id", "O-mixed", "--customer-name", "Kim", "--json"),
    ]
    ids = ["O-flags", "O-json", "O-yaml", "O-stdin", "O-mixed"]
    assert [receipt(answer) for answer in answers] == [
        Receipt(ticket_id=each, workflow_id=f"ticket/{each}") for each in ids
    ]
    for each in ids:
        status, timeline = shown(ticket, each)
        assert (status.subject, status.severity, status.plan) == ("s", "high", "small-business")
        assert (timeline[0].what, timeline[0].at) == ("opened", opened)


@pytest.mark.slow
def test_opened_twice_is_a_duplicate_and_one_ticket(ticket: Cli, up: Up) -> None:
    assert done(ticket("open", *FLAGS, "--id", "D-1")) == "Ticket D-1 is open.\n"
    assert done(ticket("open", *FLAGS, "--id", "D-1")) == "Ticket D-1 was open already; nothing was changed.\n"
    again = receipt(ticket("open", *FLAGS, "--id", "D-1", "--subject", "another", "--json"))
    assert again.duplicate
    assert shown(ticket, "D-1")[0].subject == "Restore fails"
    assert told(ticket, "D-1", "opened") == 1
    mails = [path.name for path in up.data.with_name("outbox").glob("D-1+*")]
    assert len(mails) == 1


@pytest.mark.slow
def test_an_id_made_up_is_told_and_new_each_time(ticket: Cli) -> None:
    first, second = (receipt(ticket("open", *FLAGS, "--json")).ticket_id for _ in range(2))
    assert first != second
    assert shown(ticket, first)[0].ticket_id == first


@pytest.mark.slow
def test_a_conversation_moves_the_ticket_and_json_says_the_same_as_the_text(ticket: Cli) -> None:
    done(ticket("open", *FLAGS, "--id", "C-1"))
    assert "Ticket C-1 " in done(ticket("answer", "C-1", "--awaiting", "customer"))
    shown_as(ticket, "C-1", "pending")
    assert receipt(ticket("reply", "C-1", "--kind", "human", "--json")).ticket_id == "C-1"
    shown_as(ticket, "C-1", "open", "customer_replied")
    done(ticket("reply", "C-1", "--kind", "auto"))
    done(ticket("severity", "C-1", "urgent"))
    done(ticket("answer", "C-1", "--solution"))
    status, timeline = shown_as(ticket, "C-1", "solved")
    assert (status.status, status.severity) == ("solved", "urgent")
    assert {"agent_replied", "customer_replied", "auto_reply", "severity_changed", "solved"} <= {
        line.what for line in timeline
    }
    text = done(ticket("show", "C-1"))
    assert all(" ".join(line.text.split()) in " ".join(text.split()) for line in timeline)
    assert "solved since" in text


@pytest.mark.slow
def test_every_other_event_reaches_the_ticket_from_the_command_line(ticket: Cli) -> None:
    flags = ("--region", "emea", "--version", "17.2", "--role", "administrator", "--round-the-clock")
    done(ticket("open", *FLAGS, "--id", "V-1", *flags))
    done(ticket("acknowledge", "V-1", "--by", "Kim"))
    done(ticket("contact", "V-1", "away"))
    done(ticket("escalate", "V-1", "--reason", "production stands still"))
    done(ticket("answer", "V-1", "--workaround"))
    done(ticket("attempt", "V-1"))
    done(ticket("bounced", "V-1"))
    done(ticket("hold", "V-1", "--until", in_days(2), "--reason", "the vendor's patch"))
    assert any(step.what == "end of the hold" for step in shown_as(ticket, "V-1", "on_hold")[0].next)
    assert "on hold since" in done(ticket("show", "V-1"))
    done(ticket("resume", "V-1"))
    shown_as(ticket, "V-1", "pending", "resumed")
    done(ticket("solve", "V-1"))
    shown_as(ticket, "V-1", "solved")
    done(ticket("reopen", "V-1"))
    _, timeline = shown_as(ticket, "V-1", "open", "reopened")
    texts = [line.text for line in timeline]
    assert "put on hold: the vendor's patch" in texts
    assert "escalation requested: production stands still" in texts
    assert {"taken", "contact_changed", "bounced", "resumed", "reopened"} <= {line.what for line in timeline}
    done(ticket("open", "-", stdin=ticket_json(id="V-2", missing=["description"]).encode()))
    done(ticket("completed", "V-2", "description"))
    shown_as(ticket, "V-2", "open", "completed")


@pytest.mark.slow
@pytest.mark.parametrize("subject", ["Restore fails", "word " * 55, "x" * 300, "復元" * 100])
def test_show_fits_into_80_columns(ticket: Cli, subject: str) -> None:
    ticket_id = f"W-{abs(hash(subject))}"
    done(ticket("open", *FLAGS, "--id", ticket_id, "--subject", subject.strip()))
    done(ticket("severity", ticket_id, "urgent"))
    text = done(ticket("show", ticket_id, COLUMNS="80"))
    assert [line for line in text.splitlines() if cell_len(line) > 80] == []


@pytest.mark.slow
def test_the_list_fits_into_80_columns_and_is_soonest_due_first(ticket: Cli) -> None:
    done(ticket("open", *FLAGS, "--id", "L" * 100))
    wait_for(lambda: "L" * 100 in rows(ticket))
    text = done(ticket("list", "--all", COLUMNS="80"))
    assert [line for line in text.splitlines() if cell_len(line) > 80] == []
    listed = [Row.model_validate(row) for row in json.loads(done(ticket("list", "--json")))]
    due = [row.next_due for row in listed if row.next_due]
    assert due == sorted(due)
    assert {row.state for row in listed} == {"running"}


@pytest.mark.slow
def test_the_same_event_id_counts_once(ticket: Cli) -> None:
    done(ticket("open", *FLAGS, "--id", "S-1"))
    done(ticket("answer", "S-1"))
    for _ in range(3):
        done(ticket("reply", "S-1", "--event-id", "mail-1"))
    done(ticket("reply", "S-1", "--event-id", "mail-2"))
    assert told(ticket, "S-1", "customer_replied") == 2


@pytest.fixture
def closed(ticket: Cli) -> str:
    """A ticket that heard `mail-1` and was closed; all tests share the one of this run."""
    if "F-1" not in rows(ticket):
        done(ticket("open", *FLAGS, "--id", "F-1"))
        done(ticket("reply", "F-1", "--event-id", "mail-1"))
        close(ticket, "F-1")
    return "F-1"


@pytest.mark.slow
def test_a_reply_after_the_close_opens_one_follow_up_ticket(ticket: Cli, closed: str) -> None:
    first = receipt(ticket("reply", closed, "--event-id", "late-1", "--json"))
    assert first == Receipt(ticket_id="F-1.2", workflow_id="ticket/F-1.2", followed_up=True)
    again = receipt(ticket("reply", closed, "--event-id", "late-1", "--json"))
    second = receipt(ticket("reply", closed, "--event-id", "late-2", "--json"))
    assert (again.ticket_id, second.ticket_id) == ("F-1.2", "F-1.2")
    assert told(ticket, "F-1.2", "customer_replied") == 2
    assert told(ticket, "F-1.2", "opened") == 1
    wait_for(lambda: "F-1.2" in rows(ticket))
    assert {known for known in rows(ticket) if known.startswith("F-1")} == {"F-1", "F-1.2"}
    assert rows(ticket)["F-1"].state == "completed"


@pytest.mark.slow
def test_the_receipt_of_a_late_reply_that_comes_twice_says_duplicate(ticket: Cli, closed: str) -> None:
    assert not receipt(ticket("reply", closed, "--event-id", "twice", "--json")).duplicate
    assert receipt(ticket("reply", closed, "--event-id", "twice", "--json")).duplicate


@pytest.mark.slow
def test_an_event_of_the_ticket_s_life_that_comes_again_after_the_close_is_a_duplicate(
    ticket: Cli, closed: str
) -> None:
    again = receipt(ticket("reply", closed, "--event-id", "mail-1", "--json"))
    assert again == Receipt(ticket_id=closed, workflow_id=f"ticket/{closed}", duplicate=True)
    assert "already" in done(ticket("reply", closed, "--event-id", "mail-1"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ("answer",), ("severity", "high"), ("close",), ("reply", "--kind", "auto"), ("reply", "--kind", "bounce"),
        ("hold",), ("solve",), ("reopen",),
    ],
)  # fmt: skip
def test_a_closed_ticket_takes_no_other_event(ticket: Cli, closed: str, command: tuple[str, ...]) -> None:
    assert_refused(ticket(command[0], closed, *command[1:]), 2, f"{closed} is closed")


@pytest.mark.slow
def test_a_closed_ticket_is_shown_and_its_id_is_not_used_again(ticket: Cli, closed: str) -> None:
    assert_refused(ticket("open", *FLAGS, "--id", closed), 2, f"{closed} is closed")
    assert shown(ticket, closed)[0].status == "closed"
    assert "solved by telephone" in done(ticket("show", closed))


@pytest.mark.slow
def test_where_the_policy_wants_a_new_case_a_late_reply_is_told_so(ticket: Cli) -> None:
    done(ticket("open", *FLAGS, "--id", "N-1", "--policy", "acronis", "--plan", "customer-service"))
    close(ticket, "N-1")
    assert_refused(ticket("reply", "N-1", "--event-id", "late-1"), 2, "new case")
    assert not [known for known in rows(ticket) if known.startswith("N-1.")]


@pytest.mark.slow
@pytest.mark.parametrize("how", ["terminate", "cancel"])
def test_a_ticket_whose_workflow_somebody_ended_says_so_and_that_nothing_is_sent(ticket: Cli, up: Up, how: str) -> None:
    name = f"ended-by-{how}"
    done(ticket("open", *FLAGS, "--id", name))
    wait_for(lambda: name in rows(ticket))
    asyncio.run(end(up.temporal, name, how))
    state, reason = (
        ("terminated", "the workflow was terminated on") if how == "terminate" else ("completed", "canceled")
    )
    wait_for(lambda: rows(ticket)[name].state == state)
    text = done(ticket("show", name, COLUMNS="80"))
    assert reason in text
    assert "Next\nnothing" in text
    assert shown(ticket, name)[0].next == ()
    assert (name in done(ticket("list"))) == (how == "terminate")


async def end(address: str, ticket_id: str, how: str) -> None:
    """What an operator does in the Temporal UI."""
    handle = (await connect(address)).get_workflow_handle(workflow_id(ticket_id))
    await (handle.terminate("by mistake") if how == "terminate" else handle.cancel())
