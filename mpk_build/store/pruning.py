"""Takes out of the store what is old or too much, the longest unused first, and nothing that is in use.

Environments have users of their own and go while a build runs that uses others; everything else waits until no build
runs.
"""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from mpk_build.environment.keeping import compiling, holding, listing
from mpk_build.store import location
from mpk_build.store.results import Results
from mpk_build.store.store import remove_abandoned

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_FILES = ("caches/image", "logs", "broken")


class Item(Protocol):
    """What can be taken out: an environment, the result of a stage, a layer, a log."""

    @property
    def kind(self) -> str:
        """What it is."""

    @property
    def size(self) -> int:
        """How many bytes are free without it."""

    @property
    def used(self) -> float:
        """When it was used last, in seconds since the epoch."""

    def remove(self) -> bool:
        """Take it out; whether it is gone."""


@dataclass(frozen=True)
class Limits:
    """What may stay.

    Attributes:
        older_than_s: What was not used for so many seconds goes; None: age does not matter.
        max_size: Bytes that the store may have; None: any.
    """

    older_than_s: float | None = None
    max_size: int | None = None


@dataclass
class Pruned:
    """What was taken out.

    Attributes:
        freed: Bytes.
        removed: Kind to how many.
        busy: Whether a build runs, so that only environments were looked at.
        size: Bytes that are left.
    """

    freed: int = 0
    removed: dict[str, int] = field(default_factory=dict)
    busy: bool = False
    size: int = 0

    def took(self, item: Item) -> bool:
        """Take one out, and count it if it went."""
        size = item.size
        if not item.remove():
            return False
        self.freed += size
        self.removed[item.kind] = self.removed.get(item.kind, 0) + 1
        return True


@dataclass(frozen=True)
class _Environment:
    listed: listing.Listed
    kind: str = "environments"

    @property
    def size(self) -> int:
        return self.listed.size

    @property
    def used(self) -> float:
        return self.listed.used

    def remove(self) -> bool:
        return self.listed.remove()


@dataclass(frozen=True)
class _File:
    kind: str
    path: Path
    size: int
    used: float

    def remove(self) -> bool:
        self.path.unlink(missing_ok=True)
        return True


def prune(root: Path, limits: Limits) -> Pruned:
    """Take out what limits do not let stay, and in any case what nothing can use.

    Raises:
        UsageError: The folder is not a store of mpk.
    """
    location.checked(root)
    pruned = Pruned()
    if not root.is_dir():
        return pruned
    environments = listing.environments(root / "caches" / "environments")
    remove_abandoned((root / "caches" / "environments").glob(f"{compiling.SCRATCH}*"))
    for useless in (one for one in environments if one.state != "ready"):
        pruned.took(_Environment(useless))
    items: list[Item] = [_Environment(one) for one in environments if one.state == "ready"]
    with holding.alone(location.in_use(root)) as nobody:
        pruned.busy = not nobody
        if nobody:
            remove_abandoned((root / "work").iterdir() if (root / "work").is_dir() else [])
            results = Results(root)
            pruned.freed += results.sweep()
            items += [*results.items(), *_files(root)]
        _prune(items, limits, sum(location.sizes(root).values()), pruned)
    pruned.size = sum(location.sizes(root).values())
    return pruned


def _prune(items: Sequence[Item], limits: Limits, size: int, pruned: Pruned) -> None:
    now, before = time.time(), pruned.freed
    for item in sorted(items, key=lambda one: one.used):
        too_old = limits.older_than_s is not None and item.used < now - limits.older_than_s
        too_much = limits.max_size is not None and size - (pruned.freed - before) > limits.max_size
        if too_old or too_much:
            pruned.took(item)


def _files(root: Path) -> list[_File]:
    found = []
    for part in _FILES:
        for folder, _, files in os.walk(root / part):
            for name in files:
                path = root / folder / name
                with contextlib.suppress(OSError):
                    status = path.stat()
                    used = max(status.st_mtime, status.st_atime)
                    found.append(_File(part.rpartition("/")[2], path, status.st_size, used))
    return found
