"""Projects for tests: a manifest and some files in a folder, and the real ``mpk`` run on them."""

from __future__ import annotations

import functools
import json
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml
from support import copy_example, run_mpk

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Mapping
    from pathlib import Path

    import pytest

# The models of most tests need no library: an environment with nothing in it is made in no time.
SOURCE = "requirements.txt"


@dataclass(frozen=True)
class Project:
    """A project on disk; ``root`` is the folder of its manifest."""

    root: Path

    @property
    def model(self) -> Path:
        """Where a build leaves the package."""
        return self.root / "dist" / "model"

    def mpk(self, *arguments: str | Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """Run ``mpk`` in the project's folder."""
        return run_mpk(*arguments, cwd=self.root, env=env)

    def build(self, until: str = "validate", env: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Build as far as a stage, which has to succeed; the document of ``--json``."""
        done = self.mpk("build", "--until", until, "--json", env=env)
        assert done.returncode == 0, done.stdout + done.stderr
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    def fails(self, *arguments: str) -> tuple[int, list[str]]:
        """The exit code of a command that has to fail, and the lines that tell why and what to type next."""
        done = self.mpk(*(arguments or ("build", "--until", "validate")))
        lines = done.stderr.splitlines()
        return done.returncode, [line for line in lines if line.startswith(("error: ", "  why: ", " hint: "))]

    def predict(self, *arguments: str | Path) -> Any:
        """What ``mpk predict`` says the predictions are."""
        done = self.mpk("predict", *arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["predictions"]

    def packaged(self, folder: str = "code") -> list[str]:
        """The files below a folder of the package."""
        root = self.model / folder
        return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())

    @property
    def requirements(self) -> list[str]:
        """The lines of the package's requirements.txt."""
        return (self.model / "requirements.txt").read_text().splitlines()


@functools.cache
def _packaged_example(folder: Path) -> Project:
    project = Project(copy_example(folder))
    project.build("package")
    return project


def packaged_example(folders: pytest.TempPathFactory) -> Project:
    """The repository's example, packaged, once a session."""
    return _packaged_example(folders.getbasetemp() / "packaged-example")


def write_project(folder: Path, manifest: dict[str, Any], files: dict[str, str]) -> Project:
    """Write a manifest (what it leaves out: a name, an empty source environment) and files, by path below ``folder``."""
    whole = {"name": "toy", **manifest}
    whole["requirements"] = {"python": "3.11", "source": SOURCE, **whole.get("requirements", {})}
    texts = {SOURCE: "", **files, "mpk.yaml": yaml.safe_dump(whole, sort_keys=False)}
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return Project(folder)
