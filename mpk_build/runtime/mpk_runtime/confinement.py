"""Shuts this process in, as far as its level of the sandbox is its own business, and proves that it is shut in.

``input.json`` may hold ``"sandbox": {"landlock": {"read": [path], "write": [path], "network": bool} or null,
"canaries": {"file": path, "module": [folder, name], "network": [address, port] or null}, "visible": [path]}``, where
``visible`` is what it sees; what became of it goes through a pipe:
``{"reached": [the canaries that could be reached], "error": text or null}``. A Python that runs no ``.pth`` file does
that, and then becomes the one that the model runs in, which has neither the pipe nor a way back.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any, Callable

from mpk_runtime import landlock

# A listener on the same machine answers at once or never.
_PATIENCE_S = 0.2


def start(folder: str, pipe: int, command: list[str]) -> None:
    """Become ``command`` if this process can be shut in as the ``input.json`` in ``folder`` says."""
    with open(os.path.join(folder, "input.json"), encoding="utf-8") as file:
        sandbox = json.load(file)["sandbox"]
    if enter(sandbox, pipe, command[0]):
        os.execv(command[0], command)  # noqa: S606 - a list, never shell text


def enter(sandbox: dict[str, Any], pipe: int, program: str = sys.executable) -> bool:
    """Restrict this process, try the canaries and tell; whether it is shut in and can still start ``program``."""
    found: dict[str, Any] = {"reached": [], "error": None}
    try:
        if sandbox["landlock"] is not None:
            given = sandbox["landlock"]
            landlock.restrict(given["read"], given["write"], network=given["network"])
            landlock.drop_capabilities()
        found["reached"] = _reached(sandbox["canaries"])
        # Whoever reads it by a capability alone, as an administrator does, has none in here.
        if not os.access(program, os.X_OK):
            found["error"] = f"{program} can't be started in it"
    except OSError as error:
        found["error"] = error.strerror or str(error)
    with open(pipe, "w", encoding="utf-8") as file:
        json.dump(found, file)
    return not found["reached"] and found["error"] is None


def _reached(canaries: dict[str, Any]) -> list[str]:
    attempts: dict[str, Callable[[Any], None]] = {"file": _read, "module": _import, "network": _connect}
    reached = []
    for name, attempt in attempts.items():
        if canaries.get(name) is None:
            continue
        try:
            attempt(canaries[name])
        except (OSError, ImportError):
            continue
        reached.append(name)
    return reached


def _read(path: str) -> None:
    with open(path, "rb") as file:
        file.read(1)


def _import(place: list[str]) -> None:
    folder, name = place
    sys.path.insert(0, folder)
    try:
        importlib.import_module(name)
    finally:
        sys.path.remove(folder)
        sys.path_importer_cache.pop(folder, None)
        sys.modules.pop(name, None)


def _connect(address: list[Any]) -> None:
    # The module under 'socket', which takes ten times as long to import, and which most models never need.
    import _socket

    host, port = address
    one = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
    try:
        one.settimeout(_PATIENCE_S)
        one.connect((host, port))
    finally:
        one.close()
