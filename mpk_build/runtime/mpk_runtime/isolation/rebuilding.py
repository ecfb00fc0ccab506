"""Reads what the code of a package has pickled: its classes are the package's, and so is what code by value imports.

cloudpickle (1.3 to 3.1) makes functions with its own builtins, imports modules by itself, and keeps one class for all
that carry the same id; here each package has its builtins, its modules and its classes.
"""

from __future__ import annotations

import functools
import importlib
import sys
import types
from typing import TYPE_CHECKING, Any, Callable

if TYPE_CHECKING:
    from mpk_runtime.isolation.package_modules import PackageModules


def find(package: PackageModules, function: Callable[..., Any], unpickler: Any, module: str, name: str) -> Any:
    """What ``find_class`` of an unpickler, ``function``, gives in the code of a package."""
    found = function(unpickler, package.inner_name(module), name)
    if module.startswith("cloudpickle.") and name in _REBUILDERS:
        return functools.partial(_REBUILDERS[name], package, found)
    return found


def _make_function(package: PackageModules, _function: Any, code: Any, globals_: Any, *more: Any) -> Any:
    globals_["__builtins__"] = package.builtins
    return types.FunctionType(code, globals_, *more)


def _builtin_type(package: PackageModules, function: Any, name: str) -> Any:
    if name in ("FunctionType", "LambdaType"):
        return functools.partial(_make_function, package, None)
    return function(name)


def _function_setstate(package: PackageModules, function: Any, value: Any, state: Any) -> None:
    function(value, state)
    value.__globals__["__builtins__"] = package.builtins


def _subimport(package: PackageModules, _function: Any, name: str) -> Any:
    inner = package.inner_name(name)
    importlib.import_module(inner)
    return sys.modules[inner]


def _of_this_package(at: int) -> Callable[..., Any]:
    def make(package: PackageModules, function: Any, *arguments: Any) -> Any:
        given = list(arguments)
        if given[at] is not None:
            given[at] = f"{package.name}:{given[at]}"
        return function(*given)

    return make


# By the position of class_tracker_id, where there is one.
_REBUILDERS: dict[str, Callable[..., Any]] = {
    "_make_function": _make_function,
    "_builtin_type": _builtin_type,
    "_function_setstate": _function_setstate,
    "subimport": _subimport,
    "_make_skeleton_class": _of_this_package(4),
    "_make_skeleton_enum": _of_this_package(5),
    "_make_typevar": _of_this_package(5),
}
