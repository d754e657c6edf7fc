"""What the commands of foresight print: exact to the second, within 80 columns, and one sentence where they refuse."""

import json
import re
import subprocess
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from commanding import Answer, Cli
from harness import POLICIES
from rich.cells import cell_len

from cli.commands import policy_due
from policies.library import VENDORS, Library
from policies.samples import channels
from sla.base.errors import NotInForce

ROOT = Path(__file__).resolve().parents[2]
GITLAB = POLICIES / "gitlab.yaml"
CHRISTMAS = ("--severity", "normal", "--channel", "web", "--at", "2026-12-25T09:00+01:00")
PROSPECT = str(POLICIES / "prospect.yaml")
FRIDAY = "2026-06-12T16:30:00-04:00"
OWNBACKUP = ("ownbackup", "--plan", "standard", "--severity", "high", "--time-zone", "America/New_York")


def read(answer: Answer) -> Any:
    assert (answer.code, answer.err) == (0, "")
    return json.loads(answer.out)


def assert_narrow(answer: Answer) -> None:
    assert (answer.code, answer.err) == (0, "")
    assert all(cell_len(line) <= 80 for line in answer.out.splitlines())


def assert_refused(answer: Answer, *parts: str) -> None:
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("holdfast: ")
    assert "Traceback" not in answer.err
    assert "unexpected" not in answer.err
    for part in parts:
        assert part in answer.err


# due


def test_due_as_json_has_these_fields_and_no_others(cli: Cli) -> None:
    found = read(cli("policy", "due", *OWNBACKUP, "--at", FRIDAY, "--json"))
    assert list(found) == ["policy", "revision", "opened_at", "objectives", "ages"]
    assert (found["policy"], found["revision"], found["opened_at"]) == (
        "ownbackup",
        "2023-01-01",
        "2026-06-12T20:30:00Z",
    )
    assert found["ages"] == [
        {
            "age": "1 business day (9 business hours)",
            "at": "2026-06-15T20:30:00Z",
            "at_local": "2026-06-15T16:30:00-04:00",
            "tell": "tier-2",
        }
    ]
    first, update = found["objectives"]
    assert list(first) == ["objective", "kind", "target", "due_at", "due_local", "thresholds", "explanation"]
    assert first["due_at"] == "2026-06-15T15:30:00Z"
    assert first["due_local"] == "2026-06-15T11:30:00-04:00"
    assert first["thresholds"][0] == {
        "key": "75pct-tier-2",
        "at": "2026-06-15T14:30:00Z",
        "at_local": "2026-06-15T10:30:00-04:00",
        "tell": "tier-2",
        "what": "warning",
    }
    assert first["explanation"][0] == {
        "from": "2026-06-12T20:30:00Z",
        "to": "2026-06-12T22:00:00Z",
        "counted_seconds": 5400,
        "why": "open",
    }
    assert (update["due_at"], update["begins"]) == (None, "when first_response is met")


def test_due_with_an_answer_judges_it_and_begins_the_update(cli: Cli) -> None:
    answered = "2026-06-15T13:00:00-04:00"
    found = read(cli("policy", "due", *OWNBACKUP, "--at", FRIDAY, "--answered", answered, "--json"))
    first, update = found["objectives"]
    assert (first["verdict"], update["due_at"]) == ("missed", "2026-06-15T21:00:00Z")
    assert "begins" not in update


def test_due_as_json_names_ages_only_where_there_are_any(cli: Cli) -> None:
    assert "ages" not in read(cli("policy", "due", "crashplan", "--at", FRIDAY, "--json"))


def test_due_tells_only_what_is_told_before_an_answer(cli: Cli) -> None:
    given = ("policy", "due", *OWNBACKUP, "--at", FRIDAY, "--answered", "2026-06-15T11:00:00-04:00")
    first = read(cli(*given, "--json"))["objectives"][0]
    assert [mark["key"] for mark in first["thresholds"]] == ["75pct-tier-2"]
    answer = cli(*given)
    assert_narrow(answer)
    paragraph = answer.out.split("\n\n")[1].splitlines()
    assert [line.split()[0] for line in paragraph] == ["first", "warning", "due"]
    assert paragraph[-1] == "  due        Mon 15 Jun 2026 11:30 EDT     2026-06-15T15:30:00Z"


def test_due_tells_of_escalations_by_age(cli: Cli) -> None:
    answer = cli("policy", "due", *OWNBACKUP, "--at", FRIDAY)
    assert answer.out.endswith(
        "\n\nunsolved for 1 business day (9 business hours)\n"
        "  escalation Mon 15 Jun 2026 16:30 EDT     2026-06-15T20:30:00Z → Tier 2 lead\n"
    )


