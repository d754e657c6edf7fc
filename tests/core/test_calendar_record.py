"""What a compiled calendar keeps of the data it was made from, so that another release of it changes nothing."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import holidays
import pytest
from compiling import PLAIN, START, compiled, special

from policies import holiday_dates
from policies.calendars import CalendarSpec, compile_spec, lengthen
from sla.calendars.calendar import Calendar
from sla.calendars.compiled import CompiledCalendar, HolidaySet

MIDDLE, END = datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
US = CalendarSpec.model_validate({**PLAIN, "holidays": [{"country": "US"}]})
DAY = timedelta(days=1)


def given(calendar: CompiledCalendar) -> dict[str, dict[str, str]]:
    return {each.source: {str(day): name for day, name in each.dates} for each in calendar.holidays}


def test_each_named_set_is_kept_with_its_dates_and_names() -> None:
    made = compiled(
        holidays=[
            {"country": "US", "only": ["Thanksgiving Day", "Independence Day"]},
            {"country": "DE", "subdivision": "BY", "categories": ["catholic"]},
            {"date": "2026-08-03", "name": "Ours"},
        ]
    )
    assert given(made) == {
        "US": {
            "2026-07-03": "Independence Day (observed)",
            "2026-07-04": "Independence Day",
            "2026-11-26": "Thanksgiving Day",
        },
        "DE-BY catholic": {"2026-08-15": "Assumption Day"},
    }
    assert made.made_by["holidays"] == holiday_dates.HOLIDAYS_RELEASE


def test_a_holiday_on_a_closed_day_is_kept() -> None:
    made = compiled(holidays=[{"country": "US"}])
    assert date(2026, 7, 4).strftime("%a") == "Sat"
    assert special(made)["2026-07-04"] == ([], "Independence Day")


def test_a_holiday_is_kept_though_other_rules_decide_its_date() -> None:
    made = compiled(
        holidays=[{"date": "2026-12-25", "name": "Ours"}, {"country": "US"}],
        exceptions=[{"date": "2026-11-26", "hours": "10:00-12:00", "name": "Skeleton staff"}],
    )
    assert special(made)["2026-11-26"] == (["10:00-12:00"], "Skeleton staff")
    assert special(made)["2026-12-25"] == ([], "Ours")
    assert given(made)["US"]["2026-11-26"] == "Thanksgiving Day"
    assert given(made)["US"]["2026-12-25"] == "Christmas Day"


def another_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """A release of the package that knows one other holiday, and none of the old ones."""

    def changed(country: str, *_: Any, **__: Any) -> holidays.HolidayBase:
        found = holidays.HolidayBase()
        found.country, found.start_year, found.end_year = country, 1900, 2100
        for year in range(2025, 2031):
            found[date(year, 3, 4)] = "Another Day"
        return found

    monkeypatch.setattr(holidays, "country_holidays", changed)
    monkeypatch.setattr("policies.calendars.HOLIDAYS_RELEASE", "0.999")


def test_another_release_changes_no_calendar_that_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = compile_spec(US, START, MIDDLE).model_dump_json()
    before = Calendar(CompiledCalendar.model_validate_json(kept)).spans(START, MIDDLE)
    another_release(monkeypatch)
    again = CompiledCalendar.model_validate_json(kept)
    assert Calendar(again).spans(START, MIDDLE) == before
    assert again.model_dump_json() == kept
    assert "2026-11-26" not in special(compile_spec(US, START, MIDDLE)), "the release is another indeed"


def test_a_calendar_made_longer_keeps_what_it_said(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = compile_spec(US, START, MIDDLE, name="office", made_by={"policy": "acme"})
    another_release(monkeypatch)
    longer = lengthen(kept, US, END)
    assert (longer.name, longer.start, longer.end) == ("office", START, END)
    assert Calendar(longer).spans(START, MIDDLE) == Calendar(kept).spans(START, MIDDLE)
    assert special(longer)["2027-03-04"] == ([], "Another Day")
    assert "2026-03-04" not in special(longer)
    assert "2026-03-04" not in given(longer)["US"]
    assert {day: name for day, name in given(longer)["US"].items() if day > "2027"} == {
        "2027-01-01": "New Year's Day",
        "2027-03-04": "Another Day",
    }
    release = holiday_dates.HOLIDAYS_RELEASE
    assert longer.made_by["holidays"] == f"{release}; from 2027-01-01 0.999"
    assert lengthen(longer, US, END + 400 * DAY).made_by == longer.made_by
    assert CompiledCalendar.model_validate_json(longer.model_dump_json()) == longer


def test_a_zone_that_changed_its_mind_holds_from_the_border_on() -> None:
    spec = CalendarSpec.model_validate({"zone": "customer", "hours": {"mon-fri": "09:00-17:00"}})
    kept = compile_spec(spec, START, MIDDLE, zone="Asia/Kolkata")
    longer = lengthen(kept, spec, END, zone="Asia/Tokyo")
    assert [(each.at, each.name) for each in longer.offsets] == [
        (int(START.timestamp()), "IST"),
        (int(MIDDLE.timestamp()), "JST"),
    ]
    assert Calendar(longer).next_open(datetime(2027, 1, 4, tzinfo=UTC)) == datetime(2027, 1, 4, tzinfo=UTC)


def test_a_clock_change_on_the_border_is_kept_once() -> None:
    change = datetime(2026, 11, 1, 6, tzinfo=UTC)
    spec = CalendarSpec.model_validate(PLAIN)
    longer = lengthen(compile_spec(spec, START, change), spec, END)
    assert longer.offsets == compile_spec(spec, START, END).offsets


def test_a_calendar_kept_before_sets_and_stretches_is_read_and_made_longer() -> None:
    old = json.loads(compile_spec(US, START, MIDDLE).model_dump_json())
    del old["holidays"], old["stretches"]
    kept = CompiledCalendar.model_validate(old)
    assert (kept.holidays, kept.stretches) == ((), ())
    longer = lengthen(kept, US, END)
    assert special(longer)["2026-11-26"] == ([], "Thanksgiving Day")
    (us,) = longer.holidays
    assert us == HolidaySet("US", us.dates)
    assert min(day for day, _ in us.dates) > MIDDLE.date()


def test_what_is_kept_is_small() -> None:
    two_years = compile_spec(US, START, END)
    assert len(two_years.model_dump_json()) < 4_000
