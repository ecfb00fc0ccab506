"""Modules that only the caller's PYTHONPATH has: mpk starts the source environment's Python without it.

What lies there is code of the model, and is packaged when the manifest names it.
"""

from __future__ import annotations

import os
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import TYPE_CHECKING

from mpk_build.foundation.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Sequence


def folders() -> list[str]:
    """The folders of this process's PYTHONPATH."""
    return [str(Path(one).absolute()) for one in os.environ.get("PYTHONPATH", "").split(os.pathsep) if one]


def only_there(module: str, path: Sequence[Path], root: Path) -> StageError | None:
    """What to tell of a module that was not found, if a folder of PYTHONPATH has it; None if none has."""
    top = module.partition(".")[0]
    for folder in path:
        for name in (top, f"{top}.py", *(f"{top}{suffix}" for suffix in EXTENSION_SUFFIXES)):
            if (folder / name).is_file() or ((folder / name).is_dir() and any((folder / name).rglob("*.py"))):
                return StageError(
                    f"the model imports '{module}', which only PYTHONPATH has, in {folder}; mpk runs the source"
                    " environment's Python without PYTHONPATH, for nothing else would know of it",
                    hint=f"model: {{code_paths: [{as_code_path(folder / name, root)}]}}",
                )
    return None


def outside(module: str, file: Path, root: Path) -> StageError:
    """What to tell of a module that some path of the environment has, and no distribution and no project."""
    message = f"the model imports '{module}' from {file}, which is in no distribution and not in the project"
    if file.is_relative_to(root) or {"site-packages", "dist-packages"} & set(file.parts):
        return StageError(message, hint="install it there from a package, or move it into the project")
    parts = module.split(".")
    depth = len(parts) - (file.stem != "__init__")
    top = file if len(parts) == 1 and file.stem != "__init__" else file.parents[depth - 1]
    return StageError(
        message, hint=f"model: {{code_paths: [{as_code_path(top, root)}]}}, or install it there from a package"
    )


def as_code_path(path: Path, root: Path) -> str:
    """A path as a manifest would name it: relative where it lies near the project."""
    near = path.is_relative_to(root.parent)
    return Path(os.path.relpath(path, root)).as_posix() if near else str(path)
