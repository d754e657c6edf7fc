"""`holdfast policy show` and `check`, as a terminal shows them."""

import json
import re
from pathlib import Path

import pytest
from commanding import Answer, Cli
from rich.cells import cell_len

from cli.inputs.policy_lookup import find_policy, policy_files
from cli.output.policy_words import cell_words
from policies.library import VENDORS, Library, read_policy
from sla.base.errors import PolicyError, UnknownPolicy
from sla.inputs.terms import Objective
from worker.settings import Settings

WHOLE = Path(__file__).parents[1] / "data" / "whole.yaml"


@pytest.fixture
def policy(cli: Cli) -> Cli:
    """`holdfast policy …` in this process."""
    return lambda *arguments: cli("policy", *map(str, arguments))


def edited(directory: Path, old: str, new: str) -> Path:
    """The whole policy with one change, in a file of its right name."""
    file = directory / "whole.yaml"
    text = WHOLE.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return file


def squeezed(text: str) -> str:
    """The words alone, however they are wrapped and framed."""
    return " ".join("".join(" " if "\u2500" <= each <= "\u257f" else each for each in text).split())


@pytest.mark.parametrize("name", [*(path.stem for path in VENDORS.glob("*.yaml")), str(WHOLE)])
def test_every_promise_of_a_policy_is_shown_within_80_columns(policy: Cli, name: str) -> None:
    answer = policy("show", name)
    assert (answer.code, answer.err) == (0, "")
    assert max(cell_len(line) for line in answer.out.splitlines()) <= 80
    spec = find_policy(name, Settings())
    shown = set(squeezed(answer.out).split())
    said = [cell_words(cell) for plan in spec.plans.values() for row in plan.targets.values() for cell in row.values()]
    assert {word for text in said for word in text.split()} <= shown
    assert all(level.email in answer.out for level in spec.levels.values())


def test_none_best_effort_and_not_stated_are_three_words() -> None:
    row = read_policy(Path(__file__).parents[1] / "data" / "policies" / "house.yaml").plans["gold"].targets["low"]
    given = [cell_words(row.get(each)) for each in (Objective.RESOLUTION, Objective.NEXT_RESPONSE, Objective.UPDATE)]
    assert given == ["none", "best effort", "not stated"]


@pytest.mark.parametrize(
    "sentence",
    [
        "Whole (whole)",
        "in force from 2026-01-01",
        "office: mon-fri 09:00-17:00, Europe/Berlin, the policy's own closed: Christmas Day, 2026-12-25",
        "always: round the clock, Europe/Berlin",
        "normal: normal (where a ticket names none)",
        "Plan gold: Gold, where a ticket names none",
        "evening instead: severities high, normal; channels chat",
        "always instead: severities high; work round the clock is asked for, while the customer has a contact for us",
        "channels email, phone, chat",
        "entitled for 1 year from the day it was registered",
        "entitled for versions until 18 months after the next major version",
        "retired: no new tickets from 2027-01-01",
        "resolution: begins after the first response; waits until there is: description",
        "workaround: while on hold begins anew afterwards",
        "30 minutes before (only first response; severities high): Lead",
        "at the breach: Manager, again every business hour until acknowledged, again if 2 business days pass without",
        "unsolved for 5 business days (only severities normal, low): Lead",
        "when the customer asks: Manager; reviewed within 1 business day",
        "the new targets count from the change",
        "no two follow-ups on one business day",
        "no ticket younger than 2 weeks is solved or closed",
        "1. after 1 business day: the owner is asked to call",
        "3. after 5 business days from the first follow-up (only severities low): close",
        "5. after 1 business day (only severities high, normal): lower the severity to low",
        "only kim@customer.example and jo@customer.example may open tickets",
        "While the customer is silent (ladder 1 of 2) only on plans gold",
        "While the customer is silent (ladder 2 of 2) 1. after 2 days, calendar always: remind the customer, message nudge",
        "to a closed ticket within 30 days: reopens it later: changes nothing: the customer is asked for a new case",
        "the one word SOLVED: closes it",
        "the survey is sent when the ticket is solved",
        "later than 30 minutes, a step counts from when it was really done",
    ],
)
def test_what_is_done_when_is_said_in_sentences(policy: Cli, sentence: str) -> None:
    assert sentence in squeezed(policy("show", WHOLE).out)


@pytest.mark.parametrize(
    ("review", "said"),
    [
        ("best effort", "reviewed as soon as we can, without a promised time"),
        ("none", "no time is promised for a review"),
        ("not stated", "no time is stated for a review"),
        ("{phone: at once, other: best effort}", "review by channel: phone: at once, other: best effort"),
        ("{target: 1 business hour, calendar: always}", "reviewed within 1 business hour, calendar always"),
    ],
)
def test_a_review_is_told_in_words_that_fit_it(policy: Cli, tmp_path: Path, review: str, said: str) -> None:
    file = edited(tmp_path, "review: 1 business day}", f"review: {review}}}")
    assert f"when the customer asks: Manager; {said}" in squeezed(policy("show", file).out)


def test_a_cut_off_and_hours_outside_are_in_the_matrix() -> None:
    plans = read_policy(WHOLE).plans
    assert cell_words(plans["gold"].targets["low"][Objective.FIRST_RESPONSE]) == "next business day, hard cut-off 15:00"
    outside = "30 minutes, calendar always, outside office hours: 2 hours"
    assert cell_words(plans["silver"].targets["high"][Objective.FIRST_RESPONSE]) == outside


