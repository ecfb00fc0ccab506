"""Any other model: an importable module with ``_load_pyfunc(path[, config])``, as MLflow calls it.

See https://mlflow.org/docs/latest/api_reference/python_api/mlflow.pyfunc.html, "loader_module".
"""

from __future__ import annotations

import importlib
import inspect
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mpk_runtime.flavors.protocol import Document, Predict


def load(root: str, document: Document) -> Any:
    """What the loader returns for the package's ``data``, or for its root where there is none."""
    conf = document["flavors"]["python_function"]
    path = os.path.join(root, conf["data"]) if conf.get("data") else root
    loader = importlib.import_module(conf["loader_module"])._load_pyfunc  # noqa: SLF001 - MLflow's name
    return loader(path, conf["config"]) if conf.get("config") else loader(path)


def function(native: Any, document: Document) -> Predict:
    """Its ``predict_fn``, with params where it declares them."""
    predict = getattr(native, document["flavors"]["python_function"].get("predict_fn", "predict"))
    declared = inspect.signature(predict).parameters.get("params")
    takes_params = declared is not None and declared.kind is not inspect.Parameter.VAR_KEYWORD

    def call(model_input: Any, params: dict[str, Any] | None = None) -> Any:
        return predict(model_input, params=params) if takes_params else predict(model_input)

    return call


def requirements() -> list[str]:
    """None that all such models have."""
    return []