@pytest.mark.parametrize("plan", ["basic", "premier"])
def test_a_ticket_that_names_no_channel_comes_by_the_first_of_its_plan(cli: Cli, plan: str) -> None:
    zone = ("--time-zone", "America/New_York")
    assert cli("policy", "due", "veeam", "--plan", plan, "--at", FRIDAY, *zone).code == 0
    Path("script.yaml").write_text(
        f"- {{event: opened, at: '{FRIDAY}', plan: {plan}, time_zone: America/New_York}}\n", encoding="utf-8"
    )
    assert cli("simulate", "veeam", "--events", "script.yaml").code == 0


LATE = "2026-11-25T20:30:00-05:00"


def termed() -> str:
    """A policy in New York whose plans hold from the day of the purchase or the registration."""
    file = Path("prospect.yaml")
    text = (POLICIES / "prospect.yaml").read_text(encoding="utf-8")
    since = "    title: Gold\n    entitlement: {term: 1 year, since: purchased}\n"
    assert text.count("    title: Gold\n") == 1
    file.write_text(text.replace("    title: Gold\n", since), encoding="utf-8")
    return "./prospect.yaml"


@pytest.mark.parametrize("command", ["due", "explain"])
def test_a_ticket_is_covered_on_the_local_date_of_its_opening(cli: Cli, command: str) -> None:
    assert cli("policy", command, termed(), "--at", LATE).code == 0


def test_a_script_is_covered_on_the_local_date_of_its_opening(cli: Cli) -> None:
    assert simulated(cli, f"- {{event: opened, at: '{LATE}'}}\n", policy=termed()).code == 0


def test_a_long_headline_hangs_under_its_beginning(cli: Cli) -> None:
    answer = cli("policy", "due", "crashplan", "--at", FRIDAY)
    first, second = answer.out.splitlines()[:2]
    assert first.startswith("CrashPlan for Small Business, plan small-business, severity normal")
    assert second.startswith("  ")


def test_due_names_the_instants_in_both_zones_in_80_columns(cli: Cli) -> None:
    answer = cli("policy", "due", *OWNBACKUP, "--at", FRIDAY)
    assert_narrow(answer)
    assert "  due        Mon 15 Jun 2026 11:30 EDT     2026-06-15T15:30:00Z → Tier 3 lead\n" in answer.out
    assert "  begins when first response is met\n" in answer.out


def test_due_reads_a_policy_from_a_path_and_every_kind_of_absence(cli: Cli) -> None:
    answer = cli("policy", "due", PROSPECT, "--at", FRIDAY)
    assert_narrow(answer)
    for line in ("update: none", "workaround: best effort", "resolution: not stated"):
        assert f"\n{line}\n" in answer.out


def test_due_without_a_plan_takes_the_default_and_where_there_is_none_says_so(cli: Cli) -> None:
    assert "plan small-business, severity normal" in cli("policy", "due", "crashplan", "--at", FRIDAY).out.replace(
        "\n", " "
    )
    assert_refused(cli("policy", "due", "acronis", "--at", FRIDAY), "plan: policy acronis has several; give one of")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("ownbackup", "--plan", "standard"), "time_zone: policy ownbackup counts in the customer's time zone"),
        (("ownbackup", "--plan", "gold", "--time-zone", "UTC"), "plan: policy ownbackup has no plan 'gold'"),
        (
            (str(GITLAB), *CHRISTMAS, "--region", "moon"),
            "region: policy gitlab has no 'moon'; there is amer, apac, emea",
        ),
        ((*OWNBACKUP, "--severity", "huge"), "no severity 'huge'; there is high, medium, low"),
        ((*OWNBACKUP, "--time-zone", "Europe/Berln"), "did you mean Europe/Berlin?"),
        (("crashplan", "--time-zone", "Mars/Base"), "time_zone: there is no time zone 'Mars/Base'"),
        (("acronis", "--plan", "trial", "--channel", "fax"), "channel: there is no 'fax'; there is"),
        (("nowhere",), "there is no policy 'nowhere'"),
        (("./nowhere.yaml",), "nowhere.yaml:1:1: file: cannot be read"),
        ((*OWNBACKUP, "--answered", "2026-06-12T16:29:59-04:00"), "answered: lies before the opening"),
        ((*OWNBACKUP, "--answered", "soon"), "answered: is not a time such as"),
        ((*OWNBACKUP, "--at", "2026-06-12T16:30:00"), "at: is a time without an offset or Z"),
    ],
)
def test_due_refuses_in_one_sentence(cli: Cli, arguments: tuple[str, ...], part: str) -> None:
    given = ("policy", "due", "--at", FRIDAY, *arguments)
    answer = cli(*given)
    assert_refused(answer, part)
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize("policy", sorted({path.stem.partition("@")[0] for path in VENDORS.glob("*.yaml")}))
def test_every_vendor_can_be_asked_and_explained_on_every_plan(policy: str, capsys: pytest.CaptureFixture[str]) -> None:
    spec, answered = Library().load(policy), 0
    for name, plan in spec.plans.items():
        for severity, ask in product(plan.targets, (policy_due.due, policy_due.explain)):
            with suppress(NotInForce):
                channel = channels(spec, plan)[0]
                ask(policy, FRIDAY, plan=name, severity=severity, channel=channel, time_zone="Europe/Berlin")
                answered += 1
                out, err = capsys.readouterr()
                assert_narrow(Answer(0, out, err))
    assert answered


