"""The source environment: where the model was made."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import TYPE_CHECKING

from mpk_build.environment import installing
from mpk_build.environment.sources.choosing import ENVIRONMENT, KINDS
from mpk_build.foundation import digests
from mpk_build.foundation.errors import ManifestError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mpk_build.environment.interpreters import Interpreter, Interpreters
    from mpk_build.environment.lockfile import Lock
    from mpk_build.environment.sources.choosing import Source

_PYTHONS = ("3.13", "3.12", "3.11", "3.10", "3.9", "3.8")


def identity(source: Source, interpreter: Interpreter, file_digest: Callable[[Path], str]) -> str:
    """What distinguishes this source from any other: its interpreter, and what is installed or declared."""
    if source.kind != ENVIRONMENT:
        asked = [sorted(source.wish.groups), sorted(source.wish.extras), source.wish.exclude_newer]
        parts = KINDS[source.kind].parts(source.declaration, interpreter, file_digest)
        return digests.of_value([interpreter.identity, source.kind, asked, parts])
    installed = []
    for folder in site_folders(interpreter):
        for entry in sorted(folder.iterdir()) if folder.is_dir() else []:
            if entry.name.endswith((".dist-info", ".egg-info", ".pth", ".egg-link")):
                record = entry / "RECORD" if entry.is_dir() else entry
                installed.append([entry.name, file_digest(record) if record.is_file() else ""])
    return digests.of_value([interpreter.identity, installed])


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
    if source.kind == ENVIRONMENT:
        return source.path
    text = KINDS[source.kind].lock(source.declaration, interpreter, lock.versions if lock else {})
    return installing.ensure_environment(text, interpreter, environments)


def interpreter_of(source: Source, version: str | None, interpreters: Interpreters) -> Interpreter:
    """The Python of the source environment: its own; for a declared one ``version``, else what is declared of it.

    Where that leaves a choice, mpk's own, or else the newest.

    Raises:
        MachineError: This machine does not have it.
        ManifestError: The manifest wants another version than the environment has.
    """
    if source.kind != ENVIRONMENT:
        return interpreters.find(version or _declared_python(source))
    found = interpreters.inspect(source.path)
    if version is not None and found.version != version and not found.version.startswith(f"{version}."):
        raise ManifestError(
            f"requirements.python is {version}, but the source environment {source.path} has Python {found.version}",
            hint=f'set requirements: {{python: "{found.minor}"}}, or name another source',
        )
    return found


def _declared_python(source: Source) -> str:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    own = ".".join(platform.python_version_tuple()[:2])
    said = KINDS[source.kind].python(source.declaration)
    try:
        allowed = SpecifierSet(said or "")
    except InvalidSpecifier:
        return own
    # Of a minor version any release will do: one that is excluded is rare, and found out by what installs.
    fits = [one for one in (own, *_PYTHONS) if any(allowed.contains(f"{one}.{patch}") for patch in range(40))]
    if not fits:
        raise ManifestError(
            f"{source.path.name} wants Python {said}, and mpk builds for {_PYTHONS[-1]} to {_PYTHONS[0]}",
            hint='requirements: {python: "3.12"}',
        )
    return fits[0]
