"""What the tests of the outside share."""

import io
import os
import sys
from pathlib import Path

import pytest
from commanding import Answer, Cli

from cli.main import main


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Cli:
    """`main` in this process, as the script calls it, in an empty directory and environment."""
    for name in [name for name in os.environ if name.startswith(("HOLDFAST_", "TEMPORAL_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(os, "_exit", sys.exit)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: bytes = b"", **variables: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["holdfast", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with monkeypatch.context() as here:
            for name, value in variables.items():
                here.setenv(name, value)
            with pytest.raises(SystemExit) as end:
                main()
        out, err = capsys.readouterr()
        return Answer(end.value.code if isinstance(end.value.code, int) else 0, out, err)

    return run
