"""The calendars shown in docs/calendars.md are calendars, and without complaint."""

import re
from datetime import date
from pathlib import Path

import pytest

from policies.calendar_checks import calendar_complaints
from policies.calendars import CalendarSpec
from policies.holiday_dates import IcsHolidays
from policies.ics_events import MAX_RULES
from policies.ics_text import MAX_BYTES, MAX_EVENTS
from policies.yaml_file import Document

PAGE = (Path(__file__).parents[2] / "docs" / "calendars.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"```yaml calendar\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("text", SHOWN)
def test_a_calendar_that_is_shown(text: str) -> None:
    spec = CalendarSpec.model_validate(Document("docs/calendars.md", text).data)
    assert calendar_complaints(spec, date(2026, 1, 1)) == []


def test_the_page_shows_calendars_and_an_ics_entry() -> None:
    assert len(SHOWN) == 5
    (text,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    (entry,) = Document("docs/calendars.md", text).data["holidays"]
    assert IcsHolidays.model_validate(entry).only == ("Founders' Day", "Shutdown")


def test_the_limits_are_those_of_the_code() -> None:
    assert f"At most {MAX_BYTES // 1024} KB, {MAX_EVENTS:,} events, of which {MAX_RULES} may recur" in PAGE
