"""Who uses an environment right now: a lock on a file beside it, shared by its users, exclusive for who removes it.

The kernel drops it when a process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What this process uses; it goes on using it until it ends.
_held: dict[Path, int] = {}


def hold(lock: Path) -> None:
    """Count as a user of what ``lock`` stands for, until this process ends; waits while somebody removes it."""
    if lock in _held and _is_current(lock, _held[lock]):
        return
    descriptor = _locked(lock, fcntl.LOCK_SH)
    if descriptor is not None:
        release(lock)
        _held[lock] = descriptor


def release(lock: Path) -> None:
    """Count as a user no longer."""
    descriptor = _held.pop(lock, None)
    if descriptor is not None:
        os.close(descriptor)


@contextlib.contextmanager
def alone(lock: Path) -> Iterator[bool]:
    """Whether nobody uses it; if so nobody can begin to before the block ends."""
    descriptor = _locked(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _locked(lock: Path, how: int) -> int | None:
    while True:
        try:
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError:
            # A store that can only be read: nobody can remove anything from it.
            return None
        try:
            fcntl.flock(descriptor, how)
        except OSError:
            os.close(descriptor)
            return None
        if _is_current(lock, descriptor):
            return descriptor
        os.close(descriptor)


def _is_current(lock: Path, descriptor: int) -> bool:
    # Who removes an environment removes its lock too: what was waited for may be another's no more.
    try:
        there, ours = lock.stat(), os.fstat(descriptor)
    except OSError:
        return False
    return (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino)