# explain


def test_explain_is_text_that_a_customer_could_be_sent(cli: Cli) -> None:
    answer = cli("policy", "explain", *OWNBACKUP, "--at", FRIDAY)
    assert_narrow(answer)
    assert answer.out == (
        "You asked on Friday 12 June 2026 at 16:30 EDT.\n"
        "\n"
        "First response\n"
        "  We promise a first answer within 4 business hours. Our hours are Monday to\n"
        "  Friday 09:00–18:00 (America/New_York time). 1 hour 30 minutes on Friday 12\n"
        "  June and 2 hours 30 minutes on Monday 15 June count. Saturday 13 June and\n"
        "  Sunday 14 June are outside our hours. It is due on Monday 15 June 2026 at\n"
        "  11:30 EDT.\n"
        "\n"
        "Update\n"
        "  We promise an update within 4 business hours. That time begins when you have a\n"
        "  first answer.\n"
    )


@pytest.mark.parametrize("flags", [("--no-contact", "--round-the-clock"), ("--round-the-clock",), ()])
def test_explain_as_json_is_what_due_says(cli: Cli, flags: tuple[str, ...]) -> None:
    given = (PROSPECT, "--severity", "high", "--at", FRIDAY, "--json", *flags)
    assert read(cli("policy", "explain", *given)) == read(cli("policy", "due", *given))


# zones


def test_the_opening_is_told_in_the_zone_of_the_due_instants(cli: Cli) -> None:
    asked = (str(GITLAB), *CHRISTMAS, "--region", "emea")
    due, explained = cli("policy", "due", *asked), cli("policy", "explain", *asked)
    assert "\nopened Fri 25 Dec 2026 09:00 CET\n" in due.out
    assert "\n  due        Fri 25 Dec 2026 17:00 CET " in due.out
    assert explained.out.startswith("You asked on Friday 25 December 2026 at 09:00 CET.\n")
    assert "It is due on Friday 25 December 2026 at 17:00 CET." in " ".join(explained.out.split())
    assert_narrow(due)
    assert_narrow(explained)


def test_the_opening_is_told_in_the_zone_of_the_policy_where_nothing_is_due(cli: Cli) -> None:
    answer = cli("policy", "explain", str(POLICIES / "bareos.yaml"), "--plan", "quickstart", "--at", FRIDAY)
    assert answer.out.startswith("You asked on Friday 12 June 2026 at 22:30 CEST.\n")


def test_where_due_instants_are_in_several_zones_each_names_its_own(cli: Cli) -> None:
    text = GITLAB.read_text(encoding="utf-8")
    stated = "normal: {acknowledgement: not stated, first"
    assert stated in text
    mixed = text.replace(stated, "normal: {acknowledgement: {target: 5 minutes, calendar: apac}, first", 1)
    Path("gitlab.yaml").write_text(mixed, encoding="utf-8")
    asked = ("./gitlab.yaml", *CHRISTMAS, "--region", "emea")
    due, explained = cli("policy", "due", *asked), cli("policy", "explain", *asked)
    assert_narrow(due)
    assert_narrow(explained)
    for line in (
        "opened Fri 25 Dec 2026 00:00 PST, America/Los_Angeles time",
        "acknowledgement: 5 minutes, Australia/Brisbane time",
        "first response: 8 business hours, Europe/Amsterdam time",
    ):
        assert f"\n{line}\n" in due.out
    said = " ".join(explained.out.split())
    assert said.startswith("You asked on Friday 25 December 2026 at 00:00 PST (America/Los_Angeles time).")
    assert "It is due on Friday 25 December 2026 at 18:05 AEST (Australia/Brisbane time)." in said
    assert "It is due on Friday 25 December 2026 at 17:00 CET (Europe/Amsterdam time)." in said


