"""Remembers the digests of files that have not changed, so that a model of 10 GB is read once.

A file is taken for unchanged when its size, inode, and the times of its content and of its inode are those that were
seen with the digest, and when it was not changed within the last moments before that: a file written twice within the
clock's grain looks the same (git's "racy" rule). Of a blob and of what is linked to one, which nobody may write, the
time of the inode does not count: each hard link that mpk makes or drops changes it, and it would be read again.
"""

from __future__ import annotations

import json
import stat
import time
from typing import TYPE_CHECKING

from mpk_build.foundation import digests
from mpk_build.foundation.documents import canonical, write_whole

if TYPE_CHECKING:
    import os
    from pathlib import Path

_RACY_NS = 2_000_000_000
_LIMIT = 50_000
_WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH

_Row = tuple[int, int, int, int, str, int]  # size, mtime_ns, ctime_ns, inode, digest, seen_ns


class StatCache:
    """Digests by path; loaded at once, written back by `save`.

    Args:
        file: Where they are kept: in the store's folder, beside its ``blobs``.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._blobs = f"{file.parent / 'blobs'}/"
        self._rows: dict[str, _Row] = {}
        self._changed = False
        try:
            rows = json.loads(file.read_bytes())
            self._rows = {path: (*row,) for path, row in rows.items()}
        except (OSError, ValueError, AttributeError, TypeError):
            self._rows = {}

    def digest(self, path: Path) -> str:
        """The digest of a file's content; read only if it may have changed.

        Raises:
            OSError: It can't be read.
        """
        seen_ns = time.time_ns()
        status = path.stat()
        row = self._rows.get(str(path))
        identity = self._identity(path, status)
        if row is not None and row[:4] == identity and row[1] < row[5] - _RACY_NS:
            return row[4]
        digest = digests.of_file(path)
        self._rows[str(path)] = (*identity, digest, seen_ns)
        self._changed = True
        return digest

    def save(self) -> None:
        """Write what was learnt; a store that can't be written is no reason to fail."""
        if not self._changed:
            return
        rows = dict(list(self._rows.items())[-_LIMIT:])
        try:
            write_whole(self._file, canonical(rows))
        except OSError:
            return
        self._changed = False

    def _identity(self, path: Path, status: os.stat_result) -> tuple[int, int, int, int]:
        shared = status.st_nlink > 1 or str(path).startswith(self._blobs)
        counts = not shared or status.st_mode & _WRITABLE
        return status.st_size, status.st_mtime_ns, status.st_ctime_ns if counts else 0, status.st_ino
