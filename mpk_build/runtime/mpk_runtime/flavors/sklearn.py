"""scikit-learn estimators and pipelines, in the layout of ``mlflow.sklearn``."""

from __future__ import annotations

import os
import pickle
import sys
from typing import TYPE_CHECKING, Any

from mpk_runtime.pickles import dumping

if TYPE_CHECKING:
    from mpk_runtime.flavors.protocol import Document, Predict

_FILE = "model.pkl"


def detect(model: Any) -> bool:
    """Whether this is a fitted or unfitted estimator (an object, not a class)."""
    base = sys.modules.get("sklearn.base")
    return base is not None and isinstance(model, base.BaseEstimator)


def save(model: Any, folder: str) -> Document:
    """Write the estimator into ``folder``; returns the flavors of MLmodel.

    Raises:
        PicklingError: The estimator can't be pickled.
    """
    import sklearn

    form = dumping.dump(model, os.path.join(folder, _FILE))
    return {
        "python_function": {"loader_module": "mlflow.sklearn", "model_path": _FILE, "predict_fn": "predict"},
        "sklearn": {
            "pickled_model": _FILE,
            "serialization_format": form,
            "sklearn_version": sklearn.__version__,
        },
    }


def load(root: str, document: Document) -> Any:
    """The estimator."""
    conf = document["flavors"]["python_function"]
    with open(os.path.join(root, conf.get("model_path") or conf["data"]), "rb") as file:
        return pickle.load(file)  # noqa: S301 - the package is the person's own model


def function(native: Any, document: Document) -> Predict:
    """The estimator's ``predict_fn``."""
    function = getattr(native, document["flavors"]["python_function"].get("predict_fn", "predict"))

    def predict(model_input: Any, params: dict[str, Any] | None = None) -> Any:
        return function(model_input, **params) if params else function(model_input)

    return predict


def requirements() -> list[str]:
    """scikit-learn."""
    return ["scikit-learn"]


def read(path: str) -> Any:
    """The estimator in a pickle."""
    with open(path, "rb") as file:
        return pickle.load(file)  # noqa: S301 - the file is the person's own model
