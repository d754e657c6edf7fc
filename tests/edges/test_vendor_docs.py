"""`docs/vendors.md`: every row names a test that exists, every plan of every vendor is on the page's matrix."""

import re
from pathlib import Path

import pytest

from policies.library import VENDORS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "vendors.md").read_text()
FILES = {"matrix": "test_vendor_matrix.py", "rules": "test_vendor_rules.py", "examples": "test_vendor_examples.py"}
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| the document")]


@pytest.mark.parametrize("row", ROWS)
def test_a_row_points_to_a_test(row: str) -> None:
    shown = row.rstrip(" |").rpartition("|")[2].strip()
    match = re.fullmatch(r"(?:(matrix|rules|examples)|`(test_\w+\.py)`) `(test_\w+)`", shown)
    assert match, shown
    file = ROOT / "tests" / "core" / (FILES[match[1]] if match[1] else match[2])
    assert re.search(rf"def {match[3]}\(", file.read_text()), f"{file.name} has no {match[3]}"


def test_every_vendor_has_its_table() -> None:
    titles = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    assert len(titles) == len(list(VENDORS.glob("*.yaml"))) == 6
    assert len(ROWS) >= 50