def test_a_review_without_a_time_says_that_it_is_of_a_wish_to_escalate(cli: Cli) -> None:
    due, explained = (cli("policy", each, str(GITLAB), *CHRISTMAS) for each in ("due", "explain"))
    assert "\nescalation review, if the customer asks to escalate: best effort\n" in due.out
    said = " ".join(explained.out.split())
    assert "If you ask to escalate, we do our best to give you a review of your wish to escalate soon;" in said


# simulate

OPENED = f"- {{event: opened, at: '{FRIDAY}', severity: high}}\n"


def simulated(cli: Cli, text: str, *arguments: str, policy: str = PROSPECT) -> Answer:
    path = Path("script.yaml")
    path.write_text(text, encoding="utf-8")
    return cli("simulate", policy, "--events", str(path), *arguments)


def test_simulate_tells_everything_to_the_second(cli: Cli) -> None:
    text = OPENED + "- {event: agent_replied, at: '2026-06-15T12:45:10-04:00', awaiting: customer}\n"
    found = read(simulated(cli, text, "--json"))
    assert list(found) == ["timeline", "status", "closed_at", "next"]
    lines = [(line["what"], line["at"], line["due_at"]) for line in found["timeline"]]
    assert lines == [
        ("opened", "2026-06-12T20:30:00Z", None),
        ("acknowledged", "2026-06-12T20:30:00Z", "2026-06-12T20:30:00Z"),
        ("warning", "2026-06-13T02:00:00Z", "2026-06-13T02:00:00Z"),
        ("breached", "2026-06-13T02:30:00Z", "2026-06-13T02:30:00Z"),
        ("escalated", "2026-06-13T02:30:00Z", "2026-06-13T02:30:00Z"),
        ("warning", "2026-06-15T14:30:00Z", "2026-06-15T14:30:00Z"),
        ("warning", "2026-06-15T16:00:00Z", "2026-06-15T16:00:00Z"),
        ("breached", "2026-06-15T16:30:00Z", "2026-06-15T16:30:00Z"),
        ("escalated", "2026-06-15T16:30:00Z", "2026-06-15T16:30:00Z"),
        ("agent_replied", "2026-06-15T16:45:10Z", None),
        ("missed", "2026-06-15T16:45:10Z", "2026-06-15T16:30:00Z"),
        ("follow_up", "2026-06-16T16:45:10Z", "2026-06-16T16:45:10Z"),
        ("missed", "2026-06-18T16:45:10Z", "2026-06-13T02:30:00Z"),
        ("met", "2026-06-18T16:45:10Z", "2026-06-22T20:30:00Z"),
        ("closed_on_silence", "2026-06-18T16:45:10Z", None),
        ("notice", "2026-06-18T16:45:10Z", "2026-06-18T16:45:10Z"),
    ]
    assert (found["status"], found["closed_at"], found["next"]) == ("closed", "2026-06-18T16:45:10Z", [])


def test_simulate_reads_json_as_well(cli: Cli) -> None:
    told = [{"event": "opened", "at": FRIDAY, "severity": "high"}, {"event": "closed", "at": "2026-06-12T21:00:00Z"}]
    as_json = read(simulated(cli, json.dumps(told, indent="\t"), "--json"))
    as_yaml = read(simulated(cli, OPENED + "- {event: closed, at: '2026-06-12T21:00:00Z'}\n", "--json"))
    assert as_json == as_yaml


def test_simulate_stops_where_it_is_told_and_says_what_comes_next(cli: Cli) -> None:
    found = read(simulated(cli, OPENED, "--until", "2026-06-13T00:00:00Z", "--json"))
    assert (found["status"], found["closed_at"]) == ("open", None)
    assert [line["what"] for line in found["timeline"]] == ["opened", "acknowledged"]
    assert found["next"][0]["due_at"] == "2026-06-13T02:00:00Z"


def test_simulate_says_where_it_stopped_because_an_escalation_has_no_end(cli: Cli) -> None:
    text, policy = f"- {{event: opened, at: '{FRIDAY}'}}\n", str(POLICIES / "endless.yaml")
    found = read(simulated(cli, text, "--json", policy=policy))
    assert "stopped here: `remind Lead" in found["note"]
    assert "(followed for 400 days or 2,000 steps)" in found["note"]
    assert found["next"][0]["due_at"] == "2027-07-23T21:30:00Z"
    answer = simulated(cli, text, policy=policy)
    assert_narrow(answer)
    assert "stopped here" in answer.out


