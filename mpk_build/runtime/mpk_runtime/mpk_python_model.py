"""Loads a custom Python model from the package that this file lies in; MLflow calls ``_load_pyfunc``.

It stands alone: the standard library, no mpk, no mlflow. ``python_model.json`` beside MLmodel says what to load:
``{"kind": "class" | "function" | "instance", "entrypoint": "module:attribute" | null, "pickle": file | null,
"artifacts": {name: path}, "input": null | "json" | "record" | "scalar" | "image" | "type_hint"}``, and where there are
any ``"config"`` and ``"params"``, with their defaults, for those who hand over neither. ``input`` says what
the model was made for where signatures and MLflow hand over frames and arrays: the lists that JSON has, a dict, one
value, a PIL image, which a request carries as the base64 text of its file, or what the type hint of its input says, for
which ``mpk_type_hints`` lies beside this file.
"""

from __future__ import annotations

import base64
import functools
import importlib
import inspect
import io
import json
import os
import pickle
import threading
import weakref
from collections.abc import AsyncIterator, Iterator
from typing import Any, Callable

_ORDERED = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
_OF_MLFLOW = "mlflow.pyfunc.model"


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
    """A custom model with one way to call it: ``predict(model_input, params=None)``.

    Attributes:
        model: The person's own object: an instance with ``predict`` or ``predict_stream``, or a callable.
        streamable: Whether `predict_stream` gives the parts of a prediction as they come.
    """

    def __init__(
        self, model: Any, context: Context, takes: str | None = None, params: dict[str, Any] | None = None
    ) -> None:
        self.model = model
        self._params = params
        self.streamable = streamable(model)
        self._context = context
        self._loop = _Loop()
        if hasattr(model, "load_context"):
            self._load_context()
        stream = model.predict_stream if _streams(model) else None
        whole = getattr(model, "predict", None) or stream or model
        self._restored = _by_hint(whole) if takes == "type_hint" else _RESTORED.get(takes or "")
        self._predict = _Call(whole)
        self._predict_stream = _Call(stream or whole)

    def predict(self, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        """What the person's own predict returns, called with just the arguments that it declares.

        What it yields one after the other comes as a list, what it has to be awaited for when it is there.

        Raises:
            ValueError: The input is not what the type hint says by which the model takes it.
        """
        result = self._predict(self._context, self._input(model_input), self._complete(params))
        if inspect.isawaitable(result):
            result = self._loop.run(result)
        if isinstance(result, AsyncIterator):
            return list(self._loop.iterate(result))
        return list(result) if isinstance(result, Iterator) else result

    def predict_stream(self, model_input: Any, params: dict[str, Any] | None = None) -> Iterator[Any]:
        """The parts of the prediction, each when it is there.

        Raises:
            TypeError: The model neither has a ``predict_stream`` nor a ``predict`` that yields.
        """
        if not self.streamable:
            raise TypeError(f"{_named(self.model)} has no predict_stream, and its predict does not yield")
        result = self._predict_stream(self._context, self._input(model_input), self._complete(params))
        if inspect.isawaitable(result):
            result = self._loop.run(result)
        return self._loop.iterate(result) if isinstance(result, AsyncIterator) else iter(result)

    def _complete(self, params: dict[str, Any] | None) -> dict[str, Any] | None:
        return dict(self._params) if params is None and self._params else params

    def _input(self, model_input: Any) -> Any:
        return model_input if self._restored is None else self._restored(model_input)

    def _load_context(self) -> None:
        function = self.model.load_context
        result = function(self._context) if inspect.signature(function).parameters else function()
        if inspect.isawaitable(result):
            self._loop.run(result)


def streamable(model: Any) -> bool:
    """Whether a model gives its predictions in parts: MLflow's ``streamable`` in MLmodel."""
    function = getattr(model, "predict", None) or (model if callable(model) else None)
    return _streams(model) or inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)


def _streams(model: Any) -> bool:
    # MLflow's own base class has one that only raises.
    function = getattr(model, "predict_stream", None)
    return function is not None and getattr(function, "__module__", "") != _OF_MLFLOW


def _named(model: Any) -> str:
    return f"the {type(model).__name__}" if not hasattr(model, "__name__") else str(model.__name__)


