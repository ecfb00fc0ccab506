"""Loads a package by the flavor that its ``loader_module`` names."""

from __future__ import annotations

import functools
import importlib
import os
import sys
import weakref
from typing import TYPE_CHECKING, Any

from mpk_runtime.flavors import table
from mpk_runtime.isolation import asking, package_modules

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
        predict_stream: As ``predict``, an iterator of the prediction's parts; None for a model that has none.
    """

    def __init__(
        self,
        predict: Predict,
        native: Any = None,
        flavor: str = "python_function",
        predict_stream: Predict | None = None,
    ) -> None:
        self.predict = predict
        self.native = native
        self.flavor = flavor
        self.predict_stream = predict_stream


class _Stay:
    """As long as somebody has one, its package is there."""


def load(root: str, document: Document, config: dict[str, Any] | None = None, *, isolated: bool = False) -> LoadedModel:
    """Load the package at ``root``.

    Args:
        root: Its folder.
        document: Of its MLmodel.
        config: Instead of the values that the model's own config has for the same keys.
        isolated: Its modules are its own, and go when the loaded model goes. Otherwise its code folder is put to the
            front of ``sys.path``, for all of the process.

    Raises:
        PackageError: The package has no python_function flavor, or one that mpk can't read; or ``config`` has a key
            that the model's does not have.
        Exception: Whatever the model's own code raises while it loads.
    """
    conf = document.get("flavors", {}).get("python_function")
    if conf is None:
        raise PackageError("MLmodel has no flavor 'python_function', which is what can be served")
    document = _with_config(document, config) if config else document
    code = os.path.join(os.path.abspath(root), conf["code"]) if conf.get("code") else None
    if isolated:
        return _isolated(root, document, code)
    if code is not None and code not in sys.path:
        sys.path.insert(0, code)
    return _loaded(root, document)


def _isolated(root: str, document: Document, code: str | None) -> LoadedModel:
    package = package_modules.PackageModules(code or os.path.join(os.path.abspath(root), "code"), asking.enter)
    asking.enter(package)
    try:
        loaded: LoadedModel = package.run(_loaded, root, document)
    except BaseException:
        asking.leave(package.name)
        raise
    stay = _Stay()
    weakref.finalize(stay, asking.leave, package.name).atexit = False
    # In C, so that it costs next to nothing; a function may outlive the object that it was taken from.
    predict, stream = functools.partial(loaded.predict), loaded.predict_stream
    vars(predict)["stay"] = stay
    if stream is not None:
        stream = functools.partial(stream)
        vars(stream)["stay"] = stay
    return LoadedModel(predict, loaded.native, loaded.flavor, stream)


def _loaded(root: str, document: Document) -> LoadedModel:
    loader = document["flavors"]["python_function"].get("loader_module")
    row = table.by_loader(loader) or _any_loader(loader)
    native = row.reader.load(root, document)
    function = row.reader.function(native, document)
    stream = getattr(native, "predict_stream", None) if getattr(native, "streamable", False) else None
    return LoadedModel(function, native, row.name, stream)


def _with_config(document: Document, config: dict[str, Any]) -> Document:
    conf = document["flavors"]["python_function"]
    own = conf.get("config") or {}
    unknown = sorted(set(config) - set(own))
    if unknown:
        has = f"has {', '.join(sorted(own))}" if own else "has none"
        raise PackageError(f"the model's config {has}; found {', '.join(unknown)}, which it would not see")
    changed = {**conf, "config": {**own, **config}}
    return {**document, "flavors": {**document["flavors"], "python_function": changed}}


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
