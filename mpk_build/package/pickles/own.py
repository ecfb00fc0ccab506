"""Which names a package's own code defines."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class OwnCode:
    """The modules in the code folder of a package.

    A name that a module only imports from elsewhere is not its own, and so is no way around the lists.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._defined: dict[str, frozenset[str] | None] = {}

    def has(self, module: str) -> bool:
        """Whether it is a module of the package."""
        return self._names(module) is not None

    def defines(self, module: str, name: str) -> bool:
        """Whether the module itself defines the name, or the class whose attribute it is."""
        names = self._names(module)
        return names is not None and name.split(".", maxsplit=1)[0] in names

    def _names(self, module: str) -> frozenset[str] | None:
        if module not in self._defined:
            self._defined[module] = self._read(module)
        return self._defined[module]

    def _read(self, module: str) -> frozenset[str] | None:
        parts = module.split(".")
        if self._folder is None or not all(part.isidentifier() for part in parts):
            return None
        below = self._folder.joinpath(*parts)
        for file in (below / "__init__.py", below.with_name(f"{below.name}.py")):
            if file.is_file() and file.resolve().is_relative_to(self._folder.resolve()):
                return _definitions(file)
        return None


def _definitions(file: Path) -> frozenset[str]:
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError, RecursionError):
        return frozenset()
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Assign) and not isinstance(node.value, (ast.Name, ast.Attribute)):
            # As of a namedtuple; another name for something of elsewhere is no definition.
            names.update(target.id for target in node.targets if isinstance(target, ast.Name))
    return frozenset(names)
