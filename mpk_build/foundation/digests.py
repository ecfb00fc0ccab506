"""Digests of bytes, files and folders, all sha256 and written ``sha256:<hex>``.

The digest of a folder is that of its listing: for each file its path, content, and whether it can be executed; empty
folders, times and owners do not count.
"""

from __future__ import annotations

import hashlib
import os
import stat
from typing import TYPE_CHECKING, Any

from mpk_build.foundation.documents import canonical
from mpk_build.foundation.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

ABSENT = "absent"
# What lies in a folder of code without being part of it.
_NOT_SOURCE = {
    "__pycache__",
    ".git",
    ".hg",
    ".svn",
    ".venv",
    ".tox",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
}


def of_bytes(data: bytes) -> str:
    """The digest of some bytes."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def of_value(value: Any) -> str:
    """The digest of a JSON value in its one spelling."""
    return of_bytes(canonical(value))


def of_file(path: Path) -> str:
    """The digest of a file's content.

    Raises:
        OSError: It can't be read.
    """
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"


def source_files(folder: Path, top: Path | None = None) -> Iterator[Path]:
    """The files below a folder in a fixed order, without caches, version control and virtual environments.

    Raises:
        StageError: A link leads to a folder, or out of ``top``, which is ``folder`` itself by default.
    """
    for entry in sorted(os.scandir(folder), key=lambda one: one.name):
        if entry.is_symlink() and (entry.is_dir() or not _stays(folder / entry.name, top or folder)):
            raise StageError(
                f"{folder / entry.name} is a link to a folder or out of {top or folder}; put the files there"
            )
        if entry.is_dir():
            if entry.name not in _NOT_SOURCE:
                yield from source_files(folder / entry.name, top or folder)
        elif entry.is_file() and not entry.name.endswith(".pyc"):
            yield folder / entry.name


def _stays(link: Path, top: Path) -> bool:
    return link.resolve().is_relative_to(top.resolve())


def of_files(folder: Path, files: Iterable[Path], file_digest: Callable[[Path], str] = of_file) -> str:
    """The digest of a folder as if only these files were in it."""
    return of_value([[file.relative_to(folder).as_posix(), file_digest(file), is_executable(file)] for file in files])


def of_source(path: Path, file_digest: Callable[[Path], str] = of_file) -> str:
    """The digest of a file or folder that a person wrote; `ABSENT` where there is none."""
    if path.is_dir():
        return of_files(path, source_files(path), file_digest)
    return file_digest(path) if path.is_file() else ABSENT


def of_names(folder: Path, without: frozenset[str]) -> str:
    """The digest of what a folder's entries are called; `ABSENT` where there is none."""
    if not folder.is_dir():
        return ABSENT
    hidden = _NOT_SOURCE | without
    return of_value(sorted(entry.name for entry in os.scandir(folder) if entry.name not in hidden))


def is_executable(path: Path) -> bool:
    """Whether its owner may execute the file."""
    return bool(path.stat().st_mode & stat.S_IXUSR)
