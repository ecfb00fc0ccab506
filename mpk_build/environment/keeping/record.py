"""What installed distributions say of their files, held against the files.

Source: https://packaging.python.org/en/latest/specifications/recording-installed-packages/#the-record-file.
"""

from __future__ import annotations

import base64
import csv
import posixpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# The only files that the specification lets go without a hash.
_UNHASHED = ("RECORD", "RECORD.jws", "RECORD.p7s")


def broken(folder: Path, digests: dict[str, str], made_empty: frozenset[str]) -> list[str]:
    """The files of an environment that no RECORD has, or that are not as any RECORD has them, or that are missing.

    Args:
        folder: The environment.
        digests: Path relative to it to ``sha256:<hex>``, of all its files.
        made_empty: What was there before anything was installed.
    """
    files = [path for path in digests if path.endswith(".dist-info/RECORD") and path not in made_empty]
    recorded = _recorded(folder, files)
    wrong = []
    for path, expected in recorded.items():
        found = digests.get(path)
        unhashed = path.rpartition("/")[2] in _UNHASHED and "" in expected
        if found is None or (found not in expected and not unhashed):
            wrong.append(path)
    return sorted([*wrong, *(digests.keys() - recorded.keys() - made_empty)])


def shown(path: str) -> str:
    """A file of an environment as a person knows it."""
    return path.rpartition("site-packages/")[2]


def some(paths: list[str]) -> str:
    """One of some files, and how many there are besides."""
    return shown(paths[0]) if len(paths) == 1 else f"{shown(paths[0])} and {len(paths) - 1} more"


def _recorded(folder: Path, files: list[str]) -> dict[str, set[str]]:
    # Two distributions may bring the same file: the one that was installed last is there.
    found: dict[str, set[str]] = {}
    for file in files:
        site = posixpath.dirname(posixpath.dirname(file))
        with (folder / file).open(encoding="utf-8", newline="") as rows:
            for row in csv.reader(rows):
                if not row or row[0].endswith(".pyc"):
                    continue
                path = posixpath.normpath(posixpath.join(site, row[0]))
                found.setdefault(path, set()).add(_digest(row[1] if len(row) > 1 else ""))
    return found


def _digest(written: str) -> str:
    name, _, value = written.partition("=")
    if name != "sha256":
        return ""
    try:
        return f"sha256:{base64.urlsafe_b64decode(value + '=' * (-len(value) % 4)).hex()}"
    except ValueError:
        return ""
