"""Which files of the project the model needs, told from what it imported and read."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from mpk_build.environment import python_path
from mpk_build.foundation.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mpk_build.environment.capturing import SourceProject
    from mpk_build.environment.seen import Module

_CODE = (".py", ".so")
_SECRET = re.compile(r"(^|/)(\.env[^/]*|\.netrc|\.pypirc|id_(rsa|dsa|ecdsa|ed25519)|[^/]*\.(pem|key|p12|pfx))$")


def own_modules(modules: list[Module], project: SourceProject) -> list[dict[str, str]]:
    """The project's modules, ``{"name", "file": relative to the project}``, by name.

    Raises:
        StageError: One is neither installed by a distribution nor a file of the project.
    """
    for module in modules:
        file = Path(module.file)
        inside = any(file.is_relative_to(root) for root in project.import_roots)
        if not inside or any(file.is_relative_to(folder) for folder in project.unwatched):
            raise python_path.outside(module.name, file, project.root)
    code = sorted((module for module in modules if module.file.endswith(_CODE)), key=lambda one: one.name)
    return [{"name": module.name, "file": _relative(Path(module.file), project)} for module in code]


def own_data(read: Iterable[str], modules: list[Module], declared: Iterable[str], project: SourceProject) -> list[str]:
    """What the model read of the project besides modules and declared files, relative to the project.

    Args:
        read: What loading and predicting read; a folder that was listed ends in a slash.
        modules: The modules that it imported.
        declared: Absolute paths that the manifest hands over in another way.
        project: The project.

    Raises:
        StageError: It read what looks like a place of secrets.
    """
    imported = {Path(module.file) for module in modules}
    named = [Path(path) for path in declared]
    files = {
        _relative(file, project)
        for file in _files(read, project)
        if file not in imported and not any(file.is_relative_to(path) for path in named)
    }
    for file in sorted(files):
        if _SECRET.search(file):
            raise StageError(
                f"the model reads {file}, which looks like a place of secrets, so it is not packaged",
                hint="give the endpoint its secrets as variables; model: {artifacts: {NAME: PATH}} packages it anyhow",
            )
    return sorted(files)


def _files(read: Iterable[str], project: SourceProject) -> Iterator[Path]:
    for path in map(Path, read):
        # A folder of modules holds more than the model's own files; what it reads there it has read by name.
        listed = path.is_dir() and path not in project.import_roots
        for file in path.iterdir() if listed else [path]:
            if file.is_file() and file.suffix != ".pyc":
                yield file


def _relative(path: Path, project: SourceProject) -> str:
    return Path(os.path.relpath(path, project.root)).as_posix()
