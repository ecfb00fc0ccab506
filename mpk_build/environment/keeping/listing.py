"""Which environments are kept, what is told of each, and how one is taken away."""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mpk_build.environment.keeping import holding
from mpk_build.environment.keeping.kept import use_of
from mpk_build.foundation.documents import read_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FILES = ".files.json"


@dataclass(frozen=True)
class Listed:
    """A kept environment, or what was left of one.

    Attributes:
        name: What its content is known by.
        folder: Where it is.
        state: ``ready``; ``interpreter gone``; ``unfinished``, for one that was never made whole or has been replaced.
        manager: What made it.
        python: The version of its Python.
        packages: How many its lock has.
        models: The models that used it, the latest last.
        size: Bytes of its files; those shared with uv's cache count too.
        used: When it was used last, in seconds since the epoch.
    """

    name: str
    folder: Path
    state: str
    manager: str
    python: str
    packages: int
    models: tuple[str, ...]
    size: int
    used: float

    def remove(self) -> bool:
        """Take it away, unless somebody uses or makes it; whether it is gone."""
        from filelock import FileLock, Timeout

        environments = self.folder.parent
        try:
            with FileLock(environments / f"{self.name}.lock", timeout=0), holding.alone(use_of(self.folder)) as nobody:
                if not nobody:
                    return False
                if self.state != "unfinished":
                    (environments / f"{self.name}.json").unlink(missing_ok=True)
                    (environments / f"{self.name}{_FILES}").unlink(missing_ok=True)
                shutil.rmtree(self.folder, ignore_errors=True)
                use_of(self.folder).unlink(missing_ok=True)
        except Timeout:
            return False
        return not self.folder.exists()


def environments(folder: Path) -> list[Listed]:
    """The environments in a folder, the one that was used last first."""
    marked = {one.folder: one for one in _marked(folder)}
    left = [_unfinished(one) for one in _folders(folder) if one not in marked]
    return sorted([*marked.values(), *left], key=lambda one: -one.used)


def _marked(folder: Path) -> Iterator[Listed]:
    for mark in sorted(folder.glob("*.json")):
        if mark.name.endswith(_FILES) or mark.name.startswith("."):
            continue
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            said: dict[str, Any] = read_json(mark)
            where: Path = folder / said["folder"]
            whole = (where / "bin" / "python").exists()
            yield Listed(
                name=mark.stem,
                folder=where,
                state="ready" if whole else "interpreter gone",
                manager=said["manager"],
                python=said["python"],
                packages=said["packages"],
                models=tuple(said["models"]),
                size=said["bytes"],
                used=mark.stat().st_mtime,
            )


def _folders(folder: Path) -> list[Path]:
    with contextlib.suppress(OSError):
        # What begins with a dot is work in progress of one that is being made.
        return sorted(one for one in folder.iterdir() if one.is_dir() and not one.name.startswith("."))
    return []


def _unfinished(folder: Path) -> Listed:
    name = folder.name.split("-")[0]
    size = sum(
        os.lstat(os.path.join(where, file)).st_size  # noqa: PTH118 - thousands of files
        for where, _, files in os.walk(folder)
        for file in files
    )
    return Listed(name, folder, "unfinished", "", "", 0, (), size, folder.stat().st_mtime)
