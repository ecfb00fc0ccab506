"""``mpk build`` from Python."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mpk_build.pipeline.building import Build
    from mpk_build.pipeline.results import BuildResult, StageResult


class _Silent:
    def started(self, stage: str, summary: str, why: str) -> None:
        """Nobody is told."""

    def finished(self, result: StageResult) -> None:
        """Nobody is told."""


def build(
    manifest: str | Path = "mpk.yaml",
    *,
    until: str | None = None,
    output: str | Path | None = None,
    locked: bool = False,
) -> BuildResult:
    """Run the pipeline of a manifest.

    Args:
        manifest: Its file.
        until: The last stage to run; default: all.
        output: Where outputs are put instead of ``dist``.
        locked: Never change the lock.

    Returns:
        What became of each stage; `BuildResult.error` says why one failed.

    Raises:
        ManifestError: The manifest, or a stage of its project, is wrong.
        MachineError: This machine lacks something that the build needs.
    """
    from mpk_build.manifest.loading import load_project
    from mpk_build.pipeline.building import Build
    from mpk_build.pipeline.options import Options
    from mpk_build.store.location import open_store

    options = Options(Path(output) if output is not None else None, until, locked)
    return run(Build(load_project(Path(manifest)), open_store(), options))


def run(build: Build) -> BuildResult:
    """Run a build, and tell nobody how it goes on."""
    return build.run(_Silent())
