"""What is said of a file that is given as the model and is none that can be read here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from e2e.projects import write_project

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (
            {"path": "churn.json"},
            [
                "error: model.path of the manifest can't be used: its name does not tell which library saved churn.json;"
                " expected model: {flavor: NAME} with one of lightgbm, onnx, pytorch, sklearn, xgboost",
                " hint: correct model.path or model.flavor",
            ],
        ),
        (
            {"path": "churn.json", "flavor": "xgboost"},
            [
                "error: the source environment has no module 'xgboost', which the model needs (while its library read"
                " model.path)",
                "  why: 'xgboost' is a module of xgboost",
                " hint: add 'xgboost' to requirements.txt; if it is code of yours: model: {code_paths: [PATH]}",
            ],
        ),
    ],
)
def test_a_file_that_can_not_be_the_model(tmp_path: Path, model: dict[str, Any], told: list[str]) -> None:
    manifest = {"model": model, "input_example": [1], "targets": {"model": {}}}
    project = write_project(tmp_path, manifest, {"churn.json": "{}"})
    assert project.fails() == (1, told)
