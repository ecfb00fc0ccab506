"""Custom Python models: a class, an instance or a function of the project.

The package carries its own loader, ``code/mpk_python_model.py``, so that any MLflow loads it without mpk; here the same
file is used, from the runtime's own copy.
"""

from __future__ import annotations

import os
from typing import Any, Callable

from mpk_runtime import mpk_python_model


def load(root: str, document: dict[str, Any]) -> Callable[[Any, dict[str, Any] | None], Any]:
    """The model as a function of model input and params."""
    conf = document["flavors"]["python_function"]
    model = mpk_python_model._load_pyfunc(os.path.join(root, conf["data"]), conf.get("config"))  # noqa: SLF001 - MLflow's name
    return model.predict
