"""Where this machine has the files that a lock names beside it, so that it can be installed from."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

from mpk_build.environment import lockfile
from mpk_build.environment.lockfile import WHEELS
from mpk_build.foundation import digests
from mpk_build.foundation.errors import MachineError, StageError


def located(lock: str, wheels: Path, caches: Path) -> str:
    """A lock whose files are named by where this machine keeps them.

    Where that is depends on their bytes alone, so the result, too, is the same for the same lock.

    Args:
        lock: The text of a lock.
        wheels: The folder that came with it; need not exist for a lock that names no file in it.
        caches: The folder of the store that keeps them.

    Raises:
        StageError: A wheel that the lock names did not come with it, or is another than it says.
        MachineError: It was made with a file of a folder that this machine does not have.
    """
    parsed = lockfile.parse(lock, "the lock")
    for name, digest in parsed.wheels.items():
        kept = _kept(name, digest, [wheels], caches)
        if kept is None:
            raise StageError(
                f"the lock wants {WHEELS}/{name}, which did not come with it", hint="mpk build makes it anew"
            )
        lock = _named(lock, name, kept)
    for files in parsed.linked:
        found = {name: _kept(name, digest, [wheels, *_find_links()], caches) for name, digest in files.items()}
        if not any(found.values()):
            raise MachineError(
                f"the lock was made with {min(files)} of a folder, and no folder in use here has it",
                hint="UV_FIND_LINKS=FOLDER where it lies, and the same command again",
            )
        for name, kept in found.items():
            lock = _named(lock, name, kept) if kept is not None else lock
    return lock


def _named(lock: str, name: str, kept: Path) -> str:
    return lock.replace(f'path = "{WHEELS}/{name}"', f"path = {json.dumps(str(kept))}")


def _kept(name: str, digest: str, folders: list[Path], caches: Path) -> Path | None:
    kept = caches / "wheels" / digest[:32] / name
    if kept.is_file():
        return kept
    given = next((folder / name for folder in folders if (folder / name).is_file()), None)
    if given is None:
        return None
    if digests.of_file(given) != f"sha256:{digest}":
        raise StageError(f"{given} is not the one that the lock was made for: its hash is another")
    kept.parent.mkdir(parents=True, exist_ok=True)
    temporary = kept.with_name(f".{os.getpid()}")
    shutil.copyfile(given, temporary)
    temporary.replace(kept)
    return kept


def _find_links() -> list[Path]:
    return [Path(one) for one in re.split(r"[,\s]+", os.environ.get("UV_FIND_LINKS", "")) if one and "://" not in one]
