"""What happens when things happen at once, twice, late, or make no sense."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from harness import SETTLE, World, next_weekday, world
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowFailureError
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from sla.base.errors import TicketError, TicketFailed, TicketNotFound, UnknownSeverity
from sla.inputs.ticket import Ticket
from sla.state.notification import Fate
from sla.state.state import Status
from sla.state.timeline import What
from workflows import contract

pytestmark = pytest.mark.slow
NY, CHICAGO, SINGAPORE = "America/New_York", "America/Chicago", "Asia/Singapore"


async def test_a_reply_that_arrives_while_the_closing_notice_leaves_wins(shared_world: World) -> None:
    story = shared_world.scenario()
    opened = next_weekday(0, "09:00", CHICAGO)
    await story.open_ticket("crashplan", opened)
    await story.agent_answers(at=opened, solution=True)
    notice = f"{story.id}+closed-1"
    gate = shared_world.mailbox.hold(notice)
    skipping = shared_world.skipper.fast_forward(story.handle, timedelta(days=2, minutes=1))
    passing = asyncio.create_task(skipping)
    await asyncio.wait_for(shared_world.mailbox.waiting[notice].wait(), 20)
    await story.customer_replies(at=opened + timedelta(days=2))
    gate.set()
    await passing
    await story.until(What.REOPENED)
    status = await story.status()
    assert (status.status, status.closing) == (Status.OPEN, None)


async def test_the_same_event_twice_has_one_effect(shared_world: World) -> None:
    story = shared_world.scenario()
    await story.open_ticket("acronis", next_weekday(0, "10:00", SINGAPORE), plan="trial", severity="a")
    for _ in range(3):
        await story.agent_answers(identity="one-answer")
    assert len(await story.timeline(What.AGENT_REPLIED)) == 1


async def test_opening_twice_is_one_ticket(shared_world: World) -> None:
    story = shared_world.scenario()
    opened = next_weekday(0, "10:00", SINGAPORE)
    await story.open_ticket("acronis", opened, plan="trial", severity="a")
    same = Ticket.model_validate(
        {"id": story.id, "policy": "acronis", "plan": "trial", "subject": "x", "customer": {"email": "a@b.example"},
         "opened_at": opened}
    )  # fmt: skip
    assert (await shared_world.desk.open(same)).duplicate
    await story.advance(minutes=1)
    story.expect_mail("acknowledgement")
    story.expect_quiet()


async def test_events_that_make_no_sense_are_written_down_and_stop_nothing(shared_world: World) -> None:
    story = shared_world.scenario()
    await story.open_ticket("acronis", next_weekday(0, "10:00", SINGAPORE), plan="trial", severity="a")
    await story.handle.signal("customer_replied", {"no": "id"})
    await story.handle.signal("customer_replied")
    await story.handle.signal("agent_replied", args=[{"id": "naive", "at": "2026-11-30T10:00:00"}])
    await story.handle.signal("made_up_name", {"id": "x"})
    unreadable = Payload(metadata={"encoding": b"json/plain"}, data=b'{"id": "\\ud800"}')
    await story.handle.signal("customer_replied", RawValue(unreadable))
    await story.handle.signal("severity_changed", {"id": "y", "severity": "huge"})
    await story.agent_answers()
    await story.until(What.AGENT_REPLIED)
    ignored = [line.text for line in await story.timeline(What.IGNORED)]
    assert [text.split(":")[1].strip() for text in ignored] == [
        "customer_replied",
        "customer_replied",
        "agent_replied",
        "made_up_name",
        "customer_replied",
        "severity_changed",
    ]
    assert "there is no such event; there is customer_replied" in ignored[3]
    assert "cannot be read" in ignored[4]


@pytest.mark.parametrize(
    ("ticket", "type_", "words"),
    [
        ({"id": "bad", "policy": "nobody"}, "InvalidTicket", "kind"),
        (
            {"kind": "new", "ticket": {"id": "bad", "policy": "nobody"}},
            "InvalidTicket",
            "ticket.subject: Field required",
        ),
        ("not an object", "InvalidTicket", "valid dictionary"),
        (None, "InvalidTicket", "valid dictionary"),
        (RawValue(Payload()), "InvalidTicket", "cannot be read"),
        (
            RawValue(Payload(metadata={"encoding": b"json/plain"}, data=b'{"id": "\\ud800"}')),
            "InvalidTicket",
            "cannot be read",
        ),
        (RawValue(Payload(metadata={"encoding": b"binary/encrypted"}, data=b"x")), "InvalidTicket", "cannot be read"),
        (
            {
                "kind": "new",
                "ticket": {
                    "id": "other",
                    "policy": "acronis",
                    "subject": "x",
                    "customer": {"email": "a@b.example"},
                    "opened_at": "2026-11-20T10:00:00Z",
                },
            },
            "InvalidTicket",
            "cannot hold ticket other",
        ),
    ],
)
async def test_a_bad_ticket_started_directly_fails_alone_and_says_why(
    shared_world: World, ticket: object, type_: str, words: str
) -> None:
    bad = shared_world.scenario()
    await shared_world.client.start_workflow(
        contract.WORKFLOW, ticket, id=contract.workflow_id(bad.id), task_queue=shared_world.task_queue
    )
    with pytest.raises(WorkflowFailureError) as failure:
        await bad.handle.result()
    with pytest.raises(TicketFailed, match="failed: "):
        await bad.status()
    cause = failure.value.cause
    assert isinstance(cause, ApplicationError)
    assert cause.type == type_
    assert words in cause.message


async def test_a_ticket_of_an_unknown_policy_fails_alone_and_says_why(shared_world: World) -> None:
    bad, good = shared_world.scenario(), shared_world.scenario()
    ticket = {
        "id": bad.id, "policy": "nobody", "subject": "x", "customer": {"email": "a@b.example"},
        "opened_at": "2026-11-20T10:00:00Z",
    }  # fmt: skip
    start = {"kind": "new", "ticket": ticket}
    await shared_world.client.start_workflow(
        contract.WORKFLOW, start, id=contract.workflow_id(bad.id), task_queue=shared_world.task_queue
    )
    with pytest.raises(WorkflowFailureError) as failure:
        await bad.handle.result()
    assert "there is no policy 'nobody'" in str(failure.value.cause and failure.value.cause.__cause__)
    await good.open_ticket("acronis", next_weekday(0, "10:00", SINGAPORE), plan="trial")
    good.expect_mail("acknowledgement")


async def test_mail_that_could_not_leave_is_repeated_by_the_workflow(shared_world: World) -> None:
    story = shared_world.scenario()
    shared_world.mailbox.fates[f"{story.id}+acknowledgement"] = [Fate.NOT_SENT, Fate.NOT_SENT]
    opened = next_weekday(0, "10:00", SINGAPORE)
    await story.open_ticket("acronis", opened, plan="trial")
    story.expect_quiet()
    await story.advance_to(opened + timedelta(minutes=7))
    story.expect_mail("acknowledgement", opened)
    story.expect_quiet()


async def test_uncertain_customer_mail_is_held_and_the_owner_told(shared_world: World) -> None:
    story = shared_world.scenario()
    opened = next_weekday(0, "10:00", SINGAPORE)
    shared_world.mailbox.fates[f"{story.id}+follow_up-1-1"] = [Fate.UNCERTAIN]
    await story.open_ticket("acronis", opened, plan="trial", owner="agent@acronis.example")
    await story.agent_answers(at=opened)
    await story.advance(days=30)
    story.expect_mail("acknowledgement")
    story.expect_follow_up(1)
    assert story.expect_mail("trouble-1").to == "agent@acronis.example"
    story.expect_quiet()
    assert "a person" in (await story.status()).waits_for


async def test_a_ticket_opened_with_no_worker_starts_when_one_comes(client: Client) -> None:
    async with world(client) as first:
        queue, opened = first.task_queue, next_weekday(0, "10:00", SINGAPORE)
        story = first.scenario()
    ticket = Ticket.model_validate(
        {"id": story.id, "policy": "acronis", "plan": "trial", "severity": "a", "subject": "x", "opened_at": opened,
         "customer": {"email": "a@b.example"}}
    )  # fmt: skip
    await first.desk.open(ticket)
    await story.customer_replies(at=opened)
    async with world(client, task_queue=queue) as second:
        story.world = second
        await story.advance_to(opened + SETTLE)
        story.expect_mail("acknowledgement", opened)
        assert (await story.timeline(What.CUSTOMER_REPLIED))[0].at == opened


async def test_a_policy_that_reopens_goes_on_under_the_same_id(shared_world: World) -> None:
    story = shared_world.scenario()
    opened = next_weekday(0, "10:00", NY, weeks=3)
    await story.open_ticket("house", opened, severity="normal")
    await story.agent_answers(at=opened, solution=True)
    await story.advance(days=4)
    assert (await story.handle.result()).closing.by == "silence"
    receipt = await story.customer_replies(at=opened + timedelta(days=5), identity="again")
    assert (receipt.ticket_id, receipt.followed_up) == (story.id, False)
    await story.until(What.REOPENED)
    assert (await story.status()).status is Status.OPEN
    assert (await story.status()).clocks[0].state == "met"


async def test_calendars_are_made_longer_when_a_ticket_outlives_them(shared_world: World) -> None:
    story = shared_world.scenario()
    opened = next_weekday(0, "10:00", SINGAPORE)
    await story.open_ticket("acronis", opened, plan="trial")
    await story.advance(days=900)
    await story.agent_answers()
    await story.until(What.AGENT_REPLIED)
    assert (await story.status()).next[0].what == "follow-up 1 of 3"
    assert await story.timeline(What.TERMS)


async def test_the_state_carries_over_into_a_new_run(shared_world: World) -> None:
    story = shared_world.scenario()
    opened = next_weekday(0, "10:00", SINGAPORE)
    await story.open_ticket("acronis", opened, plan="trial", severity="a")
    await story.agent_answers(at=opened, identity="first")
    await story.advance(days=3, minutes=1)
    state = await story.handle.query(contract.STATE)
    other = shared_world.scenario()
    state["ticket"]["id"] = other.id
    await shared_world.client.start_workflow(
        contract.WORKFLOW, {"kind": "carried", "state": state}, id=contract.workflow_id(other.id),
        task_queue=shared_world.task_queue,
    )  # fmt: skip
    shown, carried = await story.status(), await other.status()
    assert carried.next == shown.next
    await other.agent_answers(identity="first")
    assert len(await other.timeline(What.AGENT_REPLIED)) == 1, "an id seen in the earlier run counts no second time"


async def test_a_ticket_that_failed_may_be_opened_again_mended(shared_world: World) -> None:
    story = shared_world.scenario()
    await shared_world.client.start_workflow(
        contract.WORKFLOW, {"id": story.id}, id=contract.workflow_id(story.id), task_queue=shared_world.task_queue
    )
    with pytest.raises(WorkflowFailureError):
        await story.handle.result()
    await story.open_ticket("acronis", next_weekday(0, "10:00", SINGAPORE), plan="trial")
    story.expect_mail("acknowledgement")


async def test_a_severity_that_the_policy_does_not_know_is_refused_at_the_desk(shared_world: World) -> None:
    story = shared_world.scenario()
    await story.open_ticket("acronis", next_weekday(0, "10:00", SINGAPORE), plan="trial")
    with pytest.raises(UnknownSeverity, match="has no 'huge'; there is a, b, c, d"):
        await story.tell("severity_changed", severity="huge")


async def test_old_tickets_are_refused_before_anything_is_started(shared_world: World) -> None:
    story = shared_world.scenario()
    with pytest.raises(TicketError, match="opened_at"):
        await story.open_ticket("acronis", datetime(2001, 1, 1, tzinfo=UTC), plan="trial")
    with pytest.raises(TicketNotFound):
        await story.status()


async def test_a_cancellation_in_the_middle_of_a_send_ends_the_ticket(shared_world: World) -> None:
    story = shared_world.scenario()
    opened = next_weekday(0, "10:00", SINGAPORE)
    gate = shared_world.mailbox.hold(f"{story.id}+acknowledgement")
    opening = asyncio.create_task(story.open_ticket("acronis", opened, plan="trial"))
    await asyncio.wait_for(shared_world.mailbox.waiting[f"{story.id}+acknowledgement"].wait(), 20)
    await story.handle.cancel()
    gate.set()
    outcome = await asyncio.wait_for(story.handle.result(), 20)
    opening.cancel()
    assert (outcome.closing.by, outcome.closing.reason) == ("operator", "canceled")
    story.expect_mail("acknowledgement")
    assert (await story.status()).status == "closed"
