"""What mpk writes with the libraries of MLflow 1.30, 2.22 and 3.17, read by the real MLflow."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from e2e import mlflow_environment
from e2e.interop.versions import VERSIONS, Version
from support import PROJECT

from mpk_build.foundation.resources import runtime_folder
from mpk_build.package import writing
from mpk_build.package.code.collecting import CodeFile

HERE = Path(__file__).parent
DOCUMENTATION = PROJECT / "docs" / "packages.md"
NATIVE = {
    "sklearn": "Pipeline",
    "sklearn_by_value": "Thresholded",
    "xgboost_booster": "Booster",
    "xgboost_classifier": "XGBClassifier",
    "lightgbm_booster": "Booster",
    "lightgbm_classifier": "LGBMClassifier",
}
_OWN = (
    *("class_with_all", "instance", "function", "closure", "type_hints", "columns_of_all_types", "tensor", "tensors"),
    *("sparse", "nested", "records", "record", "texts"),
)
# What 3.17 makes of a flavor's own, other tests know.
KINDS = {"1.30.1": (*NATIVE, *_OWN), "2.22.5": (*NATIVE, *_OWN), "3.17.2": _OWN}
_NO_SUCH_TYPES = "no: its signatures have no arrays, objects and maps"
_NO_EXAMPLE = "but for the input example"
OTHERWISE = {
    "1.30.1": {
        **dict.fromkeys(("closure", "type_hints", "nested", "record"), _NO_SUCH_TYPES),
        **dict.fromkeys(("class_with_all", "tensor", "tensors", "records", "texts"), _NO_EXAMPLE),
    },
    "2.22.5": {},
    "3.17.2": {},
}


def run(version: Version, folder: Path, script: str, *arguments: str, stdin: str = "", **variables: str) -> str:
    """The standard output of a script in that MLflow's environment."""
    done = subprocess.run(
        [version.interpreter, "-B", HERE / script, folder, *arguments],
        input=stdin,
        # MLflow 1 leaves a folder where it runs.
        cwd=folder,
        env=mlflow_environment.environment(version.interpreter, **variables),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def packaged(folder: Path, lock: Path) -> dict[str, Any]:
    """Lays out the package of one kind; what was captured of it."""
    made: dict[str, Any] = json.loads((folder / "made.json").read_text())
    conda = {"channels": ["conda-forge"], "dependencies": []}
    parts = writing.Parts(
        saved=folder / "saved",
        capture=made["capture"],
        code=[CodeFile(HERE / "own_models.py", "own_models.py", "imported")] if made["own"] else [],
        artifacts={name: Path(path) for name, path in made["artifacts"].items()},
        lock=lock,
        wheels=lock.with_name("wheels"),
        loader=runtime_folder() / "mpk_runtime" / writing.LOADER,
        manifest={**made["manifest"], "metadata": {"owner": "me"}, "conda": conda, "constraints": None},
    )
    writing.write(parts, folder / "model")
    captured: dict[str, Any] = made["capture"]
    return captured


def expected(name: str, captured: dict[str, Any], version: str) -> dict[str, Any]:
    """What MLflow should find."""
    signature = {part: json.loads(one) for part, one in captured["signature"].items() if one}
    if version == "1.30.1":
        signature.pop("params", None)
        signature = {part: [without_required(one) for one in columns] for part, columns in signature.items()}
    return {
        "predictions": captured["predictions"],
        "from_example": captured["predictions"],
        "native": NATIVE.get(name),
        "signature": signature or None,
    }


def without_required(column: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in column.items() if name != "required"}


def verdict(found: dict[str, Any]) -> str:
    """How the documentation says what MLflow found."""
    wrong = {step: one["error"] for step, one in found.items() if isinstance(one, dict) and "error" in one}
    if not wrong:
        return "yes"
    if set(wrong) == {"from_example"}:
        return _NO_EXAMPLE
    is_type = any(word in wrong.get("load", "") for word in ("argument 'items'", "argument 'values'"))
    return _NO_SUCH_TYPES if is_type else str(wrong)


@pytest.mark.parametrize("version", VERSIONS)
def test_mlflow_predicts_what_mpk_predicts(version: str, tmp_path: Path) -> None:
    run(VERSIONS[version], tmp_path, "mpk_writes.py", *KINDS[version], PYTHONPATH=str(runtime_folder()))
    lock = tmp_path / "pylock.toml"
    lock.write_text('lock-version = "1.0"\n')
    (tmp_path / "wheels").mkdir()
    captured = {name: packaged(tmp_path / name, lock) for name in KINDS[version]}
    asked = {
        name: {"root": str(tmp_path / name / "model"), "input": str(tmp_path / name / "input.pkl")} for name in captured
    }
    found = json.loads(run(VERSIONS[version], tmp_path, "mlflow_loads.py", stdin=json.dumps(asked)))
    verdicts = {name: verdict(one) for name, one in found.items()}
    assert verdicts == {name: OTHERWISE[version].get(name, "yes") for name in captured}
    for name, one in found.items():
        read = {step: value for step, value in one.items() if not (isinstance(value, dict) and "error" in value)}
        should = expected(name, captured[name], version)
        assert read == {step: value for step, value in should.items() if step in read}, name


def test_the_documentation_has_the_matrix() -> None:
    def told(version: str, name: str) -> str:
        elsewhere = "yes, by other tests" if name in NATIVE and name not in KINDS[version] else "yes"
        return OTHERWISE[version].get(name, elsewhere)

    rows = [f"| `{name}` | {' | '.join(told(version, name) for version in KINDS)} |" for name in (*NATIVE, *_OWN)]
    lines = DOCUMENTATION.read_text().splitlines()
    at = lines.index(f"| written by mpk | {' | '.join(KINDS)} |")
    assert lines[at + 2 : at + 3 + len(rows)] == [*rows, ""]
