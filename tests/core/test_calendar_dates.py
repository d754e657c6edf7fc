"""Holidays and exceptions of a policy's calendar: the dates they change, and every refusal."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from compiling import END, PLAIN, START, compiled, special

from policies.calendars import CalendarSpec, compile_calendar, compile_spec
from sla.base.errors import PolicyError

OFFICE = ["09:00-17:00"]
US_2026 = {"2026-11-26": ([], "Thanksgiving Day"), "2026-07-03": ([], "Independence Day (observed)")}
HOLIDAYS: list[tuple[Any, dict[str, tuple[list[str], str]], str]] = [
    ({"country": "US"}, US_2026, "all of them, with the observed day"),
    ({"country": "US", "only": ["Thanksgiving Day"]}, {"2026-11-26": ([], "Thanksgiving Day")}, "only the named"),
    (
        {"country": "US", "only": ["Independence Day"]},
        {"2026-07-03": ([], "Independence Day (observed)")},
        "and its observed day",
    ),
    ({"country": "DE", "subdivision": "BY"}, {"2026-01-06": ([], "Epiphany")}, "a state's own holiday"),
    ({"country": "US", "categories": ["public", "half_day"]}, US_2026, "several categories"),
    ({"date": "2026-12-24", "name": "Christmas Eve"}, {"2026-12-24": ([], "Christmas Eve")}, "a date"),
    ({"date": date(2026, 12, 24), "name": "Christmas Eve"}, {"2026-12-24": ([], "Christmas Eve")}, "as YAML reads it"),
    (
        {"rrule": "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", "from": "2020-01-01", "name": "Turkey"},
        {"2026-11-26": ([], "Turkey")},
        "a rule",
    ),
]


@pytest.mark.parametrize(("entry", "expected", "why"), HOLIDAYS)
def test_holidays(entry: Any, expected: dict[str, tuple[list[str], str]], why: str) -> None:
    found = special(compiled(holidays=[entry]))
    assert {day: found.get(day) for day in expected} == expected, why


def test_only_and_observed_leave_the_rest_open() -> None:
    assert len(special(compiled(holidays=[{"country": "US", "only": ["Thanksgiving Day"]}]))) == 1
    assert "2026-07-03" not in special(compiled(holidays=[{"country": "US", "observed": False}]))


def test_a_new_year_observed_in_the_old_year() -> None:
    made = compile_spec(
        {**PLAIN, "holidays": [{"country": "US"}]},
        datetime(2021, 12, 1, tzinfo=UTC),
        datetime(2021, 12, 31, 20, tzinfo=UTC),
    )
    assert special(made)["2021-12-31"] == ([], "New Year's Day (observed)")


def test_the_first_entry_names_a_date() -> None:
    entries = [{"date": "2026-11-26", "name": "Ours"}, {"country": "US"}]
    assert special(compiled(holidays=entries))["2026-11-26"][1] == "Ours"


BAD_HOLIDAYS: list[tuple[Any, str]] = [
    ({"country": "ZZ"}, "Country ZZ not available"),
    ({"country": "usa"}, "'usa' is not a country code of two capital letters, such as US"),
    ({"country": "US", "subdivision": "XX"}, "`US` does not have subdivision XX"),
    ({"country": "US", "categories": ["party"]}, "Category is not supported: party"),
    ({"country": "US", "only": ["Thanksgivin"]}, "US has no holiday 'Thanksgivin'; there is Christmas Day, "),
    ({"country": "US", "only": []}, "at least 1 item"),
    ({"country": "US", "subdiv": "NY"}, "Extra inputs are not permitted"),
    ({"date": "2026-02-30", "name": "x"}, "holidays.0.date.date: Input should be a valid date"),
    ({"date": "2026-12-24"}, "name: Field required"),
    ({"rrule": "FREQ=YEARLY", "name": "x"}, "from: Field required"),
    (
        {"rrule": "every year", "from": "2020-01-01", "name": "x"},
        "'every year' is not a yearly, monthly or weekly recurrence rule",
    ),
    ({"rrule": "FREQ=DAILY", "from": "2020-01-01", "name": "x"}, "is not a yearly, monthly or weekly"),
    ({"rrule": "FREQ=YEARLY;BYMONTH=13", "from": "2020-01-01", "name": "x"}, "falls on no date"),
    ({"rrule": "FREQ=YEARLY;BYDAY=XX", "from": "2020-01-01", "name": "x"}, "is not a recurrence rule"),
    ({"name": "x"}, "a holiday has a country, a date and a name, an rrule, from and a name, or an ics file"),
    ("Christmas", "a holiday has a country"),
]


@pytest.mark.parametrize(("entry", "complaint"), BAD_HOLIDAYS)
def test_bad_holidays(entry: Any, complaint: str) -> None:
    with pytest.raises(PolicyError) as caught:
        compiled(holidays=[entry])
    assert complaint in str(caught.value)


def test_years_without_holiday_data() -> None:
    spec = {**PLAIN, "holidays": [{"country": "US"}]}
    with pytest.raises(PolicyError, match="holidays of US are known for 1777 to 2100, not 2099 to 2102"):
        compile_spec(spec, datetime(2099, 6, 1, tzinfo=UTC), datetime(2102, 1, 1, tzinfo=UTC) + timedelta(days=9))


SUMMER = {"from": "2026-07-01", "to": "2026-07-05", "hours": {"mon-fri": "09:00-15:00"}, "name": "Summer hours"}
FOURTH = {"date": "2026-07-03", "name": "Independence Day"}
SHORT = ["09:00-15:00"]
EXCEPTIONS: list[tuple[list[Any], list[Any], dict[str, tuple[list[str], str]], str]] = [
    (
        [{"date": "2026-12-31", "hours": "09:00-13:00", "name": "New Year's Eve"}],
        [],
        {"2026-12-31": (["09:00-13:00"], "New Year's Eve")},
        "a half day",
    ),
    (
        [{"date": "2026-07-03", "hours": "10:00-12:00", "name": "Skeleton staff"}],
        [FOURTH],
        {"2026-07-03": (["10:00-12:00"], "Skeleton staff")},
        "a dated exception wins over a holiday",
    ),
    (
        [SUMMER],
        [FOURTH],
        {
            "2026-07-01": (SHORT, "Summer hours"),
            "2026-07-02": (SHORT, "Summer hours"),
            "2026-07-03": ([], "Independence Day"),
        },
        "a season leaves holidays closed, and says nothing where it changes nothing",
    ),
    (
        [SUMMER, {"date": "2026-07-02", "hours": "closed", "name": "Outing"}],
        [],
        {
            "2026-07-01": (SHORT, "Summer hours"),
            "2026-07-02": ([], "Outing"),
            "2026-07-03": (SHORT, "Summer hours"),
        },
        "a date wins over a season",
    ),
    (
        [{"from": "2026-12-28", "to": "2026-12-29", "hours": "closed", "name": "Shutdown"}],
        [],
        {"2026-12-28": ([], "Shutdown"), "2026-12-29": ([], "Shutdown")},
        "a shutdown",
    ),
    (
        [{"from": "2026-12-26", "to": "2026-12-26", "hours": ["10:00-12:00"], "name": "Sale"}],
        [],
        {"2026-12-26": (["10:00-12:00"], "Sale")},
        "the same hours every day",
    ),
    (
        [{"date": "2026-06-05", "hours": "22:00-02:00", "name": "Release"}],
        [],
        {"2026-06-05": (["22:00-24:00"], "Release"), "2026-06-06": (["00:00-02:00"], "Release")},
        "across midnight, into a closed Saturday",
    ),
    (
        [{"date": "2026-06-04", "hours": "22:00-02:00", "name": "Release"}],
        [],
        {"2026-06-04": (["22:00-24:00"], "Release"), "2026-06-05": (["00:00-02:00", *OFFICE], "Release")},
        "across midnight, added to the Friday's own hours",
    ),
    (
        [{"date": "2026-06-04", "hours": "22:00-02:00", "name": "Release"}],
        [{"date": "2026-06-05", "name": "Holiday"}],
        {"2026-06-04": (["22:00-24:00"], "Release"), "2026-06-05": ([], "Holiday")},
        "a holiday closes its whole date, what spills into it too",
    ),
]


@pytest.mark.parametrize(("exceptions", "holidays", "expected", "why"), EXCEPTIONS)
def test_exceptions(exceptions: Any, holidays: Any, expected: dict[str, tuple[list[str], str]], why: str) -> None:
    assert special(compiled(exceptions=exceptions, holidays=holidays)) == expected, why


def test_a_holiday_closes_exactly_its_own_date() -> None:
    holidays = [{"date": "2026-06-02", "name": "Holiday"}]
    calendar = compile_calendar({"zone": "UTC", "hours": {"daily": "22:00-06:00"}, "holidays": holidays}, START, END)
    night = datetime(2026, 6, 1, 22, tzinfo=UTC)
    open_at = [calendar.is_open(night + timedelta(hours=hours)) for hours in (0, 3, 24, 27)]
    assert open_at == [True, False, False, True]


BAD_EXCEPTIONS: list[tuple[list[Any], str]] = [
    ([{"date": "2026-12-31", "hours": "9-13", "name": "x"}], "'9-13' is not hours such as"),
    ([{"date": "2026-12-31", "name": "x"}], "hours: Field required"),
    ([{"date": "2026-12-31", "hours": {"mon": "09:00-13:00"}, "name": "x"}], "is not hours such as"),
    ([{"hours": "closed", "name": "x"}], "an exception has a date, hours and a name, or from, to, hours and a name"),
    ([{**SUMMER, "to": "2026-06-01"}], "Summer hours ends on 2026-06-01, before it begins on 2026-07-01"),
    ([{**SUMMER, "hours": {"july": "09:00-13:00"}}], "'july' is no day"),
    ([SUMMER, {**SUMMER, "name": "Other"}], "Summer hours and Other overlap"),
    (
        [
            {"date": "2026-12-31", "hours": "closed", "name": "a"},
            {"date": "2026-12-31", "hours": "closed", "name": "b"},
        ],
        "2026-12-31 has two exceptions, a and b; keep one",
    ),
]


@pytest.mark.parametrize(("exceptions", "complaint"), BAD_EXCEPTIONS)
def test_bad_exceptions(exceptions: Any, complaint: str) -> None:
    with pytest.raises(PolicyError) as caught:
        compiled(exceptions=exceptions)
    assert complaint in str(caught.value)


def test_a_spec_is_data_and_comes_back_the_same() -> None:
    spec = CalendarSpec.model_validate(
        {
            **PLAIN,
            "holidays": [
                {"country": "US"},
                FOURTH,
                {"rrule": "FREQ=YEARLY", "from": "2020-02-02", "name": "Groundhog"},
            ],
            "exceptions": [SUMMER, {"date": "2026-12-31", "hours": ["09:00-10:00"], "name": "x"}],
        }
    )
    again = CalendarSpec.model_validate_json(spec.model_dump_json())
    assert again == spec
    assert compile_spec(again, START, END) == compile_spec(spec, START, END)
    assert "properties" in CalendarSpec.model_json_schema()
