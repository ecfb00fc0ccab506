"""What docs/packages.md says to do in MLflow is done; its mpk commands are typed with those of all pages."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest
from e2e import mlflow_environment
from e2e.projects import Project, packaged_example
from support import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

# The only other one starts a server, as test_mlflow_serves.py does.
SERVE = "mlflow models serve --model-uri dist/model --env-manager local --port 5000"
PREDICTIONS = ["Adelie", "Adelie", "Gentoo", "Gentoo", "Chinstrap"]


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return packaged_example(tmp_path_factory)


def blocks(language: str) -> list[str]:
    page = (PROJECT / "docs" / "packages.md").read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def run(package: Project, command: list[str | Path]) -> str:
    interpreter = mlflow_environment.python(tuple(package.requirements))
    environment = mlflow_environment.environment(interpreter)
    done = subprocess.run(
        [interpreter.parent / command[0], *command[1:]],
        cwd=package.root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_its_python_loads_the_package(package: Project) -> None:
    [code] = [block for block in blocks("python") if block.startswith("import mlflow\n")]
    predictions, steps = run(package, ["python", "-c", code]).splitlines()[:2]
    assert predictions == str(PREDICTIONS).replace(", ", " ")
    assert steps.startswith("{'functiontransformer': FunctionTransformer(")


def test_its_commands_predict(package: Project) -> None:
    [block] = blocks("sh")
    predict, serve = block.splitlines()
    assert serve == SERVE
    assert json.loads(run(package, [*shlex.split(predict)])) == {"predictions": PREDICTIONS}
