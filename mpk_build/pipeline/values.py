"""What a declaration's ``${...}`` stands for: as it is handed to a stage, and as it enters the key."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from mpk_build.foundation import digests
from mpk_build.manifest.paths import ArtifactUri, CodePath, ManifestPath, PackageUri
from mpk_build.package.code.leaving_out import of_project
from mpk_build.package.uris import addresses, fetching, single
from mpk_build.store.location import open_store
from mpk_build.store.store import StoredObject

if TYPE_CHECKING:
    from collections.abc import Callable

    from mpk_build.foundation.errors import ManifestError
    from mpk_build.pipeline.spec import StageSpec

_REFERENCE = re.compile(r"\$\{([^}]*)\}")


@dataclass(frozen=True)
class ProjectFile:
    """A file or folder of the project: handed as a path, counted by its content."""

    path: Path
    written: str


@dataclass(frozen=True)
class ProjectCode(ProjectFile):
    """A file or folder of code, of which what is left out of a package does not count either."""

    root: Path
    outputs: tuple[Path, ...]

    def digest(self, file_digest: Callable[[Path], str]) -> str:
        """That of its content."""
        if not self.path.is_dir():
            return digests.of_source(self.path, file_digest)
        files = of_project(self.root, [self.path], self.outputs).files(self.path)
        return digests.of_files(self.path, files, file_digest)


@dataclass(frozen=True)
class Given:
    """Something of this machine: handed as a value, counted by its identity."""

    value: Any
    identity: Any


class UnknownYetError(Exception):
    """The value is an output of a stage that has to run first."""

    def __init__(self, stage: str) -> None:
        super().__init__(stage)
        self.stage = stage


@dataclass(frozen=True)
class Scope:
    """What references may name.

    Attributes:
        root: The project's folder.
        manifest: The manifest.
        outputs: Stage to output to object, of the stages that have a result.
        stages: All stages, by name.
        machine: What is of this machine, such as ``project`` or ``engine``: found out when asked for.
        published: Folders that a build writes, which are no code.
    """

    root: Path
    manifest: BaseModel
    outputs: dict[str, dict[str, StoredObject]]
    stages: dict[str, StageSpec]
    machine: dict[str, Callable[[], Given | ProjectFile]]
    published: tuple[Path, ...] = ()


def resolve(value: Any, scope: Scope, spec: StageSpec, where: tuple[str | int, ...]) -> Any:
    """A declaration's value with every reference replaced.

    Returns:
        JSON values, with `ProjectFile`, `StoredObject` and `Given` among them.

    Raises:
        UnknownYetError: It needs an output that is not there yet.
        ManifestError: It names something that does not exist, with its place.
    """
    if isinstance(value, dict):
        return {name: resolve(one, scope, spec, (*where, name)) for name, one in value.items()}
    if isinstance(value, list):
        return [resolve(one, scope, spec, (*where, at)) for at, one in enumerate(value)]
    if not isinstance(value, str):
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole:
        return _look_up(whole[1], scope, spec, where)
    return _REFERENCE.sub(lambda found: _as_text(_look_up(found[1], scope, spec, where), found[0], spec, where), value)


def identity(value: Any, scope: Scope, file_digest: Callable[[Path], str]) -> Any:
    """What a resolved value contributes to a key: JSON, without a path of this machine."""
    if isinstance(value, dict):
        return {name: identity(one, scope, file_digest) for name, one in value.items()}
    if isinstance(value, list):
        return [identity(one, scope, file_digest) for one in value]
    if isinstance(value, ProjectCode):
        return [value.written, value.digest(file_digest)]
    if isinstance(value, ProjectFile):
        return [value.written, digests.of_source(value.path, file_digest)]
    if isinstance(value, StoredObject):
        return value.digest
    return value.identity if isinstance(value, Given) else value


def handed(value: Any, take: Callable[[StoredObject], Path]) -> Any:
    """A resolved value as a stage gets it: JSON, with absolute paths."""
    if isinstance(value, dict):
        return {name: handed(one, take) for name, one in value.items()}
    if isinstance(value, list):
        return [handed(one, take) for one in value]
    if isinstance(value, ProjectFile):
        return str(value.path)
    if isinstance(value, StoredObject):
        return str(take(value))
    return value.value if isinstance(value, Given) else value


def package_folder(uri: str) -> Path:
    """The folder of a package that lies elsewhere: fetched, and again only where it has changed.

    Raises:
        UsageError: Nothing is there, or what is there is no package.
        MachineError: Its place can't be reached, or a library for it is not installed.
    """
    return fetching.folder_of(uri, lambda: open_store().folder("caches")).absolute()


def paths(value: Any) -> list[Path]:
    """What a resolved value names of this machine itself, and not of the store: files and folders, as they are."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [path for one in value for path in paths(one)]
    if isinstance(value, ProjectFile):
        return [value.path]
    given = value.value if isinstance(value, Given) else None
    return [Path(given)] if isinstance(given, str) and given.startswith("/") else []


