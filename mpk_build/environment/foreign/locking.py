"""A lock for a package that has none: resolved once, and kept by all that it was resolved from.

It is resolved as of the moment at which the package was made, where that has a solution: MLflow pins what the model
imports and not what that requires, of which there are newer versions today that do not fit. Where MLflow is not needed,
what it requires decides all the same which versions there are, as in the environment that MLflow would make; but only
what the model uses of that is installed.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from mpk_build.environment import lockfile, resolving
from mpk_build.environment.direct_references import without_credentials
from mpk_build.environment.foreign import declared, mlflow_itself
from mpk_build.foundation import digests
from mpk_build.foundation.documents import write_whole
from mpk_build.foundation.errors import StageError, UsageError
from mpk_build.package import requirement_lines

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.environment.foreign.mlflow_itself import Named
    from mpk_build.environment.lockfile import Lock
    from mpk_build.package.reading import Package

_FOLDER = "foreign"
_OLDEST, _OLDEST_MINOR = "3.8", 8


@dataclass(frozen=True)
class Locked:
    """The environment of a package that has no lock.

    Attributes:
        text: Its lock.
        requirements: What it was resolved from, as PEP 508 or as lines of a requirements file.
        told: What a person should know: what was left out and why.
    """

    text: str
    requirements: tuple[str, ...]
    told: tuple[str, ...]


@dataclass(frozen=True)
class _Wanted:
    request: resolving.Request
    named: Named
    leaves_mlflow_out: bool
    told: tuple[str, ...]


def identity(package: Package, minor: str, exclude_newer: str | None) -> str:
    """The digest of all that a package's lock is resolved from."""
    wanted = _wanted(package, minor, exclude_newer)
    brought = [sorted(wanted.named.modules), wanted.named.is_table] if wanted.leaves_mlflow_out else []
    return digests.of_value([_key(wanted.request), brought])


def told(package: Package, minor: str) -> tuple[str, ...]:
    """What a person should know of a package's lock before there is one."""
    return _wanted(package, minor).told


def resolved(package: Package, minor: str, exclude_newer: str | None) -> Locked:
    """As `lock`, of nothing that was kept; ``exclude_newer`` instead of the day on which the package was made."""
    return _resolved(_wanted(package, minor, exclude_newer), None)


def lock(package: Package, minor: str, caches: Path) -> Locked:
    """The lock for what a package declares; one that was made from the same before asks no index.

    Args:
        package: The package.
        minor: The Python that it is for, such as ``3.11``.
        caches: The folder of the store that keeps it.

    Raises:
        UsageError: A file of the package can't be read.
        StageError: There is no solution.
        MachineError: No index could be reached.
    """
    return _resolved(_wanted(package, minor), caches / _FOLDER)


def python_of(package: Package) -> tuple[str | None, str]:
    """The Python that a package was made with as it says, None where it does not, and what it was found in.

    Raises:
        UsageError: mpk runs no model on it.
    """
    found = declared.read(package)
    parts = (found.python or _OLDEST).split(".")
    if parts[0] != "3" or not all(one.isdigit() for one in parts[:2]) or int((*parts, "0")[1]) < _OLDEST_MINOR:
        raise UsageError(
            f"{package.root} was made with Python {found.python}, and mpk runs models on {_OLDEST} and later",
            hint="load it once with its own libraries on a later Python, and build it from a manifest",
        )
    return found.python, found.source


def _wanted(package: Package, minor: str, exclude_newer: str | None = None) -> _Wanted:
    said, named = declared.read(package), mlflow_itself.named(package)
    version = package.model.mlflow_version
    lines = mlflow_itself.at_version(said.requirements, version)
    asked = [line for line in lines if mlflow_itself.is_line(line)]
    told = list(said.told)
    if named.why is not None and not asked:
        asked = [f"mlflow=={version}" if version else "mlflow"]
        lines += asked
    if named.why is not None:
        told.append(f"{asked[0]} is needed: {named.why}")
        lines += mlflow_itself.unsaid(asked[0], said.setuptools, lines)
    elif asked:
        told.append(f"{asked[0]} is left out: nothing in the package imports it")
    request = resolving.Request(
        requirements=tuple(lines),
        python=minor,
        constraints=tuple(said.constraints),
        wheels=tuple(said.wheels),
        exclude_newer=exclude_newer or _made(package),
    )
    return _Wanted(request, named, named.why is None and bool(asked), tuple(told))


def _made(package: Package) -> str | None:
    """The end of the day on which the package was made, or None where that is not told."""
    try:
        moment = datetime.fromisoformat(str(package.model.utc_time_created or package.model.time_created))
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        # Four digits: not all C libraries give as many to the year 1.
        return f"{(moment + timedelta(days=1)).date().isoformat()}T00:00:00Z"
    except (ValueError, OverflowError):
        return None


def _resolved(wanted: _Wanted, kept: Path | None) -> Locked:
    if not wanted.leaves_mlflow_out:
        lock, told = _as_of_then(wanted.request, kept)
        return Locked(_plain(lock), wanted.request.requirements, (*wanted.told, *told))
    lines = [line for line in wanted.request.requirements if not mlflow_itself.is_line(line)]
    versions, told = _beside_mlflow(wanted.request, kept)
    names = {requirement_lines.line(one).name for one in lines}
    brought = [name for name in wanted.named.of_mlflow(versions) if name not in names]
    lines += [f"{name}=={versions[name]}" if versions[name] else name for name in brought]
    request = replace(wanted.request, requirements=tuple(lines), preferred=versions)
    lock, _ = _as_of_then(replace(request, exclude_newer=None) if told else request, kept)
    return Locked(_plain(lock), request.requirements, (*wanted.told, *told))


def _plain(lock: Lock) -> str:
    """A lock without what it was made from, so that what comes to the same has one environment."""
    return lock.text.partition("\n[tool.mpk]\n")[0]


def _beside_mlflow(request: resolving.Request, kept: Path | None) -> tuple[dict[str, str], list[str]]:
    """The versions in the environment that MLflow would make, and what to tell of that."""
    try:
        lock, told = _as_of_then(request, kept)
    except StageError as error:
        why = f"with MLflow it has no solution ({error.message}), so which versions fit is not known from it"
        return dict.fromkeys(("numpy", "pandas"), ""), [why]
    return lock.versions, told


def _as_of_then(request: resolving.Request, kept: Path | None) -> tuple[Lock, list[str]]:
    now = replace(request, exclude_newer=None)
    told = [f"as of {request.exclude_newer}, when it was made, its requirements have no solution: as of now"]
    for one, because in ((request, []), (now, told)):
        found = _found(one, kept)
        if found is not None:
            return found, because if one != request else []
    try:
        return _one(request, kept), []
    except StageError:
        if request.exclude_newer is None:
            raise
        return _one(now, kept), told


def _found(request: resolving.Request, kept: Path | None) -> Lock | None:
    with contextlib.suppress(OSError, ValueError, StageError):
        return None if kept is None else lockfile.parse(_file(request, kept).read_text("utf-8"), "a kept lock")
    return None


def _one(request: resolving.Request, kept: Path | None) -> Lock:
    lock = resolving.resolve(request)
    if kept is not None:
        write_whole(_file(request, kept), lock.text.encode())
    return lock


def _file(request: resolving.Request, kept: Path) -> Path:
    return kept / f"{_key(request).removeprefix('sha256:')[:32]}.toml"


def _key(request: resolving.Request) -> str:
    return replace(request, requirements=tuple(map(without_credentials, request.requirements))).digest
