"""A whole policy in a terminal of 80 columns: what each plan promises, and below it what is done when."""

import re
from collections.abc import Iterable
from textwrap import wrap

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.output.policy_words import (
    cell_words,
    clock_words,
    escalation_words,
    hours_words,
    ladder_words,
    plan_words,
    reply_words,
    rung_words,
    special_words,
    threshold_words,
    zone_words,
)
from cli.output.tickets import plain
from policies.format import MessageSpec, PlanSpec, PolicySpec
from policies.spans import BusinessDay
from sla.base.errors import UnknownPlan
from sla.calendars.time_text import humane
from sla.inputs.ladder_terms import LadderKind
from sla.inputs.terms import Objective

DAY_WORDS = {
    "same time": "over at the same time on the next business day",
    "close": "over when the next business day closes",
}
KINDS: dict[LadderKind, str] = {"pending": "While the customer is silent", "solved": "After a solution"}

_PLACEHOLDER = re.compile(r"\{\{.*?\}\}")
_UNBROKEN = "\N{NO-BREAK SPACE}"


def show_policy(console: Console, policy: PolicySpec, plan: str | None = None) -> None:
    """All of a policy, or of one plan of it. Raises UnknownPlan."""
    if plan is not None and plan not in policy.plans:
        known = ", ".join(policy.plans)
        raise UnknownPlan(f"plan: policy {policy.policy} has no plan {plan!r}; there is {known}")
    _head(console, policy)
    for name, spec in policy.plans.items():
        if plan in {None, name}:
            _plan(console, policy, name, spec)
    _rules(console, policy)
    _silence(console, policy, plan)
    _section(console, "A reply of the customer", reply_words(policy))
    _section(console, "Messages", _messages(policy))


def _head(console: Console, policy: PolicySpec) -> None:
    console.print(Text(f"{plain(policy.title)} ({policy.policy})", style="bold"))
    console.print(Text(f"source: {plain(policy.source)}"))
    console.print(Text(f"in force from {policy.revision}"))
    console.print(Text(f"a business day is {_day(policy.business_day)}"))
    _section(console, "Calendars", _calendars(policy))
    default = {policy.default_severity: " (where a ticket names none)"}
    severities = (f"{name}: {meaning}{default.get(name, '')}" for name, meaning in policy.severities.items())
    _section(console, "Severities, highest first", severities)


def _day(day: BusinessDay) -> str:
    return DAY_WORDS.get(day.reading, f"worth {day.hours} business hours")


def _calendars(policy: PolicySpec) -> Iterable[str]:
    for name, spec in policy.calendars.items():
        main = ", the policy's own" if name == policy.calendar else ""
        yield f"{name}: {hours_words(spec)}, {zone_words(spec)}{main}"
        yield from (f"  {each}" for each in special_words(spec))


def _plan(console: Console, policy: PolicySpec, name: str, plan: PlanSpec) -> None:
    default = ", where a ticket names none" if name == policy.default_plan else ""
    _section(console, f"Plan {name}: {plan.title}{default}", plan_words(plan))
    given = [each for each in Objective if any(each in row for row in plan.targets.values())]
    table = Table(show_lines=len(given) > 1)
    table.add_column("", no_wrap=True)
    for severity in policy.severities:
        table.add_column(severity, overflow="fold", ratio=1)
    for objective in given:
        cells = (_plain_lines(cell_words(plan.targets[severity].get(objective))) for severity in policy.severities)
        table.add_row(Text(humane(objective)), *cells)
    console.print(table)


def _plain_lines(text: str) -> Text:
    return Text("\n".join(plain(line) for line in text.split("\n")))


def _rules(console: Console, policy: PolicySpec) -> None:
    differing = (clock_words(objective, spec) for objective, spec in policy.clocks.items())
    _section(console, "Clocks that differ from the usual", filter(None, differing))
    _section(console, "Levels", (f"{spec.title} ({name}), {spec.email}" for name, spec in policy.levels.items()))
    told = [threshold_words(policy, each) for each in policy.thresholds]
    _section(console, "Told on every clock", told)
    _section(console, "Escalated otherwise", escalation_words(policy))
    _section(console, "A change of severity", _severity(policy))


def _severity(policy: PolicySpec) -> Iterable[str]:
    rules = policy.severity_change
    if rules.targets == "change":
        yield "the new targets count from the change"
    if set(rules.by) != {"agent", "customer"}:
        yield f"only by: {', '.join(rules.by) or 'nobody'}"


def _silence(console: Console, policy: PolicySpec, plan: str | None) -> None:
    for kind, heading in KINDS.items():
        ladders = policy.silence.ladders(kind)
        for place, ladder in enumerate(ladders, 1):
            if plan is None or not ladder.plans or plan in ladder.plans:
                steps = (f"{number}. {rung_words(policy, rung)}" for number, rung in enumerate(ladder.steps, 1))
                which = f" (ladder {place} of {len(ladders)})" if len(ladders) > 1 else ""
                _section(console, f"{heading}{which}", (*ladder_words(ladder), *steps))


def _messages(policy: PolicySpec) -> Iterable[str]:
    own = [name for name, each in policy.messages.items() if isinstance(each, MessageSpec)]
    off = [name for name, each in policy.messages.items() if not isinstance(each, MessageSpec)]
    yield from (f"in this policy's own words: {', '.join(each)}" for each in [own] if each)
    yield from (f"never sent: {', '.join(each)}" for each in [off] if each)
    if isinstance(policy.messages.get("survey"), MessageSpec):
        yield f"the survey is sent when the ticket is {policy.survey_on}"
    if policy.link:
        yield f"the customer finds a ticket at {policy.link}"
    yield f"later than {policy.grace.said}, a step counts from when it was really done"


def _section(console: Console, heading: str, lines: Iterable[str]) -> None:
    """A heading and its lines; nothing where there are none."""
    listed = list(lines)
    if listed:
        console.print()
        console.print(Text(plain(heading), style="bold"))
    for line in listed:
        indent = 2 + len(line) - len(line.lstrip())
        console.print(Text(_wrapped(plain(line.strip()), indent, console.width)))


def _wrapped(line: str, indent: int, width: int) -> str:
    """Indented, and what runs on by two more; a placeholder between braces stays on one line."""
    first, more = " " * indent, " " * (indent + 2)
    whole = _PLACEHOLDER.sub(lambda found: found[0].replace(" ", _UNBROKEN), line)
    lines = wrap(whole, width, initial_indent=first, subsequent_indent=more, break_on_hyphens=False)
    return "\n".join(lines).replace(_UNBROKEN, " ") or first
