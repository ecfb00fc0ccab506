"""Which files of some folders a process reads, seen by the interpreter's audit hook (PEP 578).

This is how a stage's undeclared inputs become known: they join its key, so that a change to any of them runs the
stage again. Files that native code opens without asking Python are not seen.
"""

import os
import sys
from typing import Any, List, Sequence, Set, Tuple

_WRITING = os.O_WRONLY | os.O_RDWR


class OpenedFiles:
    """Records, while the block runs, the regular files read below ``watch`` and not below ``unwatched``.

    Attributes:
        paths: Absolute, normalised paths of what was read.
    """

    def __init__(self, watch: Sequence[str], unwatched: Sequence[str]) -> None:
        self._watch = tuple(os.path.join(os.path.abspath(folder), "") for folder in watch)
        self._unwatched = tuple(os.path.join(os.path.abspath(folder), "") for folder in unwatched)
        self._seen: Set[str] = set()
        self._active = False

    def __enter__(self) -> "OpenedFiles":
        self._active = True
        sys.addaudithook(self._hook)
        return self

    def __exit__(self, *_: object) -> None:
        self._active = False

    @property
    def paths(self) -> List[str]:
        return sorted(path for path in self._seen if os.path.isfile(path))

    def _hook(self, event: str, arguments: Tuple[Any, ...]) -> None:
        if not self._active or event != "open":
            return
        path, _mode, flags = arguments
        if not isinstance(path, (str, bytes, os.PathLike)) or (isinstance(flags, int) and flags & _WRITING):
            return
        try:
            self.add(os.fsdecode(path))
        except (ValueError, OSError):
            return

    def add(self, path: str) -> None:
        """Record ``path`` if it lies where this looks; bytecode stands for its source."""
        full = os.path.abspath(path)
        if not full.startswith(self._watch) or full.startswith(self._unwatched):
            return
        folder, name = os.path.split(full)
        if name.endswith(".pyc"):
            if os.path.basename(folder) != "__pycache__":
                return
            full = os.path.join(os.path.dirname(folder), name.split(".", 1)[0] + ".py")
        self._seen.add(full)
