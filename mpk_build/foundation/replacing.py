"""Several files replaced together: all new ones are written before the first takes its place."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def replace_together(folder: Path, contents: Mapping[str, bytes | None]) -> None:
    """Give files below a folder new contents, or None to take them away; when one can't be had, all stay as they were.

    Links between a file and another copy of it are cut, so that only this folder changes; modes stay.

    Raises:
        OSError: The folder can't be written; every file is what it was.
    """
    new: dict[Path, Path | None] = {}
    old: dict[Path, Path | None] = {}
    try:
        for name, data in contents.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            new[path] = None if data is None else _written(path, data)
            old[path] = _written(path, path.read_bytes()) if path.exists() else None
        _place(new)
    except BaseException:
        _place(old)
        raise
    finally:
        for temporary in [*new.values(), *old.values()]:
            if temporary is not None:
                temporary.unlink(missing_ok=True)


def _place(files: Mapping[Path, Path | None]) -> None:
    for path, temporary in files.items():
        if temporary is None:
            path.unlink(missing_ok=True)
        else:
            temporary.replace(path)


def _written(path: Path, data: bytes) -> Path:
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
    temporary = Path(name)
    temporary.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o644)
    return temporary
