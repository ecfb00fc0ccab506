"""A Python with the real MLflow, and with what the packages of the tests require: no mpk in it."""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import support
from filelock import FileLock

MLFLOW = "mlflow==3.17.2"
# Where little but MLflow is wanted, so that tests share one environment: six it brings anyway.
ALONE = ("polars==2.1.0", "six==1.16.0")
# What all flavors together need, and more than one test uses: one environment for them.
LIBRARIES = (
    *("joblib", "lightgbm==4.7.0", "numpy==2.3.5", "onnx==1.23.1", "onnxruntime==1.30.0", "pandas==3.1.1"),
    *("scikit-learn==1.9.1", "skops==0.16.0", "torch==2.13.0", "xgboost-cpu==3.2.0"),
)
READER = Path(__file__).with_name("mlflow_reads.py")
# MLflow reports to its makers otherwise, and draws when it should answer.
ENVIRONMENT = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "GIT_PYTHON_REFRESH": "quiet"}


def python(requirements: tuple[str, ...]) -> Path:
    """Its interpreter; made once for the same requirements and kept below the temporary folder of this machine."""
    return made("3.11", (MLFLOW, *requirements))


@functools.cache
def made(version: str, requirements: tuple[str, ...]) -> Path:
    """As `python`, of any Python and with any MLflow.

    Raises:
        AssertionError: This machine has no such Python.
    """
    wanted = "\n".join([version, *requirements])
    name = hashlib.sha256(f"{wanted}\n{sys.version}".encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir(), f"mpk-test-mlflow-{os.getuid()}", name)
    folder.parent.mkdir(mode=0o700, exist_ok=True)
    interpreter = folder / "bin" / "python"
    with FileLock(folder.with_suffix(".lock")):
        if not (folder / "complete").is_file():
            shutil.rmtree(folder, ignore_errors=True)
            base = support.find_python(version)
            assert base is not None, f"this machine has no Python {version}: uv python install {version}"
            _uv("venv", "--no-project", "--python", str(base), str(folder))
            _uv("pip", "install", "--python", str(interpreter), *requirements)
            (folder / "complete").touch()
    return interpreter


def environment(interpreter: Path, **extra: str) -> dict[str, str]:
    """The variables of a shell in which that environment is active."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "MPK_"))}
    path = f"{interpreter.parent}{os.pathsep}{kept['PATH']}"
    return {**kept, **ENVIRONMENT, "PATH": path, "VIRTUAL_ENV": str(interpreter.parent.parent), **extra}


def uv_variables() -> dict[str, str]:
    """The variables that uv needs to find PyTorch: where pip is told to look, else where it is that needs no GPU."""
    if {"UV_FIND_LINKS", "UV_TORCH_BACKEND"} & set(os.environ):
        return {}
    links = os.environ.get("PIP_FIND_LINKS")
    return {"UV_FIND_LINKS": ",".join(links.split())} if links else {"UV_TORCH_BACKEND": "cpu"}


def _uv(*arguments: str) -> None:
    kept = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    subprocess.run([sys.executable, "-m", "uv", *arguments, "--quiet"], env={**kept, **uv_variables()}, check=True)
