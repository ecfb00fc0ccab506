"""Loads a package as a Python function, by the flavor that its ``loader_module`` names."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any, Callable

# loader_module of MLmodel -> the module here that reads what it wrote
LOADERS = {
    "mlflow.sklearn": "mpk_runtime.flavors.sklearn",
    "mpk_python_model": "mpk_runtime.flavors.python_model",
}


class PackageError(Exception):
    """The package can't be loaded, and it is not the environment's fault."""


class LoadedModel:
    """A model as a function of its input, ``predict(model_input, params=None)``."""

    def __init__(self, predict: Callable[[Any, dict[str, Any] | None], Any]) -> None:
        self.predict = predict


def load(root: str, document: dict[str, Any]) -> LoadedModel:
    """Load the package at ``root``; its code folder goes to the front of ``sys.path``.

    Raises:
        PackageError: The package has no python_function flavor, or one that mpk can't read.
        Exception: Whatever the model's own code raises while it loads.
    """
    conf = document.get("flavors", {}).get("python_function")
    if conf is None:
        raise PackageError("MLmodel has no flavor 'python_function', which is what can be served")
    loader = conf.get("loader_module")
    if loader not in LOADERS:
        raise PackageError("MLmodel names the loader '{}'; mpk reads {}".format(loader, ", ".join(sorted(LOADERS))))
    if conf.get("code"):
        code = os.path.join(os.path.abspath(root), conf["code"])
        if code not in sys.path:
            sys.path.insert(0, code)
    return LoadedModel(importlib.import_module(LOADERS[loader]).load(root, document))
