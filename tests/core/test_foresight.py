"""What a policy promises, asked before anything has happened: due instants, why, and in sentences."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from harness import POLICIES
from rehearsal import LIBRARY, Rehearsal, at, ticket

from policies.library import read_policy
from policies.terms import extend_terms, make_terms
from sla.engine.simulator import ENDLESS, far_enough, rehearse
from sla.inputs.event import EVENTS
from sla.inputs.terms import Objective, Target
from sla.state.state import State, Status
from sla.state.timeline import What
from sla.views.explanation import account, asked
from sla.views.forecast import Foresight, Outlook, awaited, begun, foresee, segments
from sla.views.wording import entry_text

NY, SINGAPORE, CHICAGO = "America/New_York", "Asia/Singapore", "America/Chicago"
FRIDAY = at("2026-06-12 16:30", NY)


def seen(policy: str, opened: datetime, answered: datetime | None = None, **fields: Any) -> Foresight:
    asking = ticket(policy, opened, **fields)
    terms = make_terms(LIBRARY.load(policy), asking, opened)
    return far_enough(terms, asking, extend_terms, lambda known: foresee(known, asking, answered))


def outlook(objective: str, policy: str, opened: datetime, answered: datetime | None = None, **fields: Any) -> Outlook:
    found = seen(policy, opened, answered, **fields).objectives
    return next(each for each in found if each.objective == objective)


def state(policy: str, opened: datetime, answered: datetime | None = None, **fields: Any) -> State:
    asking = ticket(policy, opened, **fields)
    return begun(make_terms(LIBRARY.load(policy), asking, opened), asking, answered)


def told(objective: str, policy: str, opened: datetime, answered: datetime | None = None, **fields: Any) -> str:
    return " ".join(account(state(policy, opened, answered, **fields), Objective(objective)))


OWNBACKUP: dict[str, Any] = {"plan": "standard", "severity": "high", "time_zone": NY}
PROSPECT_HIGH: dict[str, Any] = {"severity": "high"}


@pytest.mark.parametrize(
    ("objective", "policy", "opened", "due", "fields"),
    [
        ("first_response", "ownbackup", FRIDAY, at("2026-06-15 11:30", NY), OWNBACKUP),
        ("first_response", "ownbackup", FRIDAY, at("2026-06-12 17:30", NY), {**OWNBACKUP, "plan": "premier"}),
        ("update", "crashplan", at("2026-06-13 12:00", CHICAGO), at("2026-06-15 17:00", CHICAGO), {}),
        (
            "first_response",
            "acronis",
            at("2026-06-12 16:30", SINGAPORE),
            at("2026-06-17 16:30", SINGAPORE),
            {"plan": "trial", "severity": "a", "channel": "email"},
        ),
        (
            "first_response",
            "acronis",
            at("2026-06-12 16:59", SINGAPORE),
            at("2026-06-15 09:01", SINGAPORE),
            {"plan": "trial", "severity": "a", "channel": "chat"},
        ),
        ("first_response", "prospect", at("2026-07-02 14:59:59", NY), at("2026-07-02 16:59:59", NY), {}),
        ("first_response", "prospect", at("2026-07-02 15:00", NY), at("2026-07-06 11:00", NY), {}),
        ("first_response", "prospect", at("2026-06-12 16:00", NY), at("2026-06-12 16:30", NY), {"severity": "low"}),
        ("first_response", "prospect", at("2026-10-31 22:00", NY), at("2026-11-01 06:00"), {"severity": "low"}),
        ("workaround", "prospect", at("2026-06-12 15:30", NY), at("2026-06-15 09:00", NY), {"severity": "low"}),
        ("workaround", "prospect", at("2026-06-12 14:30", NY), at("2026-06-12 16:30", NY), {"severity": "low"}),
        ("resolution", "prospect", at("2026-12-22 16:00", NY), at("2026-12-24 12:00", NY), {"severity": "high"}),
    ],
)
def test_due_instants_are_those_worked_out_by_hand(
    objective: str, policy: str, opened: datetime, due: datetime, fields: dict[str, Any]
) -> None:
    assert outlook(objective, policy, opened, **fields).due_at == due


def test_local_instants_carry_the_offset_of_the_calendar_that_counts() -> None:
    found = outlook("first_response", "ownbackup", FRIDAY, **OWNBACKUP)
    assert found.due_local == "2026-06-15T11:30:00-04:00"
    assert [mark.at_local for mark in found.thresholds] == [
        "2026-06-15T10:30:00-04:00",
        "2026-06-15T11:30:00-04:00",
        "2026-06-15T12:30:00-04:00",
    ]


def test_warnings_the_breach_and_escalations_stand_in_order() -> None:
    found = outlook("first_response", "prospect", at("2026-06-15 09:00", NY), **PROSPECT_HIGH)
    assert [(mark.what, mark.tell, mark.at) for mark in found.thresholds] == [
        ("warning", "lead", at("2026-06-15 11:00", NY)),
        ("warning", "lead", at("2026-06-15 12:30", NY)),
        ("breach", "manager", at("2026-06-15 13:00", NY)),
        ("escalation", "manager", at("2026-06-15 14:00", NY)),
    ]
    assert len({mark.key for mark in found.thresholds}) == 4


def test_every_objective_that_the_plan_states_is_there_each_absence_as_its_kind() -> None:
    kinds = {each.objective.value: each.kind for each in seen("prospect", FRIDAY).objectives}
    assert kinds == {
        "first_response": "target",
        "update": "none",
        "workaround": "best_effort",
        "resolution": "not_stated",
        "escalation_review": "target",
    }


def test_an_absence_has_neither_target_nor_due_instant() -> None:
    found = outlook("update", "prospect", FRIDAY)
    assert (found.target, found.due_at, found.due_local, found.thresholds, found.explanation) == (
        None, None, None, (), (),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("objective", "severity", "begins"),
    [
        ("update", "high", "when first_response is met"),
        ("next_response", "high", "when the customer writes again"),
        ("escalation_review", "high", "when the customer asks to escalate"),
        ("agent_work", "low", "when first_response is met"),
    ],
)
def test_what_does_not_begin_at_the_opening_says_after_what_it_begins(
    objective: str, severity: str, begins: str
) -> None:
    found = outlook(objective, "prospect", FRIDAY, severity=severity)
    assert (found.due_at, found.begins) == (None, begins)


def test_a_clock_that_waits_for_a_description_says_so() -> None:
    found = outlook("workaround", "prospect", FRIDAY, severity="high", missing=("description",))
    assert (found.due_at, found.begins) == (None, "when the description is complete")


def test_an_answer_begins_the_clocks_that_wait_for_it() -> None:
    answered = at("2026-06-15 10:00", NY)
    update = outlook("update", "prospect", FRIDAY, answered, **PROSPECT_HIGH)
    assert (update.begins, update.due_at) == (None, at("2026-06-16 10:00", NY))
    work = outlook("agent_work", "prospect", FRIDAY, answered, severity="low")
    assert work.due_at == at("2026-06-17 10:00", NY)


@pytest.mark.parametrize(("seconds", "verdict"), [(-1, "met"), (0, "met"), (1, "missed")])
def test_the_first_response_is_judged_to_the_second(seconds: int, verdict: str) -> None:
    answered = at("2026-06-15 11:30", NY) + timedelta(seconds=seconds)
    assert outlook("first_response", "ownbackup", FRIDAY, answered, **OWNBACKUP).verdict == verdict


def test_a_resolution_runs_on_after_an_answer() -> None:
    opened = at("2026-06-15 09:00", NY)
    before = outlook("resolution", "prospect", opened, **PROSPECT_HIGH)
    after = outlook("resolution", "prospect", opened, opened + timedelta(hours=1), **PROSPECT_HIGH)
    assert before.due_at == after.due_at == at("2026-06-17 09:00", NY)


def test_a_promise_at_once_is_met_at_once() -> None:
    found = outlook("acknowledgement", "prospect", FRIDAY, severity="low")
    assert (found.due_at, found.verdict, found.explanation) == (FRIDAY, "met", ())


def test_the_explanation_tiles_the_time_and_sums_to_the_target() -> None:
    opened = at("2026-07-02 16:00", NY)
    found = outlook("first_response", "prospect", opened, **PROSPECT_HIGH)
    assert [(each.counted_seconds, each.why) for each in found.explanation] == [
        (3600, "open"),
        (0, "closed"),
        (0, "Independence Day (observed)"),
        (0, "Independence Day"),
        (0, "closed"),
        (10800, "open"),
    ]
    assert found.explanation[0].start == opened
    assert found.explanation[-1].end == found.due_at
    assert all(one.end == other.start for one, other in zip(found.explanation, found.explanation[1:], strict=False))


@pytest.mark.parametrize("hour", range(0, 24 * 9, 5))
def test_business_hours_always_sum_to_the_target(hour: int) -> None:
    opened = at("2026-12-22 00:00", NY) + timedelta(hours=hour, seconds=7)
    for severity, target in (("high", 4), ("slow", 40)):
        found = outlook("first_response", "prospect", opened, severity=severity)
        assert sum(each.counted_seconds for each in found.explanation) == target * 3600
        assert (found.explanation[0].start, found.explanation[-1].end) == (opened, found.due_at)


def test_elapsed_time_counts_through_a_clock_change() -> None:
    found = outlook("workaround", "prospect", at("2026-10-31 23:00", NY), **PROSPECT_HIGH)
    assert [(each.counted_seconds, each.why) for each in found.explanation] == [
        (10800, "elapsed"),
        (0, "clock change"),
        (10800, "elapsed"),
    ]


def test_a_hard_cut_off_waits_for_the_next_business_day_and_counts_from_there() -> None:
    found = outlook("first_response", "prospect", at("2026-06-12 16:00", NY))
    assert [(each.counted_seconds, each.why) for each in found.explanation] == [(0, "cut-off"), (7200, "open")]


def test_a_soft_cut_off_counts_at_once_and_waits_at_the_end() -> None:
    found = outlook("workaround", "prospect", at("2026-06-12 16:00", NY), severity="low")
    assert [(each.counted_seconds, each.why) for each in found.explanation] == [(7200, "elapsed"), (0, "cut-off")]


def test_a_pause_stands_in_the_explanation() -> None:
    opened = at("2026-06-15 09:00", NY)
    story = Rehearsal(ticket("prospect", opened, severity="high"))
    story.tell("put_on_hold", at("2026-06-15 11:00", NY)).tell("resumed", at("2026-06-15 13:00", NY))
    clock = next(each for each in story.state.clocks if each.objective is Objective.WORKAROUND)
    target = story.state.promise(Objective.WORKAROUND)
    assert isinstance(target, Target)
    found = segments(clock, target, story.state.calendar)
    assert [(each.counted_seconds, each.why) for each in found] == [
        (7200, "elapsed"),
        (0, "paused"),
        (14400, "elapsed"),
    ]
    assert found[-1].end == at("2026-06-15 17:00", NY)


def test_without_a_contact_the_plans_own_calendar_counts() -> None:
    around: dict[str, Any] = {"severity": "high", "round_the_clock": True}
    assert outlook("first_response", "prospect", FRIDAY, **around).due_at == at("2026-06-12 20:30", NY)
    alone = outlook("first_response", "prospect", FRIDAY, **around, contact=False)
    assert alone.due_at == at("2026-06-15 12:30", NY)
    assert [(each.counted_seconds, each.why) for each in alone.explanation] == [
        (1800, "open"), (0, "closed"), (12600, "open"),
    ]  # fmt: skip


def test_what_lies_past_the_calendars_is_asked_of_longer_ones() -> None:
    asking = ticket("prospect", FRIDAY, severity="slow")
    terms = make_terms(LIBRARY.load("prospect"), asking, FRIDAY)
    short = {
        name: each.model_copy(update={"end": datetime(2026, 6, 14, tzinfo=UTC)})
        for name, each in terms.calendars.items()
    }
    cut = terms.model_copy(update={"calendars": short})
    made = far_enough(cut, asking, extend_terms, lambda known: foresee(known, asking))
    assert made == foresee(terms, asking)


COUNTED_AT_THE_OPENING = [
    (
        "prospect", at("2026-06-15 09:00", NY), {"severity": "high", "objective": "resolution"},
        "The business days that count are Tuesday 16 June and Wednesday 17 June. "
        "It is due on Wednesday 17 June 2026 at 09:00 EDT.",
    ),
    (
        "prospect", at("2026-06-11 06:00", NY), {"severity": "high", "objective": "resolution"},
        "We were closed then, so counting begins when we open, on Thursday 11 June at 09:00. The business days that "
        "count are Friday 12 June and Monday 15 June. Saturday 13 June and Sunday 14 June are outside our hours. "
        "It is due on Monday 15 June 2026 at 09:00 EDT.",
    ),
    (
        "kasten", at("2026-06-12 08:00", NY), {"plan": "premium", "severity": "p4", "time_zone": NY},
        "The business day that counts is Monday 15 June. Saturday 13 June and Sunday 14 June are outside our hours. "
        "It is due on Monday 15 June 2026 at 08:00 EDT.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "opened", "fields", "end"), COUNTED_AT_THE_OPENING)
def test_a_business_day_that_is_over_when_we_open_is_not_called_closed(
    policy: str, opened: datetime, fields: dict[str, Any], end: str
) -> None:
    objective = fields.get("objective", "first_response")
    asking = {key: value for key, value in fields.items() if key != "objective"}
    assert told(objective, policy, opened, **asking).endswith(end)


@pytest.mark.parametrize(
    "hours",
    ["{mon-fri: 00:00-24:00}", "{from: mon 00:00 America/New_York, to: sat 00:00 America/New_York}"],
)
def test_a_business_day_that_is_over_at_midnight_is_the_one_that_begins(hours: str, tmp_path: Path) -> None:
    text = (POLICIES / "prospect.yaml").read_text(encoding="utf-8")
    given = "hours: {mon-fri: 09:00-17:00}"
    assert text.count(given) == 1
    file = tmp_path / "prospect.yaml"
    file.write_text(text.replace(given, f"hours: {hours}"), encoding="utf-8")
    opened = at("2026-06-11 00:00", NY)
    asking = ticket("prospect", opened, severity="high")
    said = " ".join(account(begun(make_terms(read_policy(file), asking, opened), asking), Objective.RESOLUTION))
    assert said.endswith(
        "The business days that count are Friday 12 June and Monday 15 June. Saturday 13 June and Sunday 14 June are "
        "outside our hours. It is due on Monday 15 June 2026 at 00:00 EDT."
    )


def test_a_clock_for_which_nothing_is_awaited_begins_with_our_next_message() -> None:
    answered = state("prospect", FRIDAY, FRIDAY, **PROSPECT_HIGH).evolve(clocks=())
    assert account(answered, Objective.UPDATE) == (
        "We promise an update within 1 business day.",
        "A first answer was given, and that time begins with our next message.",
    )
    assert awaited(answered, Objective.UPDATE) == ()


@pytest.mark.parametrize(
    ("answered", "told_before"),
    [
        (None, ["warning", "breach", "escalation"]),
        ("2026-06-15 10:29", []),
        ("2026-06-15 10:30", ["warning"]),
        ("2026-06-15 12:00", ["warning", "breach"]),
        ("2026-06-15 12:30", ["warning", "breach", "escalation"]),
    ],
)
def test_a_clock_that_stopped_tells_nothing_more(answered: str | None, told_before: list[str]) -> None:
    found = outlook("first_response", "ownbackup", FRIDAY, at(answered, NY) if answered else None, **OWNBACKUP)
    assert [mark.what for mark in found.thresholds] == told_before
    assert found.due_at == at("2026-06-15 11:30", NY)


def test_what_is_met_at_the_opening_is_told_to_nobody() -> None:
    assert outlook("acknowledgement", "prospect", FRIDAY, severity="low").thresholds == ()


def test_escalations_by_age_are_those_of_the_severity() -> None:
    low: dict[str, Any] = {**OWNBACKUP, "severity": "low"}
    found = [seen("ownbackup", FRIDAY, **OWNBACKUP).ages, seen("ownbackup", FRIDAY, **low).ages]
    assert [[(each.age, each.at_local, each.tell) for each in ages] for ages in found] == [
        [("1 business day (9 business hours)", "2026-06-15T16:30:00-04:00", "tier-2")],
        [("3 business days (27 business hours)", "2026-06-17T16:30:00-04:00", "tier-2")],
    ]
    assert seen("prospect", FRIDAY).ages == ()


SENTENCES = [
    (
        "first_response", FRIDAY, {**OWNBACKUP, "policy": "ownbackup"},
        "We promise a first answer within 4 business hours. Our hours are Monday to Friday 09:00–18:00 "
        "(America/New_York time). 1 hour 30 minutes on Friday 12 June and 2 hours 30 minutes on Monday 15 June count. "
        "Saturday 13 June and Sunday 14 June are outside our hours. It is due on Monday 15 June 2026 at 11:30 EDT.",
    ),
    (
        "first_response", at("2026-06-13 10:00", NY), {"severity": "high"},
        "We promise a first answer within 4 business hours. Our hours are Monday to Friday 09:00–17:00 "
        "(America/New_York time). We were closed then, so counting begins when we open, on Monday 15 June at 09:00. "
        "4 hours on Monday 15 June count. Sunday 14 June is outside our hours. "
        "It is due on Monday 15 June 2026 at 13:00 EDT.",
    ),
    (
        "first_response", at("2026-06-12 16:00", NY), {},
        "We promise a first answer within 2 business hours. Our hours are Monday to Friday 09:00–17:00 "
        "(America/New_York time). What comes after 15:00 counts from the opening of the next business day, "
        "Monday 15 June 2026 at 09:00 EDT. 2 hours on Monday 15 June count. "
        "It is due on Monday 15 June 2026 at 11:00 EDT.",
    ),
    (
        "first_response", at("2026-06-12 20:00", NY), {"severity": "low"},
        "We promise a first answer within 4 hours. You asked outside our hours; in our hours it would be 30 minutes. "
        "This time runs on through nights, weekends and holidays. It is due on Saturday 13 June 2026 at 00:00 EDT.",
    ),
    (
        "workaround", at("2026-06-12 15:30", NY), {"severity": "low"},
        "We promise a way around the problem within 2 hours. This time runs on through nights, weekends and holidays. "
        "What comes after 15:00 is not due before the opening of the next business day, "
        "Monday 15 June 2026 at 09:00 EDT. It is due on Monday 15 June 2026 at 09:00 EDT.",
    ),
    (
        "resolution", at("2026-12-22 16:00", NY), {"severity": "high"},
        "We promise a solution within 2 business days. A business day lasts to the same time of day on the next day "
        "that we are open. Our hours are Monday to Friday 09:00–17:00 (America/New_York time). The business days that "
        "count are Wednesday 23 December and Thursday 24 December. On Thursday 24 December we are not open at 16:00, "
        "so it is due when we close. On Thursday 24 December we keep special hours: Christmas Eve. "
        "It is due on Thursday 24 December 2026 at 12:00 EST.",
    ),
    (
        "resolution", at("2026-06-12 18:00", NY), {"severity": "low"},
        "We promise a solution within 2 business days by close. A business day lasts to the close of that day, "
        "whatever time it is when it begins. Our hours are Monday to Friday 09:00–17:00 (America/New_York time). "
        "The business days that count are Monday 15 June and Tuesday 16 June. Saturday 13 June and Sunday 14 June "
        "are outside our hours. It is due on Tuesday 16 June 2026 at 17:00 EDT.",
    ),
    ("update", FRIDAY, {}, "We promise no time for an update."),
    (
        "workaround", FRIDAY, {},
        "We do our best to give you a way around the problem soon; no time is promised for it.",
    ),
    ("resolution", FRIDAY, {}, "Our terms of support do not state a time for a solution."),
    (
        "update", FRIDAY, {"severity": "high"},
        "We promise an update within 1 business day. That time begins when you have a first answer.",
    ),
    (
        "acknowledgement", FRIDAY, {"severity": "low"},
        "We promise a confirmation that one of us has your request in hand at once. "
        "It is given as soon as your request is taken.",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("objective", "opened", "fields", "sentences"), SENTENCES)
def test_the_account_is_exact(objective: str, opened: datetime, fields: dict[str, Any], sentences: str) -> None:
    policy = fields.get("policy", "prospect")
    assert (
        told(objective, policy, opened, **{key: each for key, each in fields.items() if key != "policy"}) == sentences
    )


def test_the_account_names_holidays_and_special_hours_in_order() -> None:
    said = told("first_response", "prospect", at("2026-12-23 16:00", NY), severity="slow")
    assert "From Wednesday 23 December to Monday 4 January, 40 hours count, on 7 days." in said
    order = ["special hours: Christmas Eve", "Christmas Day", "Saturday 26 December", "New Year's Day", "2 January"]
    assert [said.index(part) for part in order] == sorted(said.index(part) for part in order)


@pytest.mark.parametrize(
    ("opened", "word"), [(at("2026-10-31 23:00", NY), "back"), (at("2026-03-07 23:00", NY), "forward")]
)
def test_the_account_tells_of_a_clock_change(opened: datetime, word: str) -> None:
    assert f"the clocks are put {word} by 1 hour." in told("workaround", "prospect", opened, severity="high")


@pytest.mark.parametrize(
    ("answered", "verdict"),
    [
        (at("2026-06-15 11:00", NY), "on Monday 15 June 2026 at 11:00 EDT, 30 minutes before it was due: in time."),
        (at("2026-06-15 11:30:05", NY), "at 11:30:05 EDT, 5 seconds after it was due: too late."),
    ],
)
def test_the_account_tells_whether_an_answer_was_in_time(answered: datetime, verdict: str) -> None:
    assert told("first_response", "ownbackup", FRIDAY, answered, **OWNBACKUP).endswith(verdict)


def test_the_account_begins_with_when_the_customer_asked() -> None:
    assert asked(state("prospect", FRIDAY)) == "You asked on Friday 12 June 2026 at 16:30 EDT."


# The driver


def script(*events: tuple[str, datetime, dict[str, Any]]) -> list[Any]:
    return [
        EVENTS[name].model_validate({"id": f"e{number}", "at": when, **fields})
        for number, (name, when, fields) in enumerate(events)
    ]


def lived(policy: str, opened: datetime, *events: tuple[str, datetime, dict[str, Any]], **fields: Any) -> Any:
    asking = ticket(policy, opened, **fields)
    terms = make_terms(LIBRARY.load(policy), asking, opened)
    return rehearse(asking, terms, script(*events), None, extend_terms)


def test_a_rehearsal_goes_on_until_nothing_is_due() -> None:
    opened = at("2026-06-15 09:00", NY)
    life = lived("prospect", opened, ("agent_replied", at("2026-06-15 10:00", NY), {}))
    assert life.state.status is Status.CLOSED
    assert life.state.closing.at == at("2026-06-18 10:00", NY)
    assert not life.endless


def test_a_rehearsal_without_an_answer_ends_when_nothing_more_is_told() -> None:
    life = lived("house", at("2026-06-15 09:00", NY), severity="low")
    assert life.state.status is Status.OPEN
    assert life.now < at("2026-06-15 09:00", NY) + ENDLESS


def test_what_is_due_at_the_instant_of_an_event_is_done_before_it() -> None:
    opened = at("2026-06-15 09:00", NY)
    life = lived("house", opened, ("agent_replied", at("2026-06-15 10:00", NY), {}), severity="high")
    whats = [entry.what for entry in life.entries]
    assert whats.index(What.BREACHED) < whats.index(What.MET)


@pytest.mark.parametrize(
    ("policy", "fields", "said"),
    [
        ("crashplan", {}, "customer replied: the ticket is closed; follow-up ticket T-1.2 begins"),
        ("ownbackup", OWNBACKUP, "customer replied: the ticket is closed; the customer is asked for a new case"),
        ("house", {}, "customer replied"),
    ],
)
def test_a_reply_to_a_closed_ticket_does_what_the_policy_says(policy: str, fields: dict[str, Any], said: str) -> None:
    closed, late = at("2026-06-15 10:00", NY), at("2026-06-16 10:00", NY)
    events = (("closed", closed, {}), ("customer_replied", late, {}))
    life = lived(policy, at("2026-06-15 09:00", NY), *events, **fields)
    line = next(entry for entry in life.entries if entry.what is What.CUSTOMER_REPLIED)
    assert entry_text(line).startswith(said)
    assert (life.state.status is Status.CLOSED) == (policy != "house")


@pytest.mark.parametrize(
    ("days", "fields", "what", "said"),
    [
        (1, {"text": "It is back"}, What.REOPENED, "reopened: it was closed"),
        (1, {"text": "Thank you!"}, What.THANKED, "thanks received (not counted): the ticket stays closed"),
        (3, {"text": "It is back"}, What.CUSTOMER_REPLIED, "customer replied: the ticket is closed; the customer is asked to call"),
    ],
)  # fmt: skip
def test_a_closed_ticket_reopens_for_as_long_as_the_policy_says(
    days: int, fields: dict[str, Any], what: What, said: str
) -> None:
    closed = at("2026-06-15 10:00")
    reply = ("customer_replied", closed + timedelta(days=days, seconds=-1), fields)
    asking = ticket("endless", at("2026-06-15 09:30"))
    terms = make_terms(LIBRARY.load("endless"), asking, asking.opened_at)
    life = rehearse(asking, terms, script(("closed", closed, {}), reply), reply[1], extend_terms)
    assert [entry_text(entry) for entry in life.entries if entry.what is what] == [said]


@pytest.mark.parametrize(
    ("severity", "last", "count"),
    [("daily", timedelta(hours=1, weeks=57), 57), ("quick", timedelta(hours=1, minutes=1999), 1999)],
)
def test_an_escalation_without_an_end_is_followed_to_a_limit(severity: str, last: timedelta, count: int) -> None:
    """57 weeks are 399 days; 2,000 steps are the breach and 1,999 reminders."""
    opened = at("2026-06-15 09:30")
    life = lived("endless", opened, severity=severity)
    assert life.endless
    assert [entry.what for entry in life.entries].count(What.REMINDED) == count
    assert life.now == opened + last


def test_an_end_that_is_given_is_kept_although_an_escalation_has_none() -> None:
    opened, until = at("2026-06-15 09:30"), at("2028-06-15 09:30")
    asking = ticket("endless", opened)
    terms = make_terms(LIBRARY.load("endless"), asking, opened)
    life = rehearse(asking, terms, (), until, extend_terms)
    assert (life.endless, life.now) == (False, until)


def test_a_closed_ticket_that_somebody_reopens_is_refused_in_the_words_of_the_desk() -> None:
    closed, late = at("2026-06-15 10:00", NY), at("2026-06-16 10:00", NY)
    life = lived("crashplan", at("2026-06-15 09:00", NY), ("closed", closed, {}), ("reopened", late, {}))
    assert entry_text(life.entries[-1]) == (
        "ignored: reopened: the ticket is closed; its policy wants a follow-up ticket, which a reply of the customer opens"
    )


def test_an_automatic_reply_to_a_closed_ticket_is_told_and_does_nothing() -> None:
    closed, late = at("2026-06-15 10:00", NY), at("2026-06-16 10:00", NY)
    events = (("closed", closed, {}), ("customer_replied", late, {"kind": "auto"}))
    life = lived("house", at("2026-06-15 09:00", NY), *events)
    assert entry_text(life.entries[-1]) == "ignored: customer_replied: the ticket is closed"
    assert life.state.status is Status.CLOSED


def test_a_long_rehearsal_keeps_every_line_of_its_timeline() -> None:
    opened = at("2026-06-15 09:00", NY)
    replies = [("customer_replied", opened + timedelta(minutes=number), {}) for number in range(700)]
    life = lived("house", opened, *replies)
    assert len(life.state.timeline) == 500
    assert [entry.what for entry in life.whole().timeline].count(What.CUSTOMER_REPLIED) == 700


def test_a_severity_that_is_not_known_is_ignored_as_the_workflow_does() -> None:
    opened = at("2026-06-15 09:00", NY)
    life = lived("house", opened, ("severity_changed", opened, {"severity": "huge"}))
    assert [entry_text(entry) for entry in life.entries if entry.what is What.IGNORED] == [
        "ignored: severity_changed: policy house, plan gold: no severity 'huge'; there is high, normal, low"
    ]


def test_a_rehearsal_over_years_makes_its_calendars_longer() -> None:
    opened, late = at("2026-06-15 09:00", NY), at("2029-06-15 09:00", NY)
    life = lived("house", opened, ("agent_replied", opened, {"awaiting": "us"}), ("customer_replied", late, {}))
    assert [entry.what for entry in life.entries].count(What.TERMS) == 1
    assert life.state.terms.calendars["office"].end > late
