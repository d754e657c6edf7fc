"""Every complaint and every warning about a policy that reads well: a good policy, one line changed, place and sentence."""

from datetime import date
from functools import cache
from pathlib import Path

import pytest
from pydantic import ValidationError

from policies.check_escalation import reviewed_twice
from policies.checks import REFUSED, WARNED, warnings
from policies.complaint import line_of
from policies.format import PolicySpec
from policies.library import parse_policy
from policies.review import review
from policies.yaml_file import Document
from sla.base.errors import PolicyError

FILE = Path(__file__).parents[1] / "data" / "whole.yaml"
WHOLE = FILE.read_text(encoding="utf-8")
TODAY = date(2026, 6, 1)

REFUSALS = [
    # old, new, field, sentence; the place is that of `|` in new
    ("calendar: office\nbus", "|calendar: ofice\nbus", "calendar", "there is no calendar 'ofice'; did you mean office? there is always, evening, office"),
    ("default_severity: normal", "|default_severity: huge", "default_severity", "there is no severity 'huge'; there is high, low, normal"),
    ("default_plan: gold", "|default_plan: bold", "default_plan", "there is no plan 'bold'; did you mean gold? there is gold, silver"),
    ("    calendar: office\n    channels", "    |calendar: day\n    channels", "plans.gold.calendar", "there is no calendar 'day'; there is always, evening, office"),
    ("{use: evening, regions", "{|use: dawn, regions", "plans.gold.calendars.2.use", "there is no calendar 'dawn'; there is always, evening, office"),
    ("use: always, severities: [high]", "use: always, severities: [|top]", "plans.gold.calendars.0.severities.0", "there is no severity 'top'; there is high, low, normal"),
    ("channels: [chat]}", "channels: [|fax]}", "plans.gold.calendars.1.channels.0", "there is no channel 'fax'; there is chat, email, phone"),
    ("      high: {first_response: {phone", "      |tiny: {first_response: {phone", "plans.gold.targets.tiny", "there is no severity 'tiny'; there is high, low, normal"),
    ("other: 1 business hour", "|fax: 1 day, other: 1 business hour", "plans.gold.targets.high.first_response.fax", "there is no channel 'fax'; there is chat, email, phone"),
    ("hours: office, calendar: always", "hours: office, |calendar: night", "plans.silver.targets.high.first_response.calendar", "there is no calendar 'night'; there is always, evening, office"),
    ("hours: office, calendar: always", "|hours: night, calendar: always", "plans.silver.targets.high.first_response.hours", "there is no calendar 'night'; there is always, evening, office"),
    ("{at: 75%, tell: lead}", "{at: 75%, |tell: boss}", "thresholds.0.tell", "there is no level 'boss'; there is desk, lead, manager"),
    ("tell: lead, objectives: [first_response], severities: [high]", "tell: lead, objectives: [first_response], severities: [|top]", "thresholds.1.severities.0", "there is no severity 'top'; there is high, low, normal"),
    ("age: 5 business days, tell: lead", "age: 5 business days, |tell: boss", "escalation.ages.0.tell", "there is no level 'boss'; there is desk, lead, manager"),
    ("severities: [normal, low], repeat", "severities: [normal, |lo], repeat", "escalation.ages.0.severities.1", "there is no severity 'lo'; did you mean low? there is high, low, normal"),
    ("on_request: {tell: manager", "on_request: {|tell: boss", "escalation.on_request.tell", "there is no level 'boss'; there is desk, lead, manager"),
    ("review: 1 business day", "review: {target: 1 business day, |calendar: night}", "escalation.on_request.review.calendar", "there is no calendar 'night'; there is always, evening, office"),
    ("plans: [gold]", "plans: [|bold]", "silence.pending.0.plans.0", "there is no plan 'bold'; did you mean gold? there is gold, silver"),
    ("      channels: [phone]\n", "      channels: [|fax]\n", "silence.pending.0.channels.0", "there is no channel 'fax'; there is chat, email, phone"),
    ("do: notify, tell: manager", "do: notify, |tell: boss", "silence.pending.0.steps.3.tell", "there is no level 'boss'; there is desk, lead, manager"),
    ("do: close, severities: [low]", "do: close, severities: [|lo]", "silence.pending.0.steps.2.severities.0", "there is no severity 'lo'; did you mean low? there is high, low, normal"),
    ("to: low, severities: [high, normal]", "|to: tiny, severities: [high, normal]", "silence.pending.0.steps.4.to", "there is no severity 'tiny'; there is high, low, normal"),
    ("message: nudge, calendar: always", "message: nudge, |calendar: night", "silence.pending.1.steps.0.calendar", "there is no calendar 'night'; there is always, evening, office"),
    ("severities: [high, normal], channels: [chat]", "severities: [high, |high], channels: [chat]", "plans.gold.calendars.1.severities.1", "'high' is given twice"),
    ("channels: [email, phone, chat]", "channels: [email, phone, chat, |email]", "plans.gold.channels.3", "'email' is given twice"),
    ("contacts: [kim@customer.example, jo@customer.example]", "contacts: [kim@customer.example, |kim@customer.example]", "plans.gold.entitlement.contacts.1", "'kim@customer.example' is given twice"),
    ("by: [agent]", "by: [agent, |agent]", "severity_change.by.1", "'agent' is given twice"),
    ("needs: [description]", "needs: [description, |description]", "clocks.resolution.needs.1", "'description' is given twice"),
    ("      low: {first_response: {target: next", "      normally: {first_response: {target: next", "plans.gold.targets.normally", "there is no severity 'normally'; did you mean normal? there is high, low, normal"),
    ("low: {first_response: 2 days, workaround: none}", "", "plans.silver.targets", "no row for severity 'low'"),
    ("first_response: {email: 4 business hours, phone", "|first_response: {phone", "plans.gold.targets.normal.first_response", "nothing is said of email; add it, or 'other' for every channel not named"),
    ("phone: at once, other: 1 business hour", "phone: at once", "plans.gold.targets.high.first_response", "nothing is said of email and chat; add it, or 'other' for every channel not named"),
    ("      - {use: evening, regions: [asia]}", "      - {use: evening, regions: [asia]}\n      - |{use: always, severities: [low], regions: [asia]}", "plans.gold.calendars.3", "never chosen: rule 3 fits all that this one fits"),
    ("severities: [high], requested: true", "severities: [high, normal]", "plans.gold.calendars.1", "never chosen: rule 1 fits all that this one fits"),
    ("    - plans: [gold]", "    - steps: [{wait: 1 day, do: close}]\n    - |plans: [gold]", "silence.pending.1", "never chosen: the ladders above fit all that this one fits"),
    ("    - steps:\n", "    - {plans: [gold, silver], steps: []}\n    - |steps:\n", "silence.pending.2", "never chosen: the ladders above fit all that this one fits"),
    ("  - {after: 1 business hour, tell: manager}", "  - |{at: breach, tell: manager, severities: [low]}", "thresholds.3", "threshold 3 tells 'manager' at this instant already"),
    ("  on_request", "    - |{age: 5 business days, tell: lead}\n  on_request", "escalation.ages.1", "age 1 tells 'lead' at this instant already"),
    ("holidays: [{date: 2026-12-25, name: Christmas Day}]", "holidays: [|{country: ZZ}]", "calendars.office.holidays.0", "holidays: Country ZZ not available"),
    ("holidays: [{date: 2026-12-25, name: Christmas Day}]", "holidays: [|{country: DE, subdivision: XX}]", "calendars.office.holidays.0", "holidays: country `DE` does not have subdivision XX"),
    ("hours: {mon-sat: 12:00-21:00}", "|hours: closed", "calendars.evening.hours", "not one minute is open"),
    ("hours: office, calendar: always", "hours: always, calendar: office", "plans.silver.targets.high.first_response.outside", "never counts: the calendar that decides is open round the clock"),
    ("outside: 2 hours, hours: office, calendar", "|hours: office, calendar", "plans.silver.targets.high.first_response.hours", "decides nothing without 'outside' or 'cutoff'"),
    ("first_response: 2 days, w", "first_response: {target: 2 days, |cutoff: hard 07:00}, w", "plans.silver.targets.low.first_response.cutoff", "lies before the calendar opens, so that every ticket would come too late"),
    ("clocks:\n", "clocks:\n  next_response: {|starts: opened}\n", "clocks.next_response.starts", "next_response begins with each message of the customer; leave 'starts' out"),
    ("clocks:\n", "clocks:\n  escalation_review: {|starts: opened}\n", "clocks.escalation_review.starts", "escalation_review begins with each request to escalate; leave 'starts' out"),
    ("clocks:\n", "clocks:\n  update: {|needs: [sender]}\n", "clocks.update.needs", "update begins anew with every cause and cannot wait"),
    ("workaround: {starts: opened, on_hold", "workaround: {|starts: workaround, on_hold", "clocks.workaround.starts", "never begins: workaround after workaround"),
    ("workaround: {starts: opened, on_hold: restart}", "workaround: {starts: resolution}\n  first_response: {starts: workaround}", "clocks.resolution.starts", "never begins: resolution after first_response after workaround after resolution"),
    ("{at: 75%, tell: lead}", "|{at: 75%, after: 1 hour, tell: lead}", "thresholds.0", "give one of 'at' (a percentage or 'breach'), 'before' and 'after' (a duration)"),
    ("  - {at: 75%, tell: lead}", "  - |{tell: lead}", "thresholds.0", "give one of 'at' (a percentage or 'breach'), 'before' and 'after' (a duration)"),
    ("before: 30 minutes", "|before: 1 business day", "thresholds.1.before", "cannot be counted backwards in business days; write it in business hours, such as '9 business hours'"),
    ("{every: 1 business hour, rearm: 2 business days}", "{}", "thresholds.2.repeat", "give 'every', 'rearm' or both"),
    ("every: 1 business hour", "|every: 0 business hours", "thresholds.2.repeat.every", "must be at least a minute"),
    ("repeat: {rearm: 1 business day}", "repeat: {|rearm: at once}", "escalation.ages.0.repeat.rearm", "must be at least a minute"),
    ("messages:\n", "messages:\n  warning: none\n", "thresholds.1.tell", "the message 'warning' is switched off: nobody would be told; give it words"),
    ("messages:\n", "messages:\n  breach: none\n", "thresholds.2.tell", "the message 'breach' is switched off: nobody would be told"),
    ("messages:\n", "messages:\n  escalation: none\n", "thresholds.3.tell", "the message 'escalation' is switched off: nobody would be told"),
    ("messages:\n", "messages:\n  age: none\n", "escalation.ages.0.tell", "the message 'age' is switched off: nobody would be told"),
    ("messages:\n", "messages:\n  requested: none\n", "escalation.on_request.tell", "the message 'requested' is switched off: nobody would be told"),
    ("messages:\n", "messages:\n  reminder: none\n", "thresholds.2.repeat", "the message 'reminder' is switched off: nobody would be told"),
    ("do: notify, tell: manager", "do: notify", "silence.pending.0.steps.3", "'notify' needs 'tell': the level that is told"),
    ("do: lower_severity, to: low,", "do: lower_severity,", "silence.pending.0.steps.4", "'lower_severity' needs 'to': the severity that the ticket gets"),
    ("do: follow_up, channel: phone", "do: follow_up, |tell: lead, channel: phone", "silence.pending.0.steps.0.tell", "a step that does 'follow_up' has no 'tell'; leave it out"),
    ("{wait: 3 days, do: solve}", "{wait: 3 days, do: solve, |message: nudge}", "silence.pending.1.steps.1.message", "a step that does 'solve' has no 'message'; leave it out"),
    ("{wait: 3 days, do: close}", "{wait: 3 days, do: close, |to: low}", "silence.solved.0.to", "a step that does 'close' has no 'to'; leave it out"),
    ("do: notify, tell: manager", "do: notify, tell: manager, |channel: phone", "silence.pending.0.steps.3.channel", "only a 'follow_up' goes by phone, not 'notify'"),
    ("message: nudge, calendar", "|message: shove, calendar", "silence.pending.1.steps.0.message", "there is no message 'shove'; did you mean"),
    ("messages:\n", "messages:\n  call: none\n", "silence.pending.0.steps.0.message", "the message 'call' is switched off; give it words, or name another"),
    ("messages:\n", "messages:\n  silence: none\n", "silence.pending.0.steps.3.message", "the message 'silence' is switched off; give it words, or name another"),
    ("to: low, severities: [high, normal]", "|to: normal, severities: [high, normal]", "silence.pending.0.steps.4.to", "'normal' is not lower than 'normal'; severities are listed highest first"),
    ("to: low, severities: [high, normal]", "|to: high", "silence.pending.0.steps.4.to", "'high' is the highest severity: nothing is lowered to it"),
    ("    - {wait: 3 days, do: close}\n", "    - {wait: 3 days, do: close}\n    - |{wait: 1 day, do: notify, tell: lead}\n", "silence.solved.1", "never reached: no ticket comes past step 1"),
    ("do: notify, tell: manager}", "do: close, severities: [high, normal]}", "silence.pending.0.steps.4", "never reached: no ticket at high and normal comes past step 4"),
    ("        - {wait: 1 business day, do: follow_up}\n", "        - {wait: 1 business day, do: close, severities: [high]}\n        - |{wait: 1 day, do: follow_up, severities: [high]}\n", "silence.pending.0.steps.2", "never reached: no ticket at high comes past step 2"),
    ("message: nudge, calendar", "message: nudge, |since: first_follow_up, calendar", "silence.pending.1.steps.0.since", "there is no follow-up above this step"),
    ("    - {wait: 3 days, do: close}", "    - {wait: 3 days, |do: solve}", "silence.solved.0.do", "the ticket is solved already"),
    ("{{ ticket_id }}\"\nsurvey", "{{ subject }}\"\nsurvey", "link", "{{ subject }} cannot be filled in here; the only placeholder of a link is {{ ticket_id }}"),
    ("  survey: {subject: \"{{ ticket_id }}: how did we do?\", body: \"Please tell us.\"}\n", "", "survey_on", "there is no message 'survey' to send; add it to 'messages'"),
    ("keyword: SOLVED", "|keyword: all good", "replies.keyword", "'all good' is not one word"),
    ("thanks: [thanks, thank you]", "thanks: [thanks, |Solved]", "replies.thanks.1", "'Solved' is the keyword already"),
    ("keyword: SOLVED, confirms", "|confirms", "replies.confirms", "nothing confirms without a 'keyword'"),
    ("after_close: reopen", "after_close: new_case", "replies.reopen_for", "nothing reopens a closed ticket: 'after_close' is new_case"),
    ("reopen_for: 30 days, afterwards", "|afterwards", "replies.afterwards", "after what? give 'reopen_for' as well"),
    ("afterwards: new_case", "|afterwards: reopen", "replies.afterwards", "a reply would still reopen; leave 'reopen_for' out, or choose another"),
    ("term: 1 year, since", "|since", "plans.gold.entitlement.since", "nothing is counted from it without a 'term'"),
    ("\"17\": 2025-06-01", "|\"17\": 2023-06-01", "versions.17", "released on 2023-06-01, not after 16 (2024-01-01): list oldest first"),
    ("messages:\n", "messages:\n  |goodbye: none\n", "messages.goodbye", "nothing sends a message 'goodbye'; there is"),
    ("subject: \"{{ ticket_id }}: are", "|subject: \"{{ tiket }}: are", "messages.nudge.subject", "there is no placeholder 'tiket'"),
    ("body: \"Hello {{ customer_name }}\"", "|body: \"Hello {{ customer_name | title }}\"", "messages.nudge.body", "only plain placeholders"),
    # what the models refuse
    ("grace: 30 minutes", "|gracious: 30 minutes", "gracious", "there is no key 'gracious' here; did you mean 'grace'?"),
    ("title: Whole\n", "", "title", "is missing"),
    ("do: notify, tell", "|do: notfy, tell", "silence.pending.0.steps.3.do", "'notfy' is not known here; write 'follow_up', 'solve', 'close', 'lower_severity' or 'notify'"),
    ("starts: first_response, needs", "|starts: first_respond, needs", "clocks.resolution.starts", "'first_respond' is not known here; write"),
    ("revision: 2026-01-01", "|revision: next year", "revision", "'next year' is not a date such as"),
    ("email: desk@whole.example", "|email: the desk", "levels.desk.email", "'the desk' is not a plain mail address such as kim@example.com"),
    ("plans: [gold]", "|plans: gold", "silence.pending.0.plans", "'gold' must be a list; begin each line with - or write [one, two]"),
    ("separate_business_days: true", "|separate_business_days: perhaps", "silence.pending.0.separate_business_days", "'perhaps' is neither true nor false"),
    ("calendars:\n  office: {zone: Europe/Berlin", "calendars:\n  |office: {zone: Europe/Berlim", "calendars.office", "there is no time zone 'Europe/Berlim'; did you mean Europe/Berlin?"),
    ("{target: 30 minutes, outside", "{target: 30 minutes, |outsid: 1 hour, outside", "plans.silver.targets.high.first_response.outsid", "there is no key 'outsid' here; did you mean 'outside'?"),
    ("cutoff: hard 15:00", "|cutoff: 3 pm", "plans.gold.targets.low.first_response.cutoff", "'3 pm' is no cut-off; write 'hard 15:00' or 'soft 15:00'"),
    ("workaround: not stated", "|workaround: unknown", "plans.silver.targets.normal.workaround", "'unknown' is not a duration; write for example '30 minutes', '4 business hours'"),
    ("workaround: not stated", "|workaround: 5 min", "plans.silver.targets.normal.workaround", "'5 min' is not a duration; write '5 minutes'"),
    ("workaround: not stated", "|workaround: 30 calendar minutes", "plans.silver.targets.normal.workaround", "'30 calendar minutes' is not a duration; write '30 minutes'"),
    ("workaround: not stated", "|workaround: 1 working days by close", "plans.silver.targets.normal.workaround", "'1 working days by close' is not a duration; write '1 business day by close'"),
    ("policy: whole", "|policy: Whole Thing", "policy", "'Whole Thing' must be lower case letters, digits and . _ - without blanks"),
    ("messages:\n", "messages:\n  |closed: off\n", "messages.closed", "'off' must be keys with values"),
    ("term: 1 year", "|term: a year", "plans.gold.entitlement.term", "'a year' is no span of months; write '18 months' or '2 years'"),
]  # fmt: skip

