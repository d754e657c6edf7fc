"""Whether terms agree with themselves: what they name is there. Policies are checked where they are read, with file and
line; terms that come with a start may have been written by anybody."""

from collections.abc import Iterator

from sla.inputs.terms import Repeat, Target, Terms, Threshold


def disagreements(terms: Terms) -> Iterator[str]:
    """Each complaint as `field: reason`, the field as it is named in a start."""
    for where, name in _calendars(terms):
        if name not in terms.calendars:
            yield f"state.terms.{where}: the terms have no calendar {name!r}"
    known = {level.name for level in terms.levels}
    for where, name in _levels(terms):
        if name not in known:
            yield f"state.terms.{where}: the terms have no level {name!r}"
    for where, name in _severities(terms):
        if name not in terms.promises:
            yield f"state.terms.{where}: the terms have no severity {name!r}"
    yield from _strange_calendars(terms)


def _strange_calendars(terms: Terms) -> Iterator[str]:
    for name in sorted(set(terms.calendar_specs) - set(terms.calendars)):
        yield f"state.terms.calendar_specs: the terms have no calendar {name!r}"


def _calendars(terms: Terms) -> Iterator[tuple[str, str]]:
    yield "calendar", terms.calendar
    for where, target in _targets(terms):
        yield from _named(where, target.calendar, target.hours, target.fallback)
    for where, repeat in _repeats(terms):
        yield where, repeat.calendar
    yield from (("ages", rule.calendar) for rule in terms.ages)
    for kind, ladder in terms.ladders.items():
        yield from _named(f"ladders.{kind}", ladder.separate_days, *(step.calendar for step in ladder.steps))
    yield from _named("replies", terms.replies.calendar)


def _levels(terms: Terms) -> Iterator[tuple[str, str]]:
    for where, threshold in _thresholds(terms):
        yield from _named(where, threshold.level)
    yield from (("ages", rule.level) for rule in terms.ages)
    yield from _named("on_request", terms.on_request)
    for kind, ladder in terms.ladders.items():
        yield from _named(f"ladders.{kind}", *(step.level for step in ladder.steps))


def _severities(terms: Terms) -> Iterator[tuple[str, str]]:
    yield "default_severity", terms.default_severity
    for kind, ladder in terms.ladders.items():
        yield from _named(f"ladders.{kind}", *(step.to for step in ladder.steps))


def _named(where: str, *names: str | None) -> Iterator[tuple[str, str]]:
    yield from ((where, name) for name in names if name is not None)


def _targets(terms: Terms) -> Iterator[tuple[str, Target]]:
    for severity, promises in terms.promises.items():
        for objective, promise in promises.items():
            if isinstance(promise, Target):
                yield f"promises.{severity}.{objective}", promise


def _thresholds(terms: Terms) -> Iterator[tuple[str, Threshold]]:
    for where, target in _targets(terms):
        yield from ((f"{where}.thresholds", threshold) for threshold in target.thresholds)


def _repeats(terms: Terms) -> Iterator[tuple[str, Repeat]]:
    for where, threshold in _thresholds(terms):
        if threshold.repeat is not None:
            yield where, threshold.repeat
    yield from (("ages", rule.repeat) for rule in terms.ages if rule.repeat is not None)
