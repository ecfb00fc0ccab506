"""Custom Python models that MLflow pickled: ``mlflow.pyfunc.model``, of MLflow 1.x to 3.17; read only.

``python_model`` names the pickle, ``artifacts`` maps names to ``{path, uri}``, ``config`` is the model's. A function is
pickled inside an instance of ``_FunctionPythonModel``. MLflow is needed only where the pickle needs more of it than its
base class.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import pickle
import sys
import typing
from typing import TYPE_CHECKING, Any

from mpk_runtime.mpk_python_model import Context, PythonModel

if TYPE_CHECKING:
    from mpk_runtime.flavors.protocol import Document, Predict

_OPENERS = {"gzip": "gzip", "bzip2": "bz2", "lzma": "lzma"}


class _BaseModel:
    """Stands for ``mlflow.pyfunc.PythonModel`` where there is no MLflow."""

    def load_context(self, context: Context) -> None:
        """Nothing, as there."""


class _FunctionModel(_BaseModel):
    """Stands for ``mlflow.pyfunc.model._FunctionPythonModel``."""

    func: Any

    def predict(self, model_input: Any) -> Any:
        """What the function returns."""
        return self.func(model_input)


class _Hints:
    """Stands for ``mlflow.models.signature._TypeHints``, which a model has along and needs not."""


STAND_INS = {
    ("mlflow.pyfunc.model", "PythonModel"): _BaseModel,
    ("mlflow.pyfunc.model", "_FunctionPythonModel"): _FunctionModel,
    ("mlflow.pyfunc.model", "PythonModelContext"): Context,
    ("mlflow.models.signature", "_TypeHints"): _Hints,
}


class _Model(PythonModel):
    """A model of MLflow's, which gets a table as the list that the annotation of its predict asks for."""

    def __init__(self, model: Any, context: Context) -> None:
        super().__init__(model, context)
        self._asks_for = _asked_for(getattr(model, "func", None) or getattr(model, "predict", model))

    def _input(self, model_input: Any) -> Any:
        if type(model_input).__name__ != "DataFrame" or not self._asks_for:
            return model_input
        if self._asks_for == "list[dict[str,str]]":
            return model_input.to_dict(orient="records")
        texts = (column for column, value in model_input.iloc[0].items() if isinstance(value, str))
        column = next(texts, None)
        return model_input if column is None else model_input[column].tolist()


def _asked_for(function: Any) -> str:
    """``list[str]``, ``list[dict[str,str]]`` or an empty text; see ``_convert_input`` of MLflow's wrapper."""
    try:
        hints = typing.get_type_hints(function)
        names = inspect.signature(function).parameters
    except (NameError, TypeError, ValueError, AttributeError):
        return ""
    hint = next((hints[name] for name in names if name not in ("self", "context", "params") and name in hints), None)
    text = str(hint).replace("typing.", "").replace(" ", "").lower()
    return text if text in ("list[str]", "list[dict[str,str]]") else ""


def load(root: str, document: Document) -> PythonModel:
    """The model behind one way to call it."""
    conf = document["flavors"]["python_function"]
    opener = _OPENERS.get(conf.get("python_model_compression"))
    path = os.path.join(root, conf["python_model"])
    with importlib.import_module(opener).open(path) if opener else open(path, "rb") as file:
        return prepared(root, document, _unpickled(file))


def prepared(root: str, document: Document, model: Any) -> PythonModel:
    """A model of MLflow's with its context."""
    conf = document["flavors"]["python_function"]
    artifacts = {
        name: os.path.join(os.path.abspath(root), one["path"]) for name, one in (conf.get("artifacts") or {}).items()
    }
    return _Model(model, Context(artifacts, dict(conf.get("config") or {})))


def _unpickled(file: Any) -> Any:
    if "mlflow" in sys.modules or importlib.util.find_spec("mlflow") is not None:
        return pickle.load(file)  # noqa: S301 - the package is the person's own model

    class Unpickler(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> Any:
            return STAND_INS.get((module, name)) or super().find_class(module, name)

    return Unpickler(file).load()


def function(native: Any, document: Document) -> Predict:  # noqa: ARG001 - the protocol's
    """Its predict."""
    predict: Predict = native.predict
    return predict


def requirements() -> list[str]:
    """What reads the pickle."""
    return ["cloudpickle"]