WARNINGS = [
    ("versions: {\"16\": 2024-01-01, \"17\": 2025-06-01}", "versions: {}", "plans.gold.entitlement.supported", "asks nothing until 'versions' lists the major versions and when each was released"),
    ("high: {first_response: {target: 30", "high: {escalation_review: none, first_response: {target: 30", "plans.silver.targets.normal", "escalation_review left out"),
    ("update: 1 business day, resolution", "resolution", "plans.gold.targets.normal", "update left out, though other severities have it: it counts as 'not stated'"),
    ("chat: 2 business minutes}", "chat: 2 business minutes, |other: none}", "plans.gold.targets.normal.first_response.other", "no channel of the plan is left for 'other'"),
    ("{use: evening, regions: [asia]}", "|{use: evening}", "plans.gold.calendars.2", "fits every ticket, so that the plan's calendar 'office' never counts"),
    ("  always: {zone", "  |spare: {zone: UTC, hours: 24x5}\n  always: {zone", "calendars.spare", "nothing counts by this calendar"),
    ("first_response: 2 days, w", "first_response: {target: 2 days, |cutoff: soft 17:00}, w", "plans.silver.targets.low.first_response.cutoff", "changes little: the calendar is closed by then, and what begins later waits for the opening anyway"),
    ("starts: first_response, needs", "|starts: workaround, needs", "clocks.resolution.starts", "plan 'gold' promises no workaround: if it is never given, this clock never begins"),
    ("objectives: [first_response]", "objectives: [|agent_work]", "thresholds.1.objectives.0", "no plan promises 'agent_work', so this never counts"),
    ("clocks:\n", "clocks:\n  |acknowledgement: {pending: pause}\n", "clocks.acknowledgement", "no plan promises 'acknowledgement', so this never counts"),
    ("  manager: {title", "  |spare: {title: Spare, email: spare@whole.example}\n  manager: {title", "levels.spare", "nothing tells this level"),
    ("        - {wait: 1 business day, do: follow_up}\n", "", "silence.pending.0.separate_business_days", "changes nothing: the ladder has no two follow-ups"),
    ("{wait: 5 business days, do: close, severities: [low], since: first_follow_up}", "{wait: 5 business days, do: notify, tell: lead}", "silence.pending.0.minimum_age", "changes nothing: the ladder neither solves nor closes"),
    ("{wait: 5 business days, do: close, severities: [low], since: first_follow_up}", "{|wait: 1 business day, do: close, severities: [low], since: silence}", "silence.pending.0.steps.2.wait", "'1 business day' is over before the step above is due: it is due with the step above it, or just after"),
    ("{wait: 3 days, do: solve}", "{|wait: 1 day, do: solve, since: silence}", "silence.pending.1.steps.1.wait", "'1 day' is over before the step above is due"),
    ("messages:\n", "messages:\n  |telephone: {subject: s, body: b}\n", "messages.telephone", "never sent: the policy has no rule by which a reply only leads to a call"),
    ("/{{ ticket_id }}\"\nsurvey", "\"\nsurvey", "link", "every ticket has the same address; {{ ticket_id }} stands for the ticket's number"),
    (", supported: 18 months", "", "versions", "no plan's entitlement asks for a version: none has 'newest' or 'supported'"),
    ("retired: 2027-01-01", "|retired: 2025-12-31", "plans.silver.retired", "nobody can open a ticket on it: the policy is in force only from 2026-01-01"),
]  # fmt: skip


