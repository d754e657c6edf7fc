"""Every number that the five documents print: plan by plan, severity by severity, channel by channel."""

import pytest
from rehearsal import Rehearsal, at, ticket

from policies.library import VENDORS, Library
from policies.terms import make_terms
from sla.calendars.calendar import Calendar
from sla.inputs.terms import Objective, Target, Terms

MONDAY = at("2026-06-15 10:00", "America/New_York")
ROUND_THE_CLOCK = "round the clock"


def terms(policy: str, plan: str, channel: str = "email") -> Terms:
    asking = ticket(policy, MONDAY, plan=plan, channel=channel, time_zone="America/New_York")
    return make_terms(Library().load(policy), asking, MONDAY)


def promised(made: Terms, severity: str, objective: Objective) -> str:
    """What is promised, in the policy's words, and when it counts."""
    promise = made.promise(severity, objective)
    if not isinstance(promise, Target):
        return promise.kind
    return f"{promise.duration.said}, {counted(made, promise)}"


def counted(made: Terms, target: Target) -> str:
    """The hours of a Wednesday on the target's calendar; the day before and after it tell a weekend."""
    calendar = Calendar.of(made.calendars[target.calendar])
    wednesday, sunday = calendar.day_start(MONDAY, 2), calendar.day_start(MONDAY, 6)
    if calendar.is_open(sunday) and calendar.is_open(wednesday):
        return ROUND_THE_CLOCK
    assert calendar.next_open(sunday) > calendar.day_start(sunday, 1), "no vendor works on Sundays but round the clock"
    opens = calendar.local(calendar.next_open(wednesday))
    closes = calendar.local(calendar.close_of_business_day(wednesday, 0))
    return f"{opens:%H:%M}-{closes:%H:%M}"


# fmt: off
FIRST_RESPONSE: dict[tuple[str, str, str], tuple[str, ...]] = {
    # NovaStor: one kind of request
    ("novastor", "free-trial", "web"): ("1 business day, 09:00-17:00",),
    ("novastor", "novacare", "phone"): ("not_stated",),
    ("novastor", "subscription", "web"): ("not_stated",),
    ("novastor", "per-incident", "phone"): ("3 business hours, 09:00-17:00",),
    ("novastor", "xsp", "web"): ("1 business day, 09:00-17:00",),
    ("novastor", "xsp", "phone"): ("3 business hours, 09:00-17:00",),
    ("novastor", "maintenance", "email"): ("not_stated",),
    ("novastor", "restore", "phone"): ("not_stated",),
    ("novastor", "partner", "email"): ("not_stated",),
    ("novastor", "no-plan", "email"): ("not_stated",),
    # OwnBackup: high, medium, low
    ("ownbackup", "standard", "email"): (
        "4 business hours, 09:00-18:00", "1 business day (9 business hours), 09:00-18:00",
        "2 business days (18 business hours), 09:00-18:00",
    ),
    ("ownbackup", "premier", "email"): tuple(f"{said}, {ROUND_THE_CLOCK}" for said in ("1 hour", "4 hours", "8 hours")),
    # Veeam: severity 1 to 4
    ("veeam", "premier", "sam"): (f"30 minutes, {ROUND_THE_CLOCK}",) * 4,
    ("veeam", "production", "web"): tuple(f"{said}, {ROUND_THE_CLOCK}" for said in ("1 hour", "3 hours", "6 hours", "8 hours")),
    ("veeam", "vcsp-production", "web"): tuple(f"{said}, {ROUND_THE_CLOCK}" for said in ("1 hour", "3 hours", "6 hours", "8 hours")),
    ("veeam", "basic", "web"): tuple(f"{hours} business hours, 08:00-20:00" for hours in (2, 8, 12, 24)),
    ("veeam", "evaluation", "web"): ("none", *(f"{hours} business hours, 08:00-17:00" for hours in (8, 12, 24))),
    ("veeam", "free", "email"): ("none", "best_effort", "best_effort", "best_effort"),
    ("veeam", "general-inquiry", "web"): ("none",) * 4,
    # Kasten: P1 to P4
    ("kasten", "premium", "web"): (
        *(f"{said}, {ROUND_THE_CLOCK}" for said in ("1 hour", "2 hours", "6 hours")), "1 business day, 08:00-17:00",
    ),
    ("kasten", "basic", "web"): tuple(
        f"{said}, 08:00-17:00" for said in ("2 business hours", "4 business hours", "1 business day", "2 business days")
    ),
    ("kasten", "evaluation", "web"): ("not_stated",) * 4,
    # CrashPlan: urgent, high, normal, low
    ("crashplan", "small-business", "web"): ("not_stated",) * 4,
    # Acronis: severity A to D
    ("acronis", "customer-service", "email"): ("1 business day, 09:00-17:00", *("not_stated",) * 3),
    ("acronis", "customer-service", "chat"): ("2 business minutes, 09:00-17:00", *("not_stated",) * 3),
    ("acronis", "trial", "email"): ("3 business days, 09:00-17:00", *("not_stated",) * 3),
    ("acronis", "trial", "chat"): ("2 business minutes, 09:00-17:00", *("not_stated",) * 3),
    ("acronis", "pay-per-incident", "email"): ("1 business day, 09:00-17:00", *("not_stated",) * 3),
    ("acronis", "pay-per-incident", "chat"): (f"2 minutes, {ROUND_THE_CLOCK}", *("not_stated",) * 3),
    ("acronis", "pay-per-incident", "phone"): (f"2 minutes, {ROUND_THE_CLOCK}", *("not_stated",) * 3),
    ("acronis", "advantage-premier", "email"): (f"1 day, {ROUND_THE_CLOCK}", *("not_stated",) * 3),
    ("acronis", "advantage-premier", "chat"): (f"2 minutes, {ROUND_THE_CLOCK}", *("not_stated",) * 3),
    ("acronis", "advantage-premier", "phone"): (f"2 minutes, {ROUND_THE_CLOCK}", *("not_stated",) * 3),
    ("acronis", "advantage-standard", "email"): ("not_stated",) * 4,
}

