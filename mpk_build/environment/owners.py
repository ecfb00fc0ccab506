"""Which distribution a file or a module belongs to, by the RECORD of each (the recorded-projects specification).

Of a namespace package only the distribution counts that has the file. An editable one owns what lies in its project's
folder (PEP 610). A package of the system, which has no list of files, owns its top-level names.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import os
import re
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from importlib.metadata import Distribution

# Where a project keeps its modules: which of its folders is on the path, each build backend tells in a way of its own.
_LAYOUTS = ("", "src/")
_MODULE = re.compile(r"\.(?:py|pyc|pyd|(?:cpython-[^./]+\.|abi3\.|pypy[^./]+\.)?so)$")


class Owners:
    """The files of the distributions of an environment.

    Args:
        distributions: By normalised name.
        editable: Folder, with a slash at its end, and name of each that is installed from a folder that can be edited.
    """

    def __init__(self, distributions: Mapping[str, Distribution], editable: list[tuple[str, str]]) -> None:
        self._distributions = distributions
        self._hashes: dict[tuple[str, str], str] = {}
        self._editable = editable

    def of_file(self, file: str) -> tuple[str, ...]:
        """Who has a file; several only where their RECORDs have it with the same content."""
        owners = self._by_file.get(_real(file), ())
        if len(owners) > 1:
            digest = _digest(file)
            owners = tuple(name for name in owners if self._hashes.get((name, _real(file))) == digest) or owners
        if not owners:
            inside = [(len(folder), name) for folder, name in self._editable if file.startswith(folder)]
            owners = (max(inside)[1],) if inside else ()
        return owners

    def of_module(self, module: str) -> tuple[str, ...]:
        """Who has a module ``a.b.c``, or else the nearest package above it that is somebody's."""
        parts = module.split(".")
        for length in range(len(parts), 0, -1):
            found = self._by_module.get(".".join(parts[:length]))
            if found:
                return found
        return self.of_top_level(module)

    def of_top_level(self, module: str) -> tuple[str, ...]:
        """Who of those without a list of files has the package that a module lies in."""
        return self._top_levels.get(module.partition(".")[0], ())

    @property
    def editable(self) -> list[tuple[str, str]]:
        """Folder, with a slash at its end, and name of each that is installed from a folder that can be edited."""
        return self._editable

    def of_editable(self, module: str) -> tuple[str, str] | None:
        """The file of a module, or of the nearest package above it, in an editable project, and whose it is."""
        parts = module.split(".")
        for length in range(len(parts), 0, -1):
            inner = "/".join(parts[:length])
            for folder, name in self._editable:
                places = (f"{folder}{layout}{inner}{end}" for layout in _LAYOUTS for end in ("/__init__.py", ".py"))
                found = next((place for place in places if Path(place).is_file()), None)
                if found is not None:
                    return found, name
        return None

    def top_modules(self, name: str) -> set[str]:
        """The names that a distribution's modules begin with."""
        tops = {module.partition(".")[0] for module, owners in self._by_module.items() if name in owners}
        return tops | {top for top, owners in self._top_levels.items() if name in owners}

    def files(self, name: str) -> set[str]:
        """All files of a distribution that no other one has a part in."""
        return {file for file, owners in self._by_file.items() if owners == (name,)}

    @cached_property
    def _recorded(self) -> dict[str, list[tuple[str, str]]]:
        return {name: list(_recorded(one)) for name, one in self._distributions.items()}

    @cached_property
    def _by_file(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for name, files in self._recorded.items():
            base = os.path.realpath(str(self._distributions[name].locate_file("")))
            for file, digest in files:
                path = os.path.normpath(f"{base}/{file}") if ".." in file else f"{base}/{file}"
                found[path] = (*found.get(path, ()), name)
                self._hashes[name, path] = digest
        return found

    @cached_property
    def _by_module(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for name, files in self._recorded.items():
            for file, _ in files:
                module = module_of(file)
                if module and name not in found.get(module, ()):
                    found[module] = (*found.get(module, ()), name)
        return found

    @cached_property
    def _top_levels(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for name, one in self._distributions.items():
            if not self._recorded[name]:
                for top in (one.read_text("top_level.txt") or one.metadata["Name"]).split():
                    found[top] = (*found.get(top, ()), name)
        return found


def module_of(file: str) -> str | None:
    """The module that a file below site-packages is, such as ``google.cloud.storage``; None for any other file."""
    suffix = _MODULE.search(file)
    if suffix is None or file.startswith("..") or "__pycache__" in file:
        return None
    parts = file[: suffix.start()].split("/")
    if parts[-1] == "__init__":
        del parts[-1]
    return ".".join(parts) if parts and all(part.isidentifier() for part in parts) else None


def _recorded(distribution: Distribution) -> Iterator[tuple[str, str]]:
    text = distribution.read_text("RECORD")
    if text is not None:
        for row in csv.reader(text.splitlines()):
            if row:
                yield row[0], row[1] if len(row) > 1 else ""
        return
    for file in distribution.files or []:
        yield str(file), ""


def _digest(file: str) -> str:
    try:
        digest = hashlib.sha256(Path(file).read_bytes()).digest()
    except OSError:
        return ""
    return "sha256=" + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _real(path: str) -> str:
    folder, name = os.path.split(os.path.normpath(path))
    return f"{os.path.realpath(folder)}/{name}"
