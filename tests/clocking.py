"""Tickets under a small policy whose clocks a test writes down itself."""

from datetime import datetime
from typing import Any

from rehearsal import Rehearsal, at, ticket

from policies.library import parse_policy
from policies.terms import make_terms
from policies.yaml_file import Document
from sla.inputs.terms import Objective, Terms

ZONE = "America/New_York"

POLICY = """
policy: house
title: House
source: the tests
revision: 2026-01-01
calendars:
  office: {zone: America/New_York, hours: {mon-fri: 09:00-17:00}, holidays: [{date: 2026-07-03, name: Independence Day}]}
  always: {zone: America/New_York, hours: 24x7}
  chat: {zone: America/New_York, hours: {daily: 08:00-20:00}}
  emea: {zone: Europe/Berlin, hours: {mon-fri: 08:00-16:00}}
calendar: office
severities: {high: high, low: low}
default_severity: high
severity_change: SEVERITY_CHANGE
clocks: CLOCKS
plans:
  only:
    title: Only
    calendar: office
    calendars: CALENDARS
    targets:
      high: HIGH
      low: LOW
after_close: reopen
"""


def story(
    opened: str, high: str, *, low: str = "{}", ticket_fields: dict[str, Any] | None = None, **sections: str
) -> Rehearsal:
    """A ticket under a policy with these targets; an instant is local New York time."""
    text = POLICY.replace("HIGH", high).replace("LOW", low)
    for name, default in (("severity_change", "{}"), ("clocks", "{}"), ("calendars", "[]")):
        text = text.replace(name.upper(), sections.get(name, default))
    asking = ticket("house", ny(opened), **(ticket_fields or {}))
    made = make_terms(parse_policy(Document("house.yaml", text)), asking, asking.opened_at)
    return Rehearsal(asking, **{name: getattr(made, name) for name in Terms.model_fields})


def ny(text: str) -> datetime:
    return at(text, ZONE)


def due(told: Rehearsal, objective: Objective) -> datetime | None:
    return told.clock(objective).due_at
