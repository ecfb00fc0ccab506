"""What a process uses of its environment without importing it, told by audit events (PEP 578) and by the kernel.

Files that it reads below site-packages, shared objects that it loads, programs that it starts, and, of pickles, which
names they refer to and which code they hold by value.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import sys
from typing import Any, Callable, Dict, Sequence

from mpk_runtime import shared_objects

Record = Dict[str, Any]

# What the import system reads; a module counts by its import.
_OF_IMPORTS = (".py", ".pyc", ".so", ".pth")
_OF_METADATA = (".dist-info", ".egg-info")


class TouchedFiles:
    """Records from `watch` on.

    Attributes:
        phase: What the process does at the moment; part of each record.
        references: ``module:name`` of everything that a pickle refers to.
        code: ``file:name`` of the code objects that a pickle holds by value.
    """

    def __init__(self, site: Sequence[str]) -> None:
        folders = {os.path.join(os.path.abspath(path), "") for path in site}
        self._site = tuple(sorted(folders | {os.path.join(os.path.realpath(path), "") for path in site}))
        self.phase = ""
        self.references: set[str] = set()
        self.code: set[str] = set()
        self._records: dict[tuple[str, str], Record] = {}
        self._active = False
        self._handlers: dict[str, Callable[..., None]] = {
            "open": self._opened,
            "pickle.find_class": self._referred,
            "code.__new__": self._made,
            "ctypes.dlopen": self._loaded,
            "subprocess.Popen": self._started,
            "os.posix_spawn": self._started,
            "os.exec": self._started,
            "os.system": self._ran,
        }

    def watch(self, phase: str) -> None:
        """Record from now on."""
        self.phase, self._active = phase, True
        handlers = self._handlers

        # A function, not a method: it is called for every event, and most are not ours.
        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            if event in handlers and self._active:
                with contextlib.suppress(TypeError, ValueError, OSError):  # what a program passes is its own affair
                    handlers[event](*arguments)

        sys.addaudithook(hook)

    def end_phase(self, following: str) -> None:
        """Add what is mapped into memory now; what follows belongs to another phase."""
        self._active = False
        for path in shared_objects.mapped():
            self._add("library", path)
        self.phase, self._active = following, bool(following)

    def records(self) -> list[Record]:
        """What was used: ``{"how": "library" | "program" | "file", "file", "phase"}``, by file."""
        return [self._records[key] for key in sorted(self._records)]

    def _add(self, how: str, path: str) -> None:
        if path.startswith(self._site) or how == "program":
            self._records.setdefault((how, path), {"how": how, "file": os.path.normpath(path), "phase": self.phase})

    def _opened(self, path: Any, _mode: Any, flags: Any) -> None:
        if isinstance(path, int) or (isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR)):
            return
        text = os.fsdecode(path)
        if text.endswith(_OF_IMPORTS) or not text.startswith(self._site):
            return
        if not any(part.endswith(_OF_METADATA) for part in text.split(os.sep)) and os.path.isfile(text):
            self._add("file", text)

    def _referred(self, module: str, name: str) -> None:
        self.references.add(f"{module}:{name}")

    def _made(self, _code: Any, file: Any, name: Any, *_: Any) -> None:
        self.code.add(f"{os.fsdecode(file)}:{name}")

    def _loaded(self, name: Any) -> None:
        if name:
            self._add("library", os.path.abspath(os.fsdecode(name)))

    def _started(self, program: Any, arguments: Any, *_: Any) -> None:
        found = shutil.which(os.fsdecode(program))
        if found is None:
            return
        self._add("program", os.path.abspath(found))
        words = [os.fsdecode(word) for word in arguments] if isinstance(arguments, (list, tuple)) else []
        if "-m" in words[1:-1] and os.path.basename(found).startswith("python"):
            module = words[words.index("-m") + 1]
            self._records[("module", module)] = {"how": "program", "module": module, "phase": self.phase}

    def _ran(self, command: Any) -> None:
        words = shlex.split(os.fsdecode(command))
        if words:
            self._started(words[0], words)
