"""The same script on a real server and in `holdfast simulate`: line by line the same life."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from harness import POLICIES, SETTINGS, SETTLE, World, next_weekday

from cli.programs.simulation import simulate
from policies.library import Library
from sla.state.state import State, Status
from workflows import contract

pytestmark = pytest.mark.slow
NY, CHICAGO = "America/New_York", "America/Chicago"
TIMER = timedelta(seconds=3)
"""How much later than due a timer of a busy server may fire."""


class Event(NamedTuple):
    """What happens so long after the opening."""

    event: str
    after: timedelta
    fields: dict[str, Any]


class Script(NamedTuple):
    """A ticket and its events; `until` is how long after the opening both are looked at."""

    policy: str
    opened: datetime
    ticket: dict[str, Any]
    events: tuple[Event, ...]
    until: timedelta


def after(event: str, /, days: float = 0, hours: float = 0, minutes: float = 0, **fields: Any) -> Event:
    return Event(event, timedelta(days=days, hours=hours, minutes=minutes), fields)


def scripts() -> dict[str, Script]:
    """The openings lie ahead of the server's clock; no event falls on a due instant."""
    return {
        "house: a hold with an end, a severity, a solution and silence to the close": Script(
            "house",
            next_weekday(0, "10:03", NY, weeks=2),
            {"severity": "normal"},
            (
                after("agent_replied", hours=1, awaiting="us"),
                after("put_on_hold", hours=2, reason="a part is ordered"),
                after("resumed", days=1, minutes=7),
                after("severity_changed", days=1, minutes=50, severity="high"),
                after("agent_replied", days=1, hours=3, minutes=1, awaiting="customer"),
                after("customer_replied", days=2, hours=6, minutes=2),
                after("agent_replied", days=3, hours=1, minutes=31, solution=True),
            ),
            timedelta(days=12),
        ),
        "prospect: an escalation request, taken in hand, follow-up and close on silence": Script(
            "prospect",
            next_weekday(4, "16:33", NY, weeks=3),
            {"severity": "high"},
            (
                after("escalation_requested", hours=1, reason="no progress"),
                after("acknowledged", days=3, minutes=1, by="Kim"),
                after("agent_replied", days=3, minutes=42, awaiting="customer"),
            ),
            timedelta(days=14),
        ),
        "crashplan: a hold, silence to solved and to closed, a survey": Script(
            "crashplan",
            next_weekday(3, "11:05", CHICAGO, weeks=2),
            {"severity": "high"},
            (
                after("put_on_hold", hours=2, until_after=timedelta(days=1)),
                after("agent_replied", days=4, hours=1),
            ),
            timedelta(days=15),
        ),
        "ownbackup: a missed answer, every escalation, closed by us": Script(
            "ownbackup",
            next_weekday(4, "16:30", NY, weeks=2),
            {"plan": "standard", "severity": "high", "time_zone": NY},
            (
                after("agent_replied", days=2, hours=23, minutes=11, awaiting="us"),
                after("customer_replied", days=3, minutes=2),
                after("severity_changed", days=3, minutes=9, severity="low"),
                after("closed", days=4, reason="settled"),
            ),
            timedelta(days=5),
        ),
    }


def told(script: Script, event: Event) -> dict[str, Any]:
    """The event's own fields; `until_after` counts from the opening."""
    fields = {key: value for key, value in event.fields.items() if key != "until_after"}
    if "until_after" in event.fields:
        fields["until"] = (script.opened + event.fields["until_after"]).isoformat()
    return fields


def simulation(script: Script, path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    first = {"event": "opened", "at": script.opened.isoformat(), "subject": "Restore fails", **script.ticket}
    later = [
        {"event": each.event, "at": (script.opened + each.after).isoformat(), **told(script, each)}
        for each in script.events
    ]
    path.write_text(json.dumps([first, *later]), encoding="utf-8")
    until = (script.opened + script.until).isoformat()
    simulate(script.policy, path, until, SETTINGS, as_json=True)
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("name", list(scripts()))
async def test_a_simulation_tells_what_the_server_then_does(
    shared_world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    script = scripts()[name]
    story = shared_world.scenario()
    await story.open_ticket(script.policy, script.opened, **script.ticket)
    for event in script.events:
        await story.advance_to(script.opened + event.after)
        await story.tell(event.event, at=script.opened + event.after, **told(script, event))
    if (await story.status()).status is not Status.CLOSED:
        await story.advance_to(script.opened + script.until)
    state: State = await story.handle.query(contract.STATE, result_type=State)
    lived = await story.timeline()
    foretold = simulation(script, tmp_path / "script.json", capsys)
    assert [(line["what"], line["text"]) for line in foretold["timeline"]] == [(line.what, line.text) for line in lived]
    for line, real in zip(foretold["timeline"], lived, strict=True):
        assert line["due_at"] == (real.due_at and f"{real.due_at:%Y-%m-%dT%H:%M:%SZ}"), line
        assert abs(real.at - datetime.fromisoformat(line["at"])) <= TIMER, line
    assert foretold["status"] == state.status
    assert foretold["closed_at"] == (state.closing and f"{state.closing.at:%Y-%m-%dT%H:%M:%SZ}")


def test_the_scripts_are_of_different_policies() -> None:
    policies = {script.policy for script in scripts().values()}
    assert policies <= set(Library(POLICIES).names())
    assert len(policies) >= 3
    assert SETTLE < TIMER
