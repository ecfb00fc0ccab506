"""One module a kind of model, each with ``detect``, ``save`` and ``load``, in the layout that MLflow gives it."""

from __future__ import annotations

import importlib
from typing import Any

# In the order in which they are asked; what none of them knows is a custom Python model.
LIBRARIES = ("mpk_runtime.flavors.sklearn",)


def for_object(model: Any) -> Any | None:
    """The module of the library flavor that saves ``model``, or None."""
    for name in LIBRARIES:
        flavor = importlib.import_module(name)
        if flavor.detect(model):
            return flavor
    return None
