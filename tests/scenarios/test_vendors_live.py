"""The vendors' policies, lived through on a real server."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from harness import SETTLE, World, local, next_weekday
from rehearsal import Rehearsal, ticket

from sla.base.errors import TicketClosed
from sla.state.state import Status
from sla.state.timeline import What

pytestmark = pytest.mark.slow
MONDAY, THURSDAY, FRIDAY, SATURDAY = 0, 3, 4, 5
SINGAPORE, CHICAGO = "Asia/Singapore", "America/Chicago"
PACIFIC, NEW_YORK = "America/Los_Angeles", "America/New_York"


async def test_acronis_follows_up_after_three_three_and_four_days_and_never_closes(shared_world: World) -> None:
    story = shared_world.scenario()
    opened = next_weekday(MONDAY, "10:00", SINGAPORE)
    await story.open_ticket("acronis", opened, plan="advantage-premier", severity="a")
    story.expect_mail("acknowledgement", opened)
    answered = opened + timedelta(hours=2)
    await story.advance_to(answered)
    await story.agent_answers(at=answered)
    for number, days in ((1, 3), (2, 6), (3, 10)):
        await story.advance_to(answered + timedelta(days=days, seconds=-5))
        story.expect_quiet()
        await story.advance(seconds=8)
        story.expect_follow_up(number, answered + timedelta(days=days))
    await story.advance(days=90)
    story.expect_quiet()
    assert (await story.status()).status is Status.PENDING


async def test_crashplan_solves_after_four_days_closes_after_two_and_asks_how_it_was(shared_world: World) -> None:
    story = shared_world.scenario()
    opened = next_weekday(THURSDAY, "16:00", CHICAGO)
    day = opened.astimezone(ZoneInfo(CHICAGO)).date()
    await story.open_ticket("crashplan", opened)
    story.expect_mail("acknowledgement", opened)
    await story.agent_answers(at=opened)
    solved, closed = local(day + timedelta(days=4), "16:00", CHICAGO), local(day + timedelta(days=6), "16:00", CHICAGO)
    await story.advance_to(solved + SETTLE)
    story.expect_mail("solved-1", solved)
    assert (await story.status()).status is Status.SOLVED
    await story.advance_to(closed + SETTLE)
    story.expect_mail("closed-1", closed)
    story.expect_mail("survey-1", closed)
    story.expect_quiet()
    outcome = await story.handle.result()
    assert (outcome.closing.by, outcome.closing.at) == ("silence", closed)


async def test_crashplan_reply_before_the_close_reopens_after_it_starts_a_follow_up_ticket(shared_world: World) -> None:
    story = shared_world.scenario()
    opened = next_weekday(MONDAY, "09:00", CHICAGO)
    await story.open_ticket("crashplan", opened)
    await story.agent_answers(at=opened, solution=True)
    await story.advance_to(opened + timedelta(days=1, hours=23))
    await story.customer_replies()
    assert (await story.status()).status is Status.OPEN
    await story.agent_answers(solution=True)
    await story.advance(days=3)
    assert (await story.handle.result()).closing.by == "silence"
    receipt = await story.customer_replies(at=opened + timedelta(days=9), identity="late")
    again = await story.customer_replies(at=opened + timedelta(days=9), identity="late")
    assert (receipt.ticket_id, receipt.followed_up) == (f"{story.id}.2", True)
    assert again.ticket_id == receipt.ticket_id
    follow_up = await shared_world.desk.status(f"{story.id}.2")
    assert follow_up.policy == "crashplan"


async def test_acronis_reply_to_a_closed_case_asks_for_a_new_one(shared_world: World) -> None:
    story = shared_world.scenario()
    await story.open_ticket("acronis", next_weekday(MONDAY, "10:00", SINGAPORE), plan="trial")
    await story.tell("closed", reason="settled")
    await story.handle.result()
    with pytest.raises(TicketClosed, match="asks for a new case"):
        await story.customer_replies()


async def test_ownbackup_lives_on_the_server_as_in_the_pure_core(shared_world: World) -> None:
    """The same script, line by line: what the core says and what the workflow did."""
    story = shared_world.scenario()
    opened = next_weekday(FRIDAY, "16:30", "America/New_York")
    fields = {"plan": "standard", "severity": "high", "time_zone": "America/New_York"}
    script: tuple[tuple[str, timedelta, dict[str, Any]], ...] = (
        ("agent_replied", timedelta(days=3, hours=-3), {"awaiting": "us"}),
        ("agent_replied", timedelta(days=3, minutes=-20), {}),
        ("customer_replied", timedelta(days=3, hours=17), {}),
        ("severity_changed", timedelta(days=3, hours=18), {"severity": "medium"}),
        ("agent_replied", timedelta(days=4), {"solution": True}),
        ("closed", timedelta(days=5), {"reason": "done"}),
    )
    await story.open_ticket("ownbackup", opened, **fields)
    pure = Rehearsal(ticket("ownbackup", opened, id=story.id, **fields))
    for event, after, extra in script:
        await story.advance_to(opened + after)
        await story.tell(event, at=opened + after, **extra)
        pure.tell(event, opened + after, **extra)
    pure.advance(opened + timedelta(days=6))
    await story.handle.result()
    lived = [(line.what, line.due_at or line.at, line.text) for line in await story.timeline()]
    assert lived == [(entry.what, entry.due_at or entry.at, text) for entry, text in pure.lines()]
    assert [(mail.id, mail.due_at) for mail in story.mails()] == [(mail.id, mail.due_at) for mail in pure.sent]


async def test_ownbackup_round_the_clock_warns_on_a_saturday_night(shared_world: World) -> None:
    story = shared_world.scenario()
    opened = next_weekday(SATURDAY, "23:30", "America/New_York")
    await story.open_ticket("ownbackup", opened, plan="premier", severity="high", time_zone="America/New_York")
    story.expect_mail("acknowledgement")
    await story.advance_to(opened + timedelta(hours=1) + SETTLE)
    story.expect_mail("75pct-tier-2", opened + timedelta(minutes=45))
    story.expect_mail("breach-tier-3", opened + timedelta(hours=1))
    await story.advance_to(opened + timedelta(hours=2) + SETTLE)
    story.expect_mail("after-3600bs-director", opened + timedelta(hours=2))
    story.expect_quiet()
    assert [line.text for line in await story.timeline(What.ESCALATED)] == [
        "escalated to Tier 3 lead",
        "escalated to Support director",
    ]


async def test_novastor_makes_three_attempts_over_ten_days_closes_and_reopens(shared_world: World) -> None:
    story = shared_world.scenario()
    opened = next_weekday(MONDAY, "09:00", PACIFIC)
    day = opened.astimezone(ZoneInfo(PACIFIC)).date()
    await story.open_ticket("novastor", opened, plan="no-plan")
    story.expect_mail("acknowledgement", opened)
    await story.advance_to(opened + timedelta(hours=1))
    await story.agent_answers(at=opened + timedelta(hours=1))
    for number, days in ((1, 2), (2, 6), (3, 11)):
        due = local(day + timedelta(days=days), "10:00", PACIFIC)
        await story.advance_to(due + SETTLE)
        story.expect_follow_up(number, due)
    closed = local(day + timedelta(days=12), "10:00", PACIFIC)
    await story.advance_to(closed + SETTLE)
    story.expect_mail("closed-1", closed)
    story.expect_mail("survey-1", closed)
    assert (await story.handle.result()).closing.at == closed
    receipt = await story.customer_replies(at=closed + timedelta(days=40), identity="late")
    assert (receipt.ticket_id, receipt.followed_up) == (story.id, False)


async def test_veeam_makes_its_attempts_on_separate_business_days(shared_world: World) -> None:
    story = shared_world.scenario()
    opened = next_weekday(THURSDAY, "15:00", NEW_YORK)
    day = opened.astimezone(ZoneInfo(NEW_YORK)).date()
    customer = {"email": "kim@customer.example", "role": "case-administrator"}
    facts = {"channel": "web", "customer": customer, "time_zone": NEW_YORK}
    await story.open_ticket("veeam", opened, plan="basic", severity="1", **facts)
    story.expect_mail("acknowledgement", opened)
    await story.agent_answers(at=opened)
    for number, days in ((1, 1), (2, 4), (3, 5)):
        due = local(day + timedelta(days=days), "15:00", NEW_YORK)
        await story.advance_to(due + SETTLE)
        story.expect_follow_up(number, due)
    closed = local(day + timedelta(days=6), "15:00", NEW_YORK)
    await story.advance_to(closed + SETTLE)
    assert (await story.handle.result()).closing.at == closed
    with pytest.raises(TicketClosed, match="asks for a new case"):
        await story.customer_replies(at=closed + timedelta(days=1))


async def test_kasten_counts_a_business_day_for_questions_even_round_the_clock(shared_world: World) -> None:
    story = shared_world.scenario()
    opened = next_weekday(SATURDAY, "11:00", NEW_YORK)
    await story.open_ticket("kasten", opened, plan="premium", severity="p4", time_zone=NEW_YORK)
    day = opened.astimezone(ZoneInfo(NEW_YORK)).date()
    (clock,) = (await story.status()).clocks
    assert clock.due_at == local(day + timedelta(days=3), "08:00", NEW_YORK)
