"""What an event costs a ticket that has seen few, and one that has seen thousands: the engine alone, no server.

    uv run --group bench python -m benchmarks.growth

prints CPU microseconds of one event around the 50th, 500th and 5,000th, and the ratio to the 50th. It ends with exit
status 1 where the 5,000th costs more than 1.2 times what the 50th does.
"""

import gc
import sys
from datetime import UTC, datetime, timedelta
from time import process_time

from pydantic import TypeAdapter

from policies.library import Library
from policies.terms import make_terms
from sla.engine import engine
from sla.engine.run import Run
from sla.inputs.event import Event
from sla.inputs.ticket import Ticket
from sla.state.notification import Delivery, Fate

EVENT: TypeAdapter[Event] = TypeAdapter(Event)
OPENED = datetime(2026, 6, 15, 14, tzinfo=UTC)
APART = timedelta(minutes=1)
PLACES = (50, 500, 5_000)
AROUND = 50
"""Events that are measured together; before them the ticket has just as many fewer."""

BAR = 1.2
ROUNDS = 3


def opened() -> Run:
    """A ticket of a vendor with clocks for each message."""
    facts = {"subject": "Restore fails", "customer": {"email": "kim@customer.example"}}
    ticket = Ticket.model_validate(
        {**facts, "id": "T-1", "policy": "crashplan", "severity": "high", "opened_at": OPENED}
    )
    return settled(engine.begin(ticket, make_terms(Library().load("crashplan"), ticket, OPENED), OPENED), OPENED)


def settled(run: Run, now: datetime) -> Run:
    """The ticket once its messages have arrived."""
    said = engine.advance(run, now)
    while said.run.steps:
        run = said.run
        for identity in run.steps:
            run = engine.answered(run, identity, Delivery(fate=Fate.SENT), now)
        said = engine.advance(run, now)
    return said.run


def events(count: int) -> list[Event]:
    """A conversation: the customer writes, we answer."""
    return [
        EVENT.validate_python(
            {
                "event": "agent_replied" if number % 2 else "customer_replied",
                "id": f"e{number}",
                "at": OPENED + number * APART,
            }
        )
        for number in range(count)
    ]


def conversation() -> dict[int, float]:
    """Seconds of CPU for one event around each place, in one conversation."""
    run, spent = opened(), dict[int, float]()
    told = events(PLACES[-1] + AROUND)
    gc.disable()
    for number, event in enumerate(told):
        place = next((place for place in PLACES if place - AROUND // 2 <= number < place + AROUND // 2), None)
        begun = process_time()
        run = settled(engine.receive(run, event, OPENED + number * APART), OPENED + number * APART)
        if place is not None:
            spent[place] = spent.get(place, 0.0) + process_time() - begun
        if number % 500 == 0:
            gc.collect()
    gc.enable()
    return {place: seconds / AROUND for place, seconds in spent.items()}


def main() -> int:
    """Print the table; 1 where the bar is missed."""
    rounds = [conversation() for _ in range(ROUNDS)]
    best = {place: min(each[place] for each in rounds) for place in PLACES}
    print(f"One event of a conversation, best of {ROUNDS} rounds")
    for place, seconds in best.items():
        print(f"around event {place:>6,}: {seconds * 1e6:7.0f} µs  {seconds / best[PLACES[0]]:5.2f} ×")
    ratio = best[PLACES[-1]] / best[PLACES[0]]
    print(
        f"{'met' if ratio <= BAR else 'MISSED'}: the {PLACES[-1]:,}th costs ≤ {BAR} × the {PLACES[0]}th: {ratio:.2f} ×"
    )
    return 0 if ratio <= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
