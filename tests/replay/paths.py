"""The paths through a ticket's life that have a golden history.

Every instant is fixed and lies years ahead, so that a new recording gives the same due instants as the one before.
"""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sla.inputs.ticket import Ticket
from sla.state.notification import Delivery, Fate


class Told(NamedTuple):
    """A signal as it is sent: `payload` is what a client would give it, right or wrong."""

    at: datetime
    signal: str
    payload: Any


class Path(NamedTuple):
    """One ticket: how it was opened, what it is told, and until when (None: to its end) it is watched.

    `answers` is what the channel says to its first sends, one after the other; then it says "sent". `Crash` is a send
    that raises. `short_runs`: played on a server that suggests to continue as new after a few events.
    `answerable`: whether the ticket gets terms at all.
    """

    name: str
    ticket: Ticket
    told: tuple[Told, ...]
    until: datetime | None = None
    answers: "tuple[Delivery | Crash, ...]" = ()
    short_runs: bool = False
    answerable: bool = True


class Crash(NamedTuple):
    """A send whose worker dies: no answer; asked later, the channel says `fate`."""

    fate: Fate


def _at(text: str) -> datetime:
    return datetime.fromisoformat(f"2030-{text}:00Z")


def _ticket(identity: str, policy: str, plan: str | None, severity: str | None, opened: str) -> Ticket:
    return Ticket.model_validate(
        {
            "id": identity,
            "policy": policy,
            "plan": plan,
            "severity": severity,
            "subject": f"Golden ticket {identity}",
            "customer": {"name": "Dana Whitfield", "email": "dana@harborlight.example"},
            "time_zone": "America/New_York" if policy == "ownbackup" else None,
            "opened_at": _at(opened),
        }
    )


def _told(when: str, signal: str, number: int, **fields: Any) -> Told:
    at = _at(when)
    return Told(at, signal, {"event": signal, "id": f"event-{number}", "at": at.isoformat(), **fields})


def _answered(when: str, number: int, **fields: Any) -> Told:
    return _told(when, "agent_replied", number, **fields)


def _heard(when: str, number: int, kind: str = "human") -> Told:
    return _told(when, "customer_replied", number, kind=kind)


def _closed(when: str, number: int) -> Told:
    return _told(when, "closed", number, reason="confirmed by telephone")


_SENT, _REFUSED = Delivery(fate=Fate.SENT), Delivery(fate=Fate.REFUSED, detail="550 no such user")
_NOT_SENT = Delivery(fate=Fate.NOT_SENT, detail="421 try again later")
_UNCERTAIN = Delivery(fate=Fate.UNCERTAIN, detail="the line dropped after DATA")

