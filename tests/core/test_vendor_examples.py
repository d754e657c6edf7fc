"""All the worked answers, each under the reading that the vendor's file states."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from rehearsal import Rehearsal, ticket

from policies.entitled import admit
from policies.library import Library
from sla.base.errors import NotEntitled
from sla.inputs.terms import AfterClose, Objective
from sla.inputs.ticket import Ticket
from sla.state.state import Status

EXAMPLES: dict[str, dict[str, Any]] = {
    each["id"]: each
    for each in json.loads((Path(__file__).parent / "data" / "vendor_examples.json").read_text())["examples"]
}


def start_of(example: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(example["start"]).astimezone(UTC)


def ownbackup(example: dict[str, Any]) -> Rehearsal:
    return Rehearsal(
        ticket(
            "ownbackup",
            start_of(example),
            plan=example["plan"].lower(),
            severity=example["severity"].lower(),
            time_zone=example["timezone"],
        )
    )


def first_response(example: dict[str, Any]) -> datetime | None:
    return ownbackup(example).due("first_response")


def next_update(example: dict[str, Any]) -> datetime | None:
    """The last update counts: an early one restarts the interval."""
    last = start_of(example)
    ours = ticket(
        "ownbackup",
        last - timedelta(hours=2),
        plan=example["plan"].lower(),
        severity=example["severity"].lower(),
        time_zone=example["timezone"],
    )
    story = Rehearsal(ours).tell("agent_replied", last - timedelta(hours=1), awaiting="us")
    return story.tell("agent_replied", last, awaiting="us").due("update")


def crashplan(example: dict[str, Any]) -> Rehearsal:
    return Rehearsal(ticket("crashplan", start_of(example) - timedelta(hours=1)))


def crashplan_update(example: dict[str, Any]) -> datetime | None:
    return crashplan(example).tell("agent_replied", start_of(example), awaiting="us").due("update")


def solved_to_closed(example: dict[str, Any]) -> datetime | None:
    story = crashplan(example).tell("agent_replied", start_of(example), solution=True)
    return story.advance(start_of(example)).due("close")


def pending_to_solved(example: dict[str, Any]) -> datetime | None:
    return crashplan(example).tell("agent_replied", start_of(example)).due("solve")


def pending_to_closed(example: dict[str, Any]) -> datetime | None:
    story = crashplan(example).tell("agent_replied", start_of(example))
    story.advance(start_of(example) + timedelta(days=20))
    return story.state.closing.at if story.state.closing else None


def survey(example: dict[str, Any]) -> datetime | None:
    story = crashplan(example).tell("agent_replied", start_of(example), solution=True)
    story.advance(start_of(example) + timedelta(days=20))
    return next(message.due_at for message in story.sent if "How did we do" in message.subject)


def follow_up(number: int) -> Callable[[dict[str, Any]], datetime | None]:
    def answer(example: dict[str, Any]) -> datetime | None:
        replied = start_of(example)
        story = Rehearsal(ticket("acronis", replied - timedelta(hours=1), plan="trial", severity="a"))
        story.tell("agent_replied", replied)
        for _ in range(number - 1):
            step = story.due("follow_up")
            assert step is not None
            story.advance(step)
        return story.due("follow_up")

    return answer


def acronis_first_response(plan: str) -> Callable[[dict[str, Any]], datetime | None]:
    def answer(example: dict[str, Any]) -> datetime | None:
        return Rehearsal(ticket("acronis", start_of(example), plan=plan, severity="a")).due("first_response")

    return answer


ANSWERS: dict[str, Callable[[dict[str, Any]], datetime | None]] = {
    "S2-1": first_response,
    "S2-2": first_response,
    "S2-3": first_response,
    "S2-4": first_response,
    "S2-5": next_update,
    "S2-6": first_response,
    "S2-7": next_update,
    "S4-1": solved_to_closed,
    "S4-2": pending_to_solved,
    "S4-3": pending_to_closed,
    "S4-6": crashplan_update,
    "S4-7": pending_to_solved,
    "S4-8": survey,
    "S5-1": follow_up(1),
    "S5-2": follow_up(2),
    "S5-3": follow_up(3),
    "S5-6": acronis_first_response("advantage-premier"),
    "S5-7": acronis_first_response("pay-per-incident"),
    "S5-8": acronis_first_response("trial"),
}


@pytest.mark.parametrize("identity", ANSWERS)
def test_an_instant_is_as_worked_out(identity: str) -> None:
    example = EXAMPLES[identity]
    expected = datetime.fromisoformat(example["answer"]).astimezone(UTC)
    assert ANSWERS[identity](example) == expected, example.get("working")


def test_crashplan_reply_before_the_close_reopens() -> None:  # S4-4
    example = EXAMPLES["S4-4"]
    story = crashplan(example).tell("agent_replied", start_of(example), solution=True)
    story.tell("customer_replied", start_of(example) + timedelta(days=2, minutes=-1))
    assert story.state.status is Status.OPEN
    assert story.due("close") is None


def test_crashplan_reply_after_the_close_is_a_follow_up_ticket() -> None:  # S4-5
    example = EXAMPLES["S4-5"]
    story = crashplan(example).tell("agent_replied", start_of(example), solution=True)
    story.advance(start_of(example) + timedelta(days=2))
    assert story.state.status is Status.CLOSED
    assert story.state.terms.replies.closed is AfterClose.FOLLOW_UP_TICKET


def test_acronis_reply_ends_the_follow_ups() -> None:  # S5-4
    replied = start_of(EXAMPLES["S5-4"])
    story = Rehearsal(ticket("acronis", replied - timedelta(hours=1), plan="trial", severity="a"))
    story.tell("agent_replied", replied).tell("customer_replied", replied + timedelta(days=4, hours=23))
    assert story.state.follow_ups == 1
    assert story.due("follow_up") is None
    story.tell("agent_replied", replied + timedelta(days=6))
    assert story.due("follow_up") == replied + timedelta(days=9), "a new answer starts a new sequence from zero"


def test_acronis_is_never_closed_by_silence() -> None:  # S5-5
    replied = start_of(EXAMPLES["S5-5"])
    story = Rehearsal(ticket("acronis", replied - timedelta(hours=1), plan="trial", severity="a"))
    story.tell("agent_replied", replied).advance(replied + timedelta(days=200))
    assert (story.state.follow_ups, story.state.status) == (3, Status.PENDING)
    assert story.due("close") is None


@pytest.mark.parametrize("severity", ["b", "c", "d"])
def test_acronis_states_nothing_for_lesser_severities(severity: str) -> None:
    story = Rehearsal(ticket("acronis", start_of(EXAMPLES["S5-8"]), plan="trial", severity=severity))
    promise = story.state.promise(Objective.FIRST_RESPONSE)
    assert promise.kind == "not_stated"
    assert story.due("first_response") is None


NOVASTOR = {"S1-1": ("per-incident", "phone"), "S1-2": ("xsp", "phone"), "S1-3": ("free-trial", "web")}


@pytest.mark.parametrize("identity", NOVASTOR)
def test_novastor_first_response(identity: str) -> None:
    example, (plan, channel) = EXAMPLES[identity], NOVASTOR[identity]
    known = {"incidents_left": 1, "registered_on": "2026-07-01"}
    story = Rehearsal(ticket("novastor", start_of(example), plan=plan, channel=channel, entitlement=known))
    assert story.due("first_response") == answer_of(example)


def answer_of(example: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(example["answer"]).astimezone(UTC)


def is_entitled(asking: Ticket) -> bool:
    try:
        admit(Library().load(asking.policy), asking)
    except NotEntitled:
        return False
    return True


def test_novastor_trial_counts_fifteen_dates() -> None:  # S1-4
    example = EXAMPLES["S1-4"]
    known = {"registered_on": "2026-06-01"}
    asking = ticket("novastor", start_of(example), plan="free-trial", entitlement=known)
    assert is_entitled(asking) is example["answer"]
    later = ticket("novastor", start_of(example) + timedelta(minutes=90), plan="free-trial", entitlement=known)
    assert is_entitled(later) is example["alternatives"][0]["answer"]


def attempted(identity: str) -> Rehearsal:
    """Attempts of a person at the example's own instants, before those of the ladder are due."""
    example = EXAMPLES[identity]
    pacific = ZoneInfo(example["timezone"])
    story = Rehearsal(ticket("novastor", start_of(example) - timedelta(days=4)))
    story.tell("agent_replied", start_of(example) - timedelta(days=3, hours=20))
    for event in example["events"]:
        when = datetime.fromisoformat(event["t"]).replace(tzinfo=pacific)
        story.tell("customer_replied" if "reply" in event["e"] else "customer_contacted", when.astimezone(UTC))
    return story


