"""The files that an MLmodel document names: below the package, and there.

No path and no link of a package leads out of it, for a package may come from anywhere.
"""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Any

from mpk_build.foundation.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mpk_build.package.model_text import ModelText, Steps

# What the flavors of MLflow call the files of a model, from 1.0 to 3.17; a flavor keeps its other words to itself.
_OF_A_FLAVOR = ("data", "model_path", "model_data", "pickled_model", "python_model", "code")
# Whoever needs these says so where they are missing: a package loads without them.
_OF_AN_EXAMPLE = ("artifact_path", "serving_input_path")


def check(text: ModelText, root: Path) -> None:
    """See that what a document names is in its package.

    Raises:
        UsageError: A path or a link leads out of the package, or a file that a flavor names is not there.
    """
    for link in _links(root):
        if not link.resolve().is_relative_to(root.resolve()):
            hint = f"cp -RL {root} COPY, if that is to be in it"
            raise UsageError(f"{link} is a link that leads out of the package", hint=hint)
    for path, name in _named(text):
        if _leaves(name) or not (root / name).resolve().is_relative_to(root.resolve()):
            raise text.error(f"'{name}' in '{_shown(path)}' leads out of the package; expected a path below it", path)
        if path[0] == "flavors" and path[2] != "env" and not (root / name).exists():
            raise text.error(f"'{_shown(path)}' names {name}, which the package does not have", path)


def _named(text: ModelText) -> list[tuple[Steps, str]]:
    found = [(path, name) for path, name in _places(text) if name is not None]
    for path, name in found:
        if not isinstance(name, str) or not name:
            raise text.error(f"found no path in '{_shown(path)}'; expected one below the package", path)
    return found


def _places(text: ModelText) -> Iterator[tuple[Steps, Any]]:
    for flavor, conf in text.data["flavors"].items():
        for key in _OF_A_FLAVOR:
            yield ("flavors", flavor, key), conf.get(key)
        env = conf.get("env")
        for kind, name in env.items() if isinstance(env, dict) else [(None, env)]:
            yield ("flavors", flavor, "env", *([kind] if kind else [])), name
        artifacts = conf.get("artifacts")
        for name, one in artifacts.items() if isinstance(artifacts, dict) else ():
            if isinstance(one, dict):
                yield ("flavors", flavor, "artifacts", name, "path"), one.get("path")
    example = text.data.get("saved_input_example_info") or {}
    for key in _OF_AN_EXAMPLE:
        yield ("saved_input_example_info", key), example.get(key)


def _leaves(name: str) -> bool:
    kinds = (PurePosixPath(name), PureWindowsPath(name))
    return any(one.is_absolute() or one.drive or ".." in one.parts for one in kinds) or "\0" in name


def _links(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        for name in (*folders, *files):
            path = Path(folder, name)
            if path.is_symlink():
                yield path


def _shown(path: Steps) -> str:
    return ".".join(map(str, path))
