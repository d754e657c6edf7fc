"""Policy files: what they say, and every refusal with its place and a sentence a support lead understands."""

from datetime import timedelta
from pathlib import Path

import pytest
from rehearsal import LIBRARY, at, ticket

from policies.library import VENDORS, Library, parse_policy, read_policy
from policies.spans import BusinessDay, parse_business_day, parse_span, to_duration
from policies.terms import extend_terms, make_terms
from policies.yaml_file import Document
from sla.base.errors import PolicyError, TicketError, UnknownPlan, UnknownPolicy, UnknownSeverity
from sla.calendars.calendar import Calendar
from sla.calendars.duration import Count
from sla.inputs.terms import Objective, Target

HOUSE = (Path(__file__).parents[1] / "data" / "policies" / "house.yaml").read_text()
MONDAY = at("2026-11-16 10:00", "America/New_York")


@pytest.mark.parametrize("name", [path.stem for path in VENDORS.glob("*.yaml")])
def test_a_vendor_policy_reads_and_promises_something(name: str) -> None:
    policy = Library().load(name)
    assert policy.policy == name
    for plan in policy.plans:
        for severity in policy.severities:
            made = make_terms(
                policy, ticket(name, MONDAY, plan=plan, severity=severity, time_zone="Europe/Berlin"), MONDAY
            )
            assert made.promises[severity]


@pytest.mark.parametrize(
    ("said", "day", "count", "amount"),
    [
        ("30 minutes", "same time", Count.ELAPSED, 1800),
        ("1 minute", "same time", Count.ELAPSED, 60),
        ("24 hours", "close", Count.ELAPSED, 86_400),
        ("4 business hours", "same time", Count.BUSINESS, 14_400),
        ("90 business minutes", "same time", Count.BUSINESS, 5400),
        ("3 days", "close", Count.DAYS, 3),
        ("2 weeks", "close", Count.DAYS, 14),
        ("2 business days", "same time", Count.BUSINESS_DAYS, 2),
        ("2 business days", "close", Count.BUSINESS_CLOSE, 2),
        ("2 business days", "9 business hours", Count.BUSINESS, 64_800),
    ],
)
def test_a_duration_as_written(said: str, day: str, count: Count, amount: int) -> None:
    duration = to_duration(parse_span(said), parse_business_day(day))
    assert (duration.count, duration.amount) == (count, amount)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "4",
        "4h",
        "four hours",
        "4 business weeks",
        "-1 days",
        "1.5 days",
        "4  hours",
        "4 fortnights",
        "99999 days",
        "4 HOURS",
    ],
)
def test_what_is_no_duration_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match=r"duration|longer than|business week"):
        parse_span(said)


def test_a_business_day_of_hours_says_so() -> None:
    duration = to_duration(parse_span("2 business days"), BusinessDay(reading="hours", hours=9))
    assert duration.said == "2 business days (18 business hours)"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            "calendar: office\nbus",
            "calendar: ofice\nbus",
            "9:1: calendar: there is no calendar 'ofice'; did you mean office? there is always, office",
        ),
        ("default_severity: normal", "default_severity: urgent", "severity 'urgent'; there is high, low, normal"),
        ("default_plan: gold", "default_plan: silver", "plan 'silver'; there is gold, round-the-clock"),
        ("1 business hour, next", "1 busness hour, next", "is not a duration; write for example"),
        ("{at: 75%,", "{at: 75,", "write a percentage such as '75%', or 'breach'"),
        ("{at: 75%,", "{at: 175%,", "thresholds.0.at: must be at most 100"),
        ("{at: 75%, tell: lead}", "{at: 75%, after: 1 hour, tell: lead}", "give one of 'at'"),
        (
            "{at: 75%, tell: lead}",
            "{at: 75%, tell: leader}",
            "there is no level 'leader'; did you mean lead? there is director, lead, manager",
        ),
        ("do: follow_up}", "do: followup}", "silence.pending.0.do"),
        ("{wait: 3 days, do: close}", "{wait: 3 days, do: solve}", "the ticket is solved already"),
        (
            "{wait: 2 business days, do: follow_up}",
            "{wait: 2 business days, do: close}",
            "silence.pending.3: never reached: no ticket comes past step 3",
        ),
        (
            "{wait: 3 days, do: close}",
            "{wait: 3 days, do: close, message: bye}",
            "a step that does 'close' has no 'message'; leave it out",
        ),
        ("do: follow_up}", "do: follow_up, message: nudge}", "there is no message 'nudge'"),
        ("after_close: reopen", "after_close: perhaps", "after_close"),
        (
            "grace: 30 minutes",
            "gracious: 30 minutes",
            "gracious: there is no key 'gracious' here; did you mean 'grace'?",
        ),
        ("zone: America/New_York, hours: 24x7", "zone: America/Gotham, hours: 24x7", "America/Gotham"),
        ("hours: {mon-fri: 09:00-17:00}", "hours: {mon-fri: 9-17}", "calendars.office.hours"),
        ("resolution: none", "resolution: nothing", "is not a duration"),
        ("resolution: none", "resolved: none", "plans.gold.targets.low"),
        ("      low: {first_response: 2 days", "      tiny: {first_response: 2 days", "there is no severity 'tiny'"),
        ("revision: 2026-01-01", "revision: next year", "revision"),
        ("policy: house", "policy: My House", "policy"),
        ("title: House", 'title: "Ho\\nuse"', "title: must not hold control"),
        ("email: lead@house.example", "email: lead at house", "levels.lead.email"),
        (
            "grace: 30 minutes",
            "messages: {closed: {subject: '{{ ticket_id | upper }}', body: x}}",
            "messages.closed.subject: only plain placeholders",
        ),
        (
            "grace: 30 minutes",
            "messages: {closed: {subject: '{{ tiket }}', body: x}}",
            "there is no placeholder 'tiket'",
        ),
        ("grace: 30 minutes", "messages: {goodbye: none}", "nothing sends a message 'goodbye'"),
    ],
)
def test_a_mistake_is_refused_at_its_place(old: str, new: str, complaint: str) -> None:
    assert old in HOUSE
    with pytest.raises(PolicyError) as refused:
        parse_policy(Document("house.yaml", HOUSE.replace(old, new, 1)))
    assert complaint in str(refused.value)
    line = 1 + HOUSE[: HOUSE.index(old)].count("\n")
    first = str(refused.value).splitlines()[0]
    assert first.startswith("house.yaml:")
    assert abs(int(first.split(":")[1]) - line) <= 2, f"{first} is not near line {line}"


