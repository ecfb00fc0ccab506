"""Loads a package by the flavor that its ``loader_module`` names."""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

from mpk_runtime.flavors import table

if TYPE_CHECKING:
    from mpk_runtime.flavors.protocol import Document, Predict


class PackageError(Exception):
    """The package can't be loaded, and it is not the environment's fault."""


class LoadedModel:
    """A model as a function of its input.

    Attributes:
        predict: ``predict(model_input, params=None)``; params are checked and complete.
        native: The library's own object, such as a fitted estimator.
        flavor: The flavor's name.
    """

    def __init__(self, predict: Predict, native: Any = None, flavor: str = "python_function") -> None:
        self.predict = predict
        self.native = native
        self.flavor = flavor


def load(root: str, document: Document) -> LoadedModel:
    """Load the package at ``root``; its code folder goes to the front of ``sys.path``.

    Raises:
        PackageError: The package has no python_function flavor, or one that mpk can't read.
        Exception: Whatever the model's own code raises while it loads.
    """
    conf = document.get("flavors", {}).get("python_function")
    if conf is None:
        raise PackageError("MLmodel has no flavor 'python_function', which is what can be served")
    if conf.get("code"):
        code = os.path.join(os.path.abspath(root), conf["code"])
        if code not in sys.path:
            sys.path.insert(0, code)
    row = table.by_loader(conf.get("loader_module")) or _any_loader(conf.get("loader_module"))
    native = row.flavor.load(root, document)
    return LoadedModel(row.flavor.function(native, document), native, row.name)


def _any_loader(loader: Any) -> table.Row:
    try:
        found = hasattr(importlib.import_module(str(loader)), "_load_pyfunc")
    except ModuleNotFoundError as missing:
        # What the loader itself fails to import is another matter.
        if not f"{loader}.".startswith(f"{missing.name}."):
            raise
        found = False
    if not found:
        known = ", ".join(sorted(name for row in table.ROWS for name in row.loader_modules))
        raise PackageError(
            f"MLmodel names the loader '{loader}'; expected one of {known}, or a module of the package's code or its "
            "environment that has a function _load_pyfunc"
        )
    return table.ANY_LOADER
