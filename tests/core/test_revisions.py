"""Revisions of a policy: the one in force at the opening rules the ticket."""

from pathlib import Path

import pytest
from rehearsal import at, ticket

from policies.library import Library
from policies.terms import make_terms
from sla.base.errors import NotInForce, PolicyError
from sla.inputs.terms import Objective, Target

HOUSE = (Path(__file__).parents[1] / "data" / "policies" / "house.yaml").read_text()


def write(directory: Path, name: str, revision: str, first_response: str) -> None:
    text = HOUSE.replace("revision: 2026-01-01", f"revision: {revision}", 1)
    (directory / name).write_text(text.replace("first_response: 4 business hours", f"first_response: {first_response}"))


@pytest.fixture
def revised(tmp_path: Path) -> Library:
    write(tmp_path, "house.yaml", "2026-01-01", "4 business hours")
    write(tmp_path, "house@2026-07-01.yaml", "2026-07-01", "2 business hours")
    write(tmp_path, "house@2027-01-01.yaml", "2027-01-01", "1 business hour")
    return Library(tmp_path)


@pytest.mark.parametrize(
    ("opened", "said"),
    [
        ("2026-01-01 00:00", "4 business hours"),
        ("2026-06-30 23:59", "4 business hours"),
        ("2026-07-01 00:00", "2 business hours"),
        ("2026-12-31 23:59", "2 business hours"),
        ("2027-01-01 00:00", "1 business hour"),
    ],
)
def test_the_revision_in_force_at_the_local_date_of_the_opening(revised: Library, opened: str, said: str) -> None:
    asking = ticket("house", at(opened, "America/New_York"))
    terms = make_terms(revised.in_force(asking), asking, asking.opened_at)
    promise = terms.promise("normal", Objective.FIRST_RESPONSE)
    assert isinstance(promise, Target)
    assert promise.duration.said == said


def test_before_the_first_revision_there_is_no_promise(revised: Library) -> None:
    with pytest.raises(NotInForce, match="in force from 2026-01-01"):
        revised.in_force(ticket("house", at("2025-12-31 23:59", "America/New_York")))


def test_a_policy_is_listed_once_and_shown_in_its_newest_revision(revised: Library) -> None:
    assert revised.names().count("house") == 1
    assert str(revised.load("house").revision) == "2027-01-01"


def test_a_file_named_for_another_date_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "house@2026-07-01.yaml", "2026-08-01", "2 business hours")
    with pytest.raises(PolicyError, match=r"house@2026-07-01.yaml:1:1: revision: says 2026-08-01"):
        Library(tmp_path).load("house")


def test_ones_own_revisions_replace_all_that_ship(tmp_path: Path) -> None:
    (tmp_path / "acronis.yaml").write_text(HOUSE.replace("policy: house", "policy: acronis", 1))
    assert [path.parent for path in Library(tmp_path).files() if path.stem.startswith("acronis")] == [tmp_path]
