"""Where the store is, how large it is, and how to empty it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from mpk_build.foundation.errors import UsageError
from mpk_build.store.store import CACHE_TAG, Store


def default_root() -> Path:
    """``MPK_CACHE``, else the user's cache folder."""
    given = os.environ.get("MPK_CACHE")
    if given:
        return Path(given).absolute()
    from platformdirs import user_cache_path

    return user_cache_path("mpk")


def open_store() -> Store:
    """The store of this user."""
    return Store(default_root())


def sizes(root: Path) -> dict[str, int]:
    """Bytes on disk by part of the store; a file with several names counts once."""
    seen: set[tuple[int, int]] = set()
    found: dict[str, int] = {}
    for part in sorted(root.iterdir()) if root.is_dir() else []:
        if not part.is_dir():
            continue
        total = 0
        for folder, _, files in os.walk(part):
            for name in files:
                status = (Path(folder) / name).lstat()
                if (status.st_dev, status.st_ino) not in seen:
                    seen.add((status.st_dev, status.st_ino))
                    total += status.st_size
        found[part.name] = total
    return found


def clear(root: Path) -> int:
    """Empty the store; returns how many bytes that were.

    Raises:
        UsageError: The folder is not a store of mpk, so it is left alone.
    """
    if not root.is_dir():
        return 0
    tag = root / "CACHEDIR.TAG"
    if not tag.is_file() or tag.read_text() != CACHE_TAG:
        raise UsageError(f"{root} is not a store of mpk, so it is left alone", hint="check MPK_CACHE")
    total = sum(sizes(root).values())
    for entry in root.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        elif entry != tag:
            entry.unlink()
    return total