def test_one_plan_is_shown_with_its_own_ladders(policy: Cli) -> None:
    out = policy("show", WHOLE, "--plan", "silver").out
    assert "Plan silver" in out
    assert "Plan gold" not in out
    assert "asked to call" not in out
    refused = policy("show", WHOLE, "--plan", "bronze")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == "holdfast: plan: policy whole has no plan 'bronze'; there is gold, silver\n"


def test_json_is_the_policy_as_read(policy: Cli) -> None:
    shown = json.loads(policy("show", "crashplan", "--json").out)
    assert shown == Library().load("crashplan").model_dump(mode="json", by_alias=True)


def test_a_name_or_a_path_says_which_policy(tmp_path: Path) -> None:
    settings = Settings(policies=tmp_path)
    file = edited(tmp_path, "title: Whole", "title: Mine")
    assert policy_files("whole", Library(tmp_path)) == (file,)
    assert policy_files(str(WHOLE), Library(tmp_path)) == (WHOLE,)
    assert find_policy("whole", settings).title == "Mine"
    with pytest.raises(UnknownPolicy, match="there is acronis"):
        policy_files("nobody", Library(tmp_path))
    with pytest.raises(PolicyError, match="cannot be read"):
        find_policy("./nobody.yaml", settings)


def test_a_mistake_is_refused_with_its_place(policy: Cli, tmp_path: Path) -> None:
    file = edited(tmp_path, "{at: 75%, tell: lead}", "{at: 75%, tell: boss}")
    answer = policy("check", "ownbackup", file)
    assert answer.code == 2
    assert answer.out == "ownbackup: no complaints\n"
    why = "thresholds.0.tell: there is no level 'boss'; there is desk, lead, manager"
    assert answer.err == f"{file}:46:15: {why}\n"


def test_a_warning_is_said_and_only_strict_refuses_it(policy: Cli, tmp_path: Path) -> None:
    file = edited(
        tmp_path, "  manager: {title", "  spare: {title: Spare, email: spare@whole.example}\n  manager: {title"
    )
    line = f"{file}:44:3: warning: levels.spare: nothing tells this level"
    assert policy("check", file) == Answer(0, f"{line}\nwhole: no complaints, 1 warning\n", "")
    assert policy("check", "--strict", file) == Answer(2, "", f"{line}\n")


def test_every_complaint_begins_a_line_of_its_own(policy: Cli, tmp_path: Path) -> None:
    file = edited(tmp_path, "{at: 75%, tell: lead}", "{at: 75%, tell: boss}")
    other = tmp_path / "other.yaml"
    other.write_text("policy: other\ncolour: red\n", encoding="utf-8")
    answer = policy("check", file, other)
    assert answer.code == 2
    lines = answer.err.splitlines()
    assert len(lines) > 2
    assert all(re.match(rf"{re.escape(str(tmp_path))}/(whole|other)\.yaml:\d+:\d+: ", line) for line in lines)


def test_the_list_as_json_has_a_policy_that_cannot_be_used(
    policy: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited(tmp_path, "title: Whole", "title: Mine")
    (tmp_path / "torn.yaml").write_text("policy: [\n", encoding="utf-8")
    monkeypatch.setenv("HOLDFAST_POLICIES", str(tmp_path))
    answer = policy("list", "--json")
    assert (answer.code, answer.err) == (0, "")
    listed = {each["policy"]: each for each in json.loads(answer.out)}
    assert listed["whole"] == {
        "policy": "whole",
        "title": "Mine",
        "revision": "2026-01-01",
        "plans": ["gold", "silver"],
        "severities": ["high", "normal", "low"],
        "error": None,
    }
    assert "torn.yaml:2:1: yaml:" in listed["torn"]["error"]
    assert f"torn\n  cannot be used: {listed['torn']['error']}\n" in policy("list").out


def test_no_objective_is_broken_within_a_word(policy: Cli) -> None:
    assert "│ acknowledgement │" in policy("show", "acronis").out


def test_a_placeholder_stays_on_one_line(policy: Cli, tmp_path: Path) -> None:
    link = "https://support.example/{{ ticket_id }}"
    for length in range(1, 30):
        file = edited(tmp_path, link, f"https://support.example/{'x' * length}/{{{{ ticket_id }}}}")
        assert "{{ ticket_id }}" in policy("show", file).out


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("every: 1 business hour", "every: 2 business hours", "again every 2 business hours until"),
        ("rearm: 2 business days", "rearm: 1 business day", "again if 1 business day passes without"),
        ("rearm: 2 business days", "rearm: 3 hours", "again if 3 hours pass without"),
        ("contacts: [kim@customer.example, jo@customer.example]", "roles: [admin, owner]", "only contacts with the role admin or owner may open tickets"),
        ("supported: 18 months", "supported: 1 month", "entitled for versions until 1 month after"),
    ],
)  # fmt: skip
def test_numbers_and_roles_are_said_grammatically(policy: Cli, tmp_path: Path, old: str, new: str, said: str) -> None:
    assert said in squeezed(policy("show", edited(tmp_path, old, new)).out)


def test_without_a_file_every_policy_at_hand_is_checked(policy: Cli) -> None:
    answer = policy("check")
    verdicts = [line.partition(",")[0] for line in answer.out.splitlines() if ": warning: " not in line]
    assert verdicts == [f"{name}: no complaints" for name in Library().names()]


def test_a_file_must_be_named_like_its_policy(policy: Cli, tmp_path: Path) -> None:
    file = edited(tmp_path, "policy: whole", "policy: part")
    answer = policy("check", file)
    assert answer.err == f"{file}:1:1: policy: says part, but the file is named whole.yaml; name it part.yaml\n"
