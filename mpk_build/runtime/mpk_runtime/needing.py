"""What loading a package would import, read from its pickles and its source: nothing of it is loaded.

Called in a process of its own, as ``needing.main()``: standard input is ``{"root", "document"}``, standard output
``{"modules": {module: where it is named}, "loader": a loader_module that only MLflow has, or null}``.
"""

from __future__ import annotations

import ast
import json
import os
import sys
import zipfile
from typing import Any, Iterator

from mpk_runtime.flavors import table
from mpk_runtime.pickles.dumping import globals_of

# The words of MLflow's flavors behind which a pickle may be.
_FILES = ("data", "model_path", "model_data", "pickled_model", "python_model")
_PICKLE = b"\x80"
_ZIP = b"PK"


def main() -> None:
    """Answer what is asked on standard input."""
    asked = json.load(sys.stdin)
    json.dump(named(asked["root"], asked["document"]), sys.stdout)


def named(root: str, document: dict[str, Any]) -> dict[str, Any]:
    """The modules that a package names, other than those of its own code; each with the first place found."""
    conf = document.get("flavors", {}).get("python_function") or {}
    modules: dict[str, str] = {}
    own: set[str] = set()
    if conf.get("code"):
        code = os.path.join(root, conf["code"])
        own = {name.split(".")[0] for name in os.listdir(code)} if os.path.isdir(code) else set()
        for path in _walk(code, ".py"):
            _add_source(modules, root, path)
    if conf.get("model_code_path"):
        _add_source(modules, root, os.path.join(root, _base(str(conf["model_code_path"]))))
    for path in _model_files(root, document):
        for name in _of_file(path):
            modules.setdefault(name, f"{_shown(path, root)} refers to {name}")
    loader = str(conf.get("loader_module") or "")
    known = any(loader in row.loader_modules for row in table.ROWS)
    found = {name: where for name, where in modules.items() if name.split(".")[0] not in own}
    return {"modules": found, "loader": None if known or loader.split(".", maxsplit=1)[0] != "mlflow" else loader}


def _base(path: str) -> str:
    # Of the machine that wrote it, whatever that was.
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def _shown(path: str, root: str) -> str:
    return os.path.relpath(path, root).replace(os.sep, "/")


def _walk(folder: str, *ends: str) -> Iterator[str]:
    for below, folders, files in os.walk(folder):
        folders.sort()
        yield from (os.path.join(below, name) for name in sorted(files) if name.endswith(ends))


def _model_files(root: str, document: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for _, conf in sorted(document.get("flavors", {}).items()):
        for word in _FILES:
            name = (conf or {}).get(word)
            path = os.path.join(root, name) if isinstance(name, str) else ""
            found.extend(_walk(path, "") if os.path.isdir(path) else [path] if os.path.isfile(path) else [])
    return sorted(set(found))


def _of_file(path: str) -> list[str]:
    with open(path, "rb") as file:
        start = file.read(2)
    try:
        if start[:1] == _PICKLE:
            with open(path, "rb") as file:
                return globals_of(file.read())
        if start == _ZIP:
            return _of_archive(path)
    except (ValueError, zipfile.BadZipFile, KeyError):
        pass  # it is no such file after all; whoever loads it says so
    return []


def _of_archive(path: str) -> list[str]:
    """Of what PyTorch (``*/data.pkl``) or skops (``schema.json``) wrote."""
    found: set[str] = set()
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith("/data.pkl"):
                found.update(globals_of(archive.read(name)))
            elif name == "schema.json":
                found.update(_values(json.loads(archive.read(name)), "__module__"))
    return sorted(found)


def _values(value: Any, key: str) -> Iterator[str]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict) and isinstance(one.get(key), str):
            yield one[key]
        waiting.extend(one.values() if isinstance(one, dict) else one if isinstance(one, list) else ())


def _add_source(modules: dict[str, str], root: str, path: str) -> None:
    try:
        with open(path, "rb") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
        for name in names:
            modules.setdefault(name, f"{_shown(path, root)}:{getattr(node, 'lineno', 1)} imports {name}")