@pytest.mark.parametrize(
    ("at", "part"),
    [("2025-06-12T16:30:00Z", "policy prospect is in force from 2026-01-01 on"), ("2026-06-12T16:30:00Z", "")],
)
def test_a_policy_by_name_is_the_revision_in_force_at_the_opening(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, at: str, part: str
) -> None:
    monkeypatch.setenv("HOLDFAST_POLICIES", str(POLICIES))
    Path("script.yaml").write_text(f"- {{event: opened, at: '{at}'}}\n", encoding="utf-8")
    due = cli("policy", "due", "prospect", "--at", at)
    played = cli("simulate", "prospect", "--events", "script.yaml")
    if part:
        assert_refused(due, part)
        assert_refused(played, part)
    else:
        assert (due.code, played.code) == (0, 0)


def test_simulate_leaves_out_what_happens_after_its_end(cli: Cli) -> None:
    text = OPENED + "- {event: closed, at: '2026-06-20T21:00:00Z'}\n"
    assert read(simulated(cli, text, "--until", "2026-06-13T00:00:00Z", "--json"))["status"] == "open"


@pytest.mark.parametrize(
    ("events", "whats"),
    [
        ("- {event: escalation_requested, at: '2026-06-12T17:00:00-04:00', reason: no progress}\n", "escalation_requested"),
        ("- {event: acknowledged, at: '2026-06-12T17:00:00-04:00', by: Kim}\n", "taken"),
        ("- {event: bounced, at: '2026-06-12T17:00:00-04:00'}\n", "bounced"),
        ("- {event: customer_replied, at: '2026-06-12T17:00:00-04:00', kind: auto}\n", "auto_reply"),
        ("- {event: severity_changed, at: '2026-06-12T17:00:00-04:00', severity: low}\n", "severity_changed"),
        ("- {event: put_on_hold, at: '2026-06-12T17:00:00-04:00', until: '2026-06-15T09:00:00-04:00'}\n", "put_on_hold"),
        ("- {event: put_on_hold, at: '2026-06-12T17:00:00-04:00'}\n- {event: resumed, at: '2026-06-13T17:00:00-04:00'}\n", "resumed"),
        ("- {event: agent_replied, at: '2026-06-12T17:00:00-04:00', solution: true}\n", "closed_on_silence"),
        ("- {event: solved, at: '2026-06-12T17:00:00-04:00'}\n", "solved"),
        ("- {event: solved, at: '2026-06-12T17:00:00-04:00'}\n- {event: reopened, at: '2026-06-13T17:00:00-04:00'}\n", "reopened"),
        ("- {event: closed, at: '2026-06-12T17:00:00-04:00', reason: done}\n", "closed"),
        ("- {event: contact_changed, at: '2026-06-12T17:00:00-04:00', available: false}\n", "contact_changed"),
        ("- {event: customer_contacted, at: '2026-06-12T17:00:00-04:00'}\n", "customer_contacted"),
        ("- {event: completed, at: '2026-06-12T17:00:00-04:00', what: telephone}\n", "completed"),
    ],
)  # fmt: skip
def test_simulate_plays_every_event(cli: Cli, events: str, whats: str) -> None:
    answer = simulated(cli, OPENED + events)
    assert_narrow(answer)
    found = read(simulated(cli, OPENED + events, "--json"))
    assert whats in [line["what"] for line in found["timeline"]]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ["script.yaml:1:1: a script is a list of objects"]),
        ("{}", ["script.yaml:1:1: a script is a list of objects"]),
        ("- 5\n", ["script.yaml:1:3: must be an object"]),
        (
            OPENED.replace("high", "huge") + "- 5\n- {event: closed, at: soon}\n- {event: solved, at: '2026-06-14T20:30:00Z', by: [a]}\n",
            [
                "script.yaml:1:52: severity: policy prospect has no 'huge'; there is",
                "\nscript.yaml:2:3: must be an object",
                "\nscript.yaml:3:19: at: is not a time such as",
                "\nscript.yaml:4:47: by: there is no such field",
            ],
        ),
        ("- 5\n- {event: closed, at: '2026-06-14T20:30:00Z', colour: red}\n", ["script.yaml:1:3: must be", "\nscript.yaml:2:47: colour: there is no"]),
        (OPENED + "- {event: agent_replied, at: '2026-06-13T20:30:00Z', solution: perhaps}\n", ["script.yaml:2:54: solution: 'perhaps' is neither true nor false"]),
        (f"- {{event: opened, at: '{FRIDAY}', time_zone: Mars/Base}}\n", ["script.yaml:1:52: time_zone: there is no time zone 'Mars/Base'"]),
        (f"- {{event: opened, at: '{FRIDAY}', entitlement: 5}}\n", ["script.yaml:1:52: entitlement: must be an object"]),
        ("- [a\n", ["script.yaml:1:3: yaml: a bracket opens here and never closes"]),
        ("- {event: agent_replied, at: '2026-06-12T20:30:00Z'}\n", ["script.yaml:1:4: event: the first must be opened"]),
        (OPENED + "- {event: exploded, at: '2026-06-13T20:30:00Z'}\n", ["script.yaml:2:4: event: there is no event 'exploded'"]),
        (OPENED + "- {event: [closed], at: '2026-06-13T20:30:00Z'}\n", ["script.yaml:2:4: event: there is no event"]),
        (OPENED + "- {at: '2026-06-13T20:30:00Z'}\n", ["script.yaml:2:3: event: is missing"]),
        (OPENED + "- {event: closed}\n", ["script.yaml:2:3: at: is missing"]),
        (OPENED + "- {event: closed, at: soon}\n", ["script.yaml:2:19: at: is not a time such as"]),
        (OPENED + "- {event: closed, at: '2026-06-13T20:30:00'}\n", ["script.yaml:2:19: at: is a time without an offset or Z"]),
        (OPENED + "- {event: closed, at: '2026-06-12T20:29:59Z'}\n", ["script.yaml:2:19: at: lies before the opening"]),
        (
            OPENED + "- {event: solved, at: '2026-06-14T20:30:00Z'}\n- {event: closed, at: '2026-06-13T20:30:00Z'}\n",
            ["script.yaml:3:19: at: lies before the event above; put them in order"],
        ),
        (OPENED + OPENED, ["script.yaml:2:4: event: only the first may be opened"]),
        (
            OPENED + "- {event: customer_replied, at: '2026-06-13T20:30:00Z', kind: robot, colour: red}\n",
            ["script.yaml:2:57: kind: ", "script.yaml:2:70: colour: there is no such field"],
        ),
        (
            OPENED + "- {event: agent_replied, at: '2026-06-13T20:30:00Z', awating: us}\n",
            ["awating: there is no such field; did you mean awaiting? there is id, at, event, awaiting, workaround, solution"],
        ),
        (
            OPENED + "- {event: closed, at: '2026-06-13T20:30:00Z', colour: red}\n",
            ["script.yaml:2:47: colour: there is no such field; there is id, at, event, reason"],
        ),
        (f"- {{event: opened, at: '{FRIDAY}', customer: Ada}}\n", ["customer: must be an object with fields of its own: email, name, role"]),
        (
            f"- {{event: opened, at: '{FRIDAY}', customer: {{mail: ada@customer.example}}}}\n",
            ["customer.mail: there is no such field; did you mean email? there is email, name, role"],
        ),
        (OPENED + "- {event: severity_changed, at: '2026-06-13T20:30:00Z'}\n", ["script.yaml:2:3: severity: is missing"]),
        (OPENED + "- {event: severity_changed, at: '2026-06-13T20:30:00Z', severity: huge}\n", ["script.yaml:2:57: severity: policy prospect has no 'huge'"]),
        (f"- {{event: opened, at: '{FRIDAY}', policy: crashplan}}\n", ["script.yaml:1:52: policy: the command names prospect"]),
        (f"- {{event: opened, at: '{FRIDAY}', customer: {{email: nobody}}}}\n", ["script.yaml:1:63: customer.email: is not a plain mail address"]),
        (f"- {{event: opened, at: '{FRIDAY}', plan: [gold]}}\n", ["script.yaml:1:52: plan: "]),
        (f"- {{event: opened, at: '{FRIDAY}', opened_at: '{FRIDAY}'}}\n", ["script.yaml:1:52: opened_at: is said by `at`"]),
        (f"- {{event: opened, at: '{FRIDAY}', plan: silver}}\n", ["script.yaml:1:52: plan: policy prospect has no plan 'silver'; there is gold"]),
        (f"- {{event: opened, at: '{FRIDAY}', subject: \"a\\u202eb\"}}\n", ["script.yaml:1:52: subject: must not hold control"]),
    ],
)  # fmt: skip
def test_simulate_refuses_a_bad_script_at_its_place(cli: Cli, text: str, parts: list[str]) -> None:
    assert_refused(simulated(cli, text), *parts)


