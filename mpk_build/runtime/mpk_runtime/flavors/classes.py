"""Classes by the name that MLflow gives them in MLmodel."""

from __future__ import annotations

import importlib
from typing import Any


def name_of(class_: type) -> str:
    """Such as ``xgboost.sklearn.XGBClassifier``.

    Raises:
        TypeError: It can't be imported by its name, so no other process would find it.
    """
    if class_.__module__ == "__main__" or "<locals>" in class_.__qualname__:
        raise TypeError(f"the class {class_.__qualname__} can't be imported by its name; expected it in a module")
    return f"{class_.__module__}.{class_.__qualname__}"


def class_named(name: str) -> Any:
    """The class of that name; a module is imported for it.

    Raises:
        ModuleNotFoundError: There is no such module.
        AttributeError: It has no such class.
    """
    module, _, attribute = name.rpartition(".")
    return getattr(importlib.import_module(module), attribute)
