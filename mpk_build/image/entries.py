"""The files of a layer before they are packed: where each goes in the image and where its bytes come from."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from mpk_build.foundation import documents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_OWNER_EXECUTES = 0o100
FILE_MODE = 0o644
EXECUTABLE_MODE = 0o755
FOLDER_MODE = 0o755


@dataclass(frozen=True)
class Entry:
    """One file, symbolic link or folder of a layer.

    Exactly one of ``source`` (a file of this machine), ``data`` and ``link`` (a link's target) is set; none
    for a folder. ``path`` is absolute in the image but has no leading slash. ``mode`` is one of the few that
    images of mpk know.
    """

    path: str
    source: Path | None = None
    data: bytes | None = None
    link: str | None = None
    mode: int = FILE_MODE

    @property
    def is_folder(self) -> bool:
        """Whether this is a folder."""
        return self.source is None and self.data is None and self.link is None


def folder(path: str, mode: int = FOLDER_MODE) -> Entry:
    """A folder of the image."""
    return Entry(path, mode=mode)


def file_at(path: str, source: Path) -> Entry:
    """A file of this machine at ``path``; of its mode only whether its owner may execute it is kept."""
    executable = source.stat().st_mode & _OWNER_EXECUTES
    return Entry(path, source=source, mode=EXECUTABLE_MODE if executable else FILE_MODE)


def walk(root: Path, at: str, leave_out: Callable[[PurePosixPath], bool]) -> Iterator[Entry]:
    """Everything below ``root`` placed below ``at``; ``leave_out`` is asked with paths relative to ``root``.

    Links that stay inside ``root`` stay links; of others the target is taken. What is neither file nor link
    (a socket, a pipe) is left out, and so are empty folders.
    """
    whole = root.resolve()
    for directory, folders, files in os.walk(root):
        here = PurePosixPath(os.path.relpath(directory, root))
        linked = [name for name in folders if os.path.islink(os.path.join(directory, name))]  # noqa: PTH114, PTH118
        folders[:] = sorted(name for name in folders if name not in linked and not leave_out(here / name))
        for name in sorted([*files, *linked]):
            relative = here / name
            if not leave_out(relative):
                yield from _one(Path(directory, name), f"{at}/{relative}", whole)


def _one(source: Path, path: str, root: Path) -> Iterator[Entry]:
    if source.is_symlink():
        target = source.readlink()
        if not target.is_absolute() and (source.parent / target).resolve().is_relative_to(root):
            yield Entry(path, link=str(target))
            return
        source = source.resolve()
    if source.is_file():
        yield file_at(path, source)


def with_parents(entries: Iterable[Entry]) -> list[Entry]:
    """The entries sorted by path, each after its folders; of a path given twice the last counts."""
    by_path: dict[str, Entry] = {}
    for entry in entries:
        for parent in PurePosixPath(entry.path).parents:
            if str(parent) != ".":
                by_path.setdefault(str(parent), folder(str(parent)))
        by_path[entry.path] = entry
    return [by_path[path] for path in sorted(by_path, key=lambda path: path.split("/"))]


def content_key(entries: Iterable[Entry], *more: object) -> str:
    """A digest of all that a layer's bytes follow from: paths, modes, contents, and ``more`` JSON values."""
    listing = sorted([entry.path, entry.mode, _content(entry)] for entry in entries)
    return hashlib.sha256(documents.canonical([listing, *more])).hexdigest()


def _content(entry: Entry) -> str:
    if entry.source is not None:
        with entry.source.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    if entry.data is not None:
        return hashlib.sha256(entry.data).hexdigest()
    return "" if entry.link is None else f"-> {entry.link}"