def test_novastor_closes_ten_days_after_the_first_of_three_attempts() -> None:  # S1-5
    assert attempted("S1-5").due("close") == answer_of(EXAMPLES["S1-5"])


def test_novastor_a_reply_within_the_ten_days_ends_it() -> None:  # S1-6
    story = attempted("S1-6")
    assert story.due("close") is EXAMPLES["S1-6"]["answer"]
    assert story.due("follow_up") is None


def test_novastor_reopens_forty_days_later() -> None:  # S1-7
    example = EXAMPLES["S1-7"]
    story = Rehearsal(ticket("novastor", start_of(example) - timedelta(days=41)))
    story.tell("closed", start_of(example) - timedelta(days=40)).tell("reopened", start_of(example))
    assert (story.state.status, story.state.ticket.id) == (Status.OPEN, "T-1")


def veeam(example: dict[str, Any], **fields: Any) -> Ticket:
    customer = {"email": "kim@customer.example", "role": "case-administrator"}
    known = {"channel": "web", "customer": customer, "time_zone": example["timezone"], **fields}
    return ticket("veeam", start_of(example), **known)


@pytest.mark.parametrize("identity", ["S3-1", "S3-2", "S3-3", "S3-4", "S3-5"])
def test_veeam_first_response(identity: str) -> None:
    example = EXAMPLES[identity]
    story = Rehearsal(veeam(example, plan=example["plan"].lower(), severity=example["severity"]))
    assert story.due("first_response") == answer_of(example)


