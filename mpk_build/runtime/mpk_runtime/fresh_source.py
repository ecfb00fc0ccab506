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


def import_fresh(folders: Sequence[str], without: Sequence[str]) -> None:
    """From now on import modules below ``folders``, but not below ``without``, from their source."""
    inside = tuple(os.path.join(os.path.abspath(folder), "") for folder in folders)
    outside = tuple(os.path.join(os.path.abspath(folder), "") for folder in without)
    loaders: list[Any] = [(ExtensionFileLoader, EXTENSION_SUFFIXES), (_SourceLoader, SOURCE_SUFFIXES)]

    def finder(path: str) -> FileFinder:
        full = os.path.join(os.path.abspath(path), "")
        if not full.startswith(inside) or full.startswith(outside) or not os.path.isdir(full):
            raise ImportError(path)
        return FileFinder(path, *loaders)

    hooks: list[Callable[[str], Any]] = sys.path_hooks
    hooks.insert(0, finder)
    sys.path_importer_cache.clear()
