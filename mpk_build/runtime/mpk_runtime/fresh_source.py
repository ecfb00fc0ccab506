"""Imports from source, never from bytecode, for the folders of a project.

Python takes the bytecode beside a module for current when the module has the same size and was changed in the same
second (PEP 3147), so that an edit right after a run can be missed. And nothing is left in the project.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES, ExtensionFileLoader, FileFinder, SourceFileLoader
from typing import TYPE_CHECKING, Any, Callable, Sequence

if TYPE_CHECKING:
    from types import CodeType


class _SourceLoader(SourceFileLoader):
    def get_code(self, fullname: str) -> CodeType | None:
        path = self.get_filename(fullname)
        code: CodeType = compile(self.get_data(path), path, "exec", dont_inherit=True)
        return code


class _Finder(FileFinder):
    looked_for: Callable[[str], None]

    def find_spec(self, fullname: str, target: Any = None) -> Any:
        place = os.path.join(self.path, fullname.rpartition(".")[2])
        self.looked_for(os.path.join(place, "__init__.py"))
        self.looked_for(place + ".py")
        return super().find_spec(fullname, target)


def import_fresh(folders: Sequence[str], without: Sequence[str], looked_for: Callable[[str], None]) -> None:
    """From now on import modules below ``folders``, but not below ``without``, from their source.

    ``looked_for`` is told every file that would have been the module: one that appears later changes what is imported.
    """
    inside = tuple(os.path.join(os.path.abspath(folder), "") for folder in folders)
    outside = tuple(os.path.join(os.path.abspath(folder), "") for folder in without)
    loaders: list[Any] = [(ExtensionFileLoader, EXTENSION_SUFFIXES), (_SourceLoader, SOURCE_SUFFIXES)]

    def finder(path: str) -> FileFinder:
        full = os.path.join(os.path.abspath(path), "")
        if not full.startswith(inside) or full.startswith(outside) or not os.path.isdir(full):
            raise ImportError(path)
        found = _Finder(path, *loaders)
        found.looked_for = looked_for
        return found

    hooks: list[Callable[[str], Any]] = sys.path_hooks
    hooks.insert(0, finder)
    sys.path_importer_cache.clear()
