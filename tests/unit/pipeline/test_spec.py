"""Stages of a project's own, and declarations that are wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tiny import build, ran, write_tiny

from mpk_build.foundation.errors import ManifestError, MpkError

if TYPE_CHECKING:
    from pathlib import Path

CARD = """\
stage: model-card
summary: Write a model card
needs: [package]
before: [validate]
runs_in: host
script: card.py
inputs: {document: "${package.document}", readme: "${project}"}
params: {name: "${manifest.name}", title: "The model ${manifest.name}"}
outputs: {card: card.md}
publish: {card: "${dist}/MODEL_CARD.md"}
"""
CARD_SCRIPT = """\
import json
from pathlib import Path


def run(stage):
    document = json.loads(Path(stage.inputs["document"]).read_text())
    notes = Path(stage.inputs["readme"], "NOTES").read_text()
    Path(stage.outputs["card"]).write_text(f"# {stage.params['title']}\\n{notes}{sorted(document['flavors'])}\\n")
    stage.facts["lines"] = 3
"""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


def project_with(tmp_path: Path, declaration: str, script: str = CARD_SCRIPT) -> Path:
    files = {"stages/model-card.yaml": declaration, "stages/card.py": script, "NOTES": "notes\n"}
    return write_tiny(tmp_path / "project", files)


def test_a_stage_of_the_project_runs_between_two_of_mpk(tmp_path: Path, store: Path) -> None:
    project = project_with(tmp_path, CARD)
    result = build(project, store)
    assert [(stage.stage, stage.status) for stage in result.stages] == [
        ("infer-env", "built"),
        ("package", "built"),
        ("model-card", "built"),
        ("validate", "built"),
    ]
    assert (project / "dist" / "MODEL_CARD.md").read_text() == "# The model tiny\nnotes\n['python_function']\n"
    assert result.stages[2].facts == {"lines": 3}
    assert ran(build(project, store)) == []
    (project / "stages" / "card.py").write_text(CARD_SCRIPT + "# a comment\n")
    again = build(project, store)
    assert [(stage.stage, stage.why) for stage in again.stages if stage.status == "built"] == [
        ("model-card", "the stage's script changed")
    ]
    (project / "NOTES").write_text("other notes\n")
    again = build(project, store)
    assert [(stage.stage, stage.why) for stage in again.stages if stage.status == "built"] == [
        ("model-card", "NOTES changed")
    ]


@pytest.mark.parametrize(("place", "version"), [("source-env", "source"), ("model-env", "model")])
def test_a_stage_runs_where_it_says(tmp_path: Path, store: Path, place: str, version: str) -> None:
    declaration = f"""\
stage: where
summary: Say where
needs: [infer-env, package]
runs_in: {place}
script: where.py
inputs: {{lock: "${{infer-env.lock}}"}}
outputs: {{where: where.txt}}
publish: {{where: "${{dist}}/{version}.txt"}}
"""
    script = """\
import sys


def run(stage):
    with open(stage.outputs["where"], "w") as file:
        file.write(sys.prefix)
"""
    project = write_tiny(tmp_path / "project", {"stages/where.yaml": declaration, "stages/where.py": script})
    assert build(project, store).error is None
    assert "environments" in (project / "dist" / f"{version}.txt").read_text()


def test_a_stage_of_the_project_replaces_one_of_mpk(tmp_path: Path, store: Path) -> None:
    declaration = """\
