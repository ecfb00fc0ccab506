"""The trial of a truth: with these requirements and what they pull in a project passes, and without any one it fails.

Nothing of mpk takes part. To pass is to predict, for the example and for every other input, what the source environment
predicts.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from . import environments
from .projects import lay_out

if TYPE_CHECKING:
    from pathlib import Path

    from .projects import Project

_TOLERANCE = 1e-6


def faults(project: Project, folder: Path) -> list[str]:
    """What is wrong with a project's truth, a sentence each; ``folder`` is one to work in."""
    root = lay_out(project, folder / "project")
    source = environments.make(folder / "source", root, project.installed)
    try:
        expected = environments.predict(project, root, folder, source)
    except environments.FailedError as error:
        return [f"in its source environment: {error}"]
    found = []
    problem = _problem(project, folder, root, project.requirements, expected)
    if problem:
        found.append(f"with {_list(project.requirements)}: {problem}")
    for requirement in project.requirements:
        others = tuple(one for one in project.requirements if one != requirement)
        if not _problem(project, folder, root, others, expected):
            found.append(f"it passes without {requirement}")
        plain = requirement.partition("[")[0]
        if plain != requirement and not _problem(project, folder, root, (*others, plain), expected):
            found.append(f"it passes with {plain} for {requirement}")
    return found


def _problem(project: Project, folder: Path, root: Path, requirements: tuple[str, ...], expected: Any) -> str:
    """Why a project does not pass with some requirements; empty where it does."""
    name = "-".join(requirements) or "nothing"
    lines = environments.lines_of(project, requirements)
    interpreter = environments.make(folder / name, root, lines, project.installed)
    try:
        predicted = environments.predict(project, root, folder, interpreter)
    except environments.FailedError as error:
        return str(error)
    return "" if _same(expected, predicted) else f"it predicts {predicted}, not {expected}"


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)
    return bool(one == other) and type(one) is type(other)


def _list(requirements: tuple[str, ...]) -> str:
    return ", ".join(requirements) or "nothing"
