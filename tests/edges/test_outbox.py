"""The outbox: a message is a whole file or no file, and never two."""

import asyncio
import errno
import json
import os
import subprocess
import sys
import threading
from email import message_from_bytes
from pathlib import Path

import pytest
from outside import ROOT, notification

from activities.channels.outbox import Outbox
from sla.state.notification import Attempt, Delivery, Fate, Notification

SENDER = "support@holdfast.example"
NAME = "T-1+follow_up-1-1.eml"

SEND_WITH_A_FULL_DISK = """
import asyncio, resource, sys
from pathlib import Path
from outside import notification
from activities.channels.outbox import Outbox

resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
print(asyncio.run(Outbox(Path(sys.argv[1]), "support@holdfast.example").send(notification())).model_dump_json())
"""

SEND_FROM_ELSEWHERE = """
import asyncio, sys
from pathlib import Path
from outside import notification
from activities.channels.outbox import Outbox

print("ready", flush=True)
sys.stdin.read(1)
message = notification(subject="from elsewhere", body=sys.argv[2] * 15_000)
print(asyncio.run(Outbox(Path(sys.argv[1]), "support@holdfast.example").send(message)).fate.value)
"""


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def text(file: Path) -> str:
    payload = message_from_bytes(file.read_bytes()).get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode().strip()


async def test_a_message_is_one_file_named_by_its_id(tmp_path: Path) -> None:
    directory = tmp_path / "not" / "there yet"
    outbox = Outbox(directory, SENDER)
    assert await outbox.send(notification()) == Delivery(fate=Fate.SENT)
    assert names(directory) == [NAME]
    assert message_from_bytes((directory / NAME).read_bytes())["Subject"] == "[T-1] Restore fails"


async def test_the_same_id_again_is_sent_and_the_file_stays_as_it_was(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, SENDER)
    await outbox.send(notification())
    first = (tmp_path / NAME).read_bytes(), (tmp_path / NAME).stat()
    again = await outbox.send(notification())
    second = (tmp_path / NAME).read_bytes(), (tmp_path / NAME).stat()
    assert again.fate is Fate.SENT
    assert second[0] == first[0]
    assert (second[1].st_ino, second[1].st_mtime_ns) == (first[1].st_ino, first[1].st_mtime_ns)
    assert names(tmp_path) == [NAME]


async def test_another_message_under_the_same_id_is_left_alone_and_the_send_is_refused(tmp_path: Path) -> None:
    """An earlier ticket with the same id, or an outbox kept while the data directory was not."""
    outbox = Outbox(tmp_path, SENDER)
    await outbox.send(notification(body="of an earlier ticket"))
    end = await outbox.send(notification())
    assert end.fate is Fate.REFUSED
    assert NAME in end.detail
    assert "another message" in end.detail
    assert text(tmp_path / NAME) == "of an earlier ticket"
    assert names(tmp_path) == [NAME]


