"""The truths of the corpus, tried, and the trial itself."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from corpus.projects import Project, load_projects
from corpus.trial import faults

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("project", load_projects(), ids=lambda project: project.name)
def test_a_project_passes_with_its_requirements_and_without_any_one_it_fails(project: Project, tmp_path: Path) -> None:
    assert faults(project, tmp_path) == []


@pytest.mark.parametrize(
    ("requirements", "said"),
    [
        ([], ["with nothing: ModuleNotFoundError: No module named 'idna'"]),
        (["idna", "six"], ["it passes without six"]),
    ],
)
def test_what_is_no_truth_is_found(requirements: list[str], said: list[str], tmp_path: Path) -> None:
    (project,) = load_projects(("plain-import",))
    assert faults(dataclasses.replace(project, requirements=tuple(requirements)), tmp_path) == said
