"""XGBoost: a Booster or an estimator of its scikit-learn API, in the layout of ``mlflow.xgboost``.

``model.ubj`` (``model.json`` and ``model.xgb`` in older packages), written by the library itself, and in the flavor's
block the class that reads it: ``{"data", "model_class", "model_format", "xgb_version"}``; without a class, as before
MLflow 1.22, it is a Booster.
"""

from __future__ import annotations

import inspect
import json
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

from mpk_runtime.flavors.classes import class_named, name_of

if TYPE_CHECKING:
    from mpk_runtime.flavors.protocol import Document, Predict

_BOOSTER = "xgboost.core.Booster"
_ESTIMATORS = {
    "classifier": "xgboost.sklearn.XGBClassifier",
    "regressor": "xgboost.sklearn.XGBRegressor",
    "ranker": "xgboost.sklearn.XGBRanker",
}


def detect(model: Any) -> bool:
    """Whether this is a Booster, or an estimator of the scikit-learn API."""
    library = sys.modules["xgboost"]
    return isinstance(model, (library.Booster, getattr(library, "XGBModel", library.Booster)))


def save(model: Any, folder: str) -> Document:
    """Write the model as UBJSON.

    Raises:
        NotFittedError: The estimator is not fitted.
    """
    model.save_model(os.path.join(folder, "model.ubj"))
    return _flavors(name_of(type(model)), "ubj")


def adopt(path: str, folder: str) -> Document:
    """The file is taken as it is; that of an estimator stays one.

    Raises:
        ValueError: It is in none of XGBoost's formats.
    """
    import xgboost

    form = os.path.splitext(path)[1][1:]
    if form not in ("ubj", "json", "xgb"):
        raise ValueError("its name does not end in .ubj, .json or .xgb, by which XGBoost tells formats apart")
    model = xgboost.Booster()
    model.load_model(path)
    shutil.copyfile(path, os.path.join(folder, f"model.{form}"))
    return _flavors(_class_in(model), form)


def load(root: str, document: Document) -> Any:
    """The Booster or estimator."""
    own = document["flavors"].get("xgboost") or {}
    file = own.get("data") or document["flavors"]["python_function"]["data"]
    model = class_named(own.get("model_class") or _BOOSTER)()
    model.load_model(os.path.join(root, file))
    return model


def function(native: Any, document: Document) -> Predict:  # noqa: ARG001 - the protocol's
    """Its predict: of a Booster with the matrix that it takes; params that predict does not know are left out."""
    import xgboost

    estimator = getattr(xgboost, "XGBModel", ())
    known = inspect.signature(native.predict).parameters
    checked = {"validate_features": True} if isinstance(native, (xgboost.Booster, estimator)) else {}

    def call(model_input: Any, params: dict[str, Any] | None = None) -> Any:
        given = {name: value for name, value in (params or {}).items() if name in known}
        data = xgboost.DMatrix(model_input) if isinstance(native, xgboost.Booster) else model_input
        return native.predict(data, **{**checked, **given})

    return call


def requirements() -> list[str]:
    """XGBoost."""
    return ["xgboost"]


def _class_in(booster: Any) -> str:
    """The class that saved a file: an estimator leaves its kind in it."""
    attributes = json.loads(booster.attr("scikit_learn") or "{}")
    return _ESTIMATORS.get(attributes.get("_estimator_type"), _BOOSTER)


def _flavors(class_: str, form: str) -> Document:
    return {
        "python_function": {"loader_module": "mlflow.xgboost", "data": f"model.{form}"},
        "xgboost": {
            "data": f"model.{form}",
            "model_class": class_,
            "model_format": form,
            "xgb_version": sys.modules["xgboost"].__version__,
        },
    }
