"""The files of a manifest's artifacts.

A folder's are all below it but caches, version control and environments. A link in it is followed where it leads to a
file of the folder: the package has the file twice. Any other link is an error.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mpk_build.foundation import digests
from mpk_build.foundation.errors import StageError

if TYPE_CHECKING:
    from pathlib import Path


def files(path: Path) -> list[Path]:
    """The artifact itself where it is a file, else the files of the folder, in a fixed order.

    Raises:
        StageError: A link leads to a folder, out of the artifact's, or nowhere.
    """
    if not path.is_dir():
        return [path]
    for folder, _, names in os.walk(path):
        for name in names:
            file = path / folder / name
            if file.is_symlink() and not file.exists():
                hint = f"put the file there, or take the link out: rm {file}"
                raise StageError(f"the artifact {path} has a link that leads nowhere: {file}", hint=hint)
    return list(digests.source_files(path))


def left_out(path: Path) -> list[str]:
    """What a folder has and `files` does not, relative to it."""
    taken = set(files(path))
    found = [file for file in path.rglob("*") if file.is_file() and file not in taken]
    return sorted(file.relative_to(path).as_posix() for file in found)
