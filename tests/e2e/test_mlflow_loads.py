"""The real MLflow, which has never heard of mpk, loads what mpk writes, and predicts what mpk predicts."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from e2e import mlflow_environment
from e2e.custom_models import KINDS, built
from e2e.projects import Project, packaged_example

if TYPE_CHECKING:
    from pathlib import Path

PENGUINS = "penguins"
FRAMES = {name for name, kind in KINDS.items() if "pandas==3.1.1" in kind.requirements}


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Project]:
    return {PENGUINS: packaged_example(tmp_path_factory), **{name: built(name, tmp_path_factory) for name in KINDS}}


@pytest.fixture(scope="session")
def read(packages: dict[str, Project]) -> dict[str, Any]:
    """What MLflow made of each package."""
    requirements = tuple(sorted({line for project in packages.values() for line in project.requirements}))
    interpreter = mlflow_environment.python(requirements)
    done = subprocess.run(
        [interpreter, "-W", "default", mlflow_environment.READER],
        input=json.dumps({name: str(project.model) for name, project in packages.items()}),
        env=mlflow_environment.environment(interpreter),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answers: dict[str, Any] = json.loads(done.stdout)
    assert {name: one["error"] for name, one in answers.items() if "error" in one} == {}
    return answers


@pytest.mark.parametrize("name", [PENGUINS, *KINDS])
def test_it_predicts_the_same(name: str, packages: dict[str, Project], read: dict[str, Any]) -> None:
    predicted = packages[name].predict()
    assert read[name]["from_example"] == predicted
    assert read[name].get("from_frame", predicted) == predicted
    assert ("from_frame" in read[name]) == (name == PENGUINS or name in FRAMES)


@pytest.mark.parametrize("name", [PENGUINS, *KINDS])
def test_nothing_in_it_makes_mlflow_complain(name: str, read: dict[str, Any]) -> None:
    assert (read[name]["warnings"], read[name]["mpk"]) == ([], False)


@pytest.mark.parametrize("name", [PENGUINS, *KINDS])
def test_it_reads_the_example_as_a_request(name: str, packages: dict[str, Project], read: dict[str, Any]) -> None:
    written = json.loads((packages[name].model / "serving_input_example.json").read_text())
    assert read[name]["serving"] == written
    frame = {"pandas_orient": "split", "type": "dataframe"}
    assert read[name]["example_info"] == {
        "artifact_path": "input_example.json",
        "serving_input_path": "serving_input_example.json",
        **(frame if "dataframe_split" in written else {"type": "ndarray" if name == "tensor" else "json_object"}),
        **({"params": "true"} if name in ("context", "declared") else {}),
    }


def test_it_reads_the_signature(read: dict[str, Any]) -> None:
    signature = read["context"]["signature"]
    assert {name: part and json.loads(part) for name, part in signature.items()} == {
        "inputs": [{"type": "double", "required": True}],
        "outputs": None,
        "params": [{"name": "scale", "default": 1.5, "shape": None, "type": "double"}],
    }
    assert json.loads(read["csv"]["signature"]["inputs"]) == [
        {"type": "string", "name": "name", "required": True},
        {"type": "long", "name": "size", "required": True},
        {"type": "boolean", "name": "good", "required": True},
    ]
    assert json.loads(read["tensor"]["signature"]["inputs"]) == [
        {"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1, 2]}}
    ]


@pytest.mark.parametrize(("name", "native"), [(PENGUINS, "Pipeline"), ("transformer", "Pipeline")])
def test_its_own_flavor_loads_too(name: str, native: str, packages: dict[str, Project], read: dict[str, Any]) -> None:
    assert read[name]["native"] == [native, packages[name].predict()]


def test_the_requirements_are_the_model_s(packages: dict[str, Project]) -> None:
    assert packages[PENGUINS].requirements == ["pandas==3.1.1", "scikit-learn==1.9.1"]
    files = ("requirements.txt", "conda.yaml", "python_env.yaml", "pylock.toml")
    texts = {(name, file): (project.model / file).read_text() for name, project in packages.items() for file in files}
    # The name of a conda environment, and where a lock says what wrote it.
    ours = ("name: mpk-env", "[tool.mpk]", 'created-by = "mpk"')
    lines = {(*place, line) for place, text in texts.items() for line in text.splitlines() if line not in ours}
    assert [found for found in sorted(lines) if "mlflow" in found[-1] or "mpk" in found[-1]] == []


def test_the_code_names_no_mpk(packages: dict[str, Project]) -> None:
    def imports(file: Path) -> list[str]:
        return [line for line in file.read_text().splitlines() if "import mpk_" in line or "from mpk_" in line]

    files = [file for project in packages.values() for file in sorted((project.model / "code").rglob("*.py"))]
    assert [imports(file) for file in files if imports(file)] == []
