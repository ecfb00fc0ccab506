"""Which files of some folders a process reads, seen by the interpreter's audit hook (PEP 578).

This is how a stage's undeclared inputs become known: they join its key, so that a change to any of them runs the
stage again. A file that a program tried to open and that was not there counts, and so does the listing of a folder,
written with a slash at its end. Files that native code opens without asking Python are not seen, nor are questions
whether a file exists.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Sequence

if TYPE_CHECKING:
    from types import FrameType

_WRITING = os.O_WRONLY | os.O_RDWR
# Finding modules and distributions lists every folder of the path, which is nobody's wish to know what is there.
_FINDERS = ("/importlib/", "/pkgutil.py", "/pkg_resources/", "<frozen importlib")
_EVENTS = frozenset(("open", "os.listdir", "os.scandir", "sqlite3.connect"))


class OpenedFiles:
    """Records, while the block runs, the regular files read below ``watch`` and not below ``unwatched``.

    Attributes:
        paths: Absolute, normalised paths of what was read; a folder that was listed ends in a slash.
    """

    def __init__(self, watch: Sequence[str], unwatched: Sequence[str]) -> None:
        self._watch = tuple(os.path.join(os.path.abspath(folder), "") for folder in watch)
        self._unwatched = tuple(os.path.join(os.path.abspath(folder), "") for folder in unwatched)
        self._seen: set[str] = set()
        self._active = False

    def __enter__(self) -> None:
        self._active = True

        # A function, not a method: it is called for every event, of which importing scikit-learn raises 60,000, and
        # the interpreter looks an attribute up on it each time.
        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            if event in _EVENTS:
                self._hook(event, arguments)

        sys.addaudithook(hook)

    def __exit__(self, *_: object) -> None:
        self._active = False

    @property
    def paths(self) -> list[str]:
        """What was read so far."""
        return sorted(path for path in self._seen if path.endswith("/") or not os.path.isdir(path))

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._active:
            return
        if event == "open":
            path, _mode, flags = arguments
            if isinstance(path, (str, bytes, os.PathLike)) and not (isinstance(flags, int) and flags & _WRITING):
                self.add(os.fsdecode(path))
        elif event == "sqlite3.connect":
            if isinstance(arguments[0], (str, bytes, os.PathLike)):
                self.add(os.fsdecode(arguments[0]))
        else:
            if _is_finder(sys._getframe(2)):  # noqa: SLF001 - only the frame tells who lists the folder
                return
            folder = arguments[0] if arguments[0] is not None else "."
            if isinstance(folder, int):
                return
            folder = os.path.join(os.path.abspath(os.fsdecode(folder)), "")
            if folder.startswith(self._watch) and not folder.startswith(self._unwatched):
                self._seen.add(folder)

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


def _is_finder(frame: FrameType) -> bool:
    code = frame.f_code
    file = code.co_filename.replace("\\", "/")
    # A package that is asked for its data is not searched for modules; Python 3.8 does that where it finds them.
    if "/importlib/resources" in file or code.co_name == "contents":
        return False
    return any(name in file for name in _FINDERS)
