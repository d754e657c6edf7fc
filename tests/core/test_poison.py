"""Policy files that are wrong or hostile: each is refused at its place, in plain words, soon and in little memory."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from poison_files import BASE, TEXTS, odd_paths
from poison_times import EDITS as TIMES
from poison_values import EDITS as VALUES
from poison_yaml import EDITS as YAML

from policies.templates import check_template
from policies.yaml_file import MAX_BYTES

ROOT = Path(__file__).parents[2]
EDITS = (*YAML, *VALUES, *TIMES)
SECONDS = 1.0
MEGABYTES = 100
LINE = re.compile(r"\d+:\d+: [^:\s][^:]*: \S.*")


def _written(directory: Path, name: str, raw: str | bytes) -> Path:
    path = directory / f"{re.sub('[^a-z0-9]+', '-', name.lower())}.yaml"
    path.write_bytes(raw if isinstance(raw, bytes) else raw.encode("utf-8"))
    return path


def _corpus(directory: Path) -> list[tuple[str, str, str]]:
    """Name, path and refusal of every poison."""
    assert all(BASE.count(old) for _, old, _, _ in EDITS)
    edits = [(name, BASE.replace(old, new, 1), said) for name, old, new, said in EDITS]
    texts = [(name, make(), said) for name, (make, said) in TEXTS.items()]
    written = [(name, str(_written(directory, name, raw)), said) for name, raw, said in (*edits, *texts)]
    odd = directory / "odd"
    odd.mkdir()
    return [*written, *odd_paths(odd)]


def _read(paths: list[str]) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "poison_reader.py"), str(ROOT / "tests/data/poison/base.yaml")],
        input="".join(json.dumps(path) + "\n" for path in paths),
        capture_output=True, text=True, check=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    corpus = _corpus(tmp_path_factory.mktemp("poison"))
    assert len({name for name, _, _ in corpus}) == len(corpus)
    results = _read([path for _, path, _ in corpus])
    return {
        name: {**result, "path": path, "expected": said}
        for (name, path, said), result in zip(corpus, results, strict=True)
    }


def test_the_base_of_the_edits_is_without_a_fault(tmp_path: Path) -> None:
    base = _written(tmp_path, "base", BASE)
    assert [each["said"] for each in _read([str(base)])] == ["accepted"]


def test_each_is_refused_where_it_is_wrong_in_words_that_say_how(outcomes: dict[str, dict[str, Any]]) -> None:
    otherwise = {
        name: f"{each['said'][:600]!r} lacks {each['expected']!r}"
        for name, each in outcomes.items()
        if not any(line.startswith(each["expected"]) for line in _lines(each))
    }
    assert not otherwise, "\n".join(f"{name}: {what}" for name, what in otherwise.items())


def test_each_line_is_a_place_a_field_and_a_sentence_of_bounded_length(outcomes: dict[str, dict[str, Any]]) -> None:
    lines = [(name, line) for name, each in outcomes.items() for line in _lines(each)]
    assert [(name, line) for name, line in lines if not LINE.fullmatch(line)] == []
    assert [(name, line) for name, line in lines if len(line) > 1_000 or not line.isprintable()] == []
    assert [name for name, each in outcomes.items() if len(_lines(each)) > 21] == []


def test_no_sentence_speaks_of_the_machinery(outcomes: dict[str, dict[str, Any]]) -> None:
    technical = re.compile(
        r"Input should|pydantic|ruamel|Value error|int_max_str|union|instance of|None\b|scanner|token"
    )
    assert {name: each["said"] for name, each in outcomes.items() if technical.search(each["said"])} == {}


def test_each_is_refused_within_a_second_and_100_mb(outcomes: dict[str, dict[str, Any]]) -> None:
    dear = {
        name: (round(each["seconds"], 2), each["grown_kb"] // 1024)
        for name, each in outcomes.items()
        if each["seconds"] >= SECONDS or each["grown_kb"] >= MEGABYTES * 1024
    }
    assert dear == {}


def test_the_command_refuses_every_third_with_exit_code_2_and_no_traceback(tmp_path: Path) -> None:
    files = [Path(path) for _, path, _ in _corpus(tmp_path)[::-3] if "\0" not in path]
    named = _written(tmp_path, "another name", BASE)
    holdfast = Path(sys.executable).with_name("holdfast")
    done = subprocess.run([holdfast, "policy", "check", *files, named], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    assert f"{named}:1:1: policy: says base, but the file is named" in done.stderr
    assert [file for file in files if f"{file}:" not in done.stderr and len(str(file)) < 300] == []


@pytest.mark.parametrize("text", ["{{{ ticket_id }}", "{{ ticket_id }}{{", "{{\n\n}}", "{{ ticket_id -}} %}"])
def test_braces_that_are_no_placeholder_are_refused(text: str) -> None:
    assert check_template(text) is not None


def test_a_placeholder_may_hug_its_braces() -> None:
    assert check_template("{{ticket_id}} {{- plan -}} {{  due  }} {single} 100 % #1") is None


def test_a_file_of_the_greatest_length_is_read(tmp_path: Path) -> None:
    longest = BASE + "#" * (MAX_BYTES - len(BASE.encode()))
    assert [each["said"] for each in _read([str(_written(tmp_path, "longest", longest))])] == ["accepted"]


def _lines(outcome: dict[str, Any]) -> list[str]:
    """The refusal without the path in front of each line."""
    from policies.yaml_file import shown_name

    return [line.removeprefix(f"{shown_name(outcome['path'])}:") for line in outcome["said"].splitlines()]
