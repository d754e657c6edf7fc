"""Whether a plan covers a ticket: terms, incidents, contacts, channels, versions."""

from datetime import date
from typing import Any

import pytest
from rehearsal import at, ticket

from policies.entitled import admit
from policies.library import parse_policy
from policies.yaml_file import Document
from sla.base.errors import NotEntitled, NotInForce
from sla.inputs.entitlement import EntitlementRules, last_day, months_later, newest_of, refusals, supported_until
from sla.inputs.ticket import Ticket

VERSIONS = {"16": date(2013, 12, 1), "17": date(2015, 4, 1), "18": date(2016, 6, 1)}

POLICY = """
policy: shop
title: Shop
source: the tests
revision: 2026-01-01
calendars: {office: {zone: America/Los_Angeles, hours: {mon-fri: 09:00-17:00}}}
calendar: office
severities: {normal: normal}
default_severity: normal
versions: {"17": 2015-04-01, "18": 2016-06-01}
plans:
  trial:
    title: Trial
    calendar: office
    entitlement: {term: 15 days, since: registered}
    targets: {normal: {first_response: 1 business day}}
  yearly:
    title: Yearly
    calendar: office
    channels: [email, phone]
    retired: 2026-09-01
    entitlement: {term: 1 year, roles: [case-administrator], contacts: [kim@customer.example]}
    targets: {normal: {first_response: 1 business day}}
  incident:
    title: Incident
    calendar: office
    entitlement: {incidents: counted, expires: ticket, supported: 18 months}
    targets: {normal: {first_response: 3 business hours}}
after_close: reopen
"""
SHOP = parse_policy(Document("shop.yaml", POLICY))


def asked(when: str, plan: str, entitlement: dict[str, Any], **fields: Any) -> Ticket:
    return ticket("shop", at(when, "America/Los_Angeles"), plan=plan, entitlement=entitlement, **fields)


def refusal(asking: Ticket) -> str:
    with pytest.raises(NotEntitled) as refused:
        admit(SHOP, asking)
    return str(refused.value)


@pytest.mark.parametrize(
    ("first", "days", "months", "last"),
    [
        (date(2026, 6, 1), 15, 0, date(2026, 6, 15)),
        (date(2026, 6, 1), 0, 12, date(2027, 5, 31)),
        (date(2024, 2, 29), 0, 12, date(2025, 2, 28)),
        (date(2023, 3, 1), 0, 12, date(2024, 2, 29)),
        (date(2026, 1, 31), 0, 1, date(2026, 2, 28)),
        (date(2026, 12, 15), 0, 18, date(2028, 6, 14)),
        (date(2026, 6, 1), 1, 0, date(2026, 6, 1)),
    ],
)
def test_the_first_day_of_a_term_counts(first: date, days: int, months: int, last: date) -> None:
    assert last_day(first, EntitlementRules(days=days, months=months)) == last


def test_a_month_without_that_day_ends_with_its_last() -> None:
    assert months_later(date(2026, 8, 31), 6) == date(2027, 3, 1)
    assert months_later(date(2026, 8, 30), 6) == date(2027, 3, 1)
    assert months_later(date(2026, 8, 28), 6) == date(2027, 2, 28)
    assert months_later(date(2026, 12, 31), 0) == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("when", "covered"),
    [
        ("2026-05-31 23:59", False),
        ("2026-06-01 00:00", True),
        ("2026-06-15 23:59", True),
        ("2026-06-16 00:00", False),
    ],
)
def test_fifteen_consecutive_days_from_registration_by_the_local_date(when: str, covered: bool) -> None:
    asking = asked(when, "trial", {"registered_on": "2026-06-01"})
    if covered:
        admit(SHOP, asking)
    else:
        assert "entitlement.registered_on: the plan" in refusal(asking)


def test_what_a_plan_asks_for_and_nobody_says_is_refused_not_guessed() -> None:
    assert refusal(asked("2026-06-10 10:00", "trial", {})) == (
        "policy shop, plan trial, does not cover this ticket: "
        "entitlement.registered_on: the plan lasts 15 days from this date; give it"
    )


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"customer": {"email": "kim@customer.example"}}, "customer.role: only case-administrator may open tickets"),
        (
            {"customer": {"email": "lee@customer.example", "role": "case-administrator"}},
            "customer.email: lee@customer.example is not one of the contacts",
        ),
        (
            {"customer": {"email": "kim@customer.example", "role": "case-administrator"}, "channel": "chat"},
            "channel: there is no 'chat'; there is email, phone",
        ),
    ],
)
def test_only_named_contacts_and_channels(fields: dict[str, Any], why: str) -> None:
    assert why in refusal(asked("2026-06-10 10:00", "yearly", {"purchased_on": "2026-01-02"}, **fields))


