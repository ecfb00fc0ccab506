"""LightGBM: a Booster or an estimator of its scikit-learn API, in the layout of ``mlflow.lightgbm``.

A Booster is ``model.lgb``, written by the library itself; an estimator is pickled (``model.pkl``, or ``model.skops`` as
MLflow 3 writes it). The flavor's block: ``{"data", "model_class", "lgb_version"}``, of an estimator with
``serialization_format`` and perhaps ``skops_trusted_types``; without a class, as before MLflow 1.23, it is a Booster.
"""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

from mpk_runtime.flavors import pickled
from mpk_runtime.flavors.classes import name_of
from mpk_runtime.pickles import dumping

if TYPE_CHECKING:
    from mpk_runtime.flavors.protocol import Document, Predict

_BOOSTER = "lightgbm.basic.Booster"


def detect(model: Any) -> bool:
    """Whether this is a Booster, or an estimator of the scikit-learn API."""
    library = sys.modules["lightgbm"]
    return isinstance(model, (library.Booster, getattr(library, "LGBMModel", library.Booster)))


def save(model: Any, folder: str) -> Document:
    """Write a Booster as LightGBM does, an estimator as a pickle.

    Raises:
        PicklingError: The estimator can't be pickled.
    """
    if isinstance(model, sys.modules["lightgbm"].Booster):
        model.save_model(os.path.join(folder, "model.lgb"))
        return _flavors(_BOOSTER, "model.lgb")
    form = dumping.dump(model, os.path.join(folder, "model.pkl"))
    return _flavors(name_of(type(model)), "model.pkl", serialization_format=form)


def adopt(path: str, folder: str) -> Document:
    """The file, a Booster's, is taken as it is."""
    import lightgbm

    lightgbm.Booster(model_file=path)
    shutil.copyfile(path, os.path.join(folder, "model.lgb"))
    return _flavors(_BOOSTER, "model.lgb")


def load(root: str, document: Document) -> Any:
    """The Booster or estimator."""
    own = document["flavors"].get("lightgbm") or {}
    path = os.path.join(root, own.get("data") or document["flavors"]["python_function"]["data"])
    if (own.get("model_class") or _BOOSTER) == _BOOSTER:
        import lightgbm

        return lightgbm.Booster(model_file=path)
    return pickled.load(path, own.get("serialization_format"), own.get("skops_trusted_types"))


def function(native: Any, document: Document) -> Predict:  # noqa: ARG001 - the protocol's
    """Its predict; as in MLflow it gets no params."""

    def call(model_input: Any, params: dict[str, Any] | None = None) -> Any:  # noqa: ARG001 - the protocol's
        return native.predict(model_input)

    return call


def requirements() -> list[str]:
    """LightGBM."""
    return ["lightgbm"]


def _flavors(class_: str, file: str, **of_estimator: str) -> Document:
    version = sys.modules["lightgbm"].__version__
    return {
        "python_function": {"loader_module": "mlflow.lightgbm", "data": file},
        "lightgbm": {"data": file, "model_class": class_, "lgb_version": version, **of_estimator},
    }
