"""What mpk infers for a project, in the project's source environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from . import environments
from .counting import Count, count
from .projects import lay_out, variables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from .projects import Project

_MPK = (sys.executable, "-m", "mpk_build")


def infer(project: Project, folder: Path, command: Sequence[str] = _MPK, env: Mapping[str, str] | None = None) -> Count:
    """Build a project with mpk as far as ``validate``, in a new folder, and compare with its truth.

    Args:
        project: The project.
        folder: Where.
        command: What starts mpk.
        env: Further environment variables.
    """
    root = lay_out(project, folder)
    interpreter = environments.make(root / ".venv", root, project.installed)
    finished = subprocess.run(
        [*command, "build", "--until", "validate", "--json"],
        cwd=root,
        env={**os.environ, **variables(root), **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    stages = _stages(finished.stdout)
    found = stages.get("infer-env", {}).get("facts", {}).get("requirements", [])
    return count(project, found, interpreter, _error(stages, finished))


def _stages(printed: str) -> dict[str, dict[str, Any]]:
    try:
        return {stage["stage"]: stage for stage in json.loads(printed)["stages"]}
    except (ValueError, KeyError):
        return {}


def _error(stages: dict[str, dict[str, Any]], finished: subprocess.CompletedProcess[str]) -> str:
    for name, stage in stages.items():
        if stage.get("error"):
            error = stage["error"]
            return f"{name}: {error['message'] if isinstance(error, dict) else error}"
    return "" if finished.returncode == 0 else (finished.stderr.strip() or f"exit code {finished.returncode}")