@cache
def changed(old: str, new: str) -> tuple[Document, str | None]:
    """The policy with one change, and the place that the change marks."""
    assert WHOLE.count(old) >= 1, f"{old!r} is not in the policy"
    before = WHOLE[: WHOLE.index(old)] + new[: new.find("|")]
    place = f"whole.yaml:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}" if "|" in new else None
    return Document("whole.yaml", WHOLE.replace(old, new.replace("|", "", 1) if place else new, 1)), place


def by_itself(document: Document, place: str, field: str) -> bool:
    """Whether a place shows the field, or the nearest thing around it that the file has."""
    parts: list[str | int] = [int(part) if part.isdecimal() else part for part in field.split(".")]
    return place == document.place(tuple(parts))


def assert_said(lines: list[str], document: Document, place: str | None, kind: str, field: str, sentence: str) -> None:
    said = f": {kind}{field}: {sentence}"
    found = next((line for line in lines if said in line), None)
    assert found, f"{said!r} is not in {lines}"
    at = found.partition(": ")[0]
    assert at == place if place else by_itself(document, at, field)


def test_the_policy_is_good() -> None:
    reviewed = review(FILE, TODAY)
    assert (reviewed.policy.policy, reviewed.warnings) == ("whole", ())


@pytest.mark.parametrize(("old", "new", "field", "sentence"), REFUSALS)
def test_a_mistake_is_refused_at_its_place(old: str, new: str, field: str, sentence: str) -> None:
    document, place = changed(old, new)
    with pytest.raises(PolicyError) as refused:
        parse_policy(document)
    assert_said(str(refused.value).splitlines(), document, place, "", field, sentence)


