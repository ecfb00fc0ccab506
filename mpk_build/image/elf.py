"""What a program or shared object needs of others, and what it offers (ELF: System V gABI, chapter 5)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path
    from typing import IO

    from elftools.elf.elffile import ELFFile

_SHARED_OBJECT = re.compile(r"\.so(\.[0-9.]+)?$")
_MAGIC = b"\x7fELF"
_WEAK = 2  # VER_FLG_WEAK: the loader does without


@dataclass(frozen=True)
class Elf:
    """The dynamic section of one file.

    ``needed`` are DT_NEEDED names; ``search`` the folders of DT_RPATH or DT_RUNPATH, ``$ORIGIN`` unexpanded;
    ``requires`` pairs of (needed name, symbol version), ``provides`` the symbol versions defined here;
    ``loader`` is the path of PT_INTERP and empty in a library; ``name`` is DT_SONAME, by which others need it;
    ``machine`` as in ``EM_X86_64``.
    """

    machine: str
    needed: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    requires: tuple[tuple[str, str], ...] = ()
    provides: tuple[str, ...] = ()
    loader: str = ""
    name: str = ""


def is_shared_object(name: str) -> bool:
    """Whether a file name is that of a shared library or an extension module."""
    return _SHARED_OBJECT.search(name) is not None


def read_file(path: Path) -> Elf | None:
    """What an ELF file says; None for any other file.

    Raises:
        OSError: It can't be read.
    """
    with path.open("rb") as file:
        return read(file)


def read(file: IO[bytes]) -> Elf | None:
    """What an open ELF file says; None for any other file, and for one that is damaged."""
    from elftools.common.exceptions import ELFError
    from elftools.elf.elffile import ELFFile

    if file.read(len(_MAGIC)) != _MAGIC:
        return None
    file.seek(0)
    try:
        return _read(ELFFile(file))
    except ELFError:
        return None


def _read(file: ELFFile) -> Elf:
    needed: list[str] = []
    rpath: list[str] = []
    runpath: list[str] = []
    loader = name = ""
    for segment in _untyped(file.iter_segments()):
        if segment["p_type"] == "PT_INTERP":
            loader = segment.get_interp_name()
        for tag in segment.iter_tags() if segment["p_type"] == "PT_DYNAMIC" else ():
            if tag.entry.d_tag == "DT_NEEDED":
                needed.append(tag.needed)
            elif tag.entry.d_tag == "DT_SONAME":
                name = tag.soname
            elif tag.entry.d_tag == "DT_RPATH":
                rpath.extend(tag.rpath.split(":"))
            elif tag.entry.d_tag == "DT_RUNPATH":
                runpath.extend(tag.runpath.split(":"))
    return Elf(
        machine=file["e_machine"],
        needed=tuple(needed),
        search=tuple(runpath or rpath),
        requires=_requires(file),
        provides=_provides(file),
        loader=loader,
        name=name,
    )


def _requires(file: ELFFile) -> tuple[tuple[str, str], ...]:
    section = _untyped(file.get_section_by_name(".gnu.version_r"))
    if section is None:
        return ()
    return tuple(
        (library.name, version.name)
        for library, versions in section.iter_versions()
        for version in versions
        if not version.entry.vna_flags & _WEAK
    )


def _provides(file: ELFFile) -> tuple[str, ...]:
    section = _untyped(file.get_section_by_name(".gnu.version_d"))
    if section is None:
        return ()
    return tuple(next(names).name for _, names in section.iter_versions())


def _untyped(value: Any) -> Any:
    return value
