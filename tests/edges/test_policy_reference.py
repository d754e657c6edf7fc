"""docs/policies.md tells the whole format, and every policy in it can be used."""

import re
from datetime import date, datetime
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import Any, Literal, cast, get_args, get_origin
from zoneinfo import ZoneInfo

import pytest
from ruamel.yaml import YAML

from cli.commands.options import settings_with
from cli.programs.simulation import simulate
from policies.calendars import CalendarSpec, compile_calendar
from policies.cells import ABSENT, OTHER_CHANNELS
from policies.checks import warnings
from policies.format import PolicySpec
from policies.hours import cut, week_intervals
from policies.library import default_messages, parse_policy
from policies.reference import COMMAND, PAGE, PROSE, hints, models, page
from policies.review import review
from policies.spans import _WORDS, parse_business_day, parse_span, to_duration
from policies.yaml_file import Document
from sla.base.fields import Record
from sla.calendars.duration import due_at
from sla.inputs.event import EVENTS
from sla.inputs.wording import PLACEHOLDERS

TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
WHOLE = [block for block in BLOCKS if block.startswith("policy:")]
SCRIPTS = [block for block in BLOCKS if block.startswith("- {event: opened")]
PARTS = [block for block in BLOCKS if block not in (*WHOLE, *SCRIPTS)]
CODE = set(re.findall(r"`([^`\n]+)`", TEXT)) | set(re.findall(r"[\w.-]+", "\n".join(BLOCKS)))


def test_the_page_is_made_of_its_prose_and_the_models() -> None:
    assert page(PROSE.read_text(encoding="utf-8")) == TEXT, f"docs/policies.md is stale; mend it with: {COMMAND}"


def test_a_model_without_a_place_in_the_prose_is_named() -> None:
    prose = PROSE.read_text(encoding="utf-8").replace("<!-- fields RungSpec -->", "")
    with pytest.raises(KeyError, match=r"no '<!-- fields … -->' for RungSpec"):
        page(prose)


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_every_field_says_what_it_is(model: type[Record]) -> None:
    silent = [name for name, field in model.model_fields.items() if not (field.description or "").strip()]
    assert not silent, f"{model.__name__} has no description of {', '.join(silent)}; add one, then: {COMMAND}"
    assert f"<!-- fields {model.__name__} -->" not in TEXT


def test_no_field_is_told_in_the_words_of_the_language() -> None:
    tables = "\n".join(line for line in TEXT.splitlines() if line.startswith("| `"))
    assert not re.search(r"\b(tuple|dict|None|Literal|Annotated|Optional|str|int|bool|\w+Spec)\b", tables)


@pytest.mark.parametrize("text", WHOLE, ids=("small", "large"))
def test_a_whole_example_has_neither_complaint_nor_warning(text: str, tmp_path: Path) -> None:
    file = tmp_path / f"{text.splitlines()[0].removeprefix('policy: ')}.yaml"
    file.write_text(text, encoding="utf-8")
    assert review(file, date(2026, 6, 1)).warnings == ()


def with_part(part: str) -> str:
    """The large example with the parts of a smaller one in their place."""
    yaml: Any = YAML(typ="safe", pure=True)
    base, own = cast("dict[str, Any]", yaml.load(WHOLE[1])), cast("dict[str, Any]", yaml.load(part))
    out = StringIO()
    yaml.dump({**base, **own}, out)
    return out.getvalue()


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.partition(":")[0])
def test_a_part_fits_into_the_large_example(part: str) -> None:
    policy = parse_policy(Document("large.yaml", with_part(part)))
    assert list(warnings(policy)) == []


def test_the_large_example_shows_every_part_of_a_policy() -> None:
    shown = set(re.findall(r"^(\w+):", WHOLE[1], re.MULTILINE))
    assert shown == set(PolicySpec.model_fields)


def words_of(hint: Any) -> set[str]:
    """Every value that a field can be given by name."""
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return {each.value for each in hint}
    if get_origin(hint) is Literal:
        return {str(each).lower() for each in get_args(hint)}
    return {word for part in get_args(hint) for word in words_of(part)}


def test_every_word_that_can_be_written_is_on_the_page() -> None:
    words = {word for model in models() for hint in hints(model).values() for word in words_of(hint)}
    words |= {*ABSENT, OTHER_CHANNELS, "breach", "24x7", "24x5", "closed", "customer", "same time", "close"}
    assert words - CODE == set()


@pytest.mark.parametrize(
    "form", [*_WORDS, "by close", "minute", "hour", "day", "week", "business minutes", "business hour"]
)
def test_every_form_of_a_duration_is_on_the_page(form: str) -> None:
    assert any(re.search(rf"\b{form}", code) for code in re.findall(r"`([^`\n]+)`", TEXT))


