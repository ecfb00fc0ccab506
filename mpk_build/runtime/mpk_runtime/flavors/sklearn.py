"""scikit-learn estimators and pipelines, in the layout of ``mlflow.sklearn`` (MLflow 3.17; all since 1.0 are read).

``model.pkl``, or ``model.skops`` as MLflow 3 writes it; the flavor's block says which format it is:
``{"pickled_model", "serialization_format": pickle, cloudpickle or skops, "skops_trusted_types", "sklearn_version"}``.
"""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

from mpk_runtime.flavors import pickled
from mpk_runtime.pickles import dumping

if TYPE_CHECKING:
    from mpk_runtime.flavors.protocol import Document, Predict


def detect(model: Any) -> bool:
    """Whether this is a fitted or unfitted estimator (an object, not a class)."""
    return isinstance(model, sys.modules["sklearn.base"].BaseEstimator)


def save(model: Any, folder: str) -> Document:
    """Write the estimator as a pickle.

    Raises:
        TypeError: It has no ``predict``.
        PicklingError: It can't be pickled.
    """
    file = "model.pkl"
    return _flavors(model, file, dumping.dump(model, os.path.join(folder, file)))


def adopt(path: str, folder: str) -> Document:
    """A ``.skops`` file is taken as it is; what is in a ``.joblib`` or a pickle is pickled anew.

    Raises:
        TypeError: There is no estimator in it.
    """
    if path.endswith(".skops"):
        import skops.io

        trusted = skops.io.get_untrusted_types(file=path)
        model = _checked(skops.io.load(path, trusted=trusted))
        shutil.copyfile(path, os.path.join(folder, "model.skops"))
        saved = _flavors(model, "model.skops", "skops")
        saved["sklearn"]["skops_trusted_types"] = sorted(trusted)
        return saved
    if path.endswith(".joblib"):
        import joblib

        return save(_checked(joblib.load(path)), folder)
    return save(_checked(pickled.load(path, "pickle", None)), folder)


def load(root: str, document: Document) -> Any:
    """The estimator."""
    function = document["flavors"].get("python_function") or {}
    own = document["flavors"].get("sklearn") or {}
    file = function.get("model_path") or function.get("data") or own.get("pickled_model") or "model.pkl"
    return pickled.load(os.path.join(root, file), own.get("serialization_format"), own.get("skops_trusted_types"))


def function(native: Any, document: Document) -> Predict:
    """The estimator's ``predict_fn``; as in MLflow it gets no params."""
    predict = getattr(native, document["flavors"]["python_function"].get("predict_fn", "predict"))

    def call(model_input: Any, params: dict[str, Any] | None = None) -> Any:  # noqa: ARG001 - the protocol's
        return predict(model_input)

    return call


def requirements() -> list[str]:
    """scikit-learn."""
    return ["scikit-learn"]


def _flavors(model: Any, file: str, form: str) -> Document:
    import sklearn

    if not hasattr(model, "predict"):
        raise TypeError(f"a {type(model).__name__} has no method predict, so there is nothing that could be served")
    return {
        "python_function": {"loader_module": "mlflow.sklearn", "model_path": file, "predict_fn": "predict"},
        "sklearn": {"pickled_model": file, "serialization_format": form, "sklearn_version": sklearn.__version__},
    }


def _checked(model: Any) -> Any:
    import sklearn.base

    if not isinstance(model, sklearn.base.BaseEstimator):
        raise TypeError(f"it holds a {type(model).__name__}; expected an estimator")
    return model
