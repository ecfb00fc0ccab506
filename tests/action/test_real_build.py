"""The action on the real example, installed as on a runner: mpk from its checkout, nothing in between."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from action.runner import Job
from support import PROJECT

EXAMPLE = ("mpk.yaml", "pylock.penguins.toml", "penguins", "data", "examples")
STAGES = ["infer-env", "package", "validate", "image", "smoke-test"]
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Job:
    folder = tmp_path_factory.mktemp("runner")
    job = Job(folder / "workspace", folder / "temp")
    job.temporary.mkdir()
    job.workspace.mkdir()
    for name in EXAMPLE:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, job.workspace / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, job.workspace / name)
    return job.use(locked="true")


def test_it_builds_the_example(built: Job) -> None:
    assert built.exit_code == 0, built.log
    assert [command for command in built.commands if command[0] == "error"] == []
    assert (built.workspace / built.outputs["model-path"] / "MLmodel").is_file()
    document = json.loads(Path(built.outputs["report"]).read_text())
    assert document["ok"] is True
    for kind in ("model", "image"):
        assert DIGEST.fullmatch(built.outputs[f"{kind}-digest"])
        assert document[kind]["digest"] == built.outputs[f"{kind}-digest"]
    assert [stage["stage"] for stage in document["stages"]] == STAGES


def test_the_summary_tells_every_stage(built: Job) -> None:
    lines = built.summary.splitlines()
    assert lines[0] == "### mpk build: penguins 1\\.0\\.0 succeeded"
    stages = [line.split("|")[1].strip().replace("\\", "") for line in lines if line.startswith("| ")]
    assert stages == ["stage", *STAGES]
    assert built.outputs["image-digest"].replace(":", "\\:") in built.summary


def test_a_mistake_in_the_manifest_is_annotated(built: Job) -> None:
    text = (PROJECT / "mpk.yaml").read_text()
    (built.workspace / "wrong.yaml").write_text(text.replace("\nmodel:", "\nmodle:"))
    again = Job(built.workspace, built.temporary).use(manifest="wrong.yaml")
    line = text[: text.index("\nmodel:")].count("\n") + 2
    [(name, where, message)] = again.commands
    assert (again.exit_code, name, where) == (
        2,
        "error",
        {"file": "wrong.yaml", "line": str(line), "col": "1"},
    )
    assert "modle" in message
    assert "<pre>wrong.yaml:" in again.summary
