"""A file that the model opens and that is not packaged."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from mpk_build.environment.diagnosis import phrases
from mpk_build.environment.diagnosis.failure import Context, Diagnosis, Failure

if TYPE_CHECKING:
    from pathlib import Path

_BESIDE = "or open it beside the code: Path(__file__).with_name(...)"


def diagnose(failure: Failure, context: Context) -> Diagnosis | None:
    """For a FileNotFoundError in the package."""
    if failure.type != "FileNotFoundError" or context.where != "package":
        return None
    there = _in_project(failure.path, context.root)
    name, path = (PurePath(there).stem, there) if there else ("NAME", "PATH")
    opened = f"context.artifacts['{name}']" if there else "context.artifacts[NAME]"
    return Diagnosis(
        f"the package raised FileNotFoundError {phrases.doing(failure.phase)}: {failure.message}",
        (*phrases.frames(failure), *([f"the project has {there}, which is not in the package"] if there else [])),
        f"name the file in model: {{artifacts: {{{name}: {path}}}}} and open {opened}, {_BESIDE}",
    )


def _in_project(path: str, root: Path | None) -> str | None:
    if root is None or not path:
        return None
    file = root / path
    return file.relative_to(root).as_posix() if file.exists() and file.is_relative_to(root) else None
