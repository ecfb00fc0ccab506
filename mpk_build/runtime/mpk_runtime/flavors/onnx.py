"""ONNX graphs, in the layout of ``mlflow.onnx``.

``model.onnx``, beside it perhaps files with its tensors, and a flavor's block
``{"data", "onnx_version", "providers", "onnx_session_options"}``. It is onnxruntime that predicts.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mpk_runtime.flavors.protocol import Document, Predict

_FILE = "model.onnx"
_CPU, _CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
# A message of protobuf has less than 2 GB.
_LARGEST = 2**31 - 1


def detect(model: Any) -> bool:
    """Whether this is a graph as ``onnx`` holds it."""
    proto = getattr(sys.modules["onnx"], "ModelProto", None)
    return proto is not None and isinstance(model, proto)


def save(model: Any, folder: str) -> Document:
    """Write the graph; its tensors go into a file of their own where they are too large for one.

    Raises:
        ValidationError: It is no valid graph.
    """
    import onnx

    path = os.path.join(folder, _FILE)
    if model.ByteSize() < _LARGEST:
        onnx.save_model(model, path)
    else:
        # By default the file's name is a random one.
        onnx.save_model(model, path, save_as_external_data=True, location=f"{_FILE}.data")
    onnx.checker.check_model(path)
    return {
        "python_function": {"loader_module": "mlflow.onnx", "data": _FILE},
        "onnx": {
            "data": _FILE,
            "onnx_version": onnx.__version__,
            "onnx_session_options": None,
            "providers": _available(),
        },
    }


def adopt(path: str, folder: str) -> Document:
    """The graph in a file, with the tensors that lie in files beside it."""
    import onnx

    return save(onnx.load(path), folder)


def load(root: str, document: Document) -> Any:
    """A session of onnxruntime, with those of the flavor's providers that this build of it has."""
    import onnxruntime

    own = document["flavors"].get("onnx") or {}
    path = os.path.join(root, own.get("data") or document["flavors"]["python_function"]["data"])
    wanted = own.get("providers") or [_CUDA, _CPU]
    wanted = [wanted] if isinstance(wanted, str) else [tuple(one) if isinstance(one, list) else one for one in wanted]
    there = onnxruntime.get_available_providers()
    usable = [one for one in wanted if (one[0] if isinstance(one, tuple) else one) in there] or [_CPU]
    options = _options(onnxruntime, own.get("onnx_session_options") or {})
    return onnxruntime.InferenceSession(path, options, providers=usable)


def function(native: Any, document: Document) -> Predict:  # noqa: ARG001 - the protocol's
    """A table gives a table, an array or a map of arrays gives a map of arrays."""
    inputs = {one.name: one.type for one in native.get_inputs()}
    outputs = [one.name for one in native.get_outputs()]

    def call(model_input: Any, params: dict[str, Any] | None = None) -> Any:  # noqa: ARG001 - the protocol's
        feeds = {name: _as_declared(value, inputs.get(name)) for name, value in _feeds(model_input, inputs).items()}
        predicted = native.run(outputs, feeds)
        if type(model_input).__name__ != "DataFrame":
            return dict(zip(outputs, predicted))
        import numpy as np
        import pandas as pd

        # An output may be a list, as of a classifier's probabilities.
        return pd.DataFrame({name: np.asarray(one).reshape(-1) for name, one in zip(outputs, predicted)})

    return call


def requirements() -> list[str]:
    """What predicts."""
    return ["onnxruntime"]


def _available() -> list[str]:
    import onnxruntime

    return [one for one in (_CUDA, _CPU) if one in onnxruntime.get_available_providers()]


def _options(onnxruntime: Any, given: dict[str, Any]) -> Any:
    options = onnxruntime.SessionOptions()
    for name in ("inter_op_num_threads", "intra_op_num_threads"):
        if given.get(name):
            setattr(options, name, given[name])
    if given.get("execution_mode"):
        options.execution_mode = getattr(onnxruntime.ExecutionMode, f"ORT_{given['execution_mode'].upper()}")
    if given.get("graph_optimization_level"):
        level = onnxruntime.GraphOptimizationLevel(given["graph_optimization_level"])
        options.graph_optimization_level = level
    for name, value in (given.get("extra_session_config") or {}).items():
        options.add_session_config_entry(name, value)
    return options


def _feeds(model_input: Any, inputs: dict[str, str]) -> dict[str, Any]:
    kind = type(model_input).__name__
    if isinstance(model_input, dict):
        return dict(model_input)
    if kind == "DataFrame":
        if len(inputs) > 1:
            return {name: model_input[name].to_numpy() for name in inputs}
        return {name: model_input.to_numpy() for name in inputs}
    if kind != "ndarray":
        raise TypeError(f"found a {kind}; expected a pandas DataFrame, a numpy array or a map of arrays")
    if len(inputs) != 1:
        raise TypeError(f"found one array; expected a map or a table with the inputs {', '.join(inputs)}")
    return dict.fromkeys(inputs, model_input)


def _as_declared(value: Any, declared: str | None) -> Any:
    """What JSON and tables have in double precision, as the graph takes it."""
    return value.astype("float32") if declared == "tensor(float)" and value.dtype == "float64" else value
