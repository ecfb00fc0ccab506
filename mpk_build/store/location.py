"""Where the store is, how large it is, and how to empty it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from mpk_build.environment.keeping import holding
from mpk_build.foundation.errors import MachineError, UsageError
from mpk_build.store.store import CACHE_TAG, Store


def default_root() -> Path:
    """``MPK_CACHE``, else the user's cache folder."""
    given = os.environ.get("MPK_CACHE")
    if given:
        return Path(given).absolute()
    from platformdirs import user_cache_path

    return user_cache_path("mpk")


def open_store() -> Store:
    """The store of this user, in use until this process ends: nothing is taken out of it meanwhile."""
    store = Store(default_root())
    holding.hold(in_use(store.root))
    return store


def in_use(root: Path) -> Path:
    """The lock that who uses the store holds."""
    return root / "in-use.lock"


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


def checked(root: Path) -> Path:
    """The folder, if it is a store of mpk.

    Raises:
        UsageError: It is not, so it is left alone.
    """
    tag = root / "CACHEDIR.TAG"
    if root.is_dir() and not (tag.is_file() and tag.read_text() == CACHE_TAG):
        raise UsageError(f"{root} is not a store of mpk, so it is left alone", hint="check MPK_CACHE")
    return root


def clear(root: Path) -> int:
    """Empty the store; returns how many bytes that were.

    Raises:
        UsageError: The folder is not a store of mpk, so it is left alone.
        MachineError: Something uses it.
    """
    if not checked(root).is_dir():
        return 0
    with holding.alone(in_use(root)) as nobody:
        if not nobody:
            raise MachineError(
                f"a build or an endpoint uses the store {root}", hint="when it has ended: mpk cache clear"
            )
        total = sum(sizes(root).values())
        for entry in root.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            elif entry != root / "CACHEDIR.TAG":
                entry.unlink()
    return total