def test_simulate_of_a_file_that_is_not_there(cli: Cli) -> None:
    assert_refused(cli("simulate", "crashplan", "--events", "nowhere.yaml"), "nowhere.yaml:1:1: file: cannot be read")


def test_simulate_wants_a_plan_where_there_are_several(cli: Cli) -> None:
    text = f"- {{event: opened, at: '{FRIDAY}'}}\n"
    assert_refused(
        simulated(cli, text, policy="acronis"), "script.yaml:1:3: plan: policy acronis has several; give one"
    )


def test_simulate_refuses_an_end_before_the_opening(cli: Cli) -> None:
    answer = simulated(cli, OPENED, "--until", "2026-06-12T20:29:59Z")
    assert_refused(answer, "until: lies before the opening")
    assert simulated(cli, OPENED, "--until", "2026-06-12T20:30:00Z").code == 0


def test_simulate_refuses_an_end_that_is_no_instant(cli: Cli) -> None:
    assert_refused(simulated(cli, OPENED, "--until", "later"), "until: is not a time such as")


# diff


def changed(*edits: tuple[str, str], policy: str = "ownbackup") -> str:
    text = (VENDORS / f"{policy}.yaml").read_text(encoding="utf-8")
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    Path("draft.yaml").write_text(text, encoding="utf-8")
    return "./draft.yaml"