class _Call:
    """A function and which of its parameters is the context, the model input and the params.

    The rest, where it has neither ``params`` nor ``**kwargs``, are params by their own names.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        declared = _declared(function)
        kinds = [one.kind for one in declared]
        self._function = function
        self._rest = inspect.Parameter.VAR_KEYWORD in kinds
        roles = _roles(function, declared)
        named = [one.name for one in declared if one.kind in _NAMED and one.name not in roles]
        self._params = [] if "params" in roles.values() or self._rest else named
        self._by_place = [roles.pop(one.name) for one in _leading(declared, roles)]
        self._by_name = roles
        if "input" not in [*self._by_place, *roles.values()]:
            if inspect.Parameter.VAR_POSITIONAL in kinds:
                self._by_place.append("input")
            elif self._rest:
                self._by_name = {**roles, "model_input": "input", "context": "context"}
            else:
                raise TypeError(f"{getattr(function, '__qualname__', function)} takes no model input")

    def __call__(self, context: Context, model_input: Any, params: dict[str, Any] | None) -> Any:
        values = {"context": context, "input": model_input, "params": params}
        named = {name: values[role] for name, role in self._by_name.items()}
        if self._rest:
            named["params"] = params
        if params:
            named.update((name, params[name]) for name in self._params if name in params)
        return self._function(*[values[role] for role in self._by_place], **named)


def _declared(function: Any) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except ValueError:  # some that are written in C do not tell
        return [inspect.Parameter("model_input", inspect.Parameter.POSITIONAL_ONLY)]


def _roles(function: Any, declared: list[inspect.Parameter]) -> dict[str, str]:
    """Parameter to ``context``, ``input`` or ``params``."""
    roles = {one.name: "params" for one in declared if one.name == "params" and one.kind is not one.VAR_KEYWORD}
    ordered = [one for one in declared if one.kind in _ORDERED and one.name not in roles]
    named = [one for one in declared if one.kind is inspect.Parameter.KEYWORD_ONLY and one.name not in roles]
    required = [one for one in ordered if one.default is one.empty]
    contexts = [one for one in (*ordered, *named) if one.name.strip("_") in ("context", "ctx", "")]
    if not contexts and len(required) > 1 and (required[1].name == "model_input" or _is_of_mlflow(function)):
        contexts = required[:1]
    if contexts and len(ordered) + len(named) > 1:
        roles[contexts[0].name] = "context"
    free = [one for one in ordered if one.name not in roles]
    free += sorted((one for one in named if one.name not in roles), key=lambda one: one.name != "model_input")
    if free:
        roles[free[0].name] = "input"
    return roles


def _leading(declared: list[inspect.Parameter], roles: dict[str, str]) -> list[inspect.Parameter]:
    # By place as far as that goes: what wraps a function may have its parameters by other names.
    leading = []
    for one in declared:
        if one.kind not in _ORDERED or roles.get(one.name, "params") == "params":
            break
        leading.append(one)
    return leading


def _is_of_mlflow(function: Any) -> bool:
    bases = type(getattr(function, "__self__", None)).__mro__
    return any(base.__name__ == "PythonModel" and base.__module__ == _OF_MLFLOW for base in bases)


class _Loop:
    """Runs what a model has to be awaited for: all in one loop, since what it has opened belongs to that."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._started: Any = None

    def run(self, awaitable: Any) -> Any:
        """What it comes to, also where the caller runs in a loop of its own."""
        import asyncio

        async def awaited() -> Any:
            return await awaitable

        return asyncio.run_coroutine_threadsafe(awaited(), self._running()).result()

    def iterate(self, parts: AsyncIterator[Any]) -> Iterator[Any]:
        """Its parts, one by one."""
        end = object()

        async def following() -> Any:
            async for part in parts:
                return part
            return end

        part = self.run(following())
        while part is not end:
            yield part
            part = self.run(following())

    def _running(self) -> Any:
        import asyncio

        with self._lock:
            if self._started is None:
                loop = self._started = asyncio.new_event_loop()
                threading.Thread(target=_run, args=(loop,), name="mpk-model-loop", daemon=True).start()
                weakref.finalize(self, loop.call_soon_threadsafe, loop.stop).atexit = False
            return self._started


def _run(loop: Any) -> None:
    loop.run_forever()
    loop.close()


def _load_pyfunc(path: str, model_config: dict[str, Any] | None = None) -> PythonModel:
    root = os.path.dirname(os.path.abspath(path))
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    artifacts = {name: os.path.join(root, place) for name, place in document["artifacts"].items()}
    model = _resolve(root, document)
    if document["kind"] == "class":
        model = model()
    # MLflow 1 hands over neither config nor params.
    config = document.get("config", {}) if model_config is None else model_config
    return PythonModel(model, Context(artifacts, dict(config)), document.get("input"), document.get("params"))


def _by_hint(function: Any) -> Callable[[Any], Any]:
    hints = importlib.import_module(f"{__package__}.mpk_type_hints" if __package__ else "mpk_type_hints")
    return functools.partial(hints.converted, hint=hints.of_predict(function)[0])


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