def test_every_complaint_is_made_at_once() -> None:
    wrong = HOUSE.replace("default_plan: gold", "default_plan: silver").replace("tell: director", "tell: boss")
    with pytest.raises(PolicyError) as refused:
        parse_policy(Document("house.yaml", wrong))
    assert len(str(refused.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "1:1"),
        ("- a\n- b", "1:1"),
        ("a: &x [1]\nb: *x", "1:4: yaml: anchors and aliases are not allowed"),
        ("a: !!python/object:os.system x", "1:4: yaml: tags are not allowed"),
        ("policy: a\npolicy: b", "2:1: yaml: the key 'policy' is given twice"),
        ("a: [1, 2", "1:4: yaml: a bracket opens here and never closes"),
        ("a:\n\t- b", "2:1: yaml: a tab indents here"),
        ("--- a\n--- b", "2:1: yaml: a second document is not allowed"),
        ("[" * 100, "nested deeper than 24 levels"),
        ("a: \x00", "1:4: yaml: a control character (U+0000)"),
        ("- x\n" * 30_000, "longer than 8000 items"),
    ],
)
def test_hostile_yaml_is_refused_before_it_is_loaded(text: str, complaint: str) -> None:
    with pytest.raises(PolicyError) as refused:
        parse_policy(Document("p.yaml", text))
    assert str(refused.value).startswith("p.yaml:")
    assert complaint in str(refused.value)


@pytest.mark.parametrize(
    ("raw", "complaint"),
    [
        (b"a: " + b"x" * (300 * 1024), "larger than 128 KB"),
        (b"a: 1\nb: \xff\xfe", "2:4: file: not UTF-8 text"),
    ],
)
def test_files_that_cannot_be_policies_are_refused(tmp_path: Path, raw: bytes, complaint: str) -> None:
    path = tmp_path / "p.yaml"
    path.write_bytes(raw)
    with pytest.raises(PolicyError, match=complaint):
        read_policy(path)
    with pytest.raises(PolicyError, match="cannot be read"):
        read_policy(tmp_path)


def test_no_is_a_word_and_nine_oclock_is_no_number() -> None:
    assert Document("p.yaml", "country: NO\nat: 9:00").data == {"country": "NO", "at": "9:00"}


def test_ones_own_policies_add_to_and_replace_those_that_ship(tmp_path: Path) -> None:
    own = Library(tmp_path)
    shipped = own.load("acronis").title
    (tmp_path / "acronis.yaml").write_text(HOUSE.replace("policy: house", "policy: acronis"))
    assert own.load("acronis").title == "House" != shipped
    (tmp_path / "other.yaml").write_text(HOUSE)
    with pytest.raises(PolicyError, match=r"the file is named other\.yaml"):
        own.load("other")


