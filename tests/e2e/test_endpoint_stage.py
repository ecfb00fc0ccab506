"""The smoke test of a built image: in an engine, without one, and of an endpoint that is not what it should be."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
import tiny

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.pipeline.results import StageResult

MANIFEST = """\
name: tiny-endpoint
model: {entrypoint: "model:predict"}
requirements: {source: requirements.txt}
input_example: [1, 2, 3]
"""
# Only an image has this file, so that no stage before the last one can know.
WRONG = """\
import os

def predict(values):
    return [value + os.path.exists("/opt/mpk/serve.py") for value in values]
"""
DEAD = """\
import os

def predict(values):
    if os.path.exists("/opt/mpk/serve.py"):
        os.abort()
    return values
"""
NOWHERE = "unix:///nobody.sock"
needs_sandbox = pytest.mark.skipif(shutil.which("bwrap") is None, reason="bubblewrap is not installed")


def smoke_test(folder: Path, files: dict[str, str] | None = None) -> StageResult:
    """Build the project to its end; the result of the smoke test."""
    project = tiny.write_tiny(folder / "project", {"mpk.yaml": MANIFEST, **(files or {})})
    result = tiny.build(project, folder / "store").stage("smoke-test")
    assert result is not None
    return result


def check(result: StageResult) -> None:
    assert (result.status, result.error) == ("built", None)
    facts = result.facts
    assert facts["requests"] == 21
    assert facts["rejected"] == 2
    assert 0 < facts["ready_s"] < 60
    assert 0 < facts["latency_ms"]["median"] <= facts["latency_ms"]["max"]
    assert 10 < facts["memory_mb"] < 500


@pytest.mark.engine
def test_in_an_engine(tmp_path: Path) -> None:
    result = smoke_test(tmp_path)
    check(result)
    assert result.facts["where"].startswith("docker ")


@needs_sandbox
def test_without_an_engine_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)
    result = smoke_test(tmp_path)
    check(result)
    assert result.facts["where"] == "bubblewrap sandbox on this machine, no container engine answered"


@needs_sandbox
def test_an_endpoint_that_predicts_something_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)
    result = smoke_test(tmp_path, {"model.py": WRONG})
    assert result.status == "failed"
    assert result.error is not None
    assert (result.error.exit_code, result.error.message) == (
        1,
        (
            "POST /invocations with the input example as application/json gave other predictions than the source "
            "environment: row 0: expected 1, found 2."
        ),
    )


@needs_sandbox
def test_an_endpoint_whose_model_dies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", NOWHERE)
    result = smoke_test(tmp_path, {"model.py": DEAD})
    assert result.error is not None
    first, _, log = result.error.message.partition("\nIts last lines:\n")
    assert first == (
        "POST /invocations with the input example as application/json was answered 500, expected 200: "
        '{"error_code": "INTERNAL_ERROR", "message": '
        '"The model\'s process was killed by SIGABRT while it answered; it is being replaced."}'
    )
    assert log.startswith("mpk: Listening on http://127.0.0.1:")