async def test_a_file_that_cannot_be_compared_is_not_sent(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    assert (await Outbox(tmp_path, SENDER).send(notification())).fate is Fate.NOT_SENT


async def test_what_a_killed_sender_left_does_not_harm_the_sent_file(tmp_path: Path) -> None:
    """A sender killed between link and clean-up leaves its temporary name on the very file that was sent.

    In a container every process has the same id, so the next sender may come to the same temporary name.
    """
    outbox = Outbox(tmp_path, SENDER)
    await outbox.send(notification())
    sent = (tmp_path / NAME).read_bytes()
    (tmp_path / f".{NAME.removesuffix('.eml')}.{os.getpid()}.tmp").hardlink_to(tmp_path / NAME)
    assert (await outbox.send(notification())).fate is Fate.SENT
    assert (tmp_path / NAME).read_bytes() == sent


async def test_a_half_written_file_of_a_killed_sender_does_not_stop_the_next(tmp_path: Path) -> None:
    (tmp_path / f".{NAME.removesuffix('.eml')}.{os.getpid()}.tmp").write_bytes(b"Message-ID: <T-1+fol")
    assert (await Outbox(tmp_path, SENDER).send(notification())).fate is Fate.SENT
    assert message_from_bytes((tmp_path / NAME).read_bytes())["To"] == "Kim <kim@customer.example>"


def watch(file: Path, stop: threading.Event, seen: set[bytes]) -> None:
    while not stop.is_set():
        if file.exists():
            seen.add(file.read_bytes())


async def test_many_senders_of_one_id_in_one_process_leave_one_whole_file(tmp_path: Path) -> None:
    """Every sender has a body of its own length: whoever wins, readers see that body from the first moment."""
    seen, stop = set[bytes](), threading.Event()
    watcher = threading.Thread(target=watch, args=(tmp_path / NAME, stop, seen))
    watcher.start()
    try:
        outbox = Outbox(tmp_path, SENDER)
        messages = [notification(body="x" * size) for size in range(1000, 19_000, 600)]
        ends = await asyncio.gather(*(outbox.send(message) for message in messages))
    finally:
        stop.set()
        await asyncio.to_thread(watcher.join)
    assert sorted(end.fate.value for end in ends) == ["refused"] * (len(ends) - 1) + ["sent"]
    assert names(tmp_path) == [NAME]
    assert {*seen, (tmp_path / NAME).read_bytes()} == {(tmp_path / NAME).read_bytes()}


def python(script: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_two_processes_that_send_one_id_leave_one_of_their_messages(tmp_path: Path) -> None:
    senders = [python(SEND_FROM_ELSEWHERE, str(tmp_path), each) for each in "ab"]
    for sender in senders:
        assert sender.stdout
        assert sender.stdout.readline() == "ready\n"
    for sender in senders:
        assert sender.stdin
        sender.stdin.write("g")
        sender.stdin.flush()
    assert sorted(sender.communicate(timeout=60) for sender in senders) == [("refused\n", ""), ("sent\n", "")]
    assert text(tmp_path / NAME) in {"a" * 15_000, "b" * 15_000}
    assert names(tmp_path) == [NAME]


@pytest.mark.parametrize(
    ("directory", "reason"),
    [
        ("file", errno.EEXIST),
        ("file/below", errno.ENOTDIR),
        ("long" * 100, errno.ENAMETOOLONG),
        ("/proc/holdfast", errno.ENOENT),
    ],
)
async def test_a_directory_that_cannot_be_used_is_not_sent_with_the_reason(
    tmp_path: Path, directory: str, reason: int
) -> None:
    """Directories nobody can write into, root neither."""
    (tmp_path / "file").touch()
    end = await Outbox(tmp_path / directory, SENDER).send(notification())
    assert end == Delivery(fate=Fate.NOT_SENT, detail=f"{tmp_path / directory}: {os.strerror(reason)}")
    assert names(tmp_path) == ["file"]


async def test_a_directory_of_a_very_long_path_is_not_sent_rather_than_an_error(tmp_path: Path) -> None:
    end = await Outbox(tmp_path.joinpath(*["d" * 200] * 30), SENDER).send(notification())
    assert end.fate is Fate.NOT_SENT


def test_a_disk_that_fills_up_leaves_no_file_at_all(tmp_path: Path) -> None:
    sender = python(SEND_WITH_A_FULL_DISK, str(tmp_path))
    out, err = sender.communicate(timeout=60)
    assert err == ""
    assert json.loads(out) == {"fate": "not_sent", "detail": f"{tmp_path}: {os.strerror(errno.EFBIG)}"}
    assert names(tmp_path) == []


async def test_the_fate_is_what_the_directory_says(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox", SENDER)
    ours, next_one = notification(), notification(id="T-1+follow_up-1-2")
    missing = Delivery(fate=Fate.NOT_SENT, detail="there is no file")
    assert await outbox.fate(gone(ours)) == missing
    await outbox.send(ours)
    assert await outbox.fate(gone(ours)) == Delivery(fate=Fate.SENT)
    assert await outbox.fate(gone(next_one)) == missing


async def test_a_file_of_an_earlier_ticket_with_the_same_id_does_not_make_a_message_sent(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, SENDER)
    await outbox.send(notification(body="of an earlier ticket"))
    end = await outbox.fate(gone(notification()))
    assert end.fate is Fate.REFUSED
    assert "already holds another message" in end.detail


async def test_a_file_under_the_id_of_a_message_that_cannot_be_written_is_another_message(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, SENDER)
    await outbox.send(notification())
    unsafe = notification().model_copy(update={"ticket_id": "no id"})
    assert (await outbox.fate(gone(unsafe))).fate is Fate.REFUSED


def gone(message: Notification) -> Attempt:
    """An attempt whose worker died."""
    return Attempt(notification=message, begun=True)


async def test_a_half_written_file_does_not_count_as_sent(tmp_path: Path) -> None:
    (tmp_path / f".{NAME.removesuffix('.eml')}.1.tmp").write_bytes(b"Message-ID")
    assert (await Outbox(tmp_path, SENDER).fate(gone(notification()))).fate is Fate.NOT_SENT


async def test_the_longest_id_fits_into_a_file_name(tmp_path: Path) -> None:
    longest = "T" * 220
    assert (await Outbox(tmp_path, SENDER).send(notification(id=longest))).fate is Fate.SENT
    assert names(tmp_path) == [f"{longest}.eml"]
