"""MLflow as the experiments use it: installed, with a package that it can restore, and with what its managers need."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

from benchmarks.measuring import Sample, Workplace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MLFLOW = "mlflow==3.17.2"
# The command line form of an override joins its letters with blanks: only the function works.
_OVERRIDE = """
import sys
from mlflow.models import predict
package, example, answer, override = sys.argv[1:]
predict(package, input_path=example, content_type="json", output_path=answer, env_manager="uv",
        pip_requirements_override=[override])
"""
# The manager virtualenv has pyenv install the model's Python below a new folder at every call, so compile it.
_PYENV = """#!/bin/sh
root=${{PYENV_ROOT:-{root}}}
case $1 in
    install) mkdir -p "$root/versions" && for version; do :; done && ln -sfn {python} "$root/versions/$version" ;;
    root) echo "$root" ;;
esac
"""


class MLflow:
    """MLflow in an environment of its own.

    Args:
        root: The laboratory's folder.
        python: The Python of its environment.
        env: The environment variables of all sides.

    Attributes:
        python: The same.
    """

    def __init__(self, root: Path, python: Path, env: Mapping[str, str]) -> None:
        self._root = root
        self.python = python
        self._env = env
        self.answer = root / "mlflow.json"

    def adopt(self, package: Path, name: str) -> Path:
        """A copy of a package that MLflow can restore: it wants itself among the requirements, as it writes them.

        With ``--install-mlflow`` instead it would run pip inside the environment, which takes several times as long.
        """
        copy = self._root / name
        shutil.copytree(package, copy, copy_function=shutil.copyfile)
        requirements = copy / "requirements.txt"
        requirements.write_text(f"{MLFLOW}\n{requirements.read_text()}")
        return copy

    def predict(self, package: Path, manager: str) -> Sample:
        """``mlflow models predict`` of the package's example."""
        options: list[str | Path] = ["-m", package, "-i", _example(package), "-t", "json", "-o", self.answer]
        return self._here.run(self._command, "models", "predict", "--env-manager", manager, *options)

    def predict_otherwise(self, package: Path, override: str) -> Sample:
        """``mlflow.models.predict`` with another requirement, and the manager uv."""
        return self._here.run(self.python, "-c", _OVERRIDE, package, _example(package), self.answer, override)

    def prepare(self, package: Path) -> Sample:
        """``mlflow models prepare-env``, which keeps the environment in ``environments``."""
        return self._here.run(self._command, "models", "prepare-env", "--env-manager", "uv", "-m", package)

    @property
    def environments(self) -> Path:
        """Where ``prepare`` keeps them."""
        return self._root / "mlflow-environments"

    def stock(self, package: Path, interpreter: Path) -> None:
        """Make what its manager virtualenv needs: a pyenv, and the wheels, so that pip needs no index.

        Args:
            package: One of `adopt`.
            interpreter: The Python that the stand-in for pyenv hands out.
        """
        pyenv = self._root / "tools" / "pyenv"
        pyenv.write_text(_PYENV.format(root=self._root / "pyenv", python=interpreter.parent.parent))
        pyenv.chmod(0o755)
        folder = self._root / "pip-environment"
        # With the caller's own configuration of pip: this is not measured.
        kept = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
        caller = Workplace(self._root, kept)
        caller.run(interpreter, "-m", "venv", folder)
        wanted = ("--requirement", package / "requirements.txt", "pip", "setuptools", "wheel")
        pip = (folder / "bin" / "python", "-m", "pip")
        caller.run(*pip, "download", "--quiet", "--dest", self._wheels, *wanted)

    @property
    def _wheels(self) -> Path:
        return self._root / "wheels"

    @property
    def _command(self) -> Path:
        return self.python.with_name("mlflow")

    @property
    def _here(self) -> Workplace:
        pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self._wheels), "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        return Workplace(self._root, {**self._env, **pip, "MLFLOW_ENV_ROOT": str(self.environments)})


def _example(package: Path) -> Path:
    return package / "serving_input_example.json"
