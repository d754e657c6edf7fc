"""Holidays from iCalendar files: what each event closes, and every refusal with its line."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from compiling import END, PLAIN, START, special
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.calendars import CalendarSpec, compile_spec
from policies.holiday_dates import DatedHoliday, RuleHoliday
from policies.ics import file_complaints, with_files
from policies.ics_events import read_events
from sla.base.errors import PolicyError

PARTY = ("SUMMARY:Party", "DTSTART;VALUE=DATE:20260710")


def event(*lines: str) -> str:
    return "\r\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT", ""))


def file(*events: str) -> bytes:
    return "\r\n".join(("BEGIN:VCALENDAR", "VERSION:2.0", *(each.strip() for each in events), "END:VCALENDAR")).encode()


def spec(*holidays: Any, **changes: Any) -> CalendarSpec:
    return CalendarSpec.model_validate({**PLAIN, "holidays": holidays, **changes})


def closed(calendar: CalendarSpec) -> dict[str, str]:
    return {day: name for day, (hours, name) in special(compile_spec(calendar, START, END)).items() if not hours}


def read(directory: Path, raw: bytes, **entry: Any) -> dict[str, str]:
    (directory / "company.ics").write_bytes(raw)
    return closed(with_files(spec({"ics": "company.ics", **entry}), directory))


def days(name: str, *dates: str) -> dict[str, str]:
    return dict.fromkeys((f"2026-{day}" for day in dates), name)


RULE = ("SUMMARY:Pay day", "DTSTART;VALUE=DATE:20260130")
EVENTS: list[tuple[Iterable[str], dict[str, str], str]] = [
    (PARTY, days("Party", "07-10"), "without an end: one date"),
    ((*PARTY, "DTEND;VALUE=DATE:20260711"), days("Party", "07-10"), "the end is not part of it"),
    ((*PARTY, "DTEND;VALUE=DATE:20260713"), days("Party", "07-10", "07-11", "07-12"), "several dates"),
    ((*PARTY, "DTEND;VALUE=DATE:20260710"), days("Party", "07-10"), "an end on the date itself, as some write it"),
    ((*PARTY, "DURATION:P2D"), days("Party", "07-10", "07-11"), "a duration"),
    (("SUMMARY:Zürich\\, Bern\\nand ", " more", PARTY[1]), days("Zürich, Bern and more", "07-10"), "folded, escaped"),
    (("SUMMARY;LANGUAGE=de:Fest", PARTY[1]), days("Fest", "07-10"), "a parameter"),
    ((*PARTY, "STATUS:CANCELLED"), {}, "cancelled"),
    ((*PARTY, "TRANSP:TRANSPARENT"), days("Party", "07-10"), "free: what calendar programs make of all-day events"),
    ((*PARTY, "X-ODD:anything", "DTSTAMP:garbage"), days("Party", "07-10"), "what is not read does not matter"),
    (
        (*PARTY, "BEGIN:VALARM", "TRIGGER:-PT15M", "SUMMARY:Alarm", "END:VALARM"),
        days("Party", "07-10"),
        "an alarm in the event",
    ),
    (
        ("SUMMARY:Party", "DTSTART:20260710T000000", "DTEND:20260711T000000"),
        days("Party", "07-10"),
        "from midnight to midnight",
    ),
    (
        ("SUMMARY:Party", "DTSTART;TZID=Europe/Berlin:20260710T000000", "DTEND;TZID=Europe/Berlin:20260712T000000"),
        days("Party", "07-10", "07-11"),
        "from midnight to midnight of its own zone: local dates",
    ),
    (
        (*RULE, "RRULE:FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20260331T000000Z"),
        days("Pay day", "01-30", "02-27", "03-27"),
        "monthly, with an end written as an instant",
    ),
    (
        (*RULE, "RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE;VALUE=DATE:20260206", "EXDATE;VALUE=DATE:20260213"),
        days("Pay day", "01-30", "02-20"),
        "weekly, without two dates, which are counted",
    ),
    (
        (
            "SUMMARY:Turn of the year",
            "DTSTART;VALUE=DATE:20201231",
            "DTEND;VALUE=DATE:20210102",
            "RRULE:FREQ=YEARLY",
        ),
        days("Turn of the year", "01-01", "12-31")
        | {"2027-01-01": "Turn of the year", "2025-12-31": "Turn of the year"},
        "yearly over the turn of the year",
    ),
    (
        (*PARTY, "RDATE;VALUE=DATE:20260717,20260724", "EXDATE;VALUE=DATE:20260724"),
        days("Party", "07-10", "07-17"),
        "dates of their own",
    ),
]


@pytest.mark.parametrize(("lines", "expected", "why"), EVENTS)
def test_events(lines: Iterable[str], expected: dict[str, str], why: str, tmp_path: Path) -> None:
    raw = file(event(*lines), event("SUMMARY:Other", "DTSTART;VALUE=DATE:20260601"))
    for text in (raw, raw.replace(b"\r\n", b"\n"), b"\xef\xbb\xbf" + raw):
        assert read(tmp_path, text) == {**expected, "2026-06-01": "Other"}, why


def test_an_occurrence_that_was_moved_or_cancelled(tmp_path: Path) -> None:
    weekly = event("UID:1", "SUMMARY:Friday", "DTSTART;VALUE=DATE:20260703", "RRULE:FREQ=WEEKLY;COUNT=3")
    moved = event("UID:1", "SUMMARY:Thursday", "DTSTART;VALUE=DATE:20260709", "RECURRENCE-ID;VALUE=DATE:20260710")
    dropped = event(
        "UID:1", "SUMMARY:x", "DTSTART;VALUE=DATE:20260717", "RECURRENCE-ID;VALUE=DATE:20260717", "STATUS:CANCELLED"
    )
    assert read(tmp_path, file(weekly, moved, dropped)) == days("Friday", "07-03") | days("Thursday", "07-09")
    renamed = moved.replace("20260709", "20260710")
    assert read(tmp_path, file(renamed, weekly)) == days("Friday", "07-03", "07-17") | days("Thursday", "07-10")


def test_what_is_no_event_is_not_read(tmp_path: Path) -> None:
    zone = "BEGIN:VTIMEZONE\r\nTZID:X\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nEND:STANDARD\r\nEND:VTIMEZONE"
    task = "BEGIN:VTODO\r\nSUMMARY:Task\r\nDTSTART;VALUE=DATE:20260601\r\nEND:VTODO"
    assert read(tmp_path, file(zone, task, event(*PARTY))) == days("Party", "07-10")


def test_only_some_of_the_events(tmp_path: Path) -> None:
    raw = file(event(*PARTY), event("SUMMARY:Outing (half)", "DTSTART;VALUE=DATE:20260601"))
    assert read(tmp_path, raw, only=["Outing"]) == days("Outing (half)", "06-01")
    with pytest.raises(
        PolicyError, match=r"^company\.ics: there is no event 'Picnic'; there is Outing \(half\), Party$"
    ):
        read(tmp_path, raw, only=["Picnic"])


BAD_EVENTS: list[tuple[Iterable[str], int, str]] = [
    (("SUMMARY:Call", "DTSTART:20260710T090000", "DTEND:20260710T100000"), 5, "DTSTART is 2026-07-10 09:00; a holiday is"),
    (("SUMMARY:Call", "DTSTART:20260710T000000", "DTEND:20260710T120000"), 6, "DTEND is 2026-07-10 12:00; a holiday is"),
    (("SUMMARY:Call", "DTSTART:20260710T000000Z", "DTEND:20260711T000000Z"), 5, "DTSTART is 2026-07-10 00:00 UTC; a"),
    (("SUMMARY:Call", "DTSTART:20260710T000000"), 5, "the event has no end; a holiday is an all-day event"),
    (("SUMMARY:Call", "DTSTART:20260710T000000", "DTEND:20260710T000000"), 6, "the event ends when it begins"),
    ((*PARTY, "DTEND;VALUE=DATE:20260709"), 6, "the event ends on 2026-07-09, before it begins on 2026-07-10"),
    ((*PARTY, "DTEND;VALUE=DATE:20280709"), 6, "Input should be less than or equal to 366"),
    (("SUMMARY:Party", "DTSTART;VALUE=DATE:20261310"), 5, "DTSTART cannot be read"),
    (("SUMMARY:Party", "DTSTART;VALUE=DATE:18000101"), 5, "the year 1800 lies outside 1900 to 2200"),
    (("SUMMARY:Party",), 3, "the event has no DTSTART"),
    ((PARTY[1],), 3, "the event has no SUMMARY, which names the holiday"),
    ((PARTY[1], "SUMMARY: "), 3, "the event has no SUMMARY"),
    ((PARTY[1], "SUMMARY:a\u202eb"), 5, "must not hold control, line-breaking or direction-changing characters"),
    ((PARTY[1], "SUMMARY:" + 301 * "a"), 5, "at most 300 characters"),
    ((*PARTY, "SUMMARY:Again"), 4, "the event has more than one SUMMARY"),
    ((*PARTY, PARTY[1]), 5, "the event has more than one DTSTART"),
    ((*PARTY, "what is this"), 6, "'what is this' is no property, such as SUMMARY:New Year's Day"),
    ((*PARTY, "RRULE:FREQ=DAILY"), 6, "is not a yearly, monthly or weekly recurrence rule"),
    ((*PARTY, "RRULE:FREQ=NEVER"), 6, "RRULE cannot be read"),
    ((*PARTY, "RRULE:FREQ=YEARLY;BYMONTH=5"), 6, "FREQ=YEARLY;BYMONTH=5 does not fall on the event's own date"),
    ((*PARTY, "RRULE:FREQ=YEARLY", "RRULE:FREQ=WEEKLY"), 6, "the event has more than one RRULE"),
    ((*PARTY, "EXDATE:20260710T120000"), 6, "EXDATE is 2026-07-10 12:00; a holiday is"),
    ((*PARTY, "RDATE;VALUE=PERIOD:20260710T120000/PT1H"), 6, "RDATE is no date"),
    ((*PARTY, "RECURRENCE-ID;RANGE=THISANDFUTURE;VALUE=DATE:20260710"), 6, "RECURRENCE-ID with RANGE is not understood"),
    ((*PARTY, "BEGIN:VALARM"), 3, "the event cannot be read"),
    ((*PARTY, "BEGIN:VEVENT"), 3, "the event does not end before the next begins"),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "line", "complaint"), BAD_EVENTS)
def test_bad_events(lines: Iterable[str], line: int, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        read(tmp_path, file(event(*lines)))
    assert str(caught.value).startswith(f"company.ics:{line}: ")
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


BAD_FILES: list[tuple[bytes, str]] = [
    (b"", "company.ics:1: not an iCalendar file: one begins with BEGIN:VCALENDAR"),
    (b"\x00\x01\x02", "company.ics:1: not an iCalendar file"),
    (b"<html>", "company.ics:1: not an iCalendar file"),
    (file(), "company.ics:1: the file holds no event"),
    (b"BEGIN:VCALENDAR\n\nSUMMARY:M\xfcnchen\nEND:VCALENDAR", "company.ics:3: not UTF-8 text"),
    (file(event(*PARTY))[:-15], "company.ics:6: the file is cut off: one ends with END:VCALENDAR"),
    (file(event(*PARTY).replace("END:VEVENT", "END:EVENT")), "company.ics:3: the event does not end"),
    (file(*["X:" + 70 * "a"] * 4000), "company.ics:1: larger than 256 KB"),
    (file(*[event("DTSTART:1")] * 2001), "company.ics:6003: more than 2,000 events"),
    (file(*[event(*PARTY, "RRULE:FREQ=YEARLY")] * 101), "company.ics:506: more than 100 events recur"),
]


@pytest.mark.parametrize(("raw", "complaint"), BAD_FILES)
def test_bad_files(raw: bytes, complaint: str, tmp_path: Path) -> None:
    with pytest.raises(PolicyError) as caught:
        read(tmp_path, raw)
    assert str(caught.value).startswith(complaint)


BAD_NAMES = [
    ("https://example.com/company.ics", "is an address: save the calendar as a file beside the policy"),
    ("webcal:company.ics", "is an address"),
    ("/etc/company.ics", "must be a path below the policy's own directory"),
    ("../company.ics", "must be a path below"),
    ("a/../../company.ics", "must be a path below"),
    ("C:/company.ics", "must be a path below"),
    ("a\\company.ics", "must be a path below"),
    ("company.txt", "is not the name of an iCalendar file, such as company-2026.ics"),
]


@pytest.mark.parametrize(("name", "complaint"), BAD_NAMES)
def test_bad_names(name: str, complaint: str) -> None:
    with pytest.raises(PolicyError) as caught:
        compile_spec({**PLAIN, "holidays": [{"ics": name}]}, START, END)
    assert complaint in str(caught.value)


def test_a_file_that_cannot_be_had(tmp_path: Path) -> None:
    policies = tmp_path / "policies"
    (policies / "folder.ics").mkdir(parents=True)
    (tmp_path / "secret.ics").write_bytes(file(event(*PARTY)))
    (policies / "link.ics").symlink_to(tmp_path / "secret.ics")
    entries = [{"country": "US"}, *({"ics": f"{name}.ics"} for name in ("missing", "folder", "link"))]
    assert list(file_complaints(spec(*entries), policies)) == [
        (("holidays", 1, "ics"), f"missing.ics: there is no such file beside the policy, in {policies}"),
        (("holidays", 2, "ics"), f"folder.ics: there is no such file beside the policy, in {policies}"),
        (("holidays", 3, "ics"), "link.ics: lies outside the directory of the policy"),
    ]


def test_a_file_in_a_directory_below_is_read_and_read_again_when_it_changes(tmp_path: Path) -> None:
    path = tmp_path / "2026" / "company.ics"
    path.parent.mkdir()
    listed = spec({"ics": "2026/company.ics"})
    path.write_bytes(file(event(*PARTY)))
    assert closed(with_files(listed, tmp_path)) == days("Party", "07-10")
    path.write_bytes(file(event("SUMMARY:Later", PARTY[1])))
    os.utime(path, ns=(1, 1))
    assert closed(with_files(listed, tmp_path)) == days("Later", "07-10")


def test_a_spec_needs_its_file_no_more(tmp_path: Path) -> None:
    raw = file(
        event(*PARTY, "RRULE:FREQ=YEARLY", "EXDATE;VALUE=DATE:20270710"),
        event("SUMMARY:Once", "DTSTART;VALUE=DATE:20260601"),
    )
    (tmp_path / "company.ics").write_bytes(raw)
    unread = spec({"ics": "company.ics"}, {"country": "US", "only": ["Thanksgiving Day"]})
    with pytest.raises(PolicyError, match=r"company\.ics: the file has not been read"):
        compile_spec(unread, START, END)
    listed = with_files(unread, tmp_path)
    (tmp_path / "company.ics").unlink()
    assert [type(each) for each in listed.holidays[:2]] == [RuleHoliday, DatedHoliday]
    again = CalendarSpec.model_validate_json(listed.model_dump_json())
    assert again == listed
    later = compile_spec(again, END, datetime(2029, 1, 1, tzinfo=UTC))
    assert {day for day, (_, name) in special(later).items() if name == "Party"} == {"2028-07-10"}


def test_dates_in_a_row_may_be_written_in_the_policy_too() -> None:
    entries: list[dict[str, Any]] = [
        {"date": "2026-12-28", "days": 4, "name": "Shutdown"},
        {"rrule": "FREQ=YEARLY", "from": "2020-08-03", "days": 2, "except": ["2025-08-03"], "name": "Fair"},
    ]
    assert closed(spec(*entries)) == days("Shutdown", "12-28", "12-29", "12-30", "12-31") | days(
        "Fair", "08-03", "08-04"
    )


WORDS = st.sampled_from(
    [
        "BEGIN:VEVENT", "END:VEVENT", "BEGIN:VALARM", "END:VALARM", "SUMMARY:x", "SUMMARY", " folded", "DTSTART:",
        "DTSTART;VALUE=DATE:20260101", "DTSTART;TZID=Nowhere:20260101T000000", "DTEND:20260102T000000Z", "DTEND;:1",
        "RRULE:FREQ=YEARLY", "RRULE:FREQ=WEEKLY;COUNT=0", "RRULE:", "RRULE:FREQ=YEARLY;UNTIL=1;BYDAY=0MO,MO",
        "EXDATE:1,2", "EXDATE;VALUE=DATE:20260101", "RDATE:20260101/20260102", "DURATION:P", "DURATION:-P9999999999D",
        "RECURRENCE-ID:", "STATUS:", "UID", ";:", "=", "",
    ]
)  # fmt: skip
LINES = st.lists(st.one_of(WORDS, st.text(max_size=20)), max_size=12).map("\r\n".join)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.binary(max_size=200), LINES.map(lambda text: file(event(*text.split("\r\n")))), LINES.map(str.encode))
)
def test_garbage_is_refused_in_one_line_or_read(raw: bytes) -> None:
    told = "odd.ics:"
    try:
        assert all(isinstance(each, DatedHoliday | RuleHoliday) for each in read_events("odd.ics", raw))
    except PolicyError as error:
        told = str(error)
    assert told.startswith("odd.ics:")
    assert "\n" not in told
