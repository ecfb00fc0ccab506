"""The action cache: which stage, run on what, gave which objects.

A stage's key is made of what its declaration names. What it read besides, its *discovered inputs*, is known only
once it has run; so a record holds several variants, each valid while the files that it discovered have the content
that they had then (as ccache's direct mode, or a ninja depfile).
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mpk_build.foundation.documents import canonical, read_json, write_whole
from mpk_build.store.store import Store, StoredObject

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_VARIANTS = 16


@dataclass(frozen=True)
class ActionRecord:
    """One run of a stage that succeeded.

    Attributes:
        outputs: Name to object.
        discovered: Path (relative to the project where it lies in it) to digest, of what it read undeclared.
        facts: What it reported.
        seconds: How long it took.
    """

    outputs: dict[str, StoredObject]
    discovered: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0


class ActionCache:
    """The records of a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def variants(self, key: str) -> list[ActionRecord]:
        """All records for a key, the newest first; none where the file is absent or unreadable."""
        try:
            rows = read_json(self._file(key))["variants"]
            return [_record(row) for row in rows]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return []

    def find(self, key: str, digest_of: Callable[[str], str]) -> ActionRecord | None:
        """The record whose discovered inputs are as they are now and whose outputs are still in the store."""
        for record in self.variants(key):
            if all(digest_of(path) == digest for path, digest in record.discovered.items()) and all(
                map(self._store.holds, record.outputs.values())
            ):
                # The time of the file is that of its last use, which is what it is kept for.
                with contextlib.suppress(OSError):
                    os.utime(self._file(key))
                return record
        return None

    def add(self, key: str, record: ActionRecord) -> None:
        """Keep a record; its outputs must be in the store already."""
        others = [one for one in self.variants(key) if one.discovered != record.discovered]
        rows = [_row(one) for one in [record, *others][:_VARIANTS]]
        write_whole(self._file(key), canonical({"variants": rows}), sync=True)

    def _file(self, key: str) -> Path:
        return self._store.root / "actions" / f"{key.removeprefix('sha256:')}.json"


def _row(record: ActionRecord) -> dict[str, Any]:
    return {
        "outputs": {name: stored.as_document() for name, stored in record.outputs.items()},
        "discovered": record.discovered,
        "facts": record.facts,
        "seconds": record.seconds,
    }


def _record(row: dict[str, Any]) -> ActionRecord:
    outputs = {name: StoredObject(one["kind"], one["digest"]) for name, one in row["outputs"].items()}
    return ActionRecord(outputs, dict(row["discovered"]), dict(row["facts"]), float(row["seconds"]))
