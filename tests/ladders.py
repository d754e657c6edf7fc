"""Ladders of a test's own on the house policy, and what became of them."""

from datetime import datetime
from typing import Any

from rehearsal import LIBRARY, Rehearsal, at, ticket

from policies.ladder_specs import SilenceSpec
from policies.promises import ladders
from sla.state.timeline import What

NY = "America/New_York"
MONDAY = at("2026-11-16 10:00", NY)
YEAR_END = at("2026-12-31 12:00", NY)


def rung(do: str, wait: str, **more: Any) -> dict[str, Any]:
    return {"do": do, "wait": wait, **more}


def opened(*steps: dict[str, Any], when: datetime = MONDAY, severity: str = "high", **rules: Any) -> Rehearsal:
    """A ticket of the house policy with a pending ladder of its own."""
    asked = ticket("house", when, severity=severity, owner="agent@house.example")
    solved = rules.pop("solved", ())
    silence = SilenceSpec.model_validate({"pending": {"steps": steps, **rules}, "solved": solved})
    policy = LIBRARY.load("house").model_copy(update={"silence": silence})
    return Rehearsal(asked, ladders=ladders(policy, "gold", asked))


def answered(*steps: dict[str, Any], when: datetime = MONDAY, **rules: Any) -> Rehearsal:
    return opened(*steps, when=when, **rules).tell("agent_replied", when)


def ny(*texts: str) -> list[datetime]:
    return [at(text, NY) for text in texts]


def due(story: Rehearsal, *whats: What) -> list[datetime | None]:
    return [entry.due_at for entry in story.told(*(whats or (What.FOLLOW_UP,)))]


def sent(story: Rehearsal) -> list[datetime]:
    return [entry.at for entry in story.told(What.FOLLOW_UP)]


def closed_at(story: Rehearsal) -> datetime | None:
    return story.state.closing.at if story.state.closing else None


DAILY = rung("follow_up", "1 business day")
HOURS = rung("follow_up", "2 hours")
ANCHORED = (DAILY, DAILY, rung("close", "5 days", since="silence"))


def called(*whens: str) -> Rehearsal:
    story = Rehearsal(ticket("ladders", at("2026-06-12 15:00", NY), channel="phone"))
    story.tell("agent_replied", at("2026-06-12 15:00", NY))
    for when in whens:
        story.tell("customer_contacted", at(when, NY))
    return story
