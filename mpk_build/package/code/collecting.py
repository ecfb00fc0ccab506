"""Which of the project's own files the model needs, and where each lies in the package.

A module lies where its name says: ``src/utils.py`` is ``code/src/utils.py`` where it is imported as ``src.utils``, and
``code/utils.py`` where it is imported as ``utils``. Other files go along with the code that they lie next to.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpk_build.foundation.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mpk_build.package.code.leaving_out import LeavingOut

_GIVEN = "code_paths"
_NOT_INFERRED = "infer_code_paths is false"


@dataclass(frozen=True)
class CodeFile:
    """A file of the project in the package.

    Attributes:
        source: Where it is.
        place: Its path below ``code/``.
        why: ``imported``, ``in the source of <module>``, ``read``, ``data of <package>`` or ``code_paths``.
    """

    source: Path
    place: str
    why: str

    @property
    def base(self) -> Path:
        """The folder that stands for ``code/``."""
        return self.source.parents[self.place.count("/")]


@dataclass(frozen=True)
class Needed:
    """What the capture found that the model needs of its project.

    Attributes:
        modules: Name, file and why, of each module.
        data: File and why, of what it reads besides.
    """

    modules: tuple[tuple[str, Path, str], ...]
    data: tuple[tuple[Path, str], ...]

    @classmethod
    def of(cls, capture: dict[str, Any], project: Path) -> Needed:
        """As a capture has it, whose paths are relative to the project."""

        def file(one: dict[str, str]) -> Path:
            return Path(os.path.normpath(project / one["file"]))

        modules = tuple((one["name"], file(one), one["why"]) for one in capture["own_modules"])
        return cls(modules, tuple((file(one), one["why"]) for one in capture["own_files"]))

    def without(self, taken: Iterable[CodeFile], project: Path) -> dict[str, str]:
        """What of it is not taken, relative to the project, and why."""
        there = {one.source for one in taken}
        files = [*(file for _, file, _ in self.modules), *(file for file, _ in self.data)]
        return {os.path.relpath(file, project): _NOT_INFERRED for file in files if file not in there}


def collect(
    roots: tuple[Path, ...], needed: Needed, given: Iterable[Path], rules: LeavingOut, *, infer: bool = True
) -> list[CodeFile]:
    """All files of code and the data beside it, sorted by place.

    Args:
        roots: The folders that modules are imported from, in the order in which they are searched.
        needed: What the model needs.
        given: The manifest's ``code_paths``.
        rules: What is left out of the folders among these.
        infer: Whether what the model needs goes along; else only ``given``.

    Raises:
        StageError: Two different files claim one place.
    """
    beside: dict[str, CodeFile] = {}
    for name, file, why in needed.modules:
        _check_inside(roots, file)
        for place in _named_place(name, file) or _places(beside, roots, file):
            _add(beside, CodeFile(file, place, why))
    found = dict(beside) if infer else {}
    listed = list(needed.data) if infer else []
    listed.extend((file, _GIVEN) for path in given for file in rules.files(path))
    for file, why in listed:
        _check_inside(roots, file)
        for place in _places(beside, roots, file):
            _add(found, CodeFile(file, place, why))
            for package in _packages_above(found[place]):
                _add(found, package)
    return [found[place] for place in sorted(found)]


def _add(found: dict[str, CodeFile], file: CodeFile) -> bool:
    there = found.setdefault(file.place, file)
    if there.source != file.source and there.source.read_bytes() != file.source.read_bytes():
        raise StageError(
            f"{there.source} and {file.source} would both become code/{file.place}", hint="rename one of them"
        )
    return there is file


def _check_inside(roots: tuple[Path, ...], file: Path) -> None:
    if not any(file.is_relative_to(root) for root in roots):
        raise StageError(
            f"{file} lies outside the project and its code_paths",
            hint=f"add it to model: {{code_paths: [{file}]}}",
        )


def _named_place(name: str, file: Path) -> list[str]:
    # Empty for what was loaded under another name than its file has.
    suffix = "." + file.name.split(".", 1)[-1]
    inner = name.replace(".", "/")
    places = (f"{inner}{suffix}", f"{inner}/__init__{suffix}")
    return [place for place in places if f"/{file.as_posix()}".endswith(f"/{place}")]


def _places(beside: dict[str, CodeFile], roots: tuple[Path, ...], file: Path) -> list[str]:
    """Where code that lies nearest to a file would look for it; for one far from all code, below the deepest root."""
    near: dict[int, set[Path]] = {}
    for code in beside.values():
        if file.is_relative_to(code.base):
            near.setdefault(_shared(file, code.source), set()).add(code.base)
    deepest = max((root for root in roots if file.is_relative_to(root)), key=lambda root: len(root.parts))
    bases = near[max(near)] if near else {deepest}
    return sorted(file.relative_to(base).as_posix() for base in bases)


def _shared(one: Path, other: Path) -> int:
    return next(
        (at for at, (left, right) in enumerate(zip(one.parts, other.parts, strict=False)) if left != right),
        len(one.parts),
    )


def _packages_above(file: CodeFile) -> Iterator[CodeFile]:
    parts = file.place.split("/")[:-1]
    for length in range(1, len(parts) + 1):
        place = "/".join([*parts[:length], "__init__.py"])
        if (file.base / place).is_file():
            yield CodeFile(file.base / place, place, file.why)