UPDATE: dict[tuple[str, str, str], tuple[str, ...]] = {
    ("ownbackup", "standard", "email"): FIRST_RESPONSE["ownbackup", "standard", "email"],
    ("ownbackup", "premier", "email"): tuple(f"{said}, {ROUND_THE_CLOCK}" for said in ("2 hours", "12 hours", "24 hours")),
    ("crashplan", "small-business", "web"): ("1 business day, 08:00-17:00",) * 4,
}
# fmt: on


@pytest.mark.parametrize(("policy", "plan", "channel"), FIRST_RESPONSE)
def test_first_response(policy: str, plan: str, channel: str) -> None:
    made = terms(policy, plan, channel)
    told = tuple(promised(made, severity, Objective.FIRST_RESPONSE) for severity in made.promises)
    assert told == FIRST_RESPONSE[policy, plan, channel]


@pytest.mark.parametrize(("policy", "plan", "channel"), UPDATE)
def test_updates(policy: str, plan: str, channel: str) -> None:
    made = terms(policy, plan, channel)
    told = tuple(promised(made, severity, Objective.UPDATE) for severity in made.promises)
    assert told == UPDATE[policy, plan, channel]


@pytest.mark.parametrize("policy", [path.stem for path in VENDORS.glob("*.yaml")])
def test_the_table_above_leaves_no_plan_and_no_promise_out(policy: str) -> None:
    spec = Library().load(policy)
    shown = {plan for name, plan, _ in FIRST_RESPONSE if name == policy}
    assert shown == set(spec.plans)
    for name, plan in spec.plans.items():
        objectives = {objective for row in plan.targets.values() for objective in row}
        elsewhere = {Objective.ACKNOWLEDGEMENT} if policy == "acronis" else set[Objective]()
        elsewhere |= {Objective.RESOLUTION} if name == "restore" else set[Objective]()
        with_updates = {Objective.UPDATE} if any(each == policy for each, _, _ in UPDATE) else set[Objective]()
        assert objectives == {Objective.FIRST_RESPONSE} | with_updates | elsewhere, name


@pytest.mark.parametrize("channel", ["phone", "chat"])
@pytest.mark.parametrize("severity", ["a", "b", "c", "d"])
@pytest.mark.parametrize("plan", ["pay-per-incident", "advantage-premier"])
def test_acronis_acknowledges_a_call_or_a_chat_at_once(plan: str, severity: str, channel: str) -> None:
    told = Rehearsal(ticket("acronis", MONDAY, plan=plan, severity=severity, channel=channel))
    view = told.clock(Objective.ACKNOWLEDGEMENT)
    assert (view.state, view.stopped_at) == ("met", MONDAY)


def test_acronis_states_no_acknowledgement_by_mail() -> None:
    assert promised(terms("acronis", "advantage-premier"), "a", Objective.ACKNOWLEDGEMENT) == "not_stated"


def test_novastor_promises_no_more_than_its_best_for_a_restore() -> None:
    assert promised(terms("novastor", "restore", "phone"), "normal", Objective.RESOLUTION) == "best_effort"
