"""Custom Python models: a class, an instance or a function of the project.

The package carries its own loader, ``code/mpk_python_model.py``, so that any MLflow loads it without mpk; here the same
file is used, from the runtime's own copy.
"""

from __future__ import annotations

import inspect
import os
import sys
from typing import TYPE_CHECKING, Any

from mpk_runtime import mpk_python_model
from mpk_runtime.mpk_type_hints import HintError
from mpk_runtime.pickles import dumping
from mpk_runtime.request_error import schema_error

if TYPE_CHECKING:
    from mpk_runtime.flavors.protocol import Document, Predict


def describe(model: Any, entrypoint: str, folder: str) -> Document:
    """Write what has to be pickled of a model into ``folder``.

    Args:
        model: A class with predict, an instance with predict, or a function.
        entrypoint: ``module:attribute`` that is the model, or an empty text.
        folder: Exists.

    Returns:
        ``{"kind", "flavors", "python_model": what python_model.json will say, "by_value"}``.

    Raises:
        TypeError: It is none of the three.
        PicklingError: It can't be pickled.
    """
    by_reference = _reference(model) or entrypoint
    kind = "class" if inspect.isclass(model) else "instance" if _predicts(model) else "function"
    if kind == "function" and not callable(model):
        raise TypeError(
            f"found a {type(model).__name__}; expected an estimator, a class or an object with predict, or a function"
        )
    if kind == "class" and not _predicts(model) and not any("__call__" in vars(base) for base in model.__mro__):
        raise TypeError(f"the class {model.__name__} has no method predict")
    file, form = None, ""
    if kind == "instance" or not by_reference:
        file, by_reference = "python_model.pkl", ""
        form = dumping.dump(model, os.path.join(folder, file))
    conf: Document = {"loader_module": "mpk_python_model", "data": "python_model.json", "python_model": file}
    if mpk_python_model.streamable(model):
        conf["streamable"] = True
    return {
        "kind": kind,
        "flavors": {"python_function": {name: value for name, value in conf.items() if value}},
        "python_model": {"kind": kind, "entrypoint": by_reference or None, "pickle": file},
        "by_value": form == "cloudpickle",
    }


def _predicts(model: Any) -> bool:
    return hasattr(model, "predict") or hasattr(model, "predict_stream")


def _reference(model: Any) -> str:
    """``module:name`` where importing that gives the model itself, else an empty text."""
    module, name = getattr(model, "__module__", None), getattr(model, "__qualname__", None)
    if not module or not name or module == "__main__" or module not in sys.modules:
        return ""
    found: Any = sys.modules[module]
    for part in name.split("."):
        found = getattr(found, part, None)
    return f"{module}:{name}" if found is model else ""


def load(root: str, document: Document) -> Any:
    """The model behind one way to call it."""
    conf = document["flavors"]["python_function"]
    return mpk_python_model._load_pyfunc(os.path.join(root, conf["data"]), conf.get("config"))  # noqa: SLF001 - MLflow's name


def function(native: Any, document: Document) -> Predict:  # noqa: ARG001 - the protocol's
    """Its predict; a model input that is not what a type hint says is the caller's fault, and not the model's."""

    def predict(model_input: Any, params: dict[str, Any] | None = None) -> Any:
        try:
            return native.predict(model_input, params)
        except HintError as error:
            raise schema_error(f"The model input is not what its type hint says: {error}.") from None

    return predict


def requirements() -> list[str]:
    """None that all such models have."""
    return []
