"""Complaints and warnings about calendars that read well."""

from datetime import date
from typing import Any

import pytest
from compiling import PLAIN

from policies.calendar_checks import calendar_complaints, calendar_warnings
from policies.calendars import CalendarSpec

TODAY = date(2026, 1, 15)
US = [{"country": "US"}]
Path = tuple[str | int, ...]


def spec(**changes: Any) -> CalendarSpec:
    return CalendarSpec.model_validate({**PLAIN, **changes})


def exceptions(*entries: tuple[str, Any]) -> list[dict[str, Any]]:
    return [{"date": day, "hours": hours, "name": f"E{index}"} for index, (day, hours) in enumerate(entries)]


def season(first: str, last: str, hours: Any) -> list[dict[str, Any]]:
    return [{"from": first, "to": last, "hours": hours, "name": "Summer"}]


SOUND: list[tuple[dict[str, Any], str]] = [
    ({}, "office hours"),
    ({"hours": "24x7"}, "always"),
    ({"holidays": US, "exceptions": exceptions(("2026-11-26", "10:00-12:00"))}, "open on a holiday"),
    (
        {"exceptions": exceptions(("2026-11-28", "10:00-12:00"), ("2026-11-27", "closed"))},
        "a Saturday, and a Friday off",
    ),
    ({"exceptions": exceptions(("2026-11-27", ["09:00-17:00", "22:00-02:00"]))}, "past midnight"),
    ({"exceptions": season("2026-07-01", "2026-07-05", {"mon-fri": "09:00-15:00"})}, "a season"),
    ({"hours": "closed", "exceptions": exceptions(("2027-12-31", "09:00-10:00"))}, "open on one date alone"),
    ({"zone": "customer", "holidays": US}, "the customer's zone"),
    ({"holidays": [{"country": "DE", "subdivision": "Bayern", "categories": ["public", "catholic"]}]}, "by alias"),
    ({"hours": {"from": "mon 10:00 Australia/Sydney", "to": "fri 17:00 America/Los_Angeles"}}, "between zones"),
    ({"hours": {"from": "mon 10:00", "to": "fri 17:00 UTC"}, "zone": "customer"}, "to an unknown zone"),
]


@pytest.mark.parametrize(("changes", "why"), SOUND)
def test_no_complaint(changes: dict[str, Any], why: str) -> None:
    assert calendar_complaints(spec(**changes), TODAY) == [], why


COMPLAINTS: list[tuple[dict[str, Any], Path, str]] = [
    ({"hours": "closed"}, ("hours",), "the calendar never opens from 2026-01-15 to 2028-01-16"),
    (
        {"hours": "closed", "exceptions": exceptions(("2030-12-31", "09:00-10:00"))},
        ("hours",),
        "the calendar never opens from 2026-01-15 to 2028-01-16",
    ),
    (
        {"hours": {"sat": "10:00-12:00"}, "holidays": [{"rrule": "FREQ=WEEKLY", "from": "2026-01-03", "name": "x"}]},
        ("hours",),
        "the calendar never opens",
    ),
    ({"holidays": [{"country": "ZZ"}]}, ("holidays", 0, "country"), "no holidays are known of a country ZZ"),
    (
        {"holidays": [*US, {"country": "CH", "subdivision": "ZZ"}]},
        ("holidays", 1, "subdivision"),
        "CH has no subdivision 'ZZ'; there is AG, AI, AR, ",
    ),
    (
        {"holidays": [{"country": "DE", "subdivision": "Bavern"}]},
        ("holidays", 0, "subdivision"),
        "DE has no subdivision 'Bavern'; did you mean Bayern?",
    ),
    (
        {"holidays": [{"country": "DE", "categories": ["public", "catolic"]}]},
        ("holidays", 0, "categories"),
        "DE has no category 'catolic'; did you mean catholic?",
    ),
    ({"holidays": [{"country": "US", "only": ["X"]}]}, ("holidays", 0, "only"), "US has no holiday 'X'; there is "),
    (
        {"exceptions": exceptions(("2026-11-27", "closed"), ("2026-11-28", "closed"))},
        ("exceptions", 1),
        "E1 changes nothing: 2026-11-28 has the same hours without it",
    ),
    (
        {"holidays": US, "exceptions": exceptions(("2026-11-26", "closed"))},
        ("exceptions", 0),
        "E0 changes nothing: 2026-11-26 has the same hours without it",
    ),
    (
        {"exceptions": exceptions(("2026-11-27", ["09:00-12:00", "12:00-17:00"]))},
        ("exceptions", 0),
        "E0 changes nothing",
    ),
    (
        {"exceptions": season("2026-07-04", "2026-07-05", "closed")},
        ("exceptions", 0),
        "Summer changes nothing: 2026-07-04 to 2026-07-05 has the same hours without it",
    ),
    (
        {"hours": [{"from": "mon 10:00 UTC", "to": "mon 11:30 Europe/Berlin"}]},
        ("hours", 0),
        "the window is 0.5 to 168.5 hours long: in some weeks it closes before it opens",
    ),
]


