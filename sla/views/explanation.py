"""The due instants of a ticket as sentences that a customer could be sent: what was promised, what counted, and why."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sla.calendars.calendar import Calendar
from sla.calendars.duration import Count, Duration
from sla.inputs.terms import Absence, Objective, Target
from sla.state.clock import Clock, began_outside, counts_from, deadline, length
from sla.state.state import State
from sla.views.counted_days import counted_sentences
from sla.views.forecast import CUT_OFF, NEXT_MESSAGE, Segment, awaited, latest_clock, segments
from sla.views.full_text import hours_text, is_round_the_clock, joined, moment_text, span_words

NOUNS = {
    Objective.ACKNOWLEDGEMENT: "a confirmation that one of us has your request in hand",
    Objective.FIRST_RESPONSE: "a first answer",
    Objective.NEXT_RESPONSE: "an answer to what you write later",
    Objective.UPDATE: "an update",
    Objective.WORKAROUND: "a way around the problem",
    Objective.RESOLUTION: "a solution",
    Objective.AGENT_WORK: "the end of our own work",
    Objective.ESCALATION_REVIEW: "a review of your wish to escalate",
}
"""How a customer would call each objective."""

_ABSENT = {
    "none": "We promise no time for {noun}.",
    "best_effort": "We do our best to give you {noun} soon; no time is promised for it.",
    "not_stated": "Our terms of support do not state a time for {noun}.",
}

_WORDS = {
    "next business day": "by the close of the next business day",
    "same business day": "by the close of the same business day",
    "at once": "at once",
}

_OF_CUSTOMER = {
    "the customer writes again": "you write to us again",
    "the customer asks to escalate": "you ask to escalate",
    "the customer calls": "you call us",
    "the description is complete": "the description of the problem is complete",
    "the sender is known": "we know who you are",
}


def told_in(state: State) -> Calendar:
    """The calendar in whose local time the opening is told: that of the first target with a due instant.

    The policy's calendar where there is none, or where due instants are told in several zones.
    """
    counting = _counting_calendars(state)
    return counting[0] if counting and not tells_zones(state) else state.calendar()


def tells_zones(state: State) -> bool:
    """Whether due instants are told in several zones, so that each must say which."""
    return len({calendar.zone for calendar in _counting_calendars(state)}) > 1


def _counting_calendars(state: State) -> list[Calendar]:
    stated = state.terms.promises[state.severity]
    running = (state.promise(each) for each in stated if latest_clock(state, each) is not None)
    return [state.calendar(promise.calendar) for promise in running if isinstance(promise, Target)]


def asked(state: State) -> str:
    """When the customer asked, in the local time of `told_in`."""
    return f"You asked on {_moment(state, told_in(state), state.ticket.opened_at)}."


def _moment(state: State, calendar: Calendar, at: datetime) -> str:
    zone = f" ({calendar.zone} time)" if tells_zones(state) else ""
    return f"{moment_text(calendar, at)}{zone}"


def account(state: State, objective: Objective) -> tuple[str, ...]:
    """Sentences about one objective of a ticket. Raises PastHorizon, NoOpenTime."""
    promise, noun = state.promise(objective), NOUNS[objective]
    if isinstance(promise, Absence):
        return (_supposing(objective, _ABSENT[promise.kind].format(noun=noun)),)
    clock = latest_clock(state, objective)
    if clock is None:
        return (f"We promise {noun} {_within(promise.duration)}.", _begins(state, objective))
    return tuple(_begun(state, clock, promise, noun))


def _supposing(objective: Objective, sentence: str) -> str:
    if objective is not Objective.ESCALATION_REVIEW:
        return sentence
    return f"If you ask to escalate, {sentence[0].lower()}{sentence[1:]}"


def _within(duration: Duration) -> str:
    return _WORDS.get(duration.said, f"within {duration.said}")


def _begins(state: State, objective: Objective) -> str:
    what = [_for_customer(each) for each in awaited(state, objective)]
    if what:
        return f"That time begins when {joined(what)}."
    answered = Objective.FIRST_RESPONSE in state.reached
    return f"{'A first answer was given, and that' if answered else 'That'} time begins {NEXT_MESSAGE}."


def _for_customer(cause: str) -> str:
    met = cause.removesuffix(" is met")
    return f"you have {NOUNS[Objective(met)]}" if met in list(Objective) else _OF_CUSTOMER[cause]


def _begun(state: State, clock: Clock, target: Target, noun: str) -> Iterator[str]:
    counted = length(clock, target, state.calendar)
    if clock.started_at != state.ticket.opened_at:
        yield f"From {_moment(state, state.calendar(target.calendar), clock.started_at)} on:"
    yield f"We promise {noun} {_within(counted)}."
    yield from _outside(state, clock, target)
    if counted.amount or counted.count is Count.BUSINESS_CLOSE:
        yield from _counting(state, clock, target, counted)
    else:
        yield "It is given as soon as your request is taken."


def _counting(state: State, clock: Clock, target: Target, counted: Duration) -> Iterator[str]:
    calendar = state.calendar(target.calendar)
    made = segments(clock, target, state.calendar)
    due = deadline(clock, target, state.calendar)
    other = next((pause.calendar for pause in clock.pauses if pause.calendar is not None), None)
    if other is None:
        yield from _readings(calendar, counted)
        yield from _cut_off(target, calendar, made)
        start = counts_from(clock, target, state.calendar)
        yield from counted_sentences(calendar, counted.count, start, made)
    else:
        yield from _without_contact(state.calendar(other), made)
        yield from counted_sentences(state.calendar(other), Count.BUSINESS, clock.started_at, made)
    yield f"It is due on {_moment(state, calendar, due)}."
    yield from _verdict(calendar, clock, due)


def _without_contact(calendar: Calendar, made: tuple[Segment, ...]) -> Iterator[str]:
    total = timedelta(seconds=sum(each.counted_seconds for each in made))
    yield f"As nobody on your side can work with us, only our hours count; in them this is {span_words(total)}."
    yield from _hours(calendar)


def _hours(calendar: Calendar) -> Iterator[str]:
    if is_round_the_clock(calendar.compiled.weekly):
        yield "We work round the clock, every day."
    elif hours := hours_text(calendar.compiled.weekly):
        yield f"Our hours are {hours} ({calendar.zone} time)."


def _readings(calendar: Calendar, duration: Duration) -> Iterator[str]:
    """What the duration means."""
    match duration.count:
        case Count.ELAPSED:
            yield "This time runs on through nights, weekends and holidays."
            return
        case Count.DAYS:
            yield "These are calendar days, weekends and holidays included, to the same time of day."
            return
        case Count.BUSINESS:
            pass
        case Count.BUSINESS_DAYS:
            yield "A business day lasts to the same time of day on the next day that we are open."
        case Count.BUSINESS_CLOSE:
            yield "A business day lasts to the close of that day, whatever time it is when it begins."
    yield from _hours(calendar)


def _outside(state: State, clock: Clock, target: Target) -> Iterator[str]:
    if began_outside(clock, target, state.calendar):
        yield f"You asked outside our hours; in our hours it would be {target.duration.said}."


def _cut_off(target: Target, calendar: Calendar, made: tuple[Segment, ...]) -> Iterator[str]:
    if target.cutoff is None or not any(each.why == CUT_OFF for each in made):
        return
    time = f"{target.cutoff.at // 3600:02}:{target.cutoff.at % 3600 // 60:02}"
    waited = next(each for each in made if each.why == CUT_OFF)
    opening = moment_text(calendar, waited.end)
    if target.cutoff.kind == "hard":
        yield f"What comes after {time} counts from the opening of the next business day, {opening}."
    else:
        yield f"What comes after {time} is not due before the opening of the next business day, {opening}."


def _verdict(calendar: Calendar, clock: Clock, due: datetime) -> Iterator[str]:
    if clock.stopped_at is None or clock.kept is None:
        return
    given = moment_text(calendar, clock.stopped_at)
    if clock.kept:
        early = due - clock.stopped_at
        left = f", {span_words(early)} before it was due" if early else ""
        yield f"It was given on {given}{left}: in time."
    else:
        yield f"It was given on {given}, {span_words(clock.stopped_at - due)} after it was due: too late."
