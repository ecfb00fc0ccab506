"""The results of stages as what can be taken out of the store: records, and the blobs that only they name."""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mpk_build.foundation.documents import read_json

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Result:
    """The records of one key."""

    of: Results
    file: Path
    blobs: frozenset[str]
    used: float
    kind: str = "results"

    @property
    def size(self) -> int:
        """Bytes that no other record needs."""
        return sum(self.of.size_of(blob) for blob in self.blobs if self.of.named[blob] == 1)

    def remove(self) -> bool:
        """Take it out, and the blobs that nothing else names."""
        self.file.unlink(missing_ok=True)
        for blob in self.blobs:
            self.of.named[blob] -= 1
            if self.of.named[blob] == 0:
                self.of.path_of(blob).unlink(missing_ok=True)
        return True


class Results:
    """All records of a store, and how many of them name each blob; for a store that nobody else uses meanwhile."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.named: Counter[str] = Counter()
        self._items = [self._read(file) for file in sorted((root / "actions").glob("*.json"))]
        for item in self._items:
            self.named.update(item.blobs)

    def items(self) -> list[Result]:
        """Each key's records."""
        return self._items

    def sweep(self) -> int:
        """Remove the blobs that no record names; returns their bytes."""
        freed = 0
        for blob in (self._root / "blobs").glob("??/*"):
            if self.named[f"sha256:{blob.parent.name}{blob.name}"] == 0:
                freed += blob.stat().st_size
                blob.unlink()
        return freed

    def path_of(self, digest: str) -> Path:
        """Where a blob is."""
        hexadecimal = digest.removeprefix("sha256:")
        return self._root / "blobs" / hexadecimal[:2] / hexadecimal[2:]

    def size_of(self, digest: str) -> int:
        """The bytes of a blob; none where it is gone."""
        with contextlib.suppress(OSError):
            return self.path_of(digest).stat().st_size
        return 0

    def _read(self, file: Path) -> Result:
        blobs: set[str] = set()
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            variants: list[dict[str, Any]] = read_json(file)["variants"]
            for output in (one for variant in variants for one in variant["outputs"].values()):
                blobs.add(output["digest"])
                if output["kind"] == "folder":
                    blobs.update(row[1] for row in read_json(self.path_of(output["digest"])))
        return Result(self, file, frozenset(blobs), file.stat().st_mtime)
