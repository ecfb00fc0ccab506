"""Loads a custom Python model from the package that this file lies in; MLflow calls ``_load_pyfunc``.

It stands alone: the standard library, no mpk, no mlflow. ``python_model.json`` beside MLmodel says what to load:
``{"kind": "class" | "function" | "instance", "entrypoint": "module:attribute" | null, "pickle": file | null,
"artifacts": {name: path}, "input": null | "json" | "record" | "scalar" | "image"}``. ``input`` says what the model was
made for where signatures and MLflow hand over frames and arrays: the lists that JSON has, a dict, a single value, or a
PIL image, which a request carries as the base64 text of its file.
"""

from __future__ import annotations

import base64
import importlib
import inspect
import io
import json
import os
import pickle
from typing import Any, Callable


class Context:
    """What a model's ``load_context`` and ``predict`` get, as in MLflow.

    Attributes:
        artifacts: Name to absolute path.
        model_config: The ``config`` of the manifest, or what the caller of load gave instead.
    """

    def __init__(self, artifacts: dict[str, str], model_config: dict[str, Any]) -> None:
        self.artifacts = artifacts
        self.model_config = model_config


class PythonModel:
    """A custom model with one way to call it: ``predict(model_input, params=None)``."""

    def __init__(self, function: Callable[..., Any], context: Context, takes: str | None = None) -> None:
        self._function = function
        self._restored = _RESTORED.get(takes or "")
        self._context = context
        names = list(inspect.signature(function).parameters.values())
        kinds = [name.kind for name in names]
        self._takes_context = bool(names) and names[0].name in ("context", "ctx") and len(names) > 1
        self._takes_params = "params" in [name.name for name in names] or inspect.Parameter.VAR_KEYWORD in kinds

    def predict(self, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        """What the person's own predict returns, called with just the arguments that it declares."""
        if self._restored is not None:
            model_input = self._restored(model_input)
        arguments = (self._context, model_input) if self._takes_context else (model_input,)
        if self._takes_params:
            return self._function(*arguments, params=params)
        return self._function(*arguments)


def _load_pyfunc(path: str, model_config: dict[str, Any] | None = None) -> PythonModel:
    root = os.path.dirname(os.path.abspath(path))
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    artifacts = {name: os.path.join(root, place) for name, place in document["artifacts"].items()}
    context = Context(artifacts, dict(model_config or {}))
    takes = document.get("input")
    model = _resolve(root, document)
    if document["kind"] == "function":
        return PythonModel(model, context, takes)
    if document["kind"] == "class":
        model = model()
    if hasattr(model, "load_context"):
        model.load_context(context)
    return PythonModel(model.predict, context, takes)


def _as_json(value: Any) -> Any:
    if type(value).__name__ == "DataFrame" and len(value.columns) == 1:
        value = value.iloc[:, 0]
    if hasattr(value, "tolist"):
        return value.tolist()
    return {name: _as_json(one) for name, one in value.items()} if isinstance(value, dict) else value


def _as_record(value: Any) -> Any:
    if type(value).__name__ != "DataFrame":
        return _as_json(value)
    rows = value.to_dict(orient="records")
    row = rows[0] if len(rows) == 1 else {str(name): list(value[name]) for name in value.columns}
    return {str(name): _as_json(one) for name, one in row.items()}


def _as_scalar(value: Any) -> Any:
    plain = _as_json(value)
    return plain[0] if isinstance(plain, list) and len(plain) == 1 else plain


def _as_image(value: Any) -> Any:
    plain = _as_scalar(value)
    if not isinstance(plain, (str, bytes)):
        return plain
    from PIL import Image

    return Image.open(io.BytesIO(base64.b64decode(plain) if isinstance(plain, str) else plain))


_RESTORED: dict[str, Callable[[Any], Any]] = {
    "json": _as_json,
    "record": _as_record,
    "scalar": _as_scalar,
    "image": _as_image,
}


def _resolve(root: str, document: dict[str, Any]) -> Any:
    if document["pickle"]:
        with open(os.path.join(root, document["pickle"]), "rb") as file:
            return pickle.load(file)  # noqa: S301 - the package is the person's own model
    module, _, attribute = document["entrypoint"].partition(":")
    value = importlib.import_module(module)
    for name in attribute.split("."):
        value = getattr(value, name)
    return value