def _look_up(name: str, scope: Scope, spec: StageSpec, where: tuple[str | int, ...]) -> Any:
    first, _, rest = name.partition(".")
    if first == "manifest":
        return _from_manifest(rest, scope, spec, where)
    if not rest and first in scope.machine:
        return scope.machine[first]()
    if first in scope.stages and rest in scope.stages[first].says.outputs:
        if first not in spec.says.needs:
            raise spec.source.error(
                f"'${{{name}}}' is an output of a stage that this one does not need",
                where,
                hint=f"needs: [{first}]",
            )
        if first not in scope.outputs:
            raise UnknownYetError(first)
        return scope.outputs[first][rest]
    raise _unknown(name, scope, spec, where)


def _from_manifest(name: str, scope: Scope, spec: StageSpec, where: tuple[str | int, ...]) -> Any:
    current: Any = scope.manifest
    for part in name.split("."):
        if isinstance(current, BaseModel):
            fields = {(info.alias or own): own for own, info in type(current).model_fields.items()}
            if part not in fields:
                close = get_close_matches(part, fields, n=1)
                raise spec.source.error(
                    f"the manifest has no '{name}'",
                    where,
                    hint=f"did you mean '{close[0]}'?" if close else "mpk schema",
                )
            current = getattr(current, fields[part])
        elif isinstance(current, dict) and part in current:
            current = current[part]
        else:
            return None
    return _plain(current, scope)


def _plain(value: Any, scope: Scope) -> Any:
    if isinstance(value, BaseModel):
        return {
            (info.alias or own): _plain(getattr(value, own), scope) for own, info in type(value).model_fields.items()
        }
    if isinstance(value, dict):
        return {name: _plain(one, scope) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one, scope) for one in value]
    if isinstance(value, (ArtifactUri, PackageUri)):
        return ProjectFile(_fetched(value), addresses.shown(value))
    if isinstance(value, CodePath):
        path = Path(os.path.normpath(value.under(scope.root)))
        return ProjectCode(path, str(value), scope.root, scope.published)
    return ProjectFile(value.under(scope.root), str(value)) if isinstance(value, ManifestPath) else value


def _fetched(uri: ArtifactUri | PackageUri) -> Path:
    if isinstance(uri, PackageUri):
        return package_folder(uri)
    return single.path_of(uri, lambda: open_store().folder("caches"))


def _as_text(value: Any, reference: str, spec: StageSpec, where: tuple[str | int, ...]) -> str:
    if isinstance(value, (str, int, float)):
        return str(value)
    raise spec.source.error(f"'{reference}' is not text, so it can't stand inside of text", where)


def _unknown(name: str, scope: Scope, spec: StageSpec, where: tuple[str | int, ...]) -> ManifestError:
    outputs = [f"{stage}.{output}" for stage, other in scope.stages.items() for output in other.says.outputs]
    known = [*scope.machine, *outputs, "manifest"]
    close = get_close_matches(name, known, n=1)
    return spec.source.error(
        f"nothing is called '${{{name}}}'", where, hint=f"did you mean '${{{close[0]}}}'?" if close else None
    )
