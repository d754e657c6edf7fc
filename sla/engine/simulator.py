"""A ticket lived through with the pure core alone: no server and no timer, time is what the events and the steps say.

Every step is done at the instant it wakes, and every message counts as delivered then. What is due at the very instant
of an event is done before it, as on a server, where the event arrives a moment later.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Self, TypeVar, assert_never

from sla.base.errors import PastHorizon
from sla.engine.engine import Advance, advance, answered, begin, receive, ring
from sla.engine.requests import ExtendCalendars, Request, Result, Send, StartFollowUp
from sla.engine.run import Run
from sla.inputs.event import CustomerReplied, Event, Reopened, ReplyKind
from sla.inputs.terms import AfterClose, Terms
from sla.inputs.ticket import Ticket, successor
from sla.rules.reply_meaning import Aftermath, after_close, aftermath, instead
from sla.state.notification import Delivery, Fate, Notification
from sla.state.state import State
from sla.state.timeline import Entry, What
from sla.steps.agenda import Step

_T = TypeVar("_T")

Extend = Callable[[Terms, Ticket, datetime], Terms]
"""The same terms with calendars that reach past an instant (UTC)."""

ENDLESS = timedelta(days=400)
"""How long after the last event an escalation that is told again for ever is still followed."""

MOST_STEPS = 2_000
"""How many steps after the last event are followed when one of them repeats for ever."""

EXTENSIONS = 5
"""How often calendars are made longer for one question."""


def far_enough(terms: Terms, ticket: Ticket, extend: Extend, ask: Callable[[Terms], _T]) -> _T:
    """An answer of the core; while it lies past the calendars they are made longer. Raises PastHorizon, NoOpenTime."""
    for _ in range(EXTENSIONS):
        try:
            return ask(terms)
        except PastHorizon as error:
            terms = extend(terms, ticket, error.needed)
    return ask(terms)


class Rehearsal:
    """One ticket. `entries` is its whole timeline, also where the state keeps only the newest lines.

    `endless`: it was left at `now` although more is due, for an escalation is told again without an end.
    """

    def __init__(self, ticket: Ticket, terms: Terms, extend: Extend) -> None:
        """The ticket at its opening. Raises UnknownSeverity."""
        self.now = ticket.opened_at
        self.late = timedelta()
        self.run = begin(ticket, terms, self.now)
        self.entries: list[Entry] = list(self.state.timeline)
        self.sent: list[Notification] = []
        self.endless = False
        self._extend = extend

    @property
    def state(self) -> State:
        """The ticket's state, with its newest lines of timeline."""
        return self.run.state

    def pass_to(self, until: datetime | None) -> Self:
        """Let time pass; without `until`, as long as anything is due. Raises NoOpenTime."""
        begun, rings = self.now, 0
        while (said := self._go_on()).wake_at is not None and (until is None or said.wake_at <= until):
            self.endless = until is None and _is_endless(said, begun, rings)
            if self.endless:
                return self
            self.now = max(self.now, said.wake_at + self.late)
            self._become(ring(self.run, said.wake_at))
            rings += 1
        self.now = max(self.now, until or self.now)
        return self

    def hear(self, event: Event, arrival: datetime) -> Self:
        """Let time pass to an event's arrival (UTC), and take it in."""
        self.pass_to(arrival)
        if self._go_on().outcome is not None:
            self._hear_late(event, arrival)
        else:
            self._take_in(event, arrival)
        return self

    def whole(self) -> State:
        """The state with its whole timeline."""
        return self.state.evolve(timeline=tuple(self.entries))

    def deliver(self, step: Step) -> Delivery:
        """How the message of a step ends: it arrives."""
        return Delivery(fate=Fate.SENT)

    def _go_on(self) -> Advance:
        """Do what the engine says, until it waits."""
        while True:
            said = advance(self.run, self.now)
            self._become(said.run)
            if not said.requests:
                return said
            for request in said.requests:
                self._become(answered(self.run, request.id, self._result(request), self.now))

    def _result(self, request: Request) -> Result:
        match request:
            case Send():
                delivery = self.deliver(self.run.steps[request.id])
                self.sent.extend([request.notification] if delivery.fate is Fate.SENT else [])
                return delivery
            case StartFollowUp():
                return Delivery(fate=Fate.SENT)
            case ExtendCalendars():
                return self._extend(request.terms, request.ticket, request.needed)
            case _:
                assert_never(request)

    def _take_in(self, event: Event, arrival: datetime) -> None:
        self._become(receive(self.run, event, arrival))
        self._go_on()

    def _hear_late(self, event: Event, arrival: datetime) -> None:
        """The ticket has ended: what the desk does then, and nothing more."""
        spoken = isinstance(event, CustomerReplied) and event.kind is ReplyKind.HUMAN
        if event.id in self.state.seen:
            return
        if not (spoken or isinstance(event, Reopened)):
            self._note(arrival, What.IGNORED, f"{event.event}: the ticket is closed")
            return
        left = far_enough(self.state.terms, self.state.ticket, self._extend, self._aftermath)
        rule = after_close(left, event.text if isinstance(event, CustomerReplied) else "", arrival)
        if rule is AfterClose.REOPEN:
            self._take_in(event, arrival)
        elif rule is None:
            self._note(arrival, What.THANKED, "the ticket stays closed")
        elif spoken:
            self._note(arrival, What.CUSTOMER_REPLIED, _sent_on(self.state, rule))
        else:
            self._note(arrival, What.IGNORED, f"{event.event}: the ticket is closed; {instead(left, rule)}")

    def _aftermath(self, terms: Terms) -> Aftermath:
        return aftermath(self.state.evolve(terms=terms))

    def _note(self, at: datetime, what: What, detail: str) -> None:
        self._become(self.run.noting(at, what, detail))

    def _become(self, run: Run) -> None:
        self.entries.extend(_added(self.run.state, run.state))
        self.run = run


def rehearse(
    ticket: Ticket, terms: Terms, events: Iterable[Event], until: datetime | None, extend: Extend
) -> Rehearsal:
    """The ticket after `events`, each arriving at its own `at`, in order; those after `until` (UTC) are left out."""
    life = Rehearsal(ticket, terms, extend)
    for event in events:
        arrival = event.at or life.now
        if until is None or arrival <= until:
            life.hear(event, arrival)
    return life.pass_to(until)


def _is_endless(said: Advance, begun: datetime, rings: int) -> bool:
    reminds = said.next is not None and said.next.kind == "reminder"
    return reminds and ((said.wake_at or begun) > begun + ENDLESS or rings >= MOST_STEPS)


def _added(before: State, after: State) -> tuple[Entry, ...]:
    """The lines that are new; told by identity, for two may be equal and a long timeline loses its oldest."""
    last = before.timeline[-1]
    for count, entry in enumerate(reversed(after.timeline)):
        if entry is last:
            return after.timeline[len(after.timeline) - count :]
    return after.timeline


def _sent_on(state: State, after: AfterClose) -> str:
    match after:
        case AfterClose.FOLLOW_UP_TICKET:
            return f"the ticket is closed; follow-up ticket {successor(state.ticket)} begins"
        case AfterClose.TELEPHONE:
            return "the ticket is closed; the customer is asked to call"
        case _:
            return "the ticket is closed; the customer is asked for a new case that names it"