def test_every_duration_on_the_page_can_be_read() -> None:
    section = TEXT.split("\n## Durations\n")[1].split("\n## ")[0]
    first = re.findall(r"^\| (`.+?`) \|", section, re.MULTILINE)
    written = [each for cell in first for each in re.findall(r"`([^`]+)`", cell)]
    readings = [each for each in written if each in {"same time", "close", "8 business hours", "business_day"}]
    assert all(parse_span(each) for each in written if each not in readings)
    assert len(written) > 10


@pytest.mark.parametrize(
    ("reading", "due"),
    [("same time", "2026-06-15 10:00"), ("close", "2026-06-15 17:00"), ("8 business hours", "2026-06-15 10:00")],
)
def test_the_three_readings_are_as_the_page_says(reading: str, due: str) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    spec = CalendarSpec(zone="Europe/Berlin", hours={"mon-fri": "09:00-17:00"})
    thursday = datetime(2026, 6, 11, 10, tzinfo=berlin)
    calendar = compile_calendar(spec, datetime(2026, 6, 1, tzinfo=berlin), datetime(2026, 7, 1, tzinfo=berlin))
    span = to_duration(parse_span("2 business days"), parse_business_day(reading))
    assert due_at(calendar, thursday, span).astimezone(berlin).strftime("%Y-%m-%d %H:%M") == due


@pytest.mark.parametrize(
    ("written", "usual"),
    [
        ({"Mon-Fri": "8:00-18:00"}, {"mon-fri": "08:00-18:00"}),
        ({"mon": ["18:00-24:00"], "tue": "00:00-24:00"}, {"mon": "18:00-00:00", "tue": ["00:00-12:00", "12:00-24:00"]}),
    ],
)
def test_hours_may_be_written_in_the_ways_of_the_page(written: Any, usual: Any) -> None:
    assert cut(week_intervals(written)) == cut(week_intervals(usual))


def rows(section: str, *, beside: str) -> list[list[str]]:
    """The rows of the table that has a word in its head, cell by cell."""
    lines = section[section.index(beside) :].splitlines()
    end = next((index for index, line in enumerate(lines) if not line.startswith("|") and index), len(lines))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:end]]


def instant(said: str) -> datetime:
    """`Monday 07:59` in Berlin, in the week of 2026-06-08 or, from Friday evening on, the one after."""
    day, time = said.partition(",")[0].split()
    date_ = next(each for each in range(8, 15) if datetime(2026, 6, each, tzinfo=BERLIN).strftime("%A") == day)
    return datetime.fromisoformat(f"2026-06-{date_:02} {time}").replace(tzinfo=BERLIN)


BERLIN = ZoneInfo("Europe/Berlin")
BEGINNINGS = rows(TEXT, beside="| begins | 1 business day")
ENDINGS = (("1 business day", "same time"), ("next business day", "same time"), ("1 business day", "close"))


@pytest.mark.parametrize("row", BEGINNINGS, ids=lambda row: row[0])
def test_what_begins_while_closed_is_due_as_the_page_says(row: list[str]) -> None:
    spec = CalendarSpec(zone="Europe/Berlin", hours={"mon-fri": "09:00-17:00"})
    calendar = compile_calendar(spec, datetime(2026, 6, 1, tzinfo=BERLIN), datetime(2026, 7, 1, tzinfo=BERLIN))
    asked = [*ENDINGS, ("same business day", "same time")]
    spans = [to_duration(parse_span(said), parse_business_day(reading)) for said, reading in asked]
    due = [due_at(calendar, instant(row[0]), span).astimezone(BERLIN).strftime("%A %H:%M") for span in spans]
    assert due == [row[1], row[2], row[2], row[3]]


def test_the_page_says_what_begins_while_closed() -> None:
    assert len(BEGINNINGS) == 5


def test_the_rehearsal_on_the_page_is_what_simulate_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("large.yaml").write_text(WHOLE[1], encoding="utf-8")
    (script,) = SCRIPTS
    Path("events.yaml").write_text(script, encoding="utf-8")
    assert "holdfast simulate large.yaml --events events.yaml" in TEXT
    simulate("./large.yaml", Path("events.yaml"), None, settings_with(), as_json=False)
    assert f"```text\n{capsys.readouterr().out}```\n" in TEXT


@pytest.mark.parametrize(("name", "model"), EVENTS.items())
def test_every_event_stands_on_the_page_with_its_fields(name: str, model: type[Record]) -> None:
    said = {cells[0]: cells[2] for cells in rows(TEXT, beside="| event | means |")}
    fields = set(re.findall(r"`(\w+)`: ", said[f"`{name}`"]))
    assert fields == set(model.model_fields) - {"id", "at", "event"}


def test_every_message_and_placeholder_is_on_the_page() -> None:
    assert {*default_messages(), "survey"} - CODE == set()
    placeholders = set(re.findall(r"\{\{ (\w+) \}\}", TEXT.split("| placeholder |")[1]))
    assert placeholders == PLACEHOLDERS
