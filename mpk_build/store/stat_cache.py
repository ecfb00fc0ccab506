"""Remembers the digests of files that have not changed, so that a model of 10 GB is read once.

A file is taken for unchanged when its size, inode, and the times of its content and of its inode are those that were
seen with the digest, and when it was not changed within the last moments before that: a file written twice within the
clock's grain looks the same (git's "racy" rule).
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from mpk_build.foundation import digests
from mpk_build.foundation.documents import canonical, write_whole

if TYPE_CHECKING:
    import os
    from pathlib import Path

_RACY_NS = 2_000_000_000
_LIMIT = 50_000

_Row = tuple[int, int, int, int, str, int]  # size, mtime_ns, ctime_ns, inode, digest, seen_ns


class StatCache:
    """Digests by path; loaded at once, written back by `save`."""

    def __init__(self, file: Path) -> None:
        self._file = file
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
        if row is not None and row[:4] == _identity(status) and row[1] < row[5] - _RACY_NS:
            return row[4]
        digest = digests.of_file(path)
        self._rows[str(path)] = (*_identity(status), digest, seen_ns)
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


def _identity(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino
