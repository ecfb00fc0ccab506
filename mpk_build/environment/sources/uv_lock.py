"""A ``uv.lock``: exactly its versions and hashes, with the extras and dependency groups that are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mpk_build.environment import resolving
from mpk_build.environment.sources import pyproject
from mpk_build.environment.sources.declared import check_known, local_parts, read_toml
from mpk_build.foundation.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mpk_build.environment.interpreters import Interpreter
    from mpk_build.environment.sources.declared import Declaration

HAS_GROUPS = True


def python(declaration: Declaration) -> str | None:
    """Its ``requires-python``."""
    found = read_toml(declaration.path)[0].get("requires-python")
    return str(found) if found else None


def parts(declaration: Declaration, _interpreter: Interpreter, file_digest: Callable[[Path], str]) -> list[str]:
    """The file, the project file beside it, and the other local projects that are locked."""
    files = [file_digest(file) for file in (declaration.path, _project(declaration)) if file.is_file()]
    sources = [one.get("source", {}) for one in read_toml(declaration.path)[0].get("package", [])]
    names = [one[kind] for one in sources for kind in ("directory", "editable", "path") if kind in one]
    return [*files, *local_parts(declaration.path.parent, [name for name in names if name != "."])]


def lock(declaration: Declaration, interpreter: Interpreter, _preferred: dict[str, str]) -> str:
    """What uv exports of it.

    Raises:
        StageError: It can't be read, or lacks what is asked for.
    """
    file, project = declaration.path, _project(declaration)
    read_toml(file)
    if not project.is_file():
        raise StageError(
            f"{file.name} needs the pyproject.toml that it was made from beside it", hint=f"put it into {file.parent}"
        )
    data = read_toml(project)[0]
    check_known(project, "extra", declaration.extras, data.get("project", {}).get("optional-dependencies", {}))
    check_known(project, "dependency group", declaration.groups, data.get("dependency-groups", {}))
    options = [word for one in declaration.extras for word in ("--extra", one)]
    options += [word for one in declaration.groups for word in ("--group", one)]
    return resolving.exported(file.parent, options, interpreter.python)


def _project(declaration: Declaration) -> Path:
    return declaration.path.parent / "pyproject.toml"


told = pyproject.told
