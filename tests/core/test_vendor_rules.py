"""The rules of the five documents that are not a target: hours, silence, closing, replies, escalation, entitlement."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from rehearsal import Rehearsal, at, ticket

from policies.entitled import admit
from policies.library import Library
from sla.base.errors import NotEntitled
from sla.inputs.terms import AfterClose, Objective
from sla.inputs.ticket import Ticket
from sla.state.state import Status
from sla.state.timeline import What

PACIFIC, NEW_YORK, SINGAPORE = "America/Los_Angeles", "America/New_York", "Asia/Singapore"
ADMINISTRATOR = {"email": "kim@customer.example", "role": "case-administrator"}
LIBRARY = Library()


def pacific(text: str) -> datetime:
    return at(text, PACIFIC)


def new_york(text: str) -> datetime:
    return at(text, NEW_YORK)


def novastor(when: str, plan: str = "no-plan", **fields: Any) -> Ticket:
    return ticket("novastor", pacific(when), plan=plan, **fields)


def veeam(when: str, plan: str = "basic", **fields: Any) -> Ticket:
    known = {"channel": "web", "customer": ADMINISTRATOR, "time_zone": NEW_YORK, **fields}
    return ticket("veeam", new_york(when), plan=plan, **known)


def refusal(asking: Ticket) -> str:
    with pytest.raises(NotEntitled) as refused:
        admit(LIBRARY.load(asking.policy), asking)
    return str(refused.value)


class TestNovaStor:
    def test_acknowledges_with_ticket_id_and_link(self) -> None:
        told = Rehearsal(novastor("2026-06-01 10:00")).advance(pacific("2026-06-01 10:01"))
        (mail,) = told.sent
        assert "T-1" in mail.subject
        assert "https://support.novastor.example/tickets/T-1" in mail.body

    def test_three_attempts_over_ten_days_then_closed(self) -> None:
        """Monday's answer: attempts Wednesday 3rd, Sunday 7th, Friday 12th; ten days from the first: Saturday 13th."""
        told = Rehearsal(novastor("2026-06-01 09:00")).tell("agent_replied", pacific("2026-06-01 10:00"))
        told.advance(pacific("2026-07-01 10:00"))
        attempts = [entry.due_at for entry in told.told(What.FOLLOW_UP)]
        assert attempts == [pacific(f"2026-06-{day} 10:00") for day in ("03", "07", "12")]
        assert told.state.closing is not None
        assert told.state.closing.at == pacific("2026-06-13 10:00")

    def test_a_resolution_that_nobody_confirms_is_asked_for_in_the_same_way(self) -> None:
        told = Rehearsal(novastor("2026-06-01 09:00"))
        told.tell("agent_replied", pacific("2026-06-01 10:00"), solution=True).advance(pacific("2026-07-01 10:00"))
        assert len(told.told(What.FOLLOW_UP)) == 3
        assert told.state.closing is not None
        assert told.state.closing.at == pacific("2026-06-13 10:00")

    @pytest.mark.parametrize("days", [1, 40, 400])
    def test_can_always_be_reopened(self, days: int) -> None:
        told = Rehearsal(novastor("2026-06-01 09:00")).tell("closed", pacific("2026-06-11 10:00"), reason="settled")
        told.tell("customer_replied", pacific("2026-06-11 10:00") + timedelta(days=days))
        assert told.state.terms.replies.closed is AfterClose.REOPEN
        assert told.state.terms.replies.reopen_for is None
        assert told.state.status is Status.OPEN

    def test_tells_of_the_closing_and_asks_how_it_was(self) -> None:
        told = Rehearsal(novastor("2026-06-01 09:00")).advance(pacific("2026-06-01 09:01"))
        told.tell("closed", pacific("2026-06-11 10:00"), reason="settled").advance(pacific("2026-06-11 10:01"))
        assert [mail.subject for mail in told.sent][1:] == [
            "[T-1] Closed: Restore fails",
            "[T-1] How was our support?",
        ]

    @pytest.mark.parametrize(
        ("when", "version", "why"),
        [
            ("2016-09-30 23:59", "16.5", None),
            ("2016-10-01 00:00", "16.5", "version: support of 16 ended on 2016-09-30"),
            ("2017-11-30 23:59", "17.0", None),
            ("2017-12-01 00:00", "17.0", "version: support of 17 ended on 2017-11-30"),
            ("2026-06-01 10:00", "18.7", None),
        ],
    )
    def test_supports_a_version_until_eighteen_months_after_the_next(
        self, when: str, version: str, why: str | None
    ) -> None:
        asking = novastor(when, version=version)
        if why is None:
            admit(LIBRARY.load("novastor"), asking)
        else:
            assert why in refusal(asking)

    def test_a_plan_lasts_a_year_from_its_purchase(self) -> None:
        bought = {"purchased_on": "2025-06-02"}
        admit(LIBRARY.load("novastor"), novastor("2026-06-01 23:59", "novacare", entitlement=bought))
        assert "ended on 2026-06-01" in refusal(novastor("2026-06-02 00:00", "novacare", entitlement=bought))

    def test_an_incident_must_be_left(self) -> None:
        admit(LIBRARY.load("novastor"), novastor("2026-06-01 10:00", "per-incident", entitlement={"incidents_left": 1}))
        asking = novastor("2026-06-01 10:00", "per-incident", entitlement={"incidents_left": 0})
        assert "no incident is left" in refusal(asking)

    def test_the_telephone_is_for_those_whose_plan_has_it(self) -> None:
        for plan in ("free-trial", "no-plan", "partner"):
            known = {"registered_on": "2026-06-01"}
            customer = {"email": "kim@customer.example", "role": "partner-technician"}
            asking = novastor("2026-06-01 10:00", plan, channel="phone", entitlement=known, customer=customer)
            assert "there is no 'phone'" in refusal(asking)
        admit(LIBRARY.load("novastor"), novastor("2026-06-01 10:00", "novacare", channel="phone"))

    def test_a_partners_technician_handles_the_case(self) -> None:
        assert "customer.role" in refusal(novastor("2026-06-01 10:00", "partner"))

    def test_opens_at_nine_pacific_in_winter_and_in_summer(self) -> None:
        known = {"incidents_left": 1}
        for when, due in (("2026-01-10 12:00", "2026-01-12 12:00"), ("2026-07-11 12:00", "2026-07-13 12:00")):
            told = Rehearsal(novastor(when, "per-incident", entitlement=known))
            assert told.due("first_response") == pacific(due)


