"""`holdfast demo`, as a person runs it: its mails stand where the policies say, to the second.

The expected instants are counted here a second way: minute by minute on the wall clock.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

import pytest
from holidays import country_holidays

from cli.inputs.demo_stories import Story, read_stories

pytestmark = pytest.mark.slow
SCRIPT = Path(sys.executable).parent / "holdfast"
STORIES = Path(__file__).parents[2] / "examples" / "tickets.yaml"
NEW_YORK, SINGAPORE, CHICAGO = ZoneInfo("America/New_York"), ZoneInfo("Asia/Singapore"), ZoneInfo("America/Chicago")
MINUTE = timedelta(minutes=1)


def business(start: datetime, minutes: int, zone: ZoneInfo, opens: int, closes: int, *, closed: str = "") -> datetime:
    """The instant after so many open minutes, found by walking them."""
    at = start.astimezone(UTC)
    while minutes:
        wall = at.astimezone(zone)
        free = bool(closed) and wall.date() in country_holidays(closed, years=wall.year)
        if wall.weekday() < 5 and opens <= wall.hour < closes and not free:
            minutes -= 1
        at += MINUTE
    return at


def days(start: datetime, count: int, zone: ZoneInfo) -> datetime:
    """The same wall clock some days later."""
    wall = start.astimezone(zone).replace(tzinfo=None) + timedelta(days=count)
    return wall.replace(tzinfo=zone).astimezone(UTC)


def thresholds(kind: str, marks: list[tuple[str, datetime]], answered: datetime) -> Iterator[tuple[str, datetime]]:
    return ((f"{kind}-{name}", at) for name, at in marks if at <= answered)


def ownbackup_high(opened: datetime, answered: datetime) -> Iterator[tuple[str, datetime]]:
    due = business(opened, 240, NEW_YORK, 9, 18, closed="US")
    marks = [
        ("high-75pct-tier-2", business(opened, 180, NEW_YORK, 9, 18, closed="US")),
        ("high-breach-tier-3", due),
        ("high-after-3600bs-director", business(opened, 300, NEW_YORK, 9, 18, closed="US")),
    ]
    return thresholds("first_response-1", marks, answered)


def expected(story: Story) -> dict[str, datetime]:
    """Every mail that the policies ask for in a story, by the end of its id."""
    opened = story.ticket.opened_at
    at = [event.at or opened for event in story.events]
    ended = {"solved-1": at[-2], "closed-1": at[-1]} if len(at) > 1 else {}
    follow_ups = {f"follow_up-1-{n}": days(at[0], total, SINGAPORE) for n, total in ((1, 3), (2, 6), (3, 10))}
    by_ticket: dict[str, dict[str, datetime]] = {
        "OB-2001": {
            **dict(ownbackup_high(opened, at[0])),
            "age-32400bs-tier-2": business(opened, 540, NEW_YORK, 9, 18, closed="US"),  # still unsolved after a day
            **ended,
        },
        "OB-2002": {**dict(ownbackup_high(opened, at[0])), **ended},
        "OB-2003": ended,
        "AC-1001": {**follow_ups, **ended},
        "AC-1002": {
            "first_response-1-a-75pct-shift-lead": business(opened, 360, SINGAPORE, 9, 17),
            "first_response-1-a-breach-duty-manager": days(opened, 3, SINGAPORE),  # Friday 16:00 to Monday 16:00
            "follow_up-1-1": days(at[0], 3, SINGAPORE),
            **ended,
        },
        "CP-3001": {
            "solved-1": days(at[0], 4, CHICAGO),
            "closed-1": days(at[0], 6, CHICAGO),
            "survey-1": days(at[0], 6, CHICAGO),
        },
        "CP-3002": {
            "solved-1": at[0],
            "solved-2": at[-1],
            "closed-1": days(at[-1], 2, CHICAGO),
            "survey-1": days(at[-1], 2, CHICAGO),
        },
    }
    return {"acknowledgement": opened, **by_ticket[story.ticket.id]}


def read(path: Path) -> EmailMessage:
    return BytesParser(policy=policy.default).parsebytes(path.read_bytes())


def test_the_demo_ends_by_itself_and_keeps_every_promise_to_the_second(tmp_path: Path) -> None:
    before = datetime.now(UTC)
    began = monotonic()
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("TEMPORAL_", "HOLDFAST_"))}
    ran = subprocess.run(
        [SCRIPT, "demo"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=110,
        env={**environment, "COLUMNS": "80"},
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert monotonic() - began < 60
    assert max(map(len, ran.stdout.splitlines())) <= 80
    assert all(line == line.rstrip() for line in ran.stdout.splitlines())
    assert re.search(r"Temporal UI +http://127\.0\.0\.1:\d+", ran.stdout)
    for words in (
        "acknowledged",
        "first response due",
        "warning",
        "breached",
        "escalated to",
        "follow-up 1 of 3",
        "closed on silence",
    ):
        assert words in ran.stdout, words

    outbox = tmp_path / "outbox"
    stories = read_stories(STORIES, before)
    wanted = {f"{story.ticket.id}+{end}": due for story in stories for end, due in expected(story).items()}
    assert len(wanted) >= 8
    mails = {path.stem: read(path) for path in outbox.glob("*.eml")}
    assert {
        identity: datetime.strptime(mail["Date"], "%a, %d %b %Y %H:%M:%S %z") for identity, mail in mails.items()
    } == wanted

    for identity, mail in mails.items():
        assert mail["Message-ID"].strip() == f"<{identity}@holdfast.example>"
        known = {f"<{other}@holdfast.example>" for other in mails}
        assert set((mail["References"] or "").split()) <= known
        assert (mail["In-Reply-To"] is None) == (mail["References"] is None)
    assert mails["AC-1001+follow_up-1-3"]["In-Reply-To"] == "<AC-1001+follow_up-1-2@holdfast.example>"
