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
    """For a FileNotFoundError, or whatever a sandbox raises for a file that it does not show."""
    hidden = failure.path in context.outside
    if context.where != "package" or not (failure.type == "FileNotFoundError" or hidden):
        return None
    there = _in_project(failure.path, context.root)
    name = PurePath(there or failure.path).stem if there or hidden else "NAME"
    path = there or (PurePath(failure.path).name if hidden else "PATH")
    first = "copy it into the project, " if hidden and there is None else ""
    opened = f"context.artifacts['{name}']" if there or hidden else "context.artifacts[NAME]"
    raised = f"{failure.type} {phrases.doing(failure.phase)}: {failure.message}"
    return Diagnosis(
        f"the package opens {failure.path}, which is on this machine and not in the package ({raised})"
        if hidden
        else f"the package raised {raised}",
        (*phrases.frames(failure), *([f"the project has {there}, which is not in the package"] if there else [])),
        f"{first}name the file in model: {{artifacts: {{{name}: {path}}}}} and open {opened}, {_BESIDE}",
    )


def undeclared(failure: Failure | None, context: Context) -> tuple[str, ...]:
    """Evidence for a failure that does not name a file itself: what it tried to open, and is on this machine."""
    files = [file for file in context.outside if failure is None or file != failure.path]
    if not files:
        return ()
    return (f"it tried to open {phrases.listed(files)}: on this machine, and not in the package",)


def _in_project(path: str, root: Path | None) -> str | None:
    if root is None or not path:
        return None
    file = root / path
    return file.relative_to(root).as_posix() if file.exists() and file.is_relative_to(root) else None
