"""The package that a path or URI names."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.package.reading import Package


def open_package(uri: str | Path) -> Package:
    """Read it; what lies elsewhere is fetched into the store, once.

    Raises:
        UsageError: It names no package; says what is missing or broken.
        MachineError: Its place can't be reached, or a library for it is not installed.
    """
    from mpk_build.package.reading import read
    from mpk_build.package.uris.fetching import folder_of

    return read(folder_of(os.fspath(uri), caches))


def caches() -> Path:
    """The folder of the store for what is expensive and named by content."""
    from mpk_build.store.location import open_store

    return open_store().folder("caches")
