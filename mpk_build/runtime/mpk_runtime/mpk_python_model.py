"""Loads a custom Python model from the package that this file lies in; MLflow calls ``_load_pyfunc``.

It stands alone: the standard library, no mpk, no mlflow. ``python_model.json`` beside MLmodel says what to load:
``{"kind": "class" | "function" | "instance", "entrypoint": "module:attribute" | null, "pickle": file | null,
"artifacts": {name: path}, "input": "json" | null}``; with ``"input": "json"`` the model was made for the lists and
values that JSON has, and gets them although MLflow hands over arrays and frames.
"""

from __future__ import annotations

import importlib
import inspect
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

    def __init__(self, function: Callable[..., Any], context: Context, *, takes_json: bool = False) -> None:
        self._function = function
        self._takes_json = takes_json
        self._context = context
        names = list(inspect.signature(function).parameters.values())
        kinds = [name.kind for name in names]
        self._takes_context = bool(names) and names[0].name in ("context", "ctx") and len(names) > 1
        self._takes_params = "params" in [name.name for name in names] or inspect.Parameter.VAR_KEYWORD in kinds

    def predict(self, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        """What the person's own predict returns, called with just the arguments that it declares."""
        if self._takes_json:
            model_input = _as_json(model_input)
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
    takes_json = document.get("input") == "json"
    model = _resolve(root, document)
    if document["kind"] == "function":
        return PythonModel(model, context, takes_json=takes_json)
    if document["kind"] == "class":
        model = model()
    if hasattr(model, "load_context"):
        model.load_context(context)
    return PythonModel(model.predict, context, takes_json=takes_json)


def _as_json(value: Any) -> Any:
    if type(value).__name__ == "DataFrame" and len(value.columns) == 1:
        value = value.iloc[:, 0]
    if hasattr(value, "tolist"):
        return value.tolist()
    return {name: _as_json(one) for name, one in value.items()} if isinstance(value, dict) else value


def _resolve(root: str, document: dict[str, Any]) -> Any:
    if document["pickle"]:
        with open(os.path.join(root, document["pickle"]), "rb") as file:
            return pickle.load(file)  # noqa: S301 - the package is the person's own model
    module, _, attribute = document["entrypoint"].partition(":")
    value = importlib.import_module(module)
    for name in attribute.split("."):
        value = getattr(value, name)
    return value
