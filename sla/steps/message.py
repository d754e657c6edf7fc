"""From a step to the message that tells people of it: recipient, and the wording filled with the ticket's values."""

import re
from datetime import datetime

from sla.calendars.time_text import instant_text, lateness
from sla.inputs.wording import LONGEST_SUBJECT, render
from sla.rules.silence import attempt_of
from sla.state.notification import Notification, fitting_id
from sla.state.state import State
from sla.steps.recipients import is_switched_off, recipient
from sla.steps.step import BaseStep

_TICKET_ID = re.compile(r"\{\{\s*ticket_id\s*\}\}")


def compose(state: State, step: BaseStep, now: datetime) -> Notification | None:
    """The message of a step at `now` (UTC); None where it tells nobody.

    It tells nobody by design, because the policy switched its message off, or because there is nobody to tell:
    `sla.steps.delivery.done` tells the three apart.
    """
    to = recipient(state, step)
    if step.message is None or step.audience is None or is_switched_off(state, step) or to is None:
        return None
    ticket = state.ticket
    customer = step.audience == "customer"
    wording, values = state.terms.messages[step.message], _values(state, step, now)
    return Notification(
        id=notification_id(state, step),
        ticket_id=ticket.id,
        audience=step.audience,
        to=to,
        to_name=ticket.customer.name if customer else None,
        message=step.message,
        subject=render(wording.subject, values, LONGEST_SUBJECT),
        body=render(wording.body, values),
        thread=state.customer_thread if customer else state.internal_thread,
        due_at=step.due_at,
    )


def notification_id(state: State, step: BaseStep) -> str:
    """The one id of a step's message, for the ticket's life."""
    return fitting_id(f"{state.ticket.id}+{step.key}")


def _addressee(state: State, step: BaseStep) -> str:
    """How the one inside who is told is called; nobody in mail to the customer."""
    if step.level is not None:
        return state.terms.level(step.level).title
    return state.ticket.owner or "" if step.audience == "internal" else ""


def _values(state: State, step: BaseStep, now: datetime) -> dict[str, str]:
    calendar, ticket = state.calendar(), state.ticket
    _, attempts = attempt_of(state, 0)
    return {
        "ticket_id": ticket.id,
        "subject": ticket.subject,
        "customer_name": ticket.customer.name or "customer",
        "policy": state.terms.title,
        "plan": state.terms.plan,
        "severity": state.severity,
        "opened": instant_text(calendar, ticket.opened_at),
        "follows": ticket.follows or "",
        "objective": "",
        "due": instant_text(calendar, step.due_at),
        "attempt": "0",
        "attempts": str(attempts),
        "level": _addressee(state, step),
        "late": lateness(step.due_at, now),
        "reason": step.detail or (state.closing.reason if state.closing else ""),
        "link": _TICKET_ID.sub(ticket.id, state.terms.link or ""),
        "replied_on": instant_text(calendar, state.ladder.anchor) if state.ladder else "",
        **step.values(state),
    }
