"""Two more vendors' policies, written from docs/policies.md alone: due instants worked out by hand beside them."""

from datetime import datetime
from typing import Any

import pytest
from rehearsal import LIBRARY, Rehearsal, ticket

from policies.checks import warnings
from policies.terms import make_terms
from sla.base.errors import TicketError

GITLAB = [
    # severity, region, opened, due
    ("high", None, "2026-11-21T10:00+01:00", "2026-11-22T19:00-08:00"),  # over a weekend that ends on Sunday 15:00
    ("normal", "emea", "2026-12-25T09:00+01:00", "2026-12-25T17:00+01:00"),  # no holidays
    ("low", None, "2026-10-30T16:00-07:00", "2026-11-02T14:00-08:00"),  # over the end of summer time, while closed
    ("normal", "amer", "2026-11-25T22:30-08:00", "2026-11-26T13:00-08:00"),  # after closing
    ("urgent", "amer", "2026-11-01T01:45-07:00", "2026-11-01T01:15-08:00"),  # 30 minutes across the repeated hour
    ("urgent", None, "2027-03-14T01:45-08:00", "2027-03-14T03:15-07:00"),  # and across the skipped one
    ("low", None, "2027-03-12T16:00-08:00", "2027-03-15T14:00-07:00"),  # over the beginning of summer time
    ("high", "amer", "2026-11-27T16:30-08:00", "2026-11-30T08:30-08:00"),  # half an hour on Friday, the rest on Monday
]

BAREOS = [
    # plan, opened, due
    ("premier", "2026-12-23T15:30+01:00", "2026-12-28T11:30+01:00"),  # over Christmas Eve and a long weekend
    ("premier", "2026-06-04T10:00+02:00", "2026-06-05T13:00+02:00"),  # opened on Corpus Christi
    ("global", "2027-03-28T01:30+01:00", "2027-03-28T03:30+02:00"),  # an hour across a clock change
    ("advanced", "2026-12-27T10:00+01:00", "2026-12-28T17:00+01:00"),  # Sunday is day zero
    ("advanced", "2026-12-28T09:00+01:00", "2026-12-29T17:00+01:00"),
]


def gitlab(opened: str, **fields: Any) -> Rehearsal:
    asking = {key: value for key, value in fields.items() if value is not None}
    return Rehearsal(ticket("gitlab", datetime.fromisoformat(opened), plan="priority", channel="web", **asking))


@pytest.mark.parametrize(("severity", "region", "opened", "due"), GITLAB)
def test_gitlab_answers_by_the_hours_of_the_region(severity: str, region: str | None, opened: str, due: str) -> None:
    story = gitlab(opened, severity=severity, region=region)
    assert story.due("first_response") == datetime.fromisoformat(due)


def test_gitlab_takes_an_emergency_in_hand_within_five_minutes() -> None:
    story = gitlab("2026-11-01T01:45-07:00", severity="urgent", region="amer")
    assert story.due("acknowledgement") == datetime.fromisoformat("2026-11-01T01:50-07:00")


@pytest.mark.parametrize(("plan", "opened", "due"), BAREOS)
def test_bareos_answers_by_the_hours_of_cologne(plan: str, opened: str, due: str) -> None:
    story = Rehearsal(ticket("bareos", datetime.fromisoformat(opened), plan=plan))
    assert story.due("first_response") == datetime.fromisoformat(due)


@pytest.mark.parametrize("name", ["gitlab", "bareos"])
def test_nothing_in_them_is_hardly_meant(name: str) -> None:
    assert list(warnings(LIBRARY.load(name))) == []


@pytest.mark.parametrize("plan", ["priority", "standard"])
def test_a_region_that_no_rule_names_is_refused_on_every_plan(plan: str) -> None:
    asking = ticket("gitlab", datetime.fromisoformat("2026-11-21T10:00+01:00"), plan=plan, channel="web", region="moon")
    with pytest.raises(TicketError, match="region: policy gitlab has no 'moon'; there is amer, apac, emea"):
        make_terms(LIBRARY.load("gitlab"), asking, asking.opened_at)


def test_a_region_is_taken_where_the_policy_names_none() -> None:
    assert Rehearsal(ticket("bareos", datetime.fromisoformat(BAREOS[0][1]), plan="premier", region="moon")).due(
        "first_response"
    ) == datetime.fromisoformat(BAREOS[0][2])
