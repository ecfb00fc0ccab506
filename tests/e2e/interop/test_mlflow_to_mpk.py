"""What MLflow 1.30, 2.22 and 3.17 wrote, read by mpk in an environment made from what the package declares."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from e2e import mlflow_environment
from e2e.interop.versions import VERSIONS, WRITER, Version
from support import PROJECT, run_mpk

from mpk_build.environment import prediction
from mpk_build.foundation.resources import runtime_folder
from mpk_build.package.reading import read
from mpk_build.store.location import open_store

READER = Path(__file__).with_name("mpk_reads.py")
DOCUMENTATION = PROJECT / "docs" / "packages.md"
_EVER = (
    *("sklearn_pickle", "sklearn_cloudpickle", "xgboost_booster", "xgboost_classifier"),
    *("lightgbm_booster", "lightgbm_classifier", "class_with_all", "class_without_signature", "loader_module"),
    *("columns_of_all_types", "tensor", "tensors", "sparse"),
)
_SINCE_2 = ("sklearn_probabilities", "function", "code_model", "nested", "records", "texts")
KINDS = {
    "1.30.1": (*_EVER, "inferred"),
    "2.22.5": (*_EVER, *_SINCE_2),
    "3.17.2": (*_EVER, *_SINCE_2, "sklearn_skops", "onnx", "type_hints"),
}
# In these alone something refers to MLflow; all others are read without it.
NEEDS_MLFLOW = {"code_model", "type_hints"}


def written(version: Version, folder: Path) -> dict[str, Any]:
    """Packages of all kinds by name, and what MLflow itself predicts."""
    names = KINDS[version.mlflow]
    done = subprocess.run(
        [version.interpreter, WRITER, folder, *names],
        env=mlflow_environment.environment(version.interpreter),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {name: json.loads((folder / name / "asked.json").read_text()) for name in names}


def by_environment(folder: Path, asked: dict[str, Any]) -> dict[Path, dict[str, Any]]:
    """The packages by the Python of the environment that mpk makes for them."""
    caches = open_store().folder("caches")
    found: dict[Path, dict[str, Any]] = {}
    for name, one in asked.items():
        package = read(folder / name / "model")
        python = prediction.model_python(package, caches)
        found.setdefault(python, {})[name] = {
            "root": str(package.root),
            "document": package.plain_document,
            "request": one and one["request"],
            "example": bool(package.model.saved_input_example_info),
        }
    return found


def answers(python: Path, packages: dict[str, Any]) -> dict[str, Any]:
    """What mpk's runtime makes of packages in one environment."""
    done = subprocess.run(
        [python, "-I", "-B", READER],
        input=json.dumps({"runtime": str(runtime_folder()), "packages": packages}),
        env={"PATH": os.defpath, "MLFLOW_DISABLE_TELEMETRY": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return {name: {**one, "mlflow": found["mlflow"], "log": done.stderr} for name, one in found["answers"].items()}


@pytest.mark.parametrize("version", VERSIONS)
def test_mpk_predicts_what_mlflow_predicts(version: str, tmp_path: Path) -> None:
    asked = written(VERSIONS[version], tmp_path)
    found: dict[str, Any] = {}
    for python, packages in by_environment(tmp_path, asked).items():
        found.update(answers(python, packages))
    log = "".join({one.pop("log") for one in found.values()})
    assert {name: one.get("error") for name, one in found.items() if "error" in one} == {}, log
    assert {name for name, one in found.items() if one["mlflow"]} == NEEDS_MLFLOW & set(found)
    there = {name: one for name, one in asked.items() if one is not None}
    expected = {
        name: [200, {"predictions": pytest.approx(one["predictions"]) if numbers(one) else one["predictions"]}]
        for name, one in there.items()
    }
    assert {name: found[name]["answer"] for name in there} == expected, log
    stored = {name: one["stored"] for name, one in found.items() if one["stored"] is not None}
    assert {name: one for name, one in stored.items() if "predictions" not in one} == {}, log
    validated = run_mpk("validate", "sklearn_pickle/model", "--json", cwd=tmp_path)
    assert validated.returncode == 0, validated.stderr
    document = json.loads(validated.stdout)
    assert document["predictions"] == asked["sklearn_pickle"]["predictions"]
    assert document["facts"]["compare"]["by"] == "signature"


def numbers(one: dict[str, Any]) -> bool:
    """Whether what is predicted is a flat list of numbers."""
    return isinstance(one["predictions"], list) and all(isinstance(value, float) for value in one["predictions"])


def test_the_documentation_has_the_matrix() -> None:
    kinds = dict.fromkeys(name for names in KINDS.values() for name in names)
    written = {name: ["yes" if name in names else "-" for names in KINDS.values()] for name in kinds}
    rows = [[f"`{name}`", *one, "yes" if name in NEEDS_MLFLOW else "no"] for name, one in written.items()]
    lines = DOCUMENTATION.read_text().splitlines()
    at = lines.index(f"| kind | {' | '.join(KINDS)} | needs MLflow |")
    assert lines[at + 2 : at + 3 + len(rows)] == [*(f"| {' | '.join(row)} |" for row in rows), ""]
