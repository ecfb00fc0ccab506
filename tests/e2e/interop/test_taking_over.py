"""A package that MLflow wrote becomes one of mpk's, is proven, put in an image and served there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from e2e.projects import Project

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE = {
    "MLmodel": """
        artifact_path: model
        databricks_runtime: 11.3.x
        flavors:
          crate: {version: 0.2.5}
          python_function:
            code: code
            config: {times: 3}
            data: data/steps.json
            env: {conda: conda.yaml, virtualenv: python_env.yaml}
            loader_module: own_steps
            python_version: 3.11.1
        mlflow_version: 2.9.2
        model_size_bytes: 12
        model_uuid: 00112233445566778899aabbccddeeff
        run_id: 0123456789abcdef0123456789abcdef
        of_tomorrow: [1, {a: b}]
        metadata: {owner: biology, stage: old}
        saved_input_example_info: {artifact_path: input_example.json, type: ndarray}
        signature:
          inputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]'
          outputs: '[{"type": "string"}]'
        utc_time_created: '2024-05-01 12:00:00.123456'
    """,
    "requirements.txt": "mlflow==2.9.2\nsix==1.16.0\n# beside\ninflection<0.6\n",
    "conda.yaml": "channels: [defaults]\ndependencies: [python=3.11.1, pip, {pip: [mlflow==2.9.2]}]\n",
    "python_env.yaml": "python: 3.11.1\n",
    "input_example.json": "[1, 2]",
    "data/steps.json": '["box", "ox"]',
    "code/own_steps.py": """
        import json


        class _Steps:
            def __init__(self, words, config):
                self.words, self.times = words, config["times"]

            def predict(self, numbers):
                import inflection
                import numpy

                return [inflection.pluralize(self.words[int(one) % 2]) * self.times for one in numpy.flip(numbers)]


        def _load_pyfunc(path, config):
            with open(path) as file:
                return _Steps(json.load(file), config)
    """,
    "registered_model_meta": "model_name: steps\nmodel_version: '3'\n",
}


def taken(folder: Path, **manifest: Any) -> Project:
    import textwrap

    for name, text in PACKAGE.items():
        path = folder / "from_mlflow" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"))
    whole = {"name": "steps", "model": {"path": "from_mlflow"}, **manifest}
    (folder / "mpk.yaml").write_text(yaml.safe_dump(whole))
    return Project(folder)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, dict[str, Any]]:
    project = taken(
        tmp_path_factory.mktemp("taken"),
        metadata={"stage": "new"},
        model={"path": "from_mlflow", "config": {"times": 2}},
        requirements={"extra": ["six==1.17.0"]},
    )
    return project, project.build("smoke-test")


def test_it_is_proven_in_what_it_uses_of_what_it_declares(built: tuple[Project, dict[str, Any]]) -> None:
    project, document = built
    assert project.requirements == ["inflection==0.5.1", "numpy==1.26.4", "six==1.17.0"]
    assert project.predict() == ["boxesboxes", "oxenoxen"]
    facts = {stage["stage"]: stage["facts"] for stage in document["stages"]}
    assert facts["infer-env"]["source"] == {
        "kind": "package",
        "name": "MLmodel",
        "resolved_from": "requirements.txt",
        "told": ["mlflow==2.9.2 is left out: nothing in the package imports it"],
    }
    assert (facts["package"]["kind"], facts["validate"]["differences"]) == ("package", 0)
    assert facts["smoke-test"]["requests"] > 0


def test_what_names_it_and_what_nobody_knows_survives(built: tuple[Project, dict[str, Any]]) -> None:
    project, _ = built
    before = yaml.safe_load((project.root / "from_mlflow" / "MLmodel").read_text())
    now = yaml.safe_load((project.model / "MLmodel").read_text())
    files = [file for file in project.model.rglob("*") if file.is_file()]
    size = sum(file.stat().st_size for file in files if file.name != "MLmodel")
    function = {**before["flavors"]["python_function"], "config": {"times": 2}}
    function["python_version"] = now["flavors"]["python_function"]["python_version"]
    assert now == {
        **before,
        "flavors": {"crate": {"version": "0.2.5", "code": "code"}, "python_function": function},
        "metadata": {"owner": "biology", "stage": "new"},
        "model_size_bytes": size,
        "saved_input_example_info": {
            "artifact_path": "input_example.json",
            "serving_input_path": "serving_input_example.json",
            "type": "ndarray",
        },
        "signature": {
            "inputs": '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]',
            "outputs": '[{"type": "string"}]',
        },
    }
    assert project.packaged("code") == ["own_steps.py"]
    assert (project.model / "registered_model_meta").read_text() == PACKAGE["registered_model_meta"]
    assert json.loads((project.model / "input_example.json").read_text()) == [1, 2]


def test_what_a_package_brings_itself_is_not_said_again(tmp_path: Path) -> None:
    again = taken(tmp_path / "again", model={"path": "from_mlflow", "artifacts": {"a": "from_mlflow/data"}})
    assert again.fails("plan") == (
        2,
        [
            "error: mpk.yaml:2:3: model: found artifacts beside a package, which brings its own; expected path alone, or"
            " config"
        ],
    )
    (tmp_path / "again" / "mpk.yaml").write_text("name: x\nmodel: {path: from_mlflow}\nparams: {a: 1}\n")
    assert again.fails("plan") == (
        2,
        [
            "error: mpk.yaml:3:1: the package from_mlflow has its own params",
            " hint: take params out",
        ],
    )
    (tmp_path / "again" / "mpk.yaml").write_text("name: x\nmodel: {path: from_mlflow/data}\n")
    assert again.fails("plan") == (
        2,
        [
            "error: mpk.yaml:2:15: model.path: 'from_mlflow/data' is a folder without MLmodel; expected a package, or the"
            " file of a model that its library saved"
        ],
    )