class TestOwnBackup:
    @pytest.mark.parametrize(("severity", "due"), [("high", "2026-06-16 10:00"), ("low", "2026-06-18 10:00")])
    def test_what_is_not_resolved_promptly_goes_to_a_higher_tier(self, severity: str, due: str) -> None:
        asking = ticket(
            "ownbackup", new_york("2026-06-15 10:00"), plan="standard", severity=severity, time_zone=NEW_YORK
        )
        told = Rehearsal(asking).tell("agent_replied", new_york("2026-06-15 10:30"), awaiting="us")
        told.advance(new_york("2026-06-18 17:00"))
        tiers = [entry.due_at for entry in told.told(What.ESCALATED) if "day" in entry.detail]
        assert tiers == [new_york(due)]

    def test_company_holidays_do_not_count(self) -> None:
        asking = ticket("ownbackup", new_york("2026-07-02 17:00"), plan="standard", severity="high", time_zone=NEW_YORK)
        assert Rehearsal(asking).due("first_response") == new_york("2026-07-06 12:00")

    def test_only_ownbackup_recategorizes(self) -> None:
        asking = ticket("ownbackup", new_york("2026-06-15 10:00"), plan="standard", severity="low", time_zone=NEW_YORK)
        told = Rehearsal(asking).tell("severity_changed", new_york("2026-06-15 11:00"), severity="high", by="customer")
        assert told.state.severity == "low"
        told.tell("severity_changed", new_york("2026-06-15 11:05"), severity="high")
        assert told.due("first_response") == new_york("2026-06-15 14:00")

    def test_silence_is_not_mentioned(self) -> None:
        asking = ticket("ownbackup", new_york("2026-06-15 10:00"), plan="premier", time_zone=NEW_YORK)
        told = Rehearsal(asking).tell("agent_replied", new_york("2026-06-15 10:30"))
        told.advance(new_york("2026-12-15 10:30"))
        assert (told.state.status, told.state.follow_ups) == (Status.PENDING, 0)