def test_veeam_na_is_not_best_effort() -> None:  # S3-6
    example = EXAMPLES["S3-6"]
    story = Rehearsal(veeam(example, plan="evaluation", severity="1"))
    assert story.state.promise(Objective.FIRST_RESPONSE).kind == "none"
    assert story.due("first_response") is example["answer"]


def test_veeam_three_attempts_on_two_days_do_not_close() -> None:  # S3-7
    example = EXAMPLES["S3-7"]
    zone = ZoneInfo(example["timezone"])
    opened = datetime(2026, 6, 12, 9, 0, tzinfo=zone).astimezone(UTC)
    story = Rehearsal(veeam(example, plan="basic").model_copy(update={"opened_at": opened}))
    story.tell("agent_replied", datetime(2026, 6, 12, 12, 0, tzinfo=zone).astimezone(UTC))
    for event in example["events"]:
        story.tell("customer_contacted", datetime.fromisoformat(event["t"]).replace(tzinfo=zone).astimezone(UTC))
    story.advance(start_of(example))
    assert (story.due("close") is not None) is example["answer"], "a third business day is missing"
    assert story.due("follow_up") is not None
    story.tell("customer_contacted", datetime(2026, 6, 17, 9, 0, tzinfo=zone).astimezone(UTC))
    assert (story.due("close") is not None) is example["alternatives"][0]["answer"]


def test_veeam_reply_after_the_close_is_a_new_case() -> None:  # S3-8
    story = Rehearsal(veeam(EXAMPLES["S3-8"], plan="basic"))
    assert story.state.terms.replies.closed is AfterClose.NEW_CASE


@pytest.mark.parametrize(("identity", "plan"), [("S3-9", "basic"), ("S3-10", "premium")])
def test_kasten_first_response(identity: str, plan: str) -> None:
    example = EXAMPLES[identity]
    asking = ticket(
        "kasten", start_of(example), plan=plan, severity=example["severity"].lower(), time_zone=example["timezone"]
    )
    assert Rehearsal(asking).due("first_response") == answer_of(example)


@pytest.mark.parametrize("channel", ["phone", "chat"])
def test_acronis_acknowledgement_by_phone_or_chat_is_immediate(channel: str) -> None:  # S5-9
    opened = start_of(EXAMPLES["S5-9"])
    story = Rehearsal(ticket("acronis", opened, plan="advantage-premier", severity="a", channel=channel))
    clock = story.clock(Objective.ACKNOWLEDGEMENT)
    assert (clock.state, clock.stopped_at) == ("met", opened)


def test_acronis_is_covered_to_the_end_of_the_expiration_date() -> None:  # S5-10
    example = EXAMPLES["S5-10"]
    known = {"expires_on": "2011-08-20"}
    asking = ticket("acronis", start_of(example), plan="advantage-standard", entitlement=known)
    assert is_entitled(asking) is example["answer"]
    before = ticket("acronis", start_of(example) - timedelta(hours=1), plan="advantage-standard", entitlement=known)
    assert is_entitled(before) is example["alternatives"][0]["answer"]


def test_every_example_is_shown() -> None:
    text = Path(__file__).read_text()
    assert len(EXAMPLES) == 42
    assert [identity for identity in EXAMPLES if f'"{identity}"' not in text and f"# {identity}\n" not in text] == []
