"""The project's own modules as source: their definitions, and what their names stand for."""

from __future__ import annotations

import ast
import platform
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from mpk_build.environment.scanning.reading import Definition, Reading, read
from mpk_build.package.code import leaving_out

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.environment.scanning.conditions import Target
    from mpk_build.environment.scanning.reading import Import


class SourceModule:
    """One module of the project.

    Args:
        name: Its dotted name.
        file: Its file.
        tree: Its source.
        target: What it will run on.
    """

    def __init__(self, name: str, file: Path, tree: ast.Module, target: Target) -> None:
        self.name = name
        self.file = file
        self.tree = tree
        self._target = target
        self._units: dict[str, Reading] = {}
        self.definitions: dict[str, Definition] = {}
        self._top = self._read_top()

    @property
    def package(self) -> str:
        """What its relative imports are relative to."""
        return self.name if self.file.name == "__init__.py" else self.name.rpartition(".")[0]

    def unit(self, name: str) -> Reading:
        """What a unit does: ``""`` is the top level with the bodies of classes, else a function ``f`` or ``C.m``."""
        if not name:
            return self._top
        if name not in self._units:
            node = self.definitions[name]
            reading = read(node.body, self._target)
            # What a function defines inside of itself is a part of it.
            for inner in list(_inner(reading, self._target)):
                _merge(reading, inner)
            self._units[name] = reading
        return self._units[name]

    def at(self, name: str) -> list[Definition | ast.Lambda]:
        """All functions that are called so by their code objects, wherever they are defined."""
        if name == "<lambda>":
            return [one for one in ast.walk(self.tree) if isinstance(one, ast.Lambda)]
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        return [one for one in ast.walk(self.tree) if isinstance(one, kinds) and one.name == name]

    def methods(self, name: str) -> dict[str, str]:
        """The methods of a class: name to unit."""
        return {
            unit.rpartition(".")[2]: unit
            for unit, node in self.definitions.items()
            if unit.rpartition(".")[0] == name and not isinstance(node, ast.ClassDef)
        }

    def absolute(self, one: Import) -> str:
        """The absolute name of an imported module."""
        if not one.level:
            return one.module
        parts = self.package.split(".") if self.package else []
        above = parts[: len(parts) - one.level + 1]
        return ".".join([*above, *([one.module] if one.module else [])])

    @cached_property
    def bindings(self) -> dict[str, set[tuple[str, str]]]:
        """What names stand for, wherever in the module they are bound: (module, name in it or ``""``)."""
        found: dict[str, set[tuple[str, str]]] = {}
        for unit in ["", *self.definitions]:
            for one in self.unit(unit).imports if not isinstance(self.definitions.get(unit), ast.ClassDef) else []:
                module = self.absolute(one)
                for name, original in one.bound:
                    found.setdefault(name, set()).add((module, original) if one.names else (original, ""))
        return found

    def _read_top(self) -> Reading:
        top = read(self.tree.body, self._target)
        waiting = [("", definition) for definition in top.definitions]
        while waiting:
            prefix, node = waiting.pop(0)
            name = f"{prefix}{node.name}"
            # The first of several definitions under different conditions is as good as any; their bodies all count.
            if name in self.definitions:
                node.body = [*self.definitions[name].body, *node.body]
            self.definitions[name] = node
            if isinstance(node, ast.ClassDef):
                body = read(node.body, self._target)
                waiting.extend((f"{name}.", one) for one in body.definitions)
                _merge(top, body)
        return top


@dataclass
class ProjectModules:
    """The modules below some folders, read when they are asked for.

    Attributes:
        roots: The folders that they are imported from, in this order.
        target: What they will run on.
        unread: Files that are not valid Python for mpk's own interpreter.
    """

    roots: tuple[Path, ...]
    target: Target
    unread: set[Path]

    def __post_init__(self) -> None:
        self._known: dict[str, SourceModule | None] = {}

    def find(self, name: str) -> SourceModule | None:
        """The module of this name, if the project has it as source."""
        if name not in self._known:
            inner = name.replace(".", "/")
            places = [root / place for root in self.roots for place in (f"{inner}/__init__.py", f"{inner}.py")]
            file = next((place for place in places if name and place.is_file()), None)
            self._known[name] = self._read(name, file) if file is not None else None
        return self._known[name]

    def add(self, name: str, file: Path) -> None:
        """A module that lies where its name does not say, as the interpreter found it."""
        if file.suffix == ".py" and self.find(name) is None:
            self._known[name] = self._read(name, file)

    def file(self, name: str) -> Path | None:
        """The file of the module of this name, if the project has it: its source, else the extension that it is."""
        if not name:
            return None
        found = self.find(name)
        if found is not None:
            return found.file
        inner = name.replace(".", "/")
        # As source it is what mpk's own interpreter can't read. The folder is not listed: what lies beside is no input.
        places = (f"{inner}/__init__.py", f"{inner}.py", *(inner + suffix for suffix in self._extension_suffixes()))
        return next((root / place for root in self.roots for place in places if (root / place).is_file()), None)

    def _extension_suffixes(self) -> tuple[str, ...]:
        version, machine = "".join(map(str, self.target.version[:2])), platform.machine()
        named = (f".cpython-{version}-{machine}-linux-{library}.so" for library in ("gnu", "musl"))
        return (*named, ".abi3.so", ".so")

    def folders(self, name: str) -> list[Path]:
        """The project's folders of this name: more than one for a namespace package that is split."""
        places = [root / name.replace(".", "/") for root in self.roots]
        return [place for place in places if place.is_dir()]

    def is_folder(self, name: str) -> bool:
        """Whether the project has a folder of this name, which may be a namespace package."""
        return bool(self.folders(name))

    def known(self) -> list[SourceModule]:
        """All that were read."""
        return [one for one in self._known.values() if one is not None]

    def below(self, path: Path) -> list[SourceModule]:
        """The modules in a file or folder."""
        found = []
        for file in leaving_out.of_project(self.roots[0], [path]).files(path):
            if file.suffix != ".py":
                continue
            root = max((one for one in self.roots if file.is_relative_to(one)), key=lambda one: len(one.parts))
            parts = [*file.relative_to(root).parts[:-1], file.stem]
            module = self.find(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
            found.extend([module] if module is not None else [])
        return found

    def _read(self, name: str, file: Path) -> SourceModule | None:
        try:
            return SourceModule(name, file, ast.parse(file.read_bytes()), self.target)
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            self.unread.add(file)
            return None


def _inner(reading: Reading, target: Target) -> list[Reading]:
    found = []
    waiting = list(reading.definitions)
    while waiting:
        one = read(waiting.pop().body, target)
        found.append(one)
        waiting.extend(one.definitions)
    return found


def _merge(one: Reading, other: Reading) -> None:
    one.imports.extend(other.imports)
    one.names |= other.names
    one.attributes |= other.attributes
    one.prefixes |= other.prefixes
    one.computed.extend(other.computed)
    one.resources |= other.resources
    for name, line in other.lookups.items():
        one.lookups.setdefault(name, line)
    for name, line in other.calls.items():
        one.calls.setdefault(name, line)
    for text, line in other.strings.items():
        one.strings.setdefault(text, line)