@pytest.mark.parametrize(("changes", "path", "sentence"), COMPLAINTS)
def test_complaints(changes: dict[str, Any], path: Path, sentence: str) -> None:
    ((where, said),) = calendar_complaints(spec(**changes), TODAY)
    assert where == path
    assert said.startswith(sentence)


def test_holidays_past_what_is_known() -> None:
    late = date(2099, 6, 1)
    assert calendar_complaints(spec(holidays=US), late) == [
        (
            ("holidays", 0, "country"),
            "holidays are known for 1777 to 2100 alone; a ticket of today needs them up to 2101",
        )
    ]
    assert calendar_complaints(spec(holidays=US), date(2098, 6, 1)) == []


def test_all_that_is_unknown_is_told_at_once() -> None:
    entries = [{"country": "ZZ"}, {"country": "DE", "subdivision": "QQ", "categories": ["party"]}]
    paths = [path for path, _ in calendar_complaints(spec(holidays=entries), TODAY)]
    assert paths == [("holidays", 0, "country"), ("holidays", 1, "subdivision"), ("holidays", 1, "categories")]


NIGHT = {"sun": "01:30-05:00"}
WARNINGS: list[tuple[dict[str, Any], list[tuple[Path, str]], str]] = [
    ({}, [], "office hours meet no change"),
    ({"hours": "24x7"}, [], "nor does a whole day"),
    ({"zone": "Europe/London", "hours": {"sun": "01:00-05:00"}}, [], "beginning with the change is no surprise"),
    ({"zone": "Europe/London", "hours": {"sun": "00:00-02:00"}}, [], "nor is ending with it"),
    ({"zone": "Europe/London", "hours": {"mon-sat": "01:30-05:00"}}, [], "clocks change on Sundays there"),
    ({"zone": "customer", "hours": NIGHT}, [], "an unknown zone"),
    ({"zone": "UTC+05:30", "hours": NIGHT}, [], "a fixed offset"),
    (
        {"zone": "Europe/London", "hours": NIGHT},
        [
            (("hours",), "01:30-05:00 falls into the hour that Europe/London skips on 29 March 2026"),
            (("hours",), "01:30-05:00 falls into the hour that Europe/London repeats on 25 October 2026"),
        ],
        "the first of each, of four changes",
    ),
    (
        {"zone": "Europe/London", "hours": {"sun": "01:00-02:00"}},
        [
            (("hours",), "01:00-02:00 falls into the hour that Europe/London skips on 29 March 2026"),
            (("hours",), "01:00-02:00 falls into the hour that Europe/London repeats on 25 October 2026"),
        ],
        "nothing is left of it, and twice as much",
    ),
    (
        {"zone": "Australia/Lord_Howe", "hours": {"sun": "00:00-01:45"}},
        [(("hours",), "00:00-01:45 falls into the 30 minutes that Australia/Lord_Howe repeats on 5 April 2026")],
        "30 minutes",
    ),
    (
        {"zone": "Europe/London", "exceptions": exceptions(("2027-03-28", NIGHT["sun"]))},
        [(("exceptions", 0), "01:30-05:00 falls into the hour that Europe/London skips on 28 March 2027")],
        "an exception on the very date",
    ),
    ({"zone": "US/Eastern"}, [(("zone",), "US/Eastern is an old name of America/New_York")], "an old name"),
    ({"zone": "Europe/Amsterdam"}, [], "shares data with another city, and is the name in use"),
    (
        {"hours": {"from": "mon 10:00 Australia/Sydney", "to": "fri 17:00 US/Pacific"}},
        [
            (("hours", "to"), "US/Pacific is an old name of America/Los_Angeles"),
            (
                ("hours",),
                "mon 10:00 Australia/Sydney to fri 17:00 US/Pacific is 120 to 122 hours long, as the clocks of its ends change",
            ),
        ],
        "between zones",
    ),
    ({"hours": {"from": "mon 10:00 Asia/Tokyo", "to": "fri 17:00 Asia/Kolkata"}}, [], "between zones without changes"),
    (
        {"hours": [{"from": "sun 02:30 America/New_York", "to": "mon 09:00 America/New_York"}]},
        [
            (("hours", 0), "sun 02:30 America/New_York to mon 09:00 America/New_York is 30 to 30.5 hours long, as the clocks of its ends change"),
            (("hours", 0, "from"), "sun 02:30 America/New_York falls into the hour that America/New_York skips on 8 March 2026"),
        ],
        "an end inside a change",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "expected", "why"), WARNINGS)
def test_warnings(changes: dict[str, Any], expected: list[tuple[Path, str]], why: str) -> None:
    assert calendar_warnings(spec(**changes), TODAY) == expected, why