AT = ("--at", "2026-06-09T10:00:00Z")
FASTER = ("high: {first_response: 4 business hours", "high: {first_response: 2 business hours")


def test_diff_of_the_same_policy_finds_no_difference(cli: Cli) -> None:
    assert cli("policy", "diff", "ownbackup", "ownbackup", *AT) == (0, "no difference\n", "")
    found = read(cli("policy", "diff", "ownbackup", "ownbackup", *AT, "--json"))
    assert [found[part] for part in ("targets", "ladders", "other", "due")] == [[], [], [], []]


def test_diff_tells_a_changed_target_and_the_due_instants_that_move(cli: Cli) -> None:
    answer = cli("policy", "diff", "ownbackup", changed(FASTER), *AT)
    assert_narrow(answer)
    words = " ".join(answer.out.split())
    assert "standard high first response: 4 business hours → 2 business hours" in words
    assert "first response of a ticket opened Fri 12 Jun 16:30: Mon 15 Jun 11:30 → Mon 15 Jun 09:30" in words
    assert "Ladders" not in answer.out
    assert "Other" not in answer.out


def test_diff_asks_a_monday_a_friday_a_saturday_an_eve_and_a_clock_change(cli: Cli) -> None:
    found = read(cli("policy", "diff", "ownbackup", changed(FASTER), *AT, "--json"))
    assert [(each["opened_at"], each["due_before"], each["due_after"]) for each in found["due"]] == [
        ("2026-06-12T20:30:00Z", "2026-06-15T15:30:00Z", "2026-06-15T13:30:00Z"),
        ("2026-06-13T15:00:00Z", "2026-06-15T17:00:00Z", "2026-06-15T15:00:00Z"),
        ("2026-06-15T13:30:00Z", "2026-06-15T17:30:00Z", "2026-06-15T15:30:00Z"),
        ("2026-06-18T20:30:00Z", "2026-06-22T15:30:00Z", "2026-06-22T13:30:00Z"),
        ("2026-10-31T20:30:00Z", "2026-11-02T18:00:00Z", "2026-11-02T16:00:00Z"),
    ]
    assert {(each["plan"], each["severity"], each["objective"]) for each in found["due"]} == {
        ("standard", "high", "first_response")
    }


def test_diff_tells_ladders_step_by_step(cli: Cli) -> None:
    draft = changed(
        ("- {wait: 4 days, do: solve}", "- {wait: 2 days, do: follow_up}\n    - {wait: 5 days, do: solve}"),
        policy="crashplan",
    )
    found = read(cli("policy", "diff", "crashplan", draft, *AT, "--json"))
    assert found["ladders"] == [
        {"where": "pending, step 1", "before": "solve after 4 days", "after": "follow_up after 2 days"},
        {"where": "pending, step 2", "before": None, "after": "solve after 5 days"},
    ]
    assert found["targets"] == found["due"] == found["other"] == []