stage: validate
summary: Believe it
needs: [package]
runs_in: host
script: believe.py
outputs: {report: report.txt}
"""
    script = "def run(stage):\n    open(stage.outputs['report'], 'w').close()\n"
    project = write_tiny(tmp_path / "project", {"stages/validate.yaml": declaration, "stages/believe.py": script})
    result = build(project, store)
    assert [(stage.stage, stage.summary) for stage in result.stages][2] == ("validate", "Believe it")


@pytest.mark.parametrize(
    ("declaration", "message", "hint"),
    [
        (
            CARD.replace("summary:", "sumary:"),
            (
                "stages/model-card.yaml:2:1: unknown key 'sumary'; expected one of stage, summary, target, needs,"
                " before, runs_in, script, inputs, params, outputs, publish, timeout_s"
            ),
            "did you mean 'summary'?",
        ),
        (
            CARD.replace("runs_in: host", "runs_in: gpu"),
            "stages/model-card.yaml:5:10: runs_in: found 'gpu'; input should be 'host', 'source-env' or 'model-env'",
            None,
        ),
        (
            CARD.replace("needs: [package]", "needs: [packag]"),
            (
                "stages/model-card.yaml:3:9: there is no stage 'packag'; there are image, infer-env, package,"
                " smoke-test, validate, model-card"
            ),
            None,
        ),
        (
            CARD.replace("stage: model-card", "stage: card"),
            "stages/model-card.yaml:1:8: the stage is called 'card'; expected 'model-card', as its file",
            None,
        ),
        (
            CARD.replace("script: card.py", "script: cart.py"),
            "stages/model-card.yaml:6:9: there is no script 'cart.py' beside this file",
            None,
        ),
        (
            CARD.replace("${package.document}", "${package.dokument}"),
            "stages/model-card.yaml:7:20: nothing is called '${package.dokument}'",
            "did you mean '${package.document}'?",
        ),
        (
            CARD.replace("${package.document}", "${infer-env.lock}"),
            "stages/model-card.yaml:7:20: '${infer-env.lock}' is an output of a stage that this one does not need",
            "needs: [infer-env]",
        ),
        (
            CARD.replace('name: "${manifest.name}"', 'name: "${manifest.nane}"'),
            "stages/model-card.yaml:8:16: the manifest has no 'nane'",
            "did you mean 'name'?",
        ),
        (
            CARD.replace("before: [validate]", "before: [infer-env]"),
            "these stages wait for each other: infer-env -> package -> model-card -> infer-env",
            None,
        ),
    ],
    ids=["key", "place", "needs", "name", "script", "reference", "not needed", "manifest", "circle"],
)
def test_a_wrong_declaration_is_shown(
    tmp_path: Path, store: Path, declaration: str, message: str, hint: str | None
) -> None:
    with pytest.raises(ManifestError) as caught:
        build(project_with(tmp_path, declaration), store)
    assert caught.value.message.split("\n")[0] == message
    assert caught.value.hint == hint
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "destination", ["${dist}/../x", "${project}/../x", "/x", "x", "${dist}/", "${project}/dist/../../x"]
)
def test_an_output_stays_below_its_folder(tmp_path: Path, store: Path, destination: str) -> None:
    project = project_with(tmp_path, CARD.replace("${dist}/MODEL_CARD.md", destination))
    result = build(project, store)
    assert isinstance(result.error, ManifestError)
    assert result.error.message.startswith(
        f"stages/model-card.yaml:10:17: found '{destination}'; expected a path below ${{dist}}/ or ${{project}}/"
    )
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("def run(stage):\n    pass\n", "the stage model-card did not write its output 'card'"),
        ("def run(stage):\n    raise ValueError('no')\n", "ValueError: no"),
        (
            "import os\n\ndef run(stage):\n    os._exit(3)\n",
            "the process of the stage model-card ended with code 3 and left no result",
        ),
        (
            "import os\n\ndef run(stage):\n    os.kill(os.getpid(), 9)\n",
            "the process of the stage model-card was ended by SIGKILL; it may have run out of memory",
        ),
        (
            "import os\n\ndef run(stage):\n    os.symlink('/etc/passwd', stage.outputs['card'])\n",
            "the output card.md is a link; expected a file or a folder",
        ),
    ],
    ids=["nothing", "raises", "exits", "killed", "link"],
)
def test_a_script_that_fails_is_told(tmp_path: Path, store: Path, script: str, message: str) -> None:
    result = build(project_with(tmp_path, CARD, script), store)
    assert result.error is not None
    assert (result.error.message, result.error.exit_code) == (message, 1)
    assert result.stages[-1].status == "skipped"


def test_a_script_that_takes_too_long_is_ended_with_all_it_started(tmp_path: Path, store: Path) -> None:
    script = f"""\
import subprocess, time


def run(stage):
    subprocess.Popen(["sh", "-c", "sleep 3; touch {tmp_path}/survived"])
    time.sleep(600)
"""
    result = build(project_with(tmp_path, f"{CARD}timeout_s: 1\n", script), store)
    assert isinstance(result.error, MpkError)
    assert result.error.message == "the stage model-card did not end within 1 s"
    import time

    time.sleep(3)
    assert not (tmp_path / "survived").exists()
