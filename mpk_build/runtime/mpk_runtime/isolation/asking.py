"""Functions that are given a module's name as text: for the code of a package they mean the package's module.

Who asks is seen on the stack: a frame of a package's code has the package's builtins. For all other callers each of
these does what it did before. They are in place as long as there is a package in isolation.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import io
import pickle
import pkgutil
import sys
import threading
from typing import TYPE_CHECKING, Any, Callable

from mpk_runtime.isolation import finder, rebuilding
from mpk_runtime.isolation.package_modules import KEY, PACKAGES, PackageModules

if TYPE_CHECKING:
    import types

_PLAIN_LOAD, _PLAIN_LOADS = pickle.load, pickle.loads
# A model may be dropped, which ends its package, while another begins in the same thread.
_LOCK = threading.RLock()
_state: dict[str, Any] = {"packages": 0, "replaced": []}


def package() -> PackageModules | None:
    """The package whose code is running, or what was called by it; None for all other code."""
    frame: types.FrameType | None = sys._getframe(1)  # noqa: SLF001 - the public way makes a list of all frames
    while frame is not None:
        found: PackageModules | None = frame.f_builtins.get(KEY)
        if found is not None:
            return found
        frame = frame.f_back
    return None


def enter(entering: PackageModules) -> None:
    """Let the modules of a package be found, and be meant where its code asks by name."""
    with _LOCK:
        _state["packages"] += 1
        if _state["packages"] == 1:
            finder.install()
            for owner, name, function in _replacements():
                _state["replaced"].append((owner, name, getattr(owner, name)))
                setattr(owner, name, function)
        entering.open()


def leave(name: str) -> None:
    """Take out what `enter` has put in; with the last package goes what was put in place for all."""
    with _LOCK:
        leaving = PACKAGES.get(name)
        if leaving is not None:
            leaving.close()
        _state["packages"] -= 1
        if not _state["packages"]:
            finder.remove()
            while _state["replaced"]:
                setattr(*_state["replaced"].pop())


def _replacements() -> list[tuple[Any, str, Any]]:
    by_name: list[tuple[Any, str]] = [
        (importlib, "import_module"),
        (importlib.util, "find_spec"),
        (pkgutil, "get_data"),
    ]
    resources = sys.modules.get("importlib.resources")
    if hasattr(resources, "import_module"):  # Python 3.8 has its own name for it
        by_name.append((resources, "import_module"))
    found: list[tuple[Any, str, Any]] = [(owner, name, _translating(getattr(owner, name))) for owner, name in by_name]
    reading: dict[str, Any] = {"load": _load, "loads": _loads}
    found += [(pickle, "Unpickler", Unpickler), *((pickle, name, one) for name, one in reading.items())]
    python = pickle._Unpickler  # noqa: SLF001 - what joblib and dill derive from
    found.append((python, "find_class", _finding(python.find_class)))
    for name in ("cloudpickle", "cloudpickle.cloudpickle", "cloudpickle.cloudpickle_fast"):
        # It has taken pickle's functions over when it was imported.
        module = sys.modules.get(name)
        found += [(module, name, one) for name, one in reading.items() if hasattr(module, name)]
    return found


def _translating(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def translated(name: Any, *arguments: Any, **named: Any) -> Any:
        relative = isinstance(name, str) and name.startswith(".")
        # Relative to the second argument, which is called package.
        meant = (*arguments, named.get("package"))[0] if relative else name
        asking = package() if isinstance(meant, str) else None
        if asking is None or not asking.owns(meant):
            return function(name, *arguments, **named)
        inner = asking.inner_name(meant)
        try:
            return function(name, inner) if relative else function(inner, *arguments, **named)
        except ModuleNotFoundError as error:
            raise asking.outwards(error) from None

    return translated


def _finding(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def find_class(self: Any, module: str, name: str) -> Any:
        asking = package()
        return function(self, module, name) if asking is None else rebuilding.find(asking, function, self, module, name)

    return find_class


class Unpickler(pickle.Unpickler):
    """Python's, which looks into the package first where a package's code asks."""

    find_class = _finding(pickle.Unpickler.find_class)


def _load(file: Any, **options: Any) -> Any:
    return _PLAIN_LOAD(file, **options) if package() is None else Unpickler(file, **options).load()


def _loads(data: Any, **options: Any) -> Any:
    return _PLAIN_LOADS(data, **options) if package() is None else Unpickler(io.BytesIO(data), **options).load()