def test_a_named_contact_is_let_in_however_the_address_is_written() -> None:
    contact = {"email": "Kim@Customer.example", "role": "case-administrator"}
    asking = asked("2026-06-10 10:00", "yearly", {"purchased_on": "2025-06-11"}, customer=contact)
    admit(SHOP, asking)


def test_a_year_from_the_purchase_ends_the_day_before() -> None:
    contact = {"email": "kim@customer.example", "role": "case-administrator"}
    asking = asked("2026-06-10 10:00", "yearly", {"purchased_on": "2025-06-10"}, customer=contact)
    assert "lasts 1 year and ended on 2026-06-09" in refusal(asking)


def test_a_retired_plan_takes_no_new_tickets_from_its_local_date_on() -> None:
    contact = {"email": "kim@customer.example", "role": "case-administrator"}
    last = asked("2026-08-31 23:59", "yearly", {"purchased_on": "2026-01-02"}, customer=contact)
    admit(SHOP, last)
    late = asked("2026-09-01 00:00", "yearly", {"purchased_on": "2026-01-02"}, customer=contact)
    with pytest.raises(NotInForce, match="takes no new tickets since 2026-09-01"):
        admit(SHOP, late)


@pytest.mark.parametrize(
    ("entitlement", "version", "whys"),
    [
        ({"incidents_left": 1, "expires_on": "2026-06-10"}, "18.2", []),
        ({"incidents_left": 0, "expires_on": "2026-06-10"}, "18.2", ["no incident is left"]),
        ({"expires_on": "2026-06-10"}, "18.2", ["say how many are left"]),
        ({"incidents_left": 1, "expires_on": "2026-06-09"}, "18", ["the plan ended on 2026-06-09"]),
        ({"incidents_left": 1}, "18", ["the plan has an expiry date; give it"]),
        ({"incidents_left": 1, "expires_on": "2026-06-10"}, "17.9", ["support of 17 ended on 2017-11-30"]),
        ({"incidents_left": 1, "expires_on": "2026-06-10"}, "19", ["version: 19 is not known; there is 17, 18"]),
        ({"incidents_left": 1, "expires_on": "2026-06-10"}, None, []),
        ({"incidents_left": 0}, "17.9", ["no incident is left", "expiry date", "support of 17"]),
    ],
)
def test_incidents_expiry_and_versions(entitlement: dict[str, Any], version: str | None, whys: list[str]) -> None:
    asking = asked("2026-06-10 23:30", "incident", entitlement, version=version)
    if not whys:
        admit(SHOP, asking)
        return
    told = refusal(asking)
    assert all(why in told for why in whys)
    assert told.count(";") >= len(whys) - 1


def test_a_version_is_supported_until_eighteen_months_after_the_next_one() -> None:
    assert supported_until("16", VERSIONS, 18) == date(2016, 10, 1)
    assert supported_until("17", VERSIONS, 18) == date(2017, 12, 1)
    assert supported_until("18", VERSIONS, 18) is None
    rules = EntitlementRules(supported_months=18, versions=VERSIONS)
    asking = asked("2017-11-30 10:00", "trial", {}, version="17.1")
    assert list(refusals(rules, asking, date(2017, 11, 30))) == []
    assert list(refusals(rules, asking, date(2017, 12, 1))) == ["version: support of 17 ended on 2017-11-30"]


def test_only_the_newest_majors_released_so_far() -> None:
    assert newest_of(VERSIONS, 2, date(2016, 5, 31)) == ("17", "16")
    assert newest_of(VERSIONS, 2, date(2016, 6, 1)) == ("18", "17")
    asking = asked("2026-06-10 10:00", "trial", {}, version="16.4")
    rules = EntitlementRules(newest=2, versions=VERSIONS)
    assert list(refusals(rules, asking, date(2026, 6, 10))) == [
        "version: 16.4 is not supported any more; there is 18, 17"
    ]


def test_a_policy_may_take_what_intake_does_not_say() -> None:
    rules = EntitlementRules(
        accept_unknown=True, said="15 days", days=15, expires=True, incidents=True, roles=("case-administrator",)
    )
    assert list(refusals(rules, asked("2026-06-10 10:00", "trial", {}), date(2026, 6, 10))) == []
    ended = asked("2026-06-10 10:00", "trial", {"expires_on": "2026-06-09", "incidents_left": 0})
    assert len(list(refusals(rules, ended, date(2026, 6, 10)))) == 2
