"""The projects of the corpus, as they lie in ``projects/``, and how one is laid out in a folder to work in."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from . import wheels

PROJECTS = Path(__file__).resolve().parent / "projects"
# Nobody's own configuration, and every commit the same.
_GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    **{f"GIT_{who}_NAME": "corpus" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "corpus@example.org" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_DATE": "2026-01-01T00:00:00Z" for who in ("AUTHOR", "COMMITTER")},
}


@dataclass(frozen=True)
class Project:
    """A project of the corpus.

    Attributes:
        name: The name of its folder.
        requirements: The truth: the fewest requirements (PEP 508 names, perhaps with extras) with which it passes.
        why: In a line, why it is in the corpus.
        inputs: Inputs besides the manifest's example, for what that one does not reach.
        repositories: Folders of it that are git repositories.
        manifest: Its ``mpk.yaml``.
    """

    name: str
    requirements: tuple[str, ...]
    why: str
    inputs: tuple[Any, ...]
    repositories: tuple[str, ...]
    manifest: dict[str, Any]

    @property
    def folder(self) -> Path:
        """Where it lies in the repository."""
        return PROJECTS / self.name

    @property
    def installed(self) -> tuple[str, ...]:
        """The lines of its ``environment.txt``: all that its source environment holds, surplus included."""
        return tuple(line for line in (self.folder / "environment.txt").read_text().splitlines() if line)


def load_projects(names: tuple[str, ...] = ()) -> list[Project]:
    """The projects of these names, or all, by name.

    Raises:
        ValueError: There is none of that name.
    """
    known = sorted(folder.name for folder in PROJECTS.iterdir() if (folder / "mpk.yaml").is_file())
    unknown = sorted(set(names) - set(known))
    if unknown:
        raise ValueError(f"the corpus has no project '{unknown[0]}'")
    return [_load(name) for name in known if not names or name in names]


def _load(name: str) -> Project:
    truth = yaml.safe_load((PROJECTS / name / "truth.yaml").read_text())
    manifest = yaml.safe_load((PROJECTS / name / "mpk.yaml").read_text())
    return Project(
        name=name,
        requirements=tuple(truth.pop("requirements")),
        why=truth.pop("why"),
        inputs=tuple(truth.pop("inputs", ())),
        repositories=tuple(truth.pop("repositories", ())),
        manifest=manifest,
        **truth,
    )


def lay_out(project: Project, folder: Path) -> Path:
    """Copy a project into a new folder, make its wheels and git repositories; returns the folder."""
    shutil.copytree(project.folder, folder, ignore=shutil.ignore_patterns("__pycache__"))
    if (folder / "wheelhouse").is_dir():
        for source in sorted((folder / "wheelhouse").iterdir()):
            wheels.build(source, folder / "wheelhouse")
    for repository in project.repositories:
        for arguments in ("init --quiet --initial-branch=main", "add .", "commit --quiet --message=one"):
            environment = {**os.environ, **_GIT}
            subprocess.run(["git", *arguments.split()], cwd=folder / repository, env=environment, check=True)
    return folder


def variables(folder: Path) -> dict[str, str]:
    """What the installer has to know of a project that was laid out: where it lies, and its own wheels."""
    links = [link for link in os.environ.get("UV_FIND_LINKS", "").split(",") if link]
    if (folder / "wheelhouse").is_dir():
        links.append(str(folder / "wheelhouse"))
    return {"CORPUS_PROJECT": str(folder), **({"UV_FIND_LINKS": ",".join(links)} if links else {})}
