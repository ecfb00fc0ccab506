"""Which of the project's own files the model needs, and where each lies in the package.

A file keeps the path under which it is imported: ``src/utils.py``, imported as ``src.utils``, becomes
``code/src/utils.py``.
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


def collect(
    roots: tuple[Path, ...], imported: Iterable[Path], read: Iterable[Path], given: Iterable[Path]
) -> list[CodeFile]:
    """All files of code and the data beside it, sorted by place.

    Args:
        roots: The folders that modules are imported from, the manifest's first.
        imported: Files of modules that were imported while the model loaded and predicted.
        read: Other files of the project that it read then.
        given: The manifest's ``code_paths``.

    Raises:
        StageError: Two different files claim one place.
    """
    found: dict[str, CodeFile] = {}
    for file in imported:
        _add(found, roots, file, "imported")
    _follow(found, roots)
    for file in read:
        _add(found, roots, file, "read")
    for path in given:
        for file in digests.source_files(path) if path.is_dir() else [path]:
            _add(found, roots, file, "code_paths")
    return [found[place] for place in sorted(found)]


def _add(found: dict[str, CodeFile], roots: tuple[Path, ...], file: Path, why: str) -> bool:
    place = _place(roots, file)
    there = found.get(place)
    if there is not None:
        if there.source != file and there.source.read_bytes() != file.read_bytes():
            raise StageError(f"{there.source} and {file} would both become code/{place}", hint="rename one of them")
        return False
    found[place] = CodeFile(file, place, why)
    for package in _packages_above(roots, file):
        _add(found, roots, package, why)
    return True


def _place(roots: tuple[Path, ...], file: Path) -> str:
    # The deepest root wins: with a src layout a module of src/ is imported without it.
    fitting = [root for root in roots if file.is_relative_to(root)]
    if not fitting:
        raise StageError(
            f"{file} lies outside the project and its code_paths",
            hint=f"add it to model: {{code_paths: [{file}]}}",
        )
    return file.relative_to(max(fitting, key=lambda root: len(root.parts))).as_posix()


def _packages_above(roots: tuple[Path, ...], file: Path) -> Iterator[Path]:
    for folder in file.parents:
        if folder in roots:
            return
        if (folder / "__init__.py").is_file() and folder / "__init__.py" != file:
            yield folder / "__init__.py"


def _follow(found: dict[str, CodeFile], roots: tuple[Path, ...]) -> None:
    waiting = list(found.values())
    while waiting:
        current = waiting.pop()
        if not current.place.endswith(".py"):
            continue
        module = current.place.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for name in _imports(current.source, module, is_package=current.place.endswith("__init__.py")):
            file = _module_file(roots, name)
            if file is not None and _add(found, roots, file, f"in the source of {module}"):
                waiting.append(found[_place(roots, file)])


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


def _module_file(roots: tuple[Path, ...], name: str) -> Path | None:
    for root in reversed(roots):
        path = root.joinpath(*name.split("."))
        for candidate in (path.with_suffix(".py") if name else path, path / "__init__.py"):
            if name and candidate.is_file():
                return candidate
    return None