@pytest.mark.parametrize(
    ("edit", "line"),
    [
        (("low: {first_response: 8 hours, update: 24 hours}", "low: {first_response: 8 hours}"), "premier low update: 24 hours (removed)"),
        (("low: {first_response: 8 hours, update: 24 hours}", "low: {first_response: none, update: 24 hours}"), "premier low first response: 8 hours → none"),
        (("director@ownbackup.example", "boss@ownbackup.example"), "levels.director.email: director@ownbackup.example → boss@ownbackup.example"),
        (("{at: 75%, tell: tier-2}", "{at: 50%, tell: tier-2}"), "thresholds.1.at: 75 → 50"),
        (("mon-fri: 09:00-18:00", "mon-fri: 08:00-18:00"), "calendars.business.hours.mon-fri: 09:00-18:00 → 08:00-18:00"),
        (("business_day: 9 business hours", "business_day: same time"), "business_day: 9 business hours → same time"),
        (("after_close: new_case", "after_close: reopen"), "after_close: new_case → reopen"),
        (("\nsilence: {}", "\n  on_request: {tell: tier-2, review: {phone: 1 hour, other: best effort}}\nsilence: {}"), "escalation.on_request.review.phone: 1 hour (added)"),
        (("\nsilence: {}", "\n  on_request: {tell: tier-2, review: 1 hour}\nsilence: {}"), "escalation.on_request.review: 1 hour (added)"),
        (("silence: {}", "silence: {solved: [{wait: 3 days, do: close}]}"), "solved, step 1: close after 3 days (added)"),
        (("medium: {first_response: 4 hours, ", "medium: {first_response: {phone: 5 minutes, other: 4 hours}, "), "premier medium first response: 4 hours (removed)"),
    ],
)  # fmt: skip
def test_diff_names_every_kind_of_difference(cli: Cli, edit: tuple[str, str], line: str) -> None:
    answer = cli("policy", "diff", "ownbackup", changed(edit), *AT)
    assert_narrow(answer)
    assert line in " ".join(answer.out.split())


def test_diff_tells_the_lines_of_a_message_that_differ(cli: Cli) -> None:
    sooner = ("closed two days from now.\n", "closed two days from now, at the latest.\n")
    answer = cli("policy", "diff", "crashplan", changed(sooner, policy="crashplan"), *AT)
    assert_narrow(answer)
    assert answer.out.partition("Other\n")[2] == (
        "  messages.solved.body:\n"
        '    - ticket {{ ticket_id }} ("{{ subject }}") is now marked as Solved and will\n'
        "      be closed two days from now.\n"
        '    + ticket {{ ticket_id }} ("{{ subject }}") is now marked as Solved and will\n'
        "      be closed two days from now, at the latest.\n"
    )


def test_diff_of_two_vendors_tells_what_only_one_has(cli: Cli) -> None:
    answer = cli("policy", "diff", "acronis", "crashplan", *AT)
    assert_narrow(answer)
    assert "trial a first response email: 3 business days (removed)" in answer.out
    assert "small-business urgent update: 1 business day (added)" in answer.out
    assert "Due instants" not in answer.out


@pytest.mark.parametrize("arguments", [("nowhere", "crashplan"), ("crashplan", "nowhere")])
def test_diff_of_a_policy_that_is_not_there(cli: Cli, arguments: tuple[str, str]) -> None:
    assert_refused(cli("policy", "diff", *arguments, *AT), "there is no policy 'nowhere'")


# The page


def test_diff_refuses_a_zone_that_is_none(cli: Cli) -> None:
    given = ("crashplan", "crashplan", *AT, "--time-zone", "Mars/Base")
    assert_refused(cli("policy", "diff", *given), "time_zone: there is no time zone 'Mars/Base'")


PAGE = (ROOT / "docs" / "foresight.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```sh\n((?:.|\n)*?)```\n+```text\n((?:.|\n)*?)```", PAGE)


@pytest.mark.parametrize(("commands", "shown"), EXAMPLES)
def test_the_page_shows_what_the_commands_print(cli: Cli, commands: str, shown: str) -> None:
    for name in ("policies", "examples"):
        Path(name).symlink_to(ROOT / name)
    printed = ""
    for line in commands.replace("\\\n", " ").splitlines():
        words = line.split()
        if words[0] == "holdfast":
            answer = cli(*words[1:])
            assert (answer.code, answer.err) == (0, "")
            printed += answer.out
        else:
            subprocess.run(line, shell=True, check=True)
    assert printed == shown


def test_the_page_has_an_example_of_each_command() -> None:
    shown = " ".join(commands for commands, _ in EXAMPLES)
    for command in ("policy due", "policy explain", "simulate", "policy diff"):
        assert f"holdfast {command} " in shown