def test_an_edited_policy_is_read_again(tmp_path: Path) -> None:
    own, path = Library(tmp_path), tmp_path / "house.yaml"
    path.write_text(HOUSE)
    assert own.load("house").title == "House"
    path.write_text(HOUSE.replace("title: House", "title: Mansion"))
    import os

    os.utime(path, ns=(1, 1))
    assert own.load("house").title == "Mansion"


@pytest.mark.parametrize("name", ["nobody", "../acronis", "acronis.yaml", ""])
def test_an_unknown_policy_names_those_there_are(name: str) -> None:
    with pytest.raises(UnknownPolicy, match=f"there is {', '.join(LIBRARY.names())}"):
        LIBRARY.load(name)


@pytest.mark.parametrize(
    ("policy", "fields", "error", "words"),
    [
        ("ownbackup", {"plan": "gold", "time_zone": "Europe/Berlin"}, UnknownPlan, "there is standard, premier"),
        ("acronis", {}, UnknownPlan, "has several; give one of customer-service, trial"),
        ("acronis", {"plan": "trial", "severity": "z"}, UnknownSeverity, "there is a, b, c, d"),
        ("ownbackup", {"plan": "standard"}, TicketError, "time_zone: .* customer's time zone"),
        ("ownbackup", {"plan": "standard", "time_zone": "Mars/Olympus"}, TicketError, "time_zone: .*Mars/Olympus"),
    ],
)
def test_a_ticket_that_does_not_fit_its_policy_is_refused(
    policy: str, fields: dict[str, str], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        make_terms(LIBRARY.load(policy), ticket(policy, MONDAY, **fields), MONDAY)


def test_a_promise_may_depend_on_the_channel() -> None:
    def promise(channel: str) -> str:
        ours = ticket("acronis", MONDAY, plan="trial", channel=channel)
        made = make_terms(LIBRARY.load("acronis"), ours, MONDAY).promise("a", Objective.FIRST_RESPONSE)
        return made.duration.said if isinstance(made, Target) else made.kind

    assert [promise(channel) for channel in ("email", "chat")] == ["3 business days", "2 business minutes"]
    with pytest.raises(TicketError, match="channel: policy acronis, plan trial, has no 'phone'; there is chat, email"):
        promise("phone")


def test_a_severity_without_a_row_is_an_empty_cell() -> None:
    rows = [line for line in HOUSE.splitlines() if not line.startswith("      low: {first_response: 2 days")]
    with pytest.raises(PolicyError, match=r"plans\.gold\.targets: no row for severity 'low'"):
        parse_policy(Document("house.yaml", "\n".join(rows)))


def test_a_follow_up_needs_its_message() -> None:
    with pytest.raises(PolicyError, match=r"silence\.pending\.0\.message: the message 'follow_up' is switched off"):
        parse_policy(Document("house.yaml", HOUSE + "messages: {follow_up: none}\n"))


def test_a_calendar_that_never_opens_is_refused() -> None:
    long_ago = "hours: closed, exceptions: [{date: 2020-01-01, hours: 09:00-17:00, name: The day}]"
    closed = parse_policy(Document("house.yaml", HOUSE.replace("hours: 24x7", long_ago, 1)))
    with pytest.raises(PolicyError, match=r"calendars\.always"):
        make_terms(closed, ticket("house", MONDAY), MONDAY)


def test_terms_say_what_made_them_and_survive_json() -> None:
    made = make_terms(
        LIBRARY.load("ownbackup"), ticket("ownbackup", MONDAY, plan="standard", time_zone="Asia/Tokyo"), MONDAY
    )
    assert set(made.made_by) >= {"tzdata", "holidays"}
    assert type(made).model_validate_json(made.model_dump_json()) == made


def test_longer_calendars_change_nothing_that_was_known_and_need_no_policy() -> None:
    ours = ticket("ownbackup", MONDAY, plan="standard", time_zone="America/New_York")
    made = make_terms(LIBRARY.load("ownbackup"), ours, MONDAY)
    known = made.calendars["business"]
    moved = known.model_copy(update={"exceptions": known.exceptions[1:]})  # as an older release of the data had it
    longer = extend_terms(
        made.model_copy(update={"calendars": {"business": moved}}), ours, known.end + timedelta(days=30)
    )
    extended = longer.calendars["business"]
    assert extended.end > known.end + timedelta(days=365)
    inside = [hours for hours in extended.exceptions if hours.day <= known.end.date()]
    assert inside == list(moved.exceptions)
    assert extended.offsets[: len(known.offsets)] == known.offsets
    assert len(extended.exceptions) > len(known.exceptions)
    due = Calendar.of(known).add(MONDAY, timedelta(hours=400))
    assert Calendar.of(extended).add(MONDAY, timedelta(hours=400)) == due
