"""Which of the project's own files the model needs, and where each lies in the package.

A module lies where its name says: ``src/utils.py`` is ``code/src/utils.py`` where it is imported as ``src.utils``, and
``code/utils.py`` where it is imported as ``utils``. Other files go along with the code that they lie next to.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mpk_build.foundation import digests
from mpk_build.foundation.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


@dataclass(frozen=True)
class CodeFile:
    """A file of the project in the package.

    Attributes:
        source: Where it is.
        place: Its path below ``code/``.
        why: ``imported``, ``in the source of <module>``, ``read`` or ``code_paths``.
    """

    source: Path
    place: str
    why: str

    @property
    def base(self) -> Path:
        """The folder that stands for ``code/``."""
        return self.source.parents[self.place.count("/")]


def collect(
    roots: tuple[Path, ...], imported: Iterable[tuple[str, Path]], read: Iterable[Path], given: Iterable[Path]
) -> list[CodeFile]:
    """All files of code and the data beside it, sorted by place.

    Args:
        roots: The folders that modules are imported from, in the order in which they are searched.
        imported: Name and file of the modules that were imported while the model loaded and predicted.
        read: Other files of the project that it read then.
        given: The manifest's ``code_paths``.

    Raises:
        StageError: Two different files claim one place.
    """
    found: dict[str, CodeFile] = {}
    for name, file in imported:
        _check_inside(roots, file)
        for place in _named_place(name, file) or _places(found, roots, file):
            _add(found, CodeFile(file, place, "imported"))
    _follow(found, (*roots, *sorted({one.base for one in found.values()} - set(roots))))
    beside = dict(found)
    listed = [(file, "read") for file in read]
    for path in given:
        listed.extend((file, "code_paths") for file in (digests.source_files(path) if path.is_dir() else [path]))
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


def _follow(found: dict[str, CodeFile], roots: tuple[Path, ...]) -> None:
    waiting = list(found.values())
    while waiting:
        current = waiting.pop()
        if not current.place.endswith(".py"):
            continue
        module = current.place.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in _imports(current.source, module, is_package=current.place.endswith("__init__.py")):
            for place, file in _module_files(roots, name):
                one = CodeFile(file, place, f"in the source of {module}")
                if place not in found and _add(found, one):
                    waiting.append(one)


def _imports(file: Path, module: str, *, is_package: bool) -> set[str]:
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return set()
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = module.split(".")
                above = parts[: len(parts) - node.level + is_package]
                base = ".".join([*above, *([node.module] if node.module else [])])
            names.add(base)
            names.update(f"{base}.{alias.name}" for alias in node.names)
    return names


def _module_files(roots: tuple[Path, ...], name: str) -> Iterator[tuple[str, Path]]:
    """A module's file and those of the packages that it lies in, as far as the project has them."""
    parts = name.split(".")
    for length in range(1, len(parts) + 1) if name else ():
        inner = "/".join(parts[:length])
        places = [(root, place) for root in roots for place in (f"{inner}/__init__.py", f"{inner}.py")]
        yield from [(place, root / place) for root, place in places if (root / place).is_file()][:1]
