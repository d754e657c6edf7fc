"""Stories: moments told relative to now become instants."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from rehearsal import LIBRARY, at

from cli.inputs.demo_stories import read_stories
from policies.terms import make_terms
from sla.base.errors import TicketError

NEW_YORK = "America/New_York"
SHIPPED = Path(__file__).parents[2] / "examples" / "tickets.yaml"
STORY = """
tickets:
  - opened: {opened}
    zone: America/New_York
    ticket:
      id: S-1
      policy: acronis
      subject: s
      customer: {{email: a@b.example}}
    events:
      - {{at: "{moment}", event: customer_replied}}
"""


def told(tmp_path: Path, opened: str, moment: str, now: datetime) -> tuple[datetime, datetime | None]:
    path = tmp_path / "s.yaml"
    path.write_text(STORY.format(opened=opened, moment=moment))
    (story,) = read_stories(path, now)
    return story.ticket.opened_at, story.events[0].at


@pytest.mark.parametrize(
    ("now", "opened", "moment", "expected", "event", "reason"),
    [
        ("2026-11-19 12:00", "next friday 16:30", "+40 minutes", "2026-11-20 16:30", "2026-11-20 17:10", "tomorrow"),
        ("2026-11-20 12:00", "next friday 16:30", "+2 hours", "2026-11-27 16:30", "2026-11-27 18:30", "never today"),
        ("2026-11-20 23:30", "next saturday 00:10", "+1 days 09:00", "2026-11-21 00:10", "2026-11-22 09:00", "local date"),
        ("2026-11-20 12:00", "eve of Thanksgiving 16:00", "next friday 11:00", "2026-11-25 16:00", "2026-11-27 11:00", "eve"),
        ("2026-11-26 12:00", "eve of Thanksgiving 16:00", "+1 hour", "2027-11-24 16:00", "2027-11-24 17:00", "next year's"),
        ("2026-03-05 12:00", "next saturday 16:00", "+1 days 16:00", "2026-03-07 16:00", "2026-03-08 16:00", "over a clock change"),
    ],
)  # fmt: skip
def test_a_moment_is_local_and_ahead(
    tmp_path: Path, now: str, opened: str, moment: str, expected: str, event: str, reason: str
) -> None:
    found = told(tmp_path, opened, moment, at(now, NEW_YORK))
    assert found == (at(expected, NEW_YORK), at(event, NEW_YORK)), reason


@pytest.mark.parametrize(
    ("opened", "moment", "words"),
    [
        ("tomorrow 16:30", "+1 hour", "is not like 'next friday 16:30'"),
        ("next fryday 16:30", "+1 hour", "is not a day of the week"),
        ("eve of Shrovetide 16:00", "+1 hour", "has no public holiday 'Shrovetide'"),
        ("next friday 16:30", "1 hour later", "is not like '\\+40 minutes'"),
    ],
)
def test_a_moment_that_cannot_be_read_is_refused(tmp_path: Path, opened: str, moment: str, words: str) -> None:
    with pytest.raises(TicketError, match=words):
        told(tmp_path, opened, moment, at("2026-11-20 12:00"))


@pytest.mark.parametrize("now", ["2026-11-22 00:00", "2026-12-31 23:59", "2027-03-12 07:00", "2028-02-28 12:00"])
def test_the_shipped_stories_fit_their_policies_whenever_they_are_played(now: str) -> None:
    stories = read_stories(SHIPPED, at(now))
    assert len(stories) >= 6
    assert {story.ticket.policy for story in stories} == {"acronis", "crashplan", "ownbackup"}
    for story in stories:
        make_terms(LIBRARY.load(story.ticket.policy), story.ticket, at(now))
        instants = [event.at for event in story.events]
        assert story.ticket.opened_at > at(now)
        assert instants == sorted(instants, key=lambda instant: instant or at(now))
        assert instants[0] is not None
        assert instants[0] >= story.ticket.opened_at
    friday = stories[0].ticket.opened_at.astimezone(ZoneInfo(NEW_YORK))
    assert (friday.weekday(), friday.hour, friday.minute) == (4, 16, 30)
