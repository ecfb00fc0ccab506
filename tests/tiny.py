"""The smallest real project, a function over numbers that needs no package, and builds of it in this process."""

from __future__ import annotations

import contextlib
import textwrap
from typing import TYPE_CHECKING

from mpk_build.manifest.loading import load_project
from mpk_build.pipeline.building import Build
from mpk_build.pipeline.options import Options
from mpk_build.store.location import default_root
from mpk_build.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from mpk_build.pipeline.results import BuildResult, StageResult

MANIFEST = """\
name: tiny
model: {entrypoint: "model:predict"}
requirements: {source: requirements.txt}
input_example: [1, 2, 3]
targets: {model: {}}
"""
MODEL = """\
def predict(values):
    return [value + 1 for value in values]
"""


class Silent:
    """An observer that only remembers which stages began."""

    def __init__(self) -> None:
        self.began: list[str] = []

    def started(self, stage: str, summary: str, why: str) -> None:  # noqa: ARG002 - the protocol's
        """Remember it."""
        self.began.append(stage)

    def finished(self, result: StageResult) -> None:
        """Say nothing."""


def write_tiny(folder: Path, files: Mapping[str, str] | None = None) -> Path:
    """Write the project into ``folder``; ``files`` (path to text) come on top. Returns the folder."""
    for name, text in {"mpk.yaml": MANIFEST, "model.py": MODEL, "requirements.txt": "", **(files or {})}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    return folder


def build(folder: Path, store: Path, options: Options | None = None) -> BuildResult:
    """Build a project in this process, its stages in theirs; stores share the environments that they make."""
    shared = default_root() / "caches"
    shared.mkdir(parents=True, exist_ok=True)
    store.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):  # an earlier build, or one at the same time
        (store / "caches").symlink_to(shared)
    return Build(load_project(folder / "mpk.yaml"), Store(store), options or Options()).run(Silent())


def statuses(result: BuildResult) -> dict[str, str]:
    """Stage to status."""
    return {stage.stage: stage.status for stage in result.stages}


def ran(result: BuildResult) -> list[str]:
    """The stages that really ran."""
    return [stage.stage for stage in result.stages if stage.status == "built"]
