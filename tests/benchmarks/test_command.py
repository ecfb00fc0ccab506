"""The command of docs/benchmarks.md, as a whole but in its shortest form."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support import PROJECT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.engine
def test_it_measures_and_judges(tmp_path: Path) -> None:
    samples = tmp_path / "samples.json"
    options = ["--only", "start", "--runs", "1", "--without-mlflow", "--json", str(samples)]
    finished = subprocess.run(
        [sys.executable, "-m", "benchmarks", *options], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    rows = [line.split("|")[1].strip() for line in finished.stdout.splitlines() if line.startswith("| start: ")]
    assert rows == [
        "start: `python -c pass`",
        "start: `mpk --help`",
        "start: unchanged `mpk build`",
        "start: unchanged `mpk build` - `python -c pass`",
        "start: `mpk --help`",
    ]
    assert json.loads(samples.read_text())
