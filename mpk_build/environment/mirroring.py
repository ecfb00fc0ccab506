"""A folder of installed distributions as it would be without some of them, made of links."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


def mirror(site: Path, without: Collection[str], folder: Path) -> None:
    """Make ``folder`` look like ``site``, except for some files, given as absolute real paths.

    A folder of which nothing is left is not there.
    """
    real = os.path.realpath(site)
    inside = {path for path in without if path.startswith(f"{real}/")}
    touched = {parent for path in inside for parent in _parents(path, real)}
    folder.mkdir(parents=True)
    _mirror(real, inside, touched, folder)


def _mirror(source: str, without: set[str], touched: set[str], folder: Path) -> None:
    for entry in os.scandir(source):
        # Bytecode stands in no list of files, and a folder with nothing else would be a namespace package.
        if entry.path in without or entry.name == "__pycache__":
            continue
        if entry.path in touched and entry.is_dir(follow_symlinks=False):
            inner = folder / entry.name
            inner.mkdir()
            _mirror(entry.path, without, touched, inner)
            if not any(inner.iterdir()):
                inner.rmdir()
        else:
            (folder / entry.name).symlink_to(entry.path)


def _parents(path: str, top: str) -> list[str]:
    parents = []
    while (path := os.path.dirname(path)) != top:  # noqa: PTH120 - many thousands of paths
        parents.append(path)
    return parents
