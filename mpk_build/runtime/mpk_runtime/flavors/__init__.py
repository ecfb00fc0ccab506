"""One module a kind of model, each with ``detect``, ``save`` and ``load``, in the layout that MLflow gives it."""

import importlib
from typing import Any, Optional

# In the order in which they are asked; what none of them knows is a custom Python model.
LIBRARIES = ("mpk_runtime.flavors.sklearn",)


def for_object(model: Any) -> Optional[Any]:
    """The module of the library flavor that saves ``model``, or None."""
    for name in LIBRARIES:
        flavor = importlib.import_module(name)
        if flavor.detect(model):
            return flavor
    return None
