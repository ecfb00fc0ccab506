"""What a validation compares, and what it says where there is nothing to compare."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from e2e.projects import Project, write_project

if TYPE_CHECKING:
    from pathlib import Path

# Predicts something else in the environment of the package, told by the home that it has there.
ELSEWHERE = "import os\n\nelsewhere = os.path.basename(os.environ['HOME']) == 'tmp'\n"
RANDOM = """
import random

def predict(rows):
    return [{"text": "x" * random.randrange(9), "score": random.random()} for row in rows]
"""
BY_HASH = """
def predict(words):
    return [list({"red", "green", "blue", "yellow", "black", "white", word})[0] for word in words]
"""
WITHOUT = "correct the model or input_example; to build on what loading alone shows: validate: {compare: off}"
RAISES = """
def predict(rows):
    raise ValueError("no such row")
"""


def project_of(folder: Path, model: str, **manifest: Any) -> Project:
    whole = {"model": {"entrypoint": "model:predict"}, "input_example": [1, 2], **manifest}
    return write_project(
        folder, {name: value for name, value in whole.items() if value is not None}, {"model.py": model}
    )


def validated(project: Project) -> dict[str, Any]:
    facts: dict[str, Any] = project.build()["stages"][-1]["facts"]
    return facts


def remark(project: Project) -> str:
    done = project.mpk("validate")
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stderr.splitlines() if line.startswith("  validate "))
    return line.partition(" s, ")[2].rpartition(";")[0]


@pytest.mark.parametrize(
    ("expression", "sentence", "hint"),
    [
        (
            "[row * (1.01 if elsewhere else 1.0) for row in rows]",
            "max |difference| 0.02 at predictions[1] (2.02, expected 2.0), and 1 more",
            "{tolerance: NUMBER}",
        ),
        (
            "[float(row) if elsewhere else row for row in rows]",
            "the prediction is of the type double, expected long",
            "{compare: schema}",
        ),
        ("rows[:1] if elsewhere else rows", "the prediction has the shape (1), expected (2)", "{compare: schema}"),
        ("{'a': rows} if elsewhere else rows", "the prediction is a dict, expected a list", "{compare: schema}"),
    ],
)
def test_another_prediction_is_told(expression: str, sentence: str, hint: str, tmp_path: Path) -> None:
    project = project_of(tmp_path, f"{ELSEWHERE}\ndef predict(rows):\n    return {expression}\n")
    assert project.fails() == (
        1,
        [
            f"error: the package predicts something else than the source environment did: {sentence}",
            f" hint: mpk explain package; if such a difference is acceptable: validate: {hint}",
        ],
    )


def test_a_model_that_is_not_deterministic_is_compared_by_schema(tmp_path: Path) -> None:
    project = project_of(tmp_path, RANDOM)
    facts = validated(project)
    assert facts["differences"] == 0
    assert (facts["compare"]["by"], facts["compare"]["because"].partition(": ")[0]) == (
        "schema",
        "the model does not predict the same twice",
    )
    assert remark(project).startswith(
        "predicts the same types and shapes (the model does not predict the same twice: row 0"
    )


def test_one_that_differs_only_between_processes_is_noticed_too(tmp_path: Path) -> None:
    project = project_of(tmp_path, BY_HASH, input_example=["red", "blue"])
    assert validated(project)["compare"]["by"] == "schema"


def test_off_is_a_word_without_quotes(tmp_path: Path) -> None:
    project = project_of(tmp_path, RANDOM, input_example=None)
    manifest = project.root / "mpk.yaml"
    manifest.write_text(manifest.read_text() + "validate: {compare: off, sandbox: off}\n")
    facts = validated(project)
    assert (facts["compare"]["by"], facts["sandbox"]) == ("off", {"level": "none", "canaries": []})


def test_by_schema_another_type_is_a_difference(tmp_path: Path) -> None:
    model = f"{ELSEWHERE}\ndef predict(rows):\n    return [str(row) if elsewhere else row for row in rows]\n"
    project = project_of(tmp_path, model, validate={"compare": "schema"})
    assert project.fails()[1][0] == (
        "error: the package predicts something else than the source environment did: "
        "the prediction is of the type string, expected long"
    )


def test_by_values_a_model_that_is_not_deterministic_fails(tmp_path: Path) -> None:
    project = project_of(tmp_path, RANDOM, validate={"compare": "values"})
    assert project.fails()[0] == 1


def test_no_example_stops_the_build(tmp_path: Path) -> None:
    project = project_of(tmp_path, RANDOM, input_example=None)
    code, lines = project.fails()
    assert (code, lines) == (
        2,
        [
            "error: mpk.yaml:1:1: there is no input_example, so nothing could be predicted and the package not be proven",
            " hint: input_example: FILE; to build on what loading alone shows, validate: {compare: off}",
        ],
    )


def test_without_an_example_the_package_is_loaded_and_no_more(tmp_path: Path) -> None:
    project = project_of(tmp_path, RANDOM, input_example=None, validate={"compare": "off"})
    facts = validated(project)
    assert (facts["predict_s"], facts["compare"]) == (None, {"by": "off", "because": "there is no input_example"})
    assert remark(project) == "predictions are not compared (there is no input_example)"
    assert not list(project.model.glob("*example*"))
    done = project.mpk("predict", "dist/model")
    assert (done.returncode, done.stderr.splitlines()) == (
        2,
        ["error: dist/model has no input example", " hint: mpk predict MODEL -i FILE"],
    )
    (project.root / "in.json").write_text("[1, 2, 3]")
    assert len(project.predict("dist/model", "-i", "in.json")) == 3


def test_an_example_that_raises_stops_the_build_unless_nothing_is_compared(tmp_path: Path) -> None:
    project = project_of(tmp_path / "strict", RAISES)
    assert project.fails() == (
        1,
        [
            "error: the model raised ValueError in the source environment (while it predicted the input example): "
            "no such row",
            "  why: model.py:2, in predict",
            f" hint: {WITHOUT}",
        ],
    )
    project = project_of(tmp_path / "lenient", RAISES, validate={"compare": "off"})
    because = "the model raised ValueError: no such row"
    assert validated(project)["compare"] == {"by": "off", "because": because}
    assert remark(project) == f"predictions are not compared ({because})"
    assert json.loads((project.model / "serving_input_example.json").read_text()) == {"inputs": [1, 2]}


def test_without_comparison_an_example_is_predicted_all_the_same(tmp_path: Path) -> None:
    model = f"{ELSEWHERE}\ndef predict(rows):\n    return [0 if elsewhere else row for row in rows]\n"
    facts = validated(project_of(tmp_path, model, validate={"compare": "off"}))
    assert facts["compare"] == {"by": "off", "because": "the manifest says compare: off"}
    assert facts["predict_s"] is not None
