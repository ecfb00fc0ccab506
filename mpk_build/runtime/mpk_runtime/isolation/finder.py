"""Finds the modules of packages in isolation, and gives them their builtins before they run."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader, SourcelessFileLoader
from typing import TYPE_CHECKING, Any, Sequence

from mpk_runtime.isolation.package_modules import PACKAGES

if TYPE_CHECKING:
    import types


class Finder:
    """For ``sys.meta_path``; knows the modules below a package's own name and no others."""

    @classmethod
    def find_spec(
        cls,
        name: str,
        path: Sequence[str] | None = None,
        target: types.ModuleType | None = None,
    ) -> ModuleSpec | None:
        """As the import system asks it."""
        package = PACKAGES.get(name.partition(".")[0]) if path is not None else None
        spec = PathFinder.find_spec(name, path, target) if package is not None else None
        if package is not None and spec is not None:
            kind = _LOADERS.get(type(spec.loader))
            if kind is not None:
                spec.loader = kind(name, spec.loader.path, package.builtins)  # type: ignore[union-attr]  # both have it
        return spec


class _Source(SourceFileLoader):
    def __init__(self, name: str, path: str, builtins: dict[str, Any]) -> None:
        super().__init__(name, path)
        self._builtins = builtins

    def exec_module(self, module: types.ModuleType) -> None:
        vars(module)["__builtins__"] = self._builtins
        super().exec_module(module)

    def set_data(self, path: str, data: Any, *, _mode: int = 0o666) -> None:
        """Nothing: no bytecode is written into a package."""


class _Bytecode(SourcelessFileLoader):
    def __init__(self, name: str, path: str, builtins: dict[str, Any]) -> None:
        super().__init__(name, path)
        self._builtins = builtins

    def exec_module(self, module: types.ModuleType) -> None:
        vars(module)["__builtins__"] = self._builtins
        super().exec_module(module)


# By the exact type: extension modules are C, and see no builtins.
_LOADERS: dict[type, Any] = {SourceFileLoader: _Source, SourcelessFileLoader: _Bytecode}


def install() -> None:
    """Put it before those that would find the modules, too."""
    if Finder not in sys.meta_path:
        sys.meta_path.insert(0, Finder)


def remove() -> None:
    """Take it out."""
    if Finder in sys.meta_path:
        sys.meta_path.remove(Finder)
