"""The pieces that the laboratory is made of, without what takes minutes."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest
from support import PROJECT

from benchmarks.experiments import EXPERIMENTS
from benchmarks.laboratory import copy_example, few_variables
from mpk_build.manifest.loading import load_project

if TYPE_CHECKING:
    from pathlib import Path

_MODEL = """
class Model:
    def predict(self, frame):
        return (frame["a"] + frame["b"]).tolist()
"""
_PICKLE_IT = "import pickle, sys, small; pickle.dump(small.Model(), open(sys.argv[1], 'wb'))"


def _benchmarks(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)


def test_the_command_names_every_experiment_in_its_help() -> None:
    answer = _benchmarks("--help")
    assert answer.returncode == 0, answer.stderr
    assert "{" + ",".join(one.name for one in EXPERIMENTS) + "}" in answer.stdout


def test_no_round_at_all_is_refused() -> None:
    answer = _benchmarks("--runs", "0")
    assert answer.returncode == 2
    assert answer.stderr.endswith("error: argument --runs: expected 1 or more\n")


def test_the_copy_of_the_example_is_one_that_mpk_accepts_with_an_image_of_its_own(tmp_path: Path) -> None:
    copy_example(tmp_path / "project", "token")
    manifest = load_project(tmp_path / "project" / "mpk.yaml").manifest
    assert manifest.requirements.python == "{}.{}".format(*sys.version_info)
    assert manifest.targets.image is not None
    assert manifest.targets.image.name == "mpk-benchmark"
    assert manifest.targets.image.labels == {"mpk.benchmark": "token"}
    assert manifest.targets.endpoint is not None


def test_what_steers_one_side_only_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "MLFLOW_TRACKING_URI", "UV_LINK_MODE"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://index.example/simple")
    monkeypatch.setenv("https_proxy", "http://proxy.example")
    found = few_variables(tmp_path)
    assert found["UV_DEFAULT_INDEX"] == "https://index.example/simple"
    assert found["https_proxy"] == "http://proxy.example"
    steering = ("PYTHON", "VIRTUAL_ENV", "MLFLOW_", "UV_LINK_MODE")
    assert [name for name in found if name.startswith(steering)] == []
    assert found["UV_CACHE_DIR"] == str(tmp_path / "uv-cache")


@pytest.mark.skipif(find_spec("pandas") is None, reason="the floor reads its example with pandas: pip install pandas")
def test_the_floor_predicts_the_example_of_a_package(tmp_path: Path) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "small.py").write_text(_MODEL)
    subprocess.run([sys.executable, "-c", _PICKLE_IT, tmp_path / "model.pkl"], cwd=code, check=True)
    (tmp_path / "input_example.json").write_text(json.dumps({"columns": ["a", "b"], "data": [[1, 2], [3, 4]]}))
    command = [sys.executable, str(PROJECT / "benchmarks" / "floor.py"), str(tmp_path)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (answer.stdout, answer.returncode) == ("[3, 7]", 0), answer.stderr
