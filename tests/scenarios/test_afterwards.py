"""What solved and closed tickets do with what still comes, on a real server and through the desk."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from harness import AHEAD, POLICIES, Scenario, World, next_weekday, world
from temporalio.client import Client

from intake.desk import Desk
from intake.questions import Questions
from intake.reading import read_event
from policies.library import Library
from sla.base.errors import TicketClosed, TicketError, TicketFailed, TicketNotFound, UnknownSeverity
from sla.engine.outcome import Outcome
from sla.inputs.event import CustomerReplied, PutOnHold, SeverityChanged
from sla.state.state import State, Status
from sla.state.timeline import What
from sla.views.status import TimelineLine
from workflows.contract import STATE, TICKET_STATUS, TROUBLE, workflow_id

pytestmark = pytest.mark.slow
NY = "America/New_York"
FORTY = timedelta(days=40)


async def solved(world: World, policy: str) -> tuple[Scenario, datetime]:
    """A ticket that was solved, and when."""
    story = world.scenario()
    opened = next_weekday(0, "10:00", NY)
    await story.open_ticket(policy, opened, link="https://desk.example/1")
    await story.agent_answers(at=opened, solution=True)
    await story.advance(minutes=1)
    return story, opened


async def closed(world: World) -> tuple[Scenario, datetime]:
    """A ticket of the policy with a window, whose workflow has ended, and when it was closed."""
    story, _ = await solved(world, "replies")
    await story.customer_replies(text="Resolved!")
    outcome = await asyncio.wait_for(story.handle.result(), 60)  # a busy machine may need a second workflow task
    assert outcome.closing.by == "customer"
    return story, outcome.closing.at


async def test_the_outcome_says_until_when_a_ticket_can_be_reopened(shared_world: World) -> None:
    story, at = await closed(shared_world)
    outcome: Outcome = await story.handle.result()
    assert outcome.reopen_until is not None
    assert abs(outcome.reopen_until - at - FORTY) <= timedelta(hours=1), "the clocks may have been changed"
    assert (outcome.keyword, outcome.thanks[0]) == ("RESOLVED", "Thanks")


@pytest.mark.parametrize("event", ["customer_replied", "reopened"])
async def test_forty_days_after_its_close_the_same_ticket_goes_on(shared_world: World, event: str) -> None:
    story, at = await closed(shared_world)
    receipt = await story.tell(event, at=at + timedelta(days=39, hours=22))
    assert (receipt.ticket_id, receipt.followed_up) == (story.id, False)
    await story.until(What.REOPENED)
    assert (await story.status()).status is Status.OPEN


async def test_after_the_window_a_reply_opens_a_follow_up_ticket_and_nothing_is_reopened(shared_world: World) -> None:
    story, at = await closed(shared_world)
    late = at + FORTY + timedelta(hours=2)
    with pytest.raises(TicketClosed, match=r"it could be reopened until .* wants a follow-up ticket"):
        await story.tell("reopened", at=late)
    receipt = await story.customer_replies(at=late, text="It is back")
    assert (receipt.ticket_id, receipt.followed_up) == (f"{story.id}.2", True)
    assert (await story.status()).status is Status.CLOSED


@pytest.mark.parametrize("text", ["Thank you!", "resolved"])
async def test_thanks_after_the_close_are_dropped_with_a_receipt(shared_world: World, text: str) -> None:
    story, at = await closed(shared_world)
    receipt = await story.customer_replies(at=at + timedelta(days=1), text=text)
    assert (receipt.ticket_id, receipt.dropped) == (story.id, True)
    assert (await story.status()).status is Status.CLOSED
    with pytest.raises(TicketNotFound):
        await shared_world.desk.status(f"{story.id}.2")


async def test_a_reply_to_a_solved_ticket_opens_the_follow_up_ticket_that_names_it(shared_world: World) -> None:
    story, opened = await solved(shared_world, "replies-follow-up")
    later = opened + timedelta(hours=1)
    first = await story.customer_replies(at=later, identity="back-1", text="It is back")
    again = await story.customer_replies(at=later, identity="back-1", text="It is back")
    second = await story.customer_replies(at=later, identity="back-2", text="Hello?")
    assert [(each.ticket_id, each.followed_up) for each in (first, second)] == [(f"{story.id}.2", True)] * 2
    assert (again.ticket_id, again.duplicate) == (story.id, True)

    assert (await story.status()).status is Status.SOLVED
    assert len(await story.timeline(What.CUSTOMER_REPLIED)) == 2, "noted, once each"
    follow_up = await lines_of(shared_world, f"{story.id}.2", What.CUSTOMER_REPLIED, 2)
    assert follow_up[0].text == f"opened: follows {story.id}"
    await story.advance(minutes=1)
    story.expect_mail("acknowledgement")
    story.expect_mail("solved-1")
    assert "belongs to" in story.expect_mail("handed_on-back-1").body
    story.expect_mail("handed_on-back-2")
    state = await state_of(shared_world, f"{story.id}.2")
    assert state.terms.link == "https://help.replies.example/{{ ticket_id }}", "not the old ticket's own"


async def lines_of(world: World, ticket_id: str, what: What, count: int) -> tuple[TimelineLine, ...]:
    """The timeline of a ticket, once it has so many lines of a kind."""
    for _ in range(100):
        with suppress(TicketNotFound, TicketFailed):
            lines = await world.desk.timeline(ticket_id)
            if len([line for line in lines if line.what is what]) >= count:
                return lines
        await asyncio.sleep(0.05)
    raise AssertionError(f"{ticket_id} has no {count} lines {what}")


async def test_the_ticket_opens_its_follow_up_ticket_for_every_client(shared_world: World) -> None:
    """A reply that no desk saw: a signal of any client in any language."""
    story, opened = await solved(shared_world, "replies-follow-up")
    reply = {"id": "direct", "at": (opened + timedelta(seconds=30)).isoformat(), "text": "It is back"}
    await story.handle.signal("customer_replied", reply)
    lines = await lines_of(shared_world, f"{story.id}.2", What.CUSTOMER_REPLIED, 1)
    assert lines[0].text == f"opened: follows {story.id}"
    assert [line.text for line in await story.timeline(What.FOLLOW_UP_TICKET)] == [
        f"follow-up ticket started: {story.id}.2"
    ]


async def test_a_reply_for_a_follow_up_ticket_that_is_closed_tells_the_owner(shared_world: World) -> None:
    story, opened = await solved(shared_world, "replies-follow-up")
    await story.customer_replies(at=opened + timedelta(hours=1), text="It is back")
    second = f"{story.id}.2"
    await lines_of(shared_world, second, What.CUSTOMER_REPLIED, 1)
    await shared_world.desk.tell(second, read_event({"event": "closed", "id": "end", "at": opened}))
    await shared_world.client.get_workflow_handle(workflow_id(second)).cancel()
    await asyncio.wait_for(shared_world.client.get_workflow_handle(workflow_id(second)).result(), 20)
    await story.handle.signal("customer_replied", {"id": "late", "at": (opened + timedelta(hours=2)).isoformat()})
    await story.until(What.UNDELIVERED)
    await story.advance(minutes=1)
    assert f"{second}, which could not be opened (it is closed" in story.mails()[-1].body
    assert (await story.handle.describe()).typed_search_attributes[TROUBLE] == ["follow-up-ticket"]


async def test_a_reply_from_before_the_solution_that_comes_again_opens_nothing(shared_world: World) -> None:
    story = shared_world.scenario()
    opened = next_weekday(0, "10:00", NY)
    await story.open_ticket("replies-follow-up", opened)
    early = CustomerReplied(id="early", at=opened)
    await shared_world.desk.tell(story.id, early)
    await story.advance(minutes=1)
    await story.agent_answers(solution=True)
    await story.advance(minutes=1)
    assert not (await shared_world.desk.tell(story.id, early)).followed_up
    with pytest.raises(TicketNotFound):
        await shared_world.desk.status(f"{story.id}.2")


async def state_of(world: World, ticket_id: str) -> State:
    return await world.client.get_workflow_handle(workflow_id(ticket_id)).query(STATE, result_type=State)


async def test_a_reply_while_a_mail_leaves_is_taken_in_at_once(shared_world: World) -> None:
    story = shared_world.scenario()
    opened = next_weekday(0, "10:00", NY)
    await story.open_ticket("replies-follow-up", opened)
    mail = f"{story.id}+solved-1"
    gate = shared_world.mailbox.hold(mail)
    await story.agent_answers(at=opened, solution=True)
    await asyncio.wait_for(shared_world.mailbox.waiting[mail].wait(), 20)
    known = (await story.handle.describe()).typed_search_attributes
    assert known.get(TICKET_STATUS) == "open", "what can be searched lags behind while a mail is leaving"

    receipts = [await story.customer_replies(at=opened + timedelta(seconds=2), identity="quick") for _ in range(2)]
    assert [(each.ticket_id, each.duplicate) for each in receipts] == [(f"{story.id}.2", False), (story.id, True)]
    await lines_of(shared_world, f"{story.id}.2", What.CUSTOMER_REPLIED, 1)
    gate.set()
    await story.advance(minutes=1)
    assert (await state_of(shared_world, story.id)).status is Status.SOLVED
    assert [mail.id for mail in story.mails()][-2:] == [f"{story.id}+handed_on-quick", mail]


async def test_without_a_worker_a_reply_is_on_record_and_opens_the_follow_up_ticket_later(client: Client) -> None:
    async with world(client) as there:
        story, opened = await solved(there, "replies-follow-up")
    reply = CustomerReplied(id="alone", at=opened + timedelta(seconds=30))
    assert (await there.desk.tell(story.id, reply)).ticket_id == story.id
    with pytest.raises(UnknownSeverity, match="no 'purple'"):
        await there.desk.tell(story.id, SeverityChanged(id="worse", severity="purple"))
    async with world(client, task_queue=there.task_queue) as back:
        await lines_of(back, f"{story.id}.2", What.CUSTOMER_REPLIED, 1)


async def test_a_newer_revision_says_nothing_about_older_tickets(shared_world: World, tmp_path: Path) -> None:
    story, opened = await solved(shared_world, "replies-follow-up")
    newer = (opened + timedelta(days=30)).date()
    old = (POLICIES / "replies-follow-up.yaml").read_text()
    new = old.replace("2026-01-01", str(newer)).replace("normal", "other").replace("follow_up_ticket", "new_case")
    (tmp_path / "replies-follow-up.yaml").write_text(old)
    (tmp_path / f"replies-follow-up@{newer}.yaml").write_text(new)
    library = Library(tmp_path)
    assert library.load("replies-follow-up").severities == {"other": "other"}

    desk = Desk(shared_world.client, library, ahead=AHEAD, task_queue=shared_world.task_queue)
    with pytest.raises(UnknownSeverity, match="no 'other'; there is normal"):
        await desk.tell(story.id, SeverityChanged(id="changed-1", severity="other"))
    assert (await desk.tell(story.id, SeverityChanged(id="changed-2", severity="normal"))).ticket_id == story.id
    receipt = await desk.tell(story.id, CustomerReplied(id="back", at=opened + timedelta(seconds=30)))
    assert (receipt.ticket_id, receipt.followed_up) == (f"{story.id}.2", True)


async def test_where_the_plan_refuses_the_follow_up_ticket_the_reply_is_on_record_and_both_sides_are_told(
    shared_world: World,
) -> None:
    story = shared_world.scenario()
    opened = next_weekday(0, "10:00", NY)
    last = opened.date().isoformat()
    await story.open_ticket("replies-covered", opened, owner="lee@us.example", entitlement={"expires_on": last})
    await story.agent_answers(at=opened, solution=True)
    await story.advance(days=2)
    receipt = await story.customer_replies(identity="late", text="It is back")
    assert (receipt.ticket_id, receipt.followed_up) == (story.id, False)
    assert receipt.refused is not None
    assert f"the plan ended on {last}" in receipt.refused
    assert (await story.customer_replies(identity="late", text="It is back")).duplicate
    await story.advance(minutes=1)
    assert len(await story.timeline(What.CUSTOMER_REPLIED)) == 1
    mail = story.mails()[-1]
    assert (mail.to, mail.id) == ("lee@us.example", f"{story.id}+handed_on-late")
    assert f"{story.id}.2, which could not be opened (policy replies-covered" in mail.body
    assert f"the plan ended on {last}" in mail.body
    with pytest.raises(TicketNotFound):
        await shared_world.desk.status(f"{story.id}.2")


@pytest.mark.parametrize(("plan", "channel"), [("gold", "email"), ("calls", "phone")])
async def test_a_follow_up_ticket_comes_by_mail_where_the_plan_takes_mail(
    shared_world: World, plan: str, channel: str
) -> None:
    story = shared_world.scenario()
    opened = next_weekday(0, "10:00", NY)
    there = {"channel": "phone", "missing": ["description"], "contact": False}
    await story.open_ticket("replies-covered", opened, plan=plan, **there)
    await story.agent_answers(at=opened, solution=True)
    await story.advance(minutes=1)
    receipt = await story.customer_replies(text="It is back")
    await lines_of(shared_world, receipt.ticket_id, What.CUSTOMER_REPLIED, 1)
    new = await Questions(shared_world.client).ticket(receipt.ticket_id)
    assert (new.channel, new.missing, new.contact, new.plan) == (channel, (), True, plan)


@pytest.mark.parametrize(("ago", "refused"), [(timedelta(minutes=4), False), (timedelta(minutes=6), True)])
async def test_a_hold_until_the_past_is_refused(shared_world: World, ago: timedelta, refused: bool) -> None:
    story = await shared_world.scenario().open_ticket("replies-follow-up", next_weekday(0, "10:00", NY))
    hold = PutOnHold(id="hold", until=datetime.now(UTC) - ago)
    if refused:
        with pytest.raises(TicketError, match=r"^until: .* UTC is past"):
            await shared_world.desk.tell(story.id, hold)
    else:
        await shared_world.desk.tell(story.id, hold)
    assert len(await story.timeline(What.PUT_ON_HOLD)) == (0 if refused else 1)


async def test_thanks_for_a_solution_open_no_follow_up_ticket(shared_world: World) -> None:
    story, opened = await solved(shared_world, "replies-follow-up")
    receipt = await story.customer_replies(at=opened + timedelta(hours=1), text="Thanks!")
    assert (receipt.ticket_id, receipt.followed_up) == (story.id, False)
    assert len(await story.timeline(What.THANKED)) == 1


async def test_a_follow_up_ticket_that_is_solved_hands_on_to_the_next(shared_world: World) -> None:
    story, opened = await solved(shared_world, "replies-follow-up")
    await story.customer_replies(at=opened + timedelta(hours=1), text="It is back")
    desk, second = shared_world.desk, f"{story.id}.2"
    await lines_of(shared_world, second, What.CUSTOMER_REPLIED, 1)
    solution = {"event": "agent_replied", "id": "done", "at": opened + timedelta(hours=2), "solution": True}
    await desk.tell(second, read_event(solution))
    await lines_of(shared_world, second, What.SOLVED, 1)
    receipt = await story.customer_replies(at=opened + timedelta(hours=3), text="And again")
    assert (receipt.ticket_id, receipt.followed_up) == (second, True)
    lines = await lines_of(shared_world, f"{story.id}.3", What.CUSTOMER_REPLIED, 1)
    assert lines[0].text == f"opened: follows {second}"


async def test_a_closed_ticket_that_asks_for_a_new_case_is_not_opened_by_a_button(shared_world: World) -> None:
    story, opened = await solved(shared_world, "replies-follow-up")
    await story.tell("closed")
    await asyncio.wait_for(story.handle.result(), 20)
    with pytest.raises(TicketClosed, match="asks for a new case that names it"):
        await story.tell("reopened", at=opened + timedelta(days=2))


async def test_a_hold_until_a_date_ends_on_a_real_timer(shared_world: World) -> None:
    story = shared_world.scenario()
    opened = next_weekday(0, "10:00", NY)
    await story.open_ticket("replies", opened, severity="low")
    await story.agent_answers(at=opened, awaiting="us")
    await story.tell("put_on_hold", until=opened + timedelta(days=2))
    await story.advance(minutes=1)
    status = await story.status()
    assert (status.status, status.waits_for) == (Status.ON_HOLD, "the end of the hold")
    await story.advance_to(opened + timedelta(days=2, minutes=1))
    assert (await story.status()).status is Status.OPEN
    (line,) = await story.timeline(What.RESUMED)
    assert line.due_at == opened + timedelta(days=2)