@pytest.mark.parametrize(("old", "new", "field", "sentence"), WARNINGS)
def test_what_is_hardly_meant_is_warned_of(old: str, new: str, field: str, sentence: str) -> None:
    document, place = changed(old, new)
    lines = [line_of(document, *each, "warning: ") for each in warnings(parse_policy(document))]
    assert_said(lines, document, place, "warning: ", field, sentence)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("do: notify, tell: manager}", "do: close, severities: [high]}"),
        ("severities: [high], requested: true", "severities: [high], regions: [asia]"),
        ("cutoff: hard 15:00", "cutoff: hard 09:01"),
        ("before: 30 minutes", "before: 2 days"),
        ("plans: [gold]", "plans: [silver]"),
    ],
)
def test_what_only_looks_like_a_mistake_is_accepted(old: str, new: str) -> None:
    text = WHOLE.replace(old, new, 1)
    assert text != WHOLE
    assert parse_policy(Document("whole.yaml", text)).policy == "whole"


@pytest.mark.parametrize(
    "step",
    [
        "{wait: 36 hours, do: solve, since: silence}",  # of another kind
        "{wait: 1 business day, do: solve, since: silence}",  # of another kind
        "{wait: 2 days, do: solve, since: silence, calendar: always}",  # at the same instant
        "{wait: 1 day, do: solve, since: first_follow_up, calendar: always}",
    ],
)
def test_a_wait_that_is_not_shorter_than_the_one_above_is_not_warned_of(step: str) -> None:
    text = WHOLE.replace("{wait: 3 days, do: solve}", step, 1)
    assert text != WHOLE
    assert list(warnings(parse_policy(Document("whole.yaml", text)))) == []


