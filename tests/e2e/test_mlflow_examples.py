"""Input examples of every kind, beside those of the real MLflow."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from e2e import mlflow_environment
from support import PROJECT

SCRIPT = Path(__file__).with_name("mlflow_examples.py")
SAME = {"same_file": True, "same_info": True, "mlflow_reads": None, "mpk_reads": None}
# MLflow breaks base64 into lines, and reads it, and ISO 8601, in tables alone.
DIFFERENT = {
    "frame": {**SAME, "same_file": False},
    "records": {**SAME, "same_file": False, "same_info": False},
    "bytes": {**SAME, "same_file": False, "mlflow_reads": "a single value with another content"},
    "moment": {**SAME, "mlflow_reads": "a single value with another content"},
}


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    interpreter = mlflow_environment.python(mlflow_environment.ALONE)
    done = subprocess.run(
        [interpreter, SCRIPT],
        env=mlflow_environment.environment(interpreter, PYTHONPATH=str(PROJECT / "mpk_build" / "runtime")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers: dict[str, Any] = json.loads(done.stdout)
    return answers


def test_each_reads_what_the_other_wrote(found: dict[str, Any]) -> None:
    kinds = {name: one for name, one in found.items() if name != "files"}
    assert kinds == {name: DIFFERENT.get(name, SAME) for name in kinds}
    assert len(kinds) == 16


def test_files_become_what_they_hold(found: dict[str, Any]) -> None:
    assert found["files"] == {
        "kinds": ["image", "array", "scalar", "frame", "sparse"],
        "image": [[2, 1], [255, 0, 7], {"type": "json_object"}],
        "image_lost": None,
        "array": ["uint8", [[[255, 0, 7], [255, 0, 7]]]],
        "bytes": True,
        "frame_lost": None,
        "matrix": ["csc", [[0.0, 1.5]]],
        "parquet": [None, "The body is no parquet file: ArrowInvalid."],
        "refused": "a sparse matrix in the format coo; expected csr or csc: save_npz(file, matrix.tocsr())",
    }
