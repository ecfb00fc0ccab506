"""Input examples as a package stores them: ``input_example.json``, and ``saved_input_example_info`` in MLmodel.

Format: MLflow 3.17's (``mlflow/models/utils.py``, ``_Example``), and as 1.x and 2.x wrote it. A DataFrame is
``{"columns", "data"}``, without names that are just numbers ``{"data"}``; an array nested lists; a dict of arrays a map
of them; a sparse matrix ``{"data", "indices", "indptr", "shape"}``; all else as it is. A missing number is null, bytes
are base64, moments ISO 8601. With params it is ``{"inputs": ..., "params": ...}``, and 1.x put arrays into
``{"inputs": ...}``.
"""

from __future__ import annotations

import base64
import io
import json
import math
import os
from typing import Any

from mpk_runtime import prediction
from mpk_runtime.examples import typed

FILE = "input_example.json"


def written(kind: str, value: Any, file: bytes | None) -> tuple[dict[str, str], str]:
    """An example as MLmodel describes it, ``{"type", "pandas_orient"}``, and the text of its file.

    Raises:
        TypeError: It holds something that JSON has no form for.
    """
    if kind == "frame":
        names = {} if has_default_names(value) else {"columns": [str(name) for name in value.columns]}
        data = [[_plain(cell) for cell in row] for row in rows(value)]
        index = prediction.encode(list(value.index))
        labels = {} if index == list(range(len(value))) else {"index": index}
        info = {"type": "dataframe", "pandas_orient": "split" if names else "values"}
        return info, _text({**names, **labels, "data": data})
    if kind == "sparse":
        parts = {name: _plain(getattr(value, name)) for name in ("data", "indices", "indptr")}
        return {"type": f"sparse_matrix_{value.format}"}, _text({**parts, "shape": list(value.shape)})
    if kind == "image":
        return {"type": "json_object"}, _text(prediction.encode(file))
    return {"type": "ndarray" if kind in ("array", "arrays") else "json_object"}, _text(_plain(value))


def read(root: str, document: dict[str, Any], inputs: list[dict[str, Any]] | None) -> tuple[Any, dict[str, Any] | None]:
    """The model input and the params (None where none are stored) of the example in the package at ``root``.

    ``document``: its MLmodel. ``inputs``: the inputs of its signature, which say the types.

    Raises:
        ValueError: The package has none, or one of a type that is not known.
        OSError: Its file can't be read.
    """
    info: dict[str, Any] = document.get("saved_input_example_info", {})
    if not info:
        raise ValueError("the package has no input example")
    with open(os.path.join(root, str(info.get("artifact_path") or FILE)), encoding="utf-8") as file:
        value = json.load(file)
    params: Any = None
    if info.get("params") and isinstance(value, dict):
        params, value = value.get("params"), value.get("inputs")
    if _is_image(root, document):
        return opened_image(value), params
    return loaded(info, value, inputs), params


def loaded(info: dict[str, Any], value: Any, inputs: list[dict[str, Any]] | None) -> Any:
    """The model input from what `written` gave, or MLflow: ``info`` of MLmodel, and the JSON value of the file.

    Raises:
        ValueError: The type is not known, or the file does not hold it.
    """
    kind = info.get("type")
    try:
        if kind == "dataframe":
            return typed.frame(value, inputs)
        if kind == "ndarray":
            # As MLflow 1 and 2 wrote it; of a dict of arrays, one may be called 'inputs'.
            wrapped = isinstance(value, dict) and set(value) == {"inputs"} and info.get("format") == "tf-serving"
            return typed.arrays(value["inputs"] if wrapped else value, inputs)
        if kind in ("sparse_matrix_csr", "sparse_matrix_csc"):
            return typed.sparse(str(kind)[-3:], value, inputs)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"the input example is not the {kind} that MLmodel says it is: {error}") from None
    if kind == "json_object":
        return typed.json_value(value, inputs)
    raise ValueError(f"the input example is of the type '{kind}', which mpk does not know")


def opened_image(value: str) -> Any:
    """The PIL image of the base64 text of its file."""
    from PIL import Image

    image = Image.open(io.BytesIO(base64.b64decode(value)))
    image.load()
    return image


def has_default_names(frame: Any) -> bool:
    """Whether a frame's columns have no names, only numbers from 0."""
    names = list(frame.columns)
    return not any(isinstance(name, str) for name in names) and names == list(range(len(names)))


def rows(frame: Any) -> list[list[Any]]:
    """The cells of a frame by row; missing numbers are None."""
    table = [list(frame.iloc[:, at]) for at in range(len(frame.columns))]
    return [[_missing_as_none(column[at]) for column in table] for at in range(len(frame))]


def _is_image(root: str, document: dict[str, Any]) -> bool:
    function = (document.get("flavors") or {}).get("python_function") or {}
    path = os.path.join(root, str(function.get("data")))
    if os.path.basename(path) != "python_model.json" or not os.path.isfile(path):
        return False
    with open(path, encoding="utf-8") as file:
        return bool(json.load(file).get("input") == "image")


def _missing_as_none(cell: Any) -> Any:
    return None if isinstance(cell, float) and math.isnan(cell) else cell


def _plain(value: Any) -> Any:
    """As `prediction.encode`, but for infinity, which is kept: JSON has no word for it, and MLflow writes Python's."""
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if hasattr(value, "tolist") and getattr(value, "dtype", None) is not None and value.dtype.kind in "fc":
        return _plain(value.tolist())
    return value if isinstance(value, float) and math.isinf(value) else prediction.encode(value)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