def test_a_shorter_wait_is_meant_where_the_longer_one_above_is_of_another_severity() -> None:
    steps = "{wait: 5 days, do: notify, tell: lead, severities: [high]}\n        - {wait: 3 days, do: solve, since: silence}"
    text = WHOLE.replace("{wait: 3 days, do: solve}", steps, 1)
    assert list(warnings(parse_policy(Document("whole.yaml", text)))) == []
    every = text.replace("lead, severities: [high]}\n", "lead}\n")
    assert [each.path for each in warnings(parse_policy(Document("whole.yaml", every)))] == [
        ("silence", "pending", 1, "steps", 2, "wait")
    ]


def test_a_review_that_every_row_replaces_is_warned_of() -> None:
    text = WHOLE.replace("      high: {", "      high: {escalation_review: none, ").replace(
        "{first_response: {email", "{escalation_review: none, first_response: {email"
    )
    text = text.replace("normal: {first_response: 1", "normal: {escalation_review: none, first_response: 1").replace(
        "low: {", "low: {escalation_review: none, "
    )
    found = [each.path for each in warnings(parse_policy(Document("whole.yaml", text)))]
    assert found == [("escalation", "on_request", "review")]


def test_business_days_of_hours_are_counted_backwards() -> None:
    text = WHOLE.replace("business_day: same time", "business_day: 8 business hours").replace(
        "before: 30 minutes", "before: 1 business day"
    )
    assert parse_policy(Document("whole.yaml", text)).thresholds[1].before