class TestVeeam:
    def test_three_attempts_on_separate_business_days_then_closed(self) -> None:
        """Answered on Thursday evening: attempts on Friday, Monday and Tuesday, closed on Wednesday."""
        told = Rehearsal(veeam("2026-06-11 15:00")).tell("agent_replied", new_york("2026-06-11 19:00"))
        told.advance(new_york("2026-07-01 10:00"))
        attempts = [entry.due_at for entry in told.told(What.FOLLOW_UP)]
        assert attempts == [new_york(f"2026-06-{day} 19:00") for day in (12, 15, 16)]
        assert told.state.closing is not None
        assert told.state.closing.at == new_york("2026-06-17 19:00")

    def test_a_new_case_names_the_old_one(self) -> None:
        told = Rehearsal(veeam("2026-06-11 15:00", follows="T-0"))
        assert told.state.terms.replies.closed is AfterClose.NEW_CASE
        assert told.told(What.OPENED)[0].detail == "follows T-0"

    @pytest.mark.parametrize("plan", ["premier", "production", "vcsp-production", "basic", "evaluation"])
    def test_only_administrators_and_partners_open_cases(self, plan: str) -> None:
        for role in ("case-administrator", "license-administrator", "support-partner"):
            admit(LIBRARY.load("veeam"), veeam("2026-06-11 15:00", plan, customer={**ADMINISTRATOR, "role": role}))
        assert "customer.role" in refusal(veeam("2026-06-11 15:00", plan, customer={"email": "kim@customer.example"}))

    @pytest.mark.parametrize(
        ("plan", "channel", "allowed"),
        [
            ("premier", "sam", True),
            ("production", "sam", False),
            ("basic", "phone", True),
            ("free", "phone", False),
            ("free", "email", True),
            ("general-inquiry", "phone", False),
        ],
    )
    def test_channels(self, plan: str, channel: str, allowed: bool) -> None:
        asking = veeam("2026-06-11 15:00", plan, channel=channel)
        if allowed:
            admit(LIBRARY.load("veeam"), asking)
        else:
            assert f"there is no '{channel}'" in refusal(asking)

    def test_a_customer_asks_for_a_manager(self) -> None:
        told = Rehearsal(veeam("2026-06-11 15:00")).tell("agent_replied", new_york("2026-06-11 16:00"), awaiting="us")
        told.tell("escalation_requested", new_york("2026-06-11 17:00"), reason="too slow").advance(
            new_york("2026-06-11 17:01")
        )
        assert told.sent[-1].to == "manager@veeam.example"
        assert "too slow" in told.sent[-1].body

    def test_the_customer_may_change_the_severity(self) -> None:
        told = Rehearsal(veeam("2026-06-12 10:00", severity="4"))
        told.tell("severity_changed", new_york("2026-06-12 11:00"), severity="1", by="customer")
        assert told.due("first_response") == new_york("2026-06-12 12:00")

    def test_tells_when_an_issue_is_resolved(self) -> None:
        told = Rehearsal(veeam("2026-06-12 10:00")).tell("agent_replied", new_york("2026-06-12 11:00"), solution=True)
        told.advance(new_york("2026-06-12 11:01"))
        assert told.sent[-1].subject == "[T-1] Resolved: Restore fails"


class TestKasten:
    def test_priority_four_has_a_business_day_even_round_the_clock(self) -> None:
        asking = ticket("kasten", new_york("2026-06-13 11:00"), plan="premium", severity="p4", time_zone=NEW_YORK)
        assert Rehearsal(asking).due("first_response") == new_york("2026-06-16 08:00")

    def test_an_evaluation_lasts_thirty_days(self) -> None:
        known = {"registered_on": "2026-06-01"}
        facts = {"plan": "evaluation", "entitlement": known, "time_zone": NEW_YORK}
        admit(LIBRARY.load("kasten"), ticket("kasten", new_york("2026-06-30 23:59"), **facts))
        assert "ended on 2026-06-30" in refusal(ticket("kasten", new_york("2026-07-01 00:00"), **facts))

    def test_a_contract_that_ended_covers_nothing(self) -> None:
        known = {"expires_on": "2026-06-30"}
        facts = {"plan": "basic", "entitlement": known, "time_zone": NEW_YORK}
        assert "the plan ended on 2026-06-30" in refusal(ticket("kasten", new_york("2026-07-01 00:00"), **facts))


