"""The distributions of an installed tree (``uv pip install --target``), from their RECORD files.

Format: the specification "Recording installed projects" of the Python Packaging User Guide.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from mpk_build.foundation.errors import MachineError
from mpk_build.image.entries import Entry, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

# What tells of this machine and not of the distribution: scripts with the path of an interpreter, where it
# came from.
_LOCAL_FILES = frozenset({"direct_url.json", "uv_cache.json"})
_SCRIPTS = frozenset({"bin", ".."})


@dataclass(frozen=True)
class Distribution:
    """An installed distribution: its name as its folder spells it, its files, and their size in bytes."""

    name: str
    entries: tuple[Entry, ...]
    size: int


@dataclass(frozen=True)
class _Row:
    path: str
    digest: str  # as the RECORD has it: "sha256=<base64>", or empty
    size: str


def read_tree(tree: Path, at: str) -> list[Distribution]:
    """The distributions in a tree, sorted by name, with their files placed below the image's folder ``at``.

    Scripts in ``bin/`` and what tells of this machine are left out, in the RECORD as well. Files that no
    RECORD lists make a last distribution without a name.

    Raises:
        MachineError: A file is not what the RECORD says: something has written to it since it was made.
    """
    rest = {entry.path: entry for entry in walk(tree, at, _is_left_out)}
    records = {path: _rows(path) for path in sorted(tree.glob("*.dist-info/RECORD"))}
    _verify(tree, records)
    found = []
    for record, rows in records.items():
        name = record.parent.name.removesuffix(".dist-info").rpartition("-")[0]
        own = [rest.pop(path) for row in rows if (path := f"{at}/{row.path}") in rest]
        own = [_record_entry(entry, rows) if entry.source == record else entry for entry in own]
        found.append(Distribution(name, tuple(own), sum(int(row.size or 0) for row in rows)))
    if rest:
        found.append(Distribution("", tuple(rest.values()), 0))
    return found


def _rows(record: Path) -> list[_Row]:
    with record.open(encoding="utf-8", newline="") as file:
        rows = [_Row(*row) for row in csv.reader(file) if row]
    return sorted((row for row in rows if not _is_local(row.path)), key=lambda row: row.path)


def _is_local(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return parts[0] in _SCRIPTS or path.startswith("/") or parts[-1] in _LOCAL_FILES or path.endswith(".pyc")


def _is_left_out(path: PurePosixPath) -> bool:
    if path.name == "__pycache__" or str(path) == ".lock":
        return True
    return path.parts[0] == "bin" or (path.name in _LOCAL_FILES and path.parts[0].endswith(".dist-info"))


def _record_entry(entry: Entry, rows: list[_Row]) -> Entry:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows((row.path, row.digest, row.size) for row in rows)
    return Entry(entry.path, data=text.getvalue().encode())


def _verify(tree: Path, records: dict[Path, list[_Row]]) -> None:
    # Two distributions may both list a file; the one installed last has it.
    listed: dict[str, set[str]] = {}
    for rows in records.values():
        for row in rows:
            if row.digest.startswith("sha256="):
                listed.setdefault(row.path, set()).add(row.digest)
    for path, digests in listed.items():
        if _digest(tree / path) not in digests:
            raise MachineError(
                f"{path} is not as its package's RECORD says: it was changed after it was unpacked.",
                hint="The cache of uv is damaged, or was written to: `uv cache clean`, then build again.",
            )


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = hashlib.file_digest(file, "sha256").digest()
    except FileNotFoundError:
        return "absent"
    return f"sha256={base64.urlsafe_b64encode(raw).rstrip(b'=').decode()}"


def all_entries(distributions: list[Distribution]) -> Iterator[Entry]:
    """The files of all of them."""
    for distribution in distributions:
        yield from distribution.entries
