"""Asks a Python with MLflow for every cell: one process answers the whole table."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from e2e import mlflow_environment
from support import PROJECT

from conversions.cells import cells

ANSWERING = Path(__file__).with_name("answering.py")
RUNTIME = PROJECT / "mpk_build" / "runtime"


def everything() -> tuple[list[dict[str, Any]], dict[str, list[Any]]]:
    """All cells, and their outcomes by mpk in both modes and by MLflow itself."""
    asked = cells()
    return asked, answers(mlflow_environment.python(mlflow_environment.ALONE), ["strict", "mlflow", "MLflow"], asked)


def answers(interpreter: Path, by: list[str], asked: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """The outcomes of cells in the environment of an interpreter."""
    answered = subprocess.run(
        [interpreter, ANSWERING],
        input=json.dumps({"by": by, "cells": asked}),
        env=mlflow_environment.environment(interpreter, PYTHONPATH=str(RUNTIME)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert answered.returncode == 0, answered.stderr
    found: dict[str, list[Any]] = json.loads(answered.stdout)
    return found