class TestCrashPlan:
    def test_pending_four_days_then_solved_two_days_then_closed_and_a_survey(self) -> None:
        central = "America/Chicago"
        told = Rehearsal(ticket("crashplan", at("2026-06-11 15:00", central), channel="web"))
        told.tell("agent_replied", at("2026-06-11 16:00", central)).advance(at("2026-07-01 12:00", central))
        assert [entry.due_at or entry.at for entry in told.told(What.SOLVED_ON_SILENCE)] == [
            at("2026-06-15 16:00", central)
        ]
        assert told.state.closing is not None
        assert told.state.closing.at == at("2026-06-17 16:00", central)
        assert [mail.subject for mail in told.sent][-3:] == [
            "[T-1] Your ticket is marked as Solved",
            "[T-1] Closed: Restore fails",
            "[T-1] How did we do?",
        ]

    def test_a_manager_reviews_what_a_customer_escalates_as_soon_as_can_be(self) -> None:
        central = "America/Chicago"
        told = Rehearsal(ticket("crashplan", at("2026-06-11 15:00", central), channel="web"))
        told.tell("escalation_requested", at("2026-06-11 16:00", central)).advance(at("2026-06-11 16:01", central))
        assert told.sent[-1].to == "manager@crashplan.example"
        assert told.state.promise(Objective.ESCALATION_REVIEW).kind == "best_effort"

    def test_an_expired_account_is_helped(self) -> None:
        asking = ticket(
            "crashplan",
            at("2026-06-11 15:00", "America/Chicago"),
            entitlement={"expires_on": "2026-01-01"},
            severity="urgent",
        )
        admit(LIBRARY.load("crashplan"), asking)


class TestAcronis:
    def test_the_word_resolved_closes_the_case(self) -> None:
        told = Rehearsal(ticket("acronis", at("2011-02-07 09:00", SINGAPORE), plan="trial", severity="a"))
        told.tell("agent_replied", at("2011-02-07 10:00", SINGAPORE))
        told.tell("customer_replied", at("2011-02-11 10:00", SINGAPORE), text="Resolved.\n\n> We are following up")
        assert told.state.status is Status.CLOSED
        assert told.state.closing is not None
        assert told.state.closing.by == "customer"

    def test_any_other_word_goes_on_with_the_case(self) -> None:
        told = Rehearsal(ticket("acronis", at("2011-02-07 09:00", SINGAPORE), plan="trial", severity="a"))
        told.tell("agent_replied", at("2011-02-07 10:00", SINGAPORE))
        told.tell("customer_replied", at("2011-02-11 10:00", SINGAPORE), text="Not resolved, it still crashes.")
        assert told.state.status is Status.OPEN

    @pytest.mark.parametrize(("when", "covered"), [("2011-08-20 23:30", True), ("2011-08-21 00:30", False)])
    def test_the_day_of_expiry_is_covered(self, when: str, covered: bool) -> None:
        known = {"expires_on": "2011-08-20"}
        asking = ticket("acronis", at(when, SINGAPORE), plan="advantage-standard", entitlement=known)
        if covered:
            admit(LIBRARY.load("acronis"), asking)
        else:
            assert "the plan ended on 2011-08-20" in refusal(asking)

    @pytest.mark.parametrize("plan", ["customer-service", "trial"])
    def test_no_telephone_without_a_paid_plan(self, plan: str) -> None:
        asking = ticket("acronis", at("2011-02-07 09:00", SINGAPORE), plan=plan, channel="phone")
        assert "there is no 'phone'; there is email, chat" in refusal(asking)

    def test_every_request_has_its_case_number(self) -> None:
        told = Rehearsal(ticket("acronis", at("2011-02-07 09:00", SINGAPORE), plan="trial"))
        told.advance(at("2011-02-07 09:01", SINGAPORE))
        assert "Case Number T-1" in told.sent[0].body
