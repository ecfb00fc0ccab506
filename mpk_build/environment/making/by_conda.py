"""Environments of conda packages, each with the sha256 of the lock, and below them what the lock has of the index.

Files are held against the packages' own lists by py-rattler, which keeps them in a cache of mpk's.
"""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from mpk_build.environment import uv
from mpk_build.environment.conda import locked
from mpk_build.environment.conda.library import errors, rattler
from mpk_build.foundation import digests
from mpk_build.foundation.errors import MachineError, StageError

if TYPE_CHECKING:
    from mpk_build.environment.conda.locked import CondaPackage
    from mpk_build.environment.interpreters import Interpreter

CLEAN = "uv cache clean"
_CACHE = "conda"


def create(folder: Path, interpreter: Interpreter, lock: str) -> None:
    """See `Maker`."""
    packages = locked.packages_of(lock)
    if not any(one.name == "python" for one in packages):
        raise StageError(
            "the lock has no conda packages, so conda can't make an environment of it",
            hint="validate: {manager: conda} in the manifest, then mpk lock",
        )
    _check_files(packages)
    library = rattler()
    records = [_record(library, one) for one in packages]
    try:
        asyncio.run(_install(library, records, folder))
    except (errors().InstallerError, errors().IoError, errors().LinkError, errors().TransactionError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        message = " ".join(str(error).split())
        if "hash" in message.lower() or "sha256" in message.lower():
            raise StageError(f"a conda package is not what the lock says: {message}", hint="mpk lock") from None
        raise MachineError(f"conda packages can't be installed: {message}") from None
    if not (folder / "bin" / "python").exists():
        raise StageError(f"the conda package of python has no bin/python, for Python {interpreter.minor}")


def install(lock: str, folder: Path, interpreter: Interpreter, *, fresh: bool) -> None:  # noqa: ARG001
    """See `Maker`."""
    # Not sync, which would take away what conda installed.
    options = ["--no-deps", "--break-system-packages", "--python", str(folder / "bin" / "python")]
    uv.add(lock, folder, [*options, *(["--no-cache"] if fresh else [])])


def _check_files(packages: list[CondaPackage]) -> None:
    # The library checks what it downloads, and takes a file that is on this machine as it is.
    for package in packages:
        if not package.url.startswith("file:"):
            continue
        file = Path(url2pathname(urlsplit(package.url).path))
        if not file.is_file():
            raise MachineError(f"there is no conda package {file}", hint="mount the channel, or: mpk lock")
        if digests.of_file(file) != f"sha256:{package.sha256}":
            raise StageError(f"a conda package is not what the lock says: {file}", hint="mpk lock")


async def _install(library: Any, records: list[Any], folder: Path) -> None:
    cache = folder.parent.parent / _CACHE
    checked = library.PackageCache.new_layered([cache], True, library.ValidationMode.full())  # noqa: FBT003
    await library.install(records, folder, package_cache=checked, show_progress=False, execute_link_scripts=False)


def _record(library: Any, package: CondaPackage) -> Any:
    described = library.PackageRecord(
        package.name,
        package.version,
        library.BuildString(package.build),
        package.build_number,
        package.subdir,
        noarch=package.noarch or None,
        depends=package.depends,
        sha256=bytes.fromhex(package.sha256),
    )
    channel, _, name = package.url.rpartition("/")
    return library.RepoDataRecord(described, name, package.url, channel.rpartition("/")[0])
