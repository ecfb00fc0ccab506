"""scikit-learn estimators and pipelines, in the layout of ``mlflow.sklearn``."""

from __future__ import annotations

import os
import pickle
import sys
from typing import Any, Callable

from mpk_runtime.pickles import dumping

_FILE = "model.pkl"


def detect(model: Any) -> bool:
    """Whether this is a fitted or unfitted estimator (an object, not a class)."""
    base = sys.modules.get("sklearn.base")
    return base is not None and isinstance(model, base.BaseEstimator)


def save(model: Any, folder: str) -> dict[str, Any]:
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


def load(root: str, document: dict[str, Any]) -> Callable[[Any, dict[str, Any] | None], Any]:
    """The estimator's ``predict_fn`` as a function of model input and params."""
    conf = document["flavors"]["python_function"]
    with open(os.path.join(root, conf.get("model_path") or conf["data"]), "rb") as file:
        estimator = pickle.load(file)  # noqa: S301 - the package is the person's own model
    function = getattr(estimator, conf.get("predict_fn", "predict"))

    def predict(model_input: Any, params: dict[str, Any] | None = None) -> Any:
        return function(model_input, **params) if params else function(model_input)

    return predict
