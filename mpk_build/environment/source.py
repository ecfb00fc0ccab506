"""The source environment: where the model was made."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mpk_build.environment import installing, resolving
from mpk_build.foundation import digests
from mpk_build.foundation.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mpk_build.environment.interpreters import Interpreter, Interpreters
    from mpk_build.environment.lockfile import Lock


@dataclass(frozen=True)
class Source:
    """Where the source environment is, or what it is made from.

    Attributes:
        kind: ``environment`` for one that exists, ``declared`` for a requirements file or a pyproject.toml.
        path: The environment's Python, or the file.
    """

    kind: Literal["environment", "declared"]
    path: Path


def locate(root: Path, given: str | None) -> Source:
    """The source of a project: what its manifest says, else the active environment, ``.venv``, or what it declares.

    Raises:
        ManifestError: There is none.
    """
    if given is not None:
        return _classify(Path(root, given).absolute(), given)
    active = os.environ.get("VIRTUAL_ENV")
    for folder in (Path(active) if active else None, root / ".venv"):
        if folder is not None and (folder / "bin" / "python").exists():
            return Source("environment", folder / "bin" / "python")
    for name in ("requirements.txt", "pyproject.toml"):
        if (root / name).is_file():
            return Source("declared", root / name)
    raise ManifestError(
        "there is no source environment: none is active, and there is no .venv, requirements.txt or pyproject.toml"
        " beside the manifest",
        hint="activate the environment in which the model was made, or name it: requirements: {source: PATH}",
    )


def _classify(path: Path, given: str) -> Source:
    if (path / "bin" / "python").exists():
        return Source("environment", path / "bin" / "python")
    if path.is_file() and (path.suffix in (".txt", ".in") or path.name == "pyproject.toml"):
        return Source("declared", path)
    if path.is_file() and os.access(path, os.X_OK):
        return Source("environment", path)
    raise ManifestError(
        f"requirements.source: found '{given}'; expected a virtual environment, a Python, a requirements file"
        " or a pyproject.toml"
    )


def identity(source: Source, interpreter: Interpreter, file_digest: Callable[[Path], str]) -> str:
    """What distinguishes this source from any other: its interpreter, and what is installed or declared."""
    if source.kind == "declared":
        return digests.of_value([interpreter.identity, [file_digest(file) for file in _with_includes(source.path)]])
    installed = []
    for folder in site_folders(interpreter):
        for entry in sorted(folder.iterdir()) if folder.is_dir() else []:
            if entry.name.endswith((".dist-info", ".egg-info", ".pth", ".egg-link")):
                record = entry / "RECORD" if entry.is_dir() else entry
                installed.append([entry.name, file_digest(record) if record.is_file() else ""])
    return digests.of_value([interpreter.identity, installed])


def _with_includes(file: Path) -> list[Path]:
    """A requirements file and those that it includes with ``-r`` and ``-c``."""
    found, waiting = [], [file]
    while waiting:
        current = waiting.pop()
        if current in found or not current.is_file():
            continue
        found.append(current)
        if current.suffix != ".toml":
            names = re.findall(
                r"^\s*(?:-r|-c|--requirement|--constraint)[\s=]+(\S+)",
                current.read_text(errors="replace"),
                re.MULTILINE,
            )
            waiting.extend(current.parent / name for name in names if "://" not in name)
    return found


def site_folders(interpreter: Interpreter) -> list[Path]:
    """Where an environment keeps what is installed in it."""
    return [Path(folder) for folder in interpreter.site.split(os.pathsep) if folder]


def ensure(source: Source, interpreter: Interpreter, environments: Path, lock: Lock | None) -> Path:
    """The Python of the source environment; one that is only declared is made.

    Args:
        source: Where it is.
        interpreter: The Python to make one with.
        environments: The folder that keeps what is made.
        lock: The model's lock, if there is one: where a declaration leaves a choice, its versions are
        taken.

    Raises:
        StageError: What is declared can't be resolved or installed.
    """
    if source.kind == "environment":
        return source.path
    resolved = resolving.resolve_file(source.path, interpreter.minor, lock.versions if lock else {})
    return installing.ensure_environment(resolved.text, interpreter, environments)


def interpreter_of(source: Source, version: str | None, interpreters: Interpreters) -> Interpreter:
    """The Python of the source environment: its own, or for a declared one ``version`` or else that of mpk.

    Raises:
        MachineError: This machine does not have it.
        ManifestError: The manifest wants another version than the environment has.
    """
    if source.kind == "declared":
        import platform

        return interpreters.find(version or ".".join(platform.python_version_tuple()[:2]))
    found = interpreters.inspect(source.path)
    if version is not None and found.version != version and not found.version.startswith(f"{version}."):
        raise ManifestError(
            f"requirements.python is {version}, but the source environment {source.path} has Python {found.version}",
            hint=f'set requirements: {{python: "{found.minor}"}}, or name another source',
        )
    return found