# 2030-03-01 is a Friday; in the US the clocks go forward on 10 March.
PATHS = (
    Path(
        "acronis_follow_ups",
        _ticket("GOLD-01", "acronis", "pay-per-incident", "a", "03-01T02:00"),
        (
            _answered("03-01T04:00", 1),
            _heard("03-12T01:00", 2),
            _answered("03-12T03:00", 3, solution=True),
            _closed("03-13T02:00", 4),
        ),
    ),
    Path(
        "crashplan_silence",
        _ticket("GOLD-02", "crashplan", None, "normal", "03-07T16:00"),
        (_answered("03-07T16:30", 1),),
    ),
    Path(
        "crashplan_reopened",
        _ticket("GOLD-03", "crashplan", None, "urgent", "03-06T15:15"),
        (
            _answered("03-06T16:00", 1, solution=True),
            _heard("03-08T13:10", 2),
            _answered("03-08T14:00", 3, solution=True),
        ),
    ),
    Path(
        "ownbackup_breached",
        _ticket("GOLD-04", "ownbackup", "standard", "high", "03-01T21:30"),
        (
            _answered("03-04T20:10", 1, awaiting="us"),
            _answered("03-04T20:40", 2),
            _heard("03-05T14:20", 3),
            _answered("03-05T15:05", 4, solution=True),
            _closed("03-06T14:00", 5),
        ),
    ),
    Path(
        "ownbackup_premier",
        _ticket("GOLD-05", "ownbackup", "premier", "high", "03-10T05:30"),
        (
            _answered("03-10T06:10", 1, awaiting="us"),
            _answered("03-10T07:30", 2, awaiting="us"),
            _answered("03-10T08:30", 3),
            _heard("03-10T09:30", 4),
            _answered("03-10T10:30", 5, solution=True),
            _closed("03-11T15:00", 6),
        ),
    ),
    Path(
        "severity_changed",
        _ticket("GOLD-06", "ownbackup", "standard", "low", "03-04T15:00"),
        (
            _told("03-04T16:00", "severity_changed", 1, severity="high"),
            _told("03-04T17:00", "severity_changed", 2, severity="medium"),
            _answered("03-05T15:30", 3, solution=True),
            _closed("03-05T16:00", 4),
        ),
    ),
    Path(
        "duplicate_event",
        _ticket("GOLD-07", "acronis", "advantage-premier", "a", "03-04T02:00"),
        (_answered("03-04T03:00", 1), _answered("03-04T05:00", 1), _heard("03-05T02:00", 2), _heard("03-05T03:00", 2)),
        until=_at("03-05T04:00"),
    ),
    Path(
        "automatic_voices",
        _ticket("GOLD-08", "acronis", "customer-service", "a", "03-04T02:00"),
        (
            _answered("03-04T03:00", 1),
            _heard("03-04T03:01", 2, kind="auto"),
            _heard("03-08T02:00", 3, kind="bounce"),
        ),
        until=_at("03-20T02:00"),
    ),
    Path(
        "ignored_signals",
        _ticket("GOLD-09", "crashplan", None, "low", "03-04T15:00"),
        (
            Told(_at("03-04T15:10"), "agent_replied", "not an object"),
            Told(_at("03-04T15:11"), "agent_replied", {"id": "x", "at": "2030-03-04T15:11:00"}),
            Told(_at("03-04T15:12"), "severity_changed", {"id": "event-1", "severity": "extreme"}),
            Told(_at("03-04T15:13"), "escalated_by_partner", {"id": "event-2"}),
            _closed("03-04T15:20", 3),
        ),
    ),
    Path(
        "mail_refused",
        _ticket("GOLD-10", "acronis", "customer-service", "a", "03-04T02:00"),
        (_answered("03-04T03:00", 1), _heard("03-12T02:00", 2)),
        until=_at("03-12T04:00"),
        answers=(_SENT, _REFUSED),
    ),
    Path(
        "mail_uncertain",
        _ticket("GOLD-11", "acronis", "customer-service", "a", "03-04T02:00"),
        (_answered("03-05T09:00", 1),),
        until=_at("03-12T02:00"),
        # Acknowledgement; warning, uncertain and so repeated once; breach; follow-up, uncertain and so held.
        answers=(_SENT, _UNCERTAIN, _SENT, _SENT, _UNCERTAIN),
    ),
    Path(
        "mail_tried_again",
        _ticket("GOLD-12", "crashplan", None, "high", "03-04T15:00"),
        (_answered("03-04T16:00", 1, solution=True),),
        answers=(_NOT_SENT, _NOT_SENT, _SENT),
    ),
    Path(
        "worker_died",
        _ticket("GOLD-13", "crashplan", None, "high", "03-04T15:00"),
        (_closed("03-04T16:00", 1),),
        answers=(Crash(Fate.SENT), Crash(Fate.UNCERTAIN)),
    ),
    Path(
        "calendars_renewed",
        _ticket("GOLD-14", "crashplan", None, "low", "03-04T15:00"),
        (
            _answered("03-04T16:00", 1, awaiting="us"),
            _told("03-04T17:00", "severity_changed", 2, severity="normal"),
            Told(
                datetime.fromisoformat("2032-03-03T22:30:00Z"),
                "agent_replied",
                {"id": "event-3", "at": "2032-03-03T22:30:00Z"},
            ),
        ),
        until=datetime.fromisoformat("2032-03-09T00:00:00Z"),
    ),
    Path(
        "continued",
        _ticket("GOLD-15", "acronis", "customer-service", "a", "03-04T02:00"),
        (
            _answered("03-04T03:00", 1),
            _heard("03-08T02:00", 2),
            _answered("03-08T02:00", 1),
            _answered("03-08T03:00", 3),
            _closed("03-12T04:00", 4),
        ),
        short_runs=True,
    ),
    Path(
        "held_and_escalated",
        _ticket("GOLD-17", "crashplan", None, "high", "03-04T15:00"),
        (
            _told("03-04T15:10", "put_on_hold", 1, until="2030-03-05T15:00:00Z", reason="a part is on its way"),
            _told("03-05T16:00", "escalation_requested", 2, reason="it takes too long"),
            _told("03-05T16:20", "acknowledged", 3, by="Lee"),
            _told("03-05T17:00", "put_on_hold", 4),
            _told("03-06T15:00", "resumed", 5),
            _told("03-06T16:00", "solved", 6),
        ),
    ),
    Path(
        "attempts_by_people",
        _ticket("GOLD-18", "novastor", "no-plan", None, "03-04T18:00"),
        (
            _answered("03-04T19:00", 1),
            _told("03-05T19:00", "customer_contacted", 2),
            _told("03-07T19:00", "customer_contacted", 3),
        ),
    ),
    Path(
        "confirmed_by_a_word",
        _ticket("GOLD-19", "acronis", "trial", "a", "03-04T02:00"),
        (_answered("03-04T03:00", 1), _told("03-08T02:00", "customer_replied", 2, text="Resolved!")),
    ),
    Path("unknown_policy", _ticket("GOLD-16", "no-such-policy", None, None, "03-04T02:00"), (), answerable=False),
)

LATER = timedelta(seconds=1)
"""Told after the instant it happened, so that arrival never cuts it short."""
