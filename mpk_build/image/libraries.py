"""Which shared libraries an image needs besides the files of its own trees, and where they come from.

A name is looked up as ld.so(8) does, in the folders that a file names itself and then in the loader's. What
neither the base image nor this machine has is not asked for: the package was loaded and did predict on this
machine without it (numba, say, ships a plugin for a thread library that few people have).
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from mpk_build.foundation import processes
from mpk_build.image import elf
from mpk_build.image.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mpk_build.image.entries import Entry

# The C library opens these by name: to end a thread, and to look up users and hosts before glibc 2.34.
LOADED_BY_NAME = ("libgcc_s.so.1", "libnss_files.so.2", "libnss_dns.so.2")
_LDCONFIG = ("/sbin/ldconfig", "/usr/sbin/ldconfig")
_USUAL_FOLDERS = ("/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib")


@dataclass(frozen=True)
class Want:
    """A library that a file needs.

    ``by`` is that file and ``versions`` the symbol versions that it asks for; ``at`` is where on this machine
    the file's own search folders have the library, if they do.
    """

    name: str
    by: str
    versions: tuple[str, ...] = ()
    at: str = ""

    def as_data(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Want:
        """From what `as_data` gave."""
        return cls(data["name"], data["by"], tuple(data["versions"]), data["at"])


def wants_of(entries: Sequence[Entry]) -> list[Want]:
    """What the programs and shared objects among some files need that is not itself among them, sorted."""
    paths = {entry.path for entry in entries}
    names = {PurePosixPath(path).name for path in paths}
    wants = set()
    for entry in entries:
        if entry.source is None or not _may_be_elf(entry):
            continue
        described = elf.read_file(entry.source)
        for want in _wants(described, entry.path, entry.source) if described else ():
            # A library that lies elsewhere in the tree is loaded beforehand by the package's own Python code.
            if want.name not in names:
                wants.add(want)
    return sorted(wants, key=lambda want: (want.name, want.by))


def _may_be_elf(entry: Entry) -> bool:
    path = PurePosixPath(entry.path)
    return elf.is_shared_object(path.name) or path.parent.name == "bin"


def _wants(described: elf.Elf, by: str, source: Path) -> Iterator[Want]:
    for name in described.needed:
        versions = tuple(sorted({version for library, version in described.requires if library == name}))
        yield Want(name, by, versions, _own_folder_has(described, name, source))


def _own_folder_has(described: elf.Elf, name: str, source: Path) -> str:
    origin = str(source.parent)
    for folder in described.search:
        expanded = folder.replace("$ORIGIN", origin).replace("${ORIGIN}", origin)
        path = os.path.normpath(os.path.join(expanded, name))  # noqa: PTH118 - not a Path until it is known to exist
        if expanded and os.path.isfile(path):  # noqa: PTH113
            return path
    return ""


@dataclass
class Machine:
    """The shared libraries of this machine for one kind of processor, named as in ``EM_X86_64``."""

    processor: str

    @cached_property
    def _known(self) -> dict[str, list[str]]:
        """What the loader's cache lists, without the variants for processors with more instructions."""
        program = next((path for path in _LDCONFIG if Path(path).exists()), None)
        listed = processes.run([program, "-p"], timeout_s=60).stdout if program else ""
        known: dict[str, list[str]] = {}
        for line in listed.splitlines():
            name, arrow, path = line.strip().partition(" => ")
            if arrow and "glibc-hwcaps" not in path:
                known.setdefault(name.split(" ")[0], []).append(path)
        return known

    def find(self, name: str, at: str = "") -> Path | None:
        """The file of a library, for this processor; ``at`` is tried first."""
        candidates = [at, *self._known.get(name, ()), *(f"{folder}/{name}" for folder in _USUAL_FOLDERS)]
        for candidate in candidates:
            if candidate and Path(candidate).is_file():
                described = elf.read_file(Path(candidate))
                if described and described.machine == self.processor:
                    return Path(candidate)
        return None


@dataclass
class Libraries:
    """The libraries of one image: those that its base has, and those shipped from this machine.

    Attributes:
        outdated: Symbol versions that the base's library lacks and this machine's has, and what needs them.
        shipped_for: What is shipped from this machine, and what needs it.
        unknown: What neither has, and what names it.
    """

    base: Tree
    machine: Machine
    outdated: dict[str, str] = field(default_factory=dict)
    shipped_for: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)

    def close(self, wants: Iterable[Want]) -> dict[str, Path]:
        """Follow what is needed to the end; the libraries to ship that were not yet asked for, by name."""
        shipped: dict[str, Path] = {}
        waiting = list(wants)
        while waiting:
            want = waiting.pop(0)
            held = self.base.library(want.name)
            if held:
                self._check_versions(want, held)
                continue
            if want.name in self.shipped_for or want.name in self.unknown:
                continue
            path = self.machine.find(want.name, want.at)
            described = elf.read_file(path) if path else None
            if path is None or described is None:
                self.unknown[want.name] = want.by
                continue
            shipped[want.name] = path
            self.shipped_for[want.name] = want.by
            waiting.extend(_wants(described, want.name, path.resolve()))
        return shipped

    def _check_versions(self, want: Want, held: elf.Elf) -> None:
        absent = set(want.versions) - set(held.provides)
        if not absent or not held.provides:
            return
        ours = self.machine.find(want.name, want.at)
        described = elf.read_file(ours) if ours else None
        if described and absent <= set(described.provides):
            self.outdated.setdefault(f"{', '.join(sorted(absent))} of {want.name}", want.by)


def opened_by_name(seen: Iterable[str], linked: Sequence[Want], machine: Machine) -> list[Want]:
    """Of the libraries that a process had, those that nothing is linked with: code of the model opened them itself.

    Args:
        seen: Their files.
        linked: What the interpreter and the environment are linked with.
        machine: Where the process ran.
    """
    files = [(path, elf.read_file(Path(path))) for path in seen if Path(path).is_file()]
    described = [(path, file) for path, file in files if file is not None]
    explained = {*Libraries(Tree(), machine).close(linked), *(name for _, file in described for name in file.needed)}
    return [
        Want(file.name, "the model, which opens it by name", at=path)
        for path, file in described
        if file.name and file.name not in explained
    ]
