"""What loading a package would import, read from its pickles and its source: nothing of it is loaded.

Called in a process of its own, as ``needing.main()``: standard input is ``{"root", "document"}``, standard output
``{"modules": {module: where it is named}, "mlflow": why MLflow has to be there, or null}``.
"""

from __future__ import annotations

import ast
import json
import os
import pickletools
import sys
import zipfile
from typing import Any, Iterator, Tuple

from mpk_runtime.flavors import mlflow_python_model, table
from mpk_runtime.pickles import reading

Name = Tuple[str, str]
# The words of MLflow's flavors behind which a pickle may be.
_FILES = ("data", "model_path", "model_data", "pickled_model", "python_model")
# What a function that was pickled by value says of where it came from.
_ORIGIN = ("__module__", "__name__", "__package__")
_PICKLE = b"\x80"
_ZIP = b"PK"


def main() -> None:
    """Answer what is asked on standard input."""
    asked = json.load(sys.stdin)
    json.dump(named(asked["root"], asked["document"]), sys.stdout)


def named(root: str, document: dict[str, Any]) -> dict[str, Any]:
    """The modules that a package names, other than those of its own code, each with the first place found."""
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
    loader = str(conf.get("loader_module") or "")
    # What the reader of MLflow's custom models has instead of MLflow.
    stand_ins = mlflow_python_model.STAND_INS if loader == "mlflow.pyfunc.model" else {}
    mlflow = _of_loader(loader)
    for path in _model_files(root, document):
        for module, name in _of_file(path):
            modules.setdefault(module, f"{_shown(path, root)} refers to {module}")
            if mlflow is None and _is_mlflow(module) and (module, name) not in stand_ins:
                mlflow = f"{_shown(path, root)} refers to {module}{'.' if name else ''}{name}"
    found = {name: where for name, where in modules.items() if name.split(".", 1)[0] not in own}
    imported = [where for name, where in sorted(found.items()) if _is_mlflow(name) and " imports " in where]
    return {"modules": found, "mlflow": mlflow or next(iter(imported), None)}


def _is_mlflow(module: str) -> bool:
    return f"{module}.".startswith("mlflow.")


def _of_loader(loader: str) -> str | None:
    known = any(loader in row.loader_modules for row in table.ROWS)
    return f"its loader is {loader}" if _is_mlflow(loader) and not known else None


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


def _of_file(path: str) -> list[Name]:
    with open(path, "rb") as file:
        start = file.read(2)
    try:
        if start[:1] == _PICKLE:
            with open(path, "rb") as file:
                return _names(file.read())
        if start == _ZIP:
            return _of_archive(path)
    except (ValueError, zipfile.BadZipFile, KeyError):
        pass  # it is no such file after all; whoever loads it says so
    return []


def _of_archive(path: str) -> list[Name]:
    """Of what PyTorch (``*/data.pkl``) or skops (``schema.json``) wrote."""
    found: set[Name] = set()
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith("/data.pkl"):
                found.update(_names(archive.read(name)))
            elif name == "schema.json":
                found.update((module, "") for module in _values(json.loads(archive.read(name)), "__module__"))
    return sorted(found)


def _names(data: bytes) -> list[Name]:
    """What a pickle refers to; a module that code in it imports has no name."""
    names = reading.read(data).names
    texts = {text for before, text in _texts(data) if _is_mlflow(text) and before not in _ORIGIN}
    known = {module for module, _ in names}
    return [*names, *((one, "") for one in sorted(texts - known))]


def _texts(data: bytes) -> Iterator[tuple[str, str]]:
    """The texts in a pickle, each with the one before it, which of a dict's value is the key."""
    before = ""
    memo: list[str] = []
    opcodes: Any = pickletools.genops(data)
    for opcode, argument, _position in opcodes:
        if opcode.name == "MEMOIZE":
            memo.append(before)
        elif opcode.name in ("BINGET", "LONG_BINGET"):
            before = memo[argument] if argument < len(memo) else ""
        elif "UNICODE" in opcode.name:
            yield before, str(argument)
            before = str(argument)


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
