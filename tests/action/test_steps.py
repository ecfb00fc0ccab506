"""Inputs, outputs, the summary and annotations, with a program in mpk's place."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from action.runner import Job

BUILT: dict[str, Any] = {
    "schema_version": 1,
    "name": "penguins",
    "version": "1.0.0",
    "ok": True,
    "seconds": 12.5,
    "stages": [
        {"stage": "infer-env", "status": "cached", "why": "nothing changed", "seconds": 0.01},
        {
            "stage": "package",
            "status": "built",
            "why": "penguins/train.py changed | `x` <b>",
            "seconds": 3.21,
        },
    ],
    "model": {"path": "dist/model", "digest": "sha256:aa"},
    "image": {"path": "dist/image", "digest": "sha256:bb", "size": 1},
}

FAILED: dict[str, Any] = {
    "schema_version": 1,
    "ok": False,
    "error": {
        "message": "a,b/mpk.yaml:3:7: unknown key 'modle', 100%0A sure.",
        "hint": "Did you mean 'model'?",
        "exit_code": 2,
        "position": {"file": "a,b/mpk.yaml", "line": 3, "column": 7},
    },
    "stages": [],
}


def test_a_build_leaves_outputs_and_a_summary(job: Job, stand_in: Callable[..., Path]) -> None:
    arguments = stand_in(stdout=json.dumps(BUILT), stderr="package: built\n")
    job.use()
    assert job.exit_code == 0
    assert arguments.read_text() == "build\n--file=mpk.yaml\n--json\n"
    report = Path(job.outputs.pop("report"))
    assert json.loads(report.read_text()) == BUILT
    assert job.outputs == {
        "model-path": "dist/model",
        "model-digest": "sha256:aa",
        "image-digest": "sha256:bb",
    }
    assert job.commands == []
    assert "\npackage: built\n" in job.log
    assert job.summary == (
        "### mpk build: penguins 1\\.0\\.0 succeeded\n\n"
        "| stage | status | seconds | why |\n"
        "|---|---|---:|---|\n"
        "| infer\\-env | cached | 0\\.0 | nothing changed |\n"
        "| package | built | 3\\.2 | penguins\\/train\\.py changed \\| \\`x\\` \\<b\\> |\n\n"
        "- model: dist\\/model, sha256\\:aa\n"
        "- image: dist\\/image, sha256\\:bb\n"
    )


def test_a_wrong_manifest_is_annotated_where_it_is_wrong(job: Job, stand_in: Callable[..., Path]) -> None:
    stand_in(stdout=json.dumps(FAILED), code=2)
    job.use(manifest="a,b/mpk.yaml")
    assert job.exit_code == 2
    assert job.commands == [
        (
            "error",
            {"file": "a,b/mpk.yaml", "line": "3", "col": "7"},
            "a,b/mpk.yaml:3:7: unknown key 'modle', 100%0A sure.\nDid you mean 'model'?",
        )
    ]
    assert job.outputs["model-digest"] == job.outputs["image-digest"] == job.outputs["model-path"] == ""
    assert job.summary == (
        "### mpk build failed\n\n"
        "<pre>a,b/mpk.yaml:3:7: unknown key 'modle', 100%0A sure.\n\nDid you mean 'model'?</pre>\n"
    )


def test_an_absolute_position_is_annotated_relative_to_the_workspace(job: Job, stand_in: Callable[..., Path]) -> None:
    position = {"file": str(job.workspace / "sub/mpk.yaml"), "line": 1, "column": 1}
    stand_in(stdout=json.dumps({"error": {"message": "No.", "position": position}}), code=2)
    job.use()
    assert job.commands == [("error", {"file": "sub/mpk.yaml", "line": "1", "col": "1"}, "No.")]


@pytest.mark.parametrize("stdout", ["", "half a {", "[1]", '{"model": null, "error": null, "stages": null}'])
def test_without_a_document_the_exit_code_speaks(job: Job, stand_in: Callable[..., Path], stdout: str) -> None:
    stand_in(stdout=stdout, code=4)
    job.use()
    assert job.exit_code == 4
    assert job.commands == [("error", {}, "mpk build ended with exit code 4")]
    assert job.summary == ("### mpk build failed\n\n<pre>mpk ended with exit code 4 and said nothing more.</pre>\n")


def test_a_signal_is_told_as_a_shell_would(job: Job, stand_in: Callable[..., Path]) -> None:
    stand_in()
    program = job.temporary / "mpk-environment/bin/mpk"
    program.write_text("#!/bin/sh\nkill -KILL $$\n")
    assert job.use().exit_code == 128 + signal.SIGKILL


def test_overrides_are_an_argument_each(job: Job, stand_in: Callable[..., Path]) -> None:
    arguments = stand_in()
    job.use(command="validate", override="  numpy<2 \n\nopencv-python==4.8.0.76; python_version > '3'\n")
    assert arguments.read_text().splitlines() == [
        "validate",
        "--file=mpk.yaml",
        "--json",
        "--override=numpy<2",
        "--override=opencv-python==4.8.0.76; python_version > '3'",
    ]


@pytest.mark.parametrize(("word", "command"), [("true", "build"), ("True", "lock"), (" true ", "validate")])
def test_locked_is_passed_on(job: Job, stand_in: Callable[..., Path], word: str, command: str) -> None:
    arguments = stand_in()
    job.use(command=command, locked=word)
    assert arguments.read_text().splitlines() == [command, "--file=mpk.yaml", "--json", "--locked"]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"command": "cache"}, "The input command is 'cache'; it must be one of build, validate, lock."),
        (
            {"command": "build; x"},
            "The input command is 'build; x'; it must be one of build, validate, lock.",
        ),
        ({"locked": "yes"}, "The input locked is 'yes'; it must be true or false."),
        (
            {"override": "numpy<2"},
            "The input override is for the command validate, not for build.",
        ),
    ],
)
def test_inputs_that_make_no_sense_start_nothing(
    job: Job, stand_in: Callable[..., Path], inputs: dict[str, str], message: str
) -> None:
    arguments = stand_in()
    job.use(**inputs)
    assert (job.exit_code, job.commands) == (2, [("error", {}, message)])
    assert not arguments.exists()


HOSTILE = [
    "$(touch pwned)",
    "`touch pwned`",
    "mpk.yaml; touch pwned",
    '"; touch pwned; "',
    "--help",
    "a\nb\ntouch pwned",
    "::set-output name=model-path::x",
    "${{ github.token }}",
    "$GITHUB_ACTION_PATH",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_manifest_name_is_only_a_name(job: Job, stand_in: Callable[..., Path], text: str) -> None:
    arguments = stand_in()
    job.use(manifest=text)
    assert arguments.read_text() == f"build\n--file={text}\n--json\n"
    assert list(job.workspace.iterdir()) == []
    assert (job.exit_code, job.commands) == (0, [])


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_override_is_only_a_requirement(job: Job, stand_in: Callable[..., Path], text: str) -> None:
    arguments = stand_in()
    job.use(command="validate", override=text)
    overrides = [f"--override={line}" for line in text.splitlines()]
    assert arguments.read_text().splitlines() == ["validate", "--file=mpk.yaml", "--json", *overrides]
    assert list(job.workspace.iterdir()) == []


def test_what_a_model_prints_is_no_command_and_no_output(job: Job, stand_in: Callable[..., Path]) -> None:
    forged = "::error file=x::forged\n::stop-commands::\n::set-env name=A::b\nmodel-digest=forged"
    document = {
        **FAILED,
        "model": {"path": "a\nmodel-digest=forged\nmpk-0\nimage-digest<<x\nforged\nx", "digest": "sha256:aa"},
        "error": {"message": f"no\r\n{forged}", "position": {"file": "f::error::g", "line": 1, "column": 1}},
        "stages": [{"stage": "a\n# b", "status": "</table>", "why": "x" * 400 + "|", "seconds": None}],
    }
    stand_in(stdout=json.dumps(document), stderr=forged, code=1)
    job.use()
    assert [(name, message) for name, _, message in job.commands] == [("error", f"no\r\n{forged}")]
    assert job.outputs["model-path"] == document["model"]["path"]
    assert job.outputs["model-digest"] == "sha256:aa"
    assert job.outputs["image-digest"] == ""
    assert f"| a \\# b | \\<\\/table\\> |  | {'x' * 299}… |\n" in job.summary
    assert "::stop-commands::\n" in job.log
