"""Models from code that MLflow packaged: ``mlflow.pyfunc.loaders.code_model``, of MLflow 2.12 to 3.17; read only.

``model_code_path`` is the path that the script had where it was logged; it lies at the package's root by its base name,
and hands over its model with ``mlflow.models.set_model``. So there is MLflow wherever it runs.
"""

from __future__ import annotations

import importlib
import inspect
import os
import threading
from typing import TYPE_CHECKING, Any

from mpk_runtime import scripts
from mpk_runtime.flavors import mlflow_python_model

if TYPE_CHECKING:
    from mpk_runtime.flavors.protocol import Document, Predict
    from mpk_runtime.mpk_python_model import PythonModel

# MLflow keeps the model that a script sets, and the config that it reads, in one place each.
_ONE_BY_ONE = threading.RLock()


def load(root: str, document: Document) -> PythonModel:
    """The model that the script sets.

    Raises:
        TypeError: It sets none, or one that is neither a function nor has predict.
        Exception: Whatever the script raises.
    """
    conf = document["flavors"]["python_function"]
    script = os.path.basename(conf["model_code_path"])
    # By name: both modules are MLflow's, and a checker has none.
    place: Any = importlib.import_module("mlflow.models.model")
    config: Any = importlib.import_module("mlflow.models.model_config")
    with _ONE_BY_ONE:
        place.__mlflow_model__ = None
        config._set_model_config(conf.get("config") or "")  # noqa: SLF001 - MLflow has no public way
        try:
            scripts.run(os.path.join(root, script))
            model = place.__mlflow_model__
        finally:
            config._set_model_config(None)  # noqa: SLF001 - as above
    if model is None or inspect.isclass(model) or not (callable(model) or hasattr(model, "predict")):
        found = "no model" if model is None else f"a {type(model).__name__}"
        raise TypeError(f"{script} set {found} with mlflow.models.set_model; expected a function or a PythonModel")
    return mlflow_python_model.prepared(root, document, model)


def function(native: Any, document: Document) -> Predict:  # noqa: ARG001 - the protocol's
    """Its predict."""
    predict: Predict = native.predict
    return predict


def requirements() -> list[str]:
    """The script's."""
    return ["mlflow"]
