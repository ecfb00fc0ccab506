"""The files of an environment as the file system tells of them, and their content.

A plain write changes a file's inode or the time of its inode (ctime), which no program sets as it can set the time of
its content: while both are as they were the content is. Another environment that shares a file with this one by a hard
link changes that time too; then the content is read again.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mpk_build.foundation import digests

if TYPE_CHECKING:
    from collections.abc import Collection, Container
    from pathlib import Path

# Size in bytes, times of content and inode in ns, inode, mode; a folder has none but its mode.
Row = tuple[int, int, int, int, int]
_FOLDER = (0, 0, 0, 0)
_GRAIN_S = 0.02
_BATCHES = 32


def rows_of(folder: Path) -> dict[str, Row]:
    """Every file, link and folder below a folder, by its path relative to it."""
    found: dict[str, Row] = {}
    waiting = [""]
    while waiting:
        within = waiting.pop()
        with os.scandir(folder / within) as entries:
            for entry in entries:
                path = f"{within}{entry.name}"
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    found[path] = (*_FOLDER, status.st_mode)
                    waiting.append(f"{path}/")
                    continue
                found[path] = (
                    status.st_size,
                    status.st_mtime_ns,
                    status.st_ctime_ns,
                    status.st_ino,
                    status.st_mode,
                )
    return found


@dataclass(frozen=True)
class Snapshot:
    """What some files were at one moment.

    Attributes:
        rows: Path to what the file system tells.
        digests: Path to the digest of its content; a folder has none.
    """

    rows: dict[str, Row]
    digests: dict[str, str]


def snapshot(folder: Path, without: Container[str] = ()) -> Snapshot:
    """The files below a folder, but those at some paths.

    What is written after this began shows in the rows: they are taken first, and the clock has moved on since.

    Raises:
        OSError: A file can't be read.
    """
    rows = {path: row for path, row in rows_of(folder).items() if path not in without}
    _wait_out_the_clock(rows)
    return Snapshot(rows, contents(folder, rows, rows))


def fingerprint(rows: dict[str, Row]) -> str:
    """One digest for all rows."""
    return digests.of_bytes(repr(sorted(rows.items())).encode(errors="surrogateescape"))


def contents(folder: Path, paths: Collection[str], rows: dict[str, Row]) -> dict[str, str]:
    """Path to the digest of a file's bytes, or of where a link leads; a folder has none.

    Raises:
        OSError: A file can't be read.
    """
    links = {path: f"link:{(folder / path).readlink()}" for path in paths if stat.S_ISLNK(rows[path][4])}
    files = [path for path in paths if stat.S_ISREG(rows[path][4])]
    # A batch a task: for small files a task costs more than the file.
    batches = [files[first::_BATCHES] for first in range(min(_BATCHES, len(files)))]
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        hashed = threads.map(lambda batch: [(path, _digest(folder / path)) for path in batch], batches)
        return {**links, **{path: digest for batch in hashed for path, digest in batch}}


def _wait_out_the_clock(rows: dict[str, Row]) -> None:
    """Wait until a write would give a file another time than it has: file systems count in ticks of some ms."""
    newest = max((row[2] for row in rows.values()), default=0) / 1e9
    if 0 <= time.time() - newest < _GRAIN_S:
        time.sleep(_GRAIN_S)


def _digest(path: Path) -> str:
    with path.open("rb", buffering=0) as file:
        return f"sha256:{hashlib.sha256(file.read()).hexdigest()}"