def test_a_repetition_of_nothing_is_found_however_a_ladder_is_written() -> None:
    one = "  pending:\n    steps: [{wait: 1 day, do: solve}, {wait: 1 day, do: follow_up}]\n"
    text = WHOLE[: WHOLE.index("  pending:")] + one + WHOLE[WHOLE.index("  solved:\n    - {wait") :]
    with pytest.raises(PolicyError) as refused:
        parse_policy(Document("whole.yaml", text.replace("message: nudge", "")))
    assert "silence.pending.steps.1: never reached: no ticket comes past step 1" in str(refused.value)


def test_every_rule_has_a_mistake_that_shows_it() -> None:
    """A rule that nothing in the tables makes speak is a rule nobody has seen work."""
    spoken: set[str] = set()
    for old, new, *_ in (*REFUSALS, *WARNINGS):
        document, _ = changed(old, new)
        try:
            policy = PolicySpec.model_validate(document.data)
        except ValidationError:
            continue
        spoken |= {rule.__qualname__ + rule.__module__ for rule in (*REFUSED, *WARNED) if list(rule(policy))}
    spoken |= {reviewed_twice.__qualname__ + reviewed_twice.__module__}  # needs every row changed: it has its own test
    assert spoken == {rule.__qualname__ + rule.__module__ for rule in (*REFUSED, *WARNED)}


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("{zone: Europe/Berlin, hours: {mon-sat", "{|zone: Asia/Calcutta, hours: {mon-sat", "calendars.evening.zone: "),
        ("hours: {mon-sat: 12:00-21:00}", "|hours: {sun: 02:30-12:00}", "calendars.evening.hours: "),
    ],
)
def test_what_depends_on_the_date_is_warned_of_in_a_review(old: str, new: str, sentence: str, tmp_path: Path) -> None:
    document, place = changed(old, new)
    file = tmp_path / "whole.yaml"
    file.write_text(WHOLE.replace(old, new.replace("|", ""), 1), encoding="utf-8")
    line = review(file, TODAY).warnings[0]  # one for each clock change
    assert f"{document.name}{line.removeprefix(str(file))}".startswith(f"{place}: warning: {sentence}")


def test_a_calendar_that_holidays_close_for_years_is_refused_in_a_review(tmp_path: Path) -> None:
    file = tmp_path / "whole.yaml"
    daily = "{rrule: FREQ=WEEKLY, from: 2026-01-05, days: 7, name: Rest}"
    file.write_text(WHOLE.replace("{date: 2026-12-25, name: Christmas Day}", daily), encoding="utf-8")
    with pytest.raises(PolicyError, match=r"whole\.yaml:7:33: calendars\.office\.hours: the calendar never opens from"):
        review(file, TODAY)
