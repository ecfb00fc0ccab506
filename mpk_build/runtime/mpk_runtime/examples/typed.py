"""JSON values with the types that a signature's inputs say, as MLflow reads stored examples: nothing is refused."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Dict, List, Optional

from mpk_runtime.moments import timestamp

Inputs = Optional[List[Dict[str, Any]]]
_NUMPY = {"boolean": "bool", "integer": "int32", "long": "int64", "float": "float32", "double": "float64"}


def frame(value: Any, inputs: Inputs) -> Any:
    """A pandas DataFrame from ``{"columns", "data", "index"}``; the first and the last may be missing."""
    import pandas as pd

    table = pd.DataFrame(value["data"], value.get("index"), value.get("columns"))
    columns = [spec for spec in inputs or [] if spec.get("type") != "tensor"]
    named = {str(name): name for name in table.columns}
    for at, spec in enumerate(columns):
        name = named.get(str(spec["name"])) if "name" in spec else dict(enumerate(table.columns)).get(at)
        if name is not None:
            table[name] = _series(table[name], spec)
    return table


def arrays(value: Any, inputs: Inputs) -> Any:
    """A numpy array from nested lists, or a dict of them from a map."""
    specs = [spec for spec in inputs or [] if spec.get("type") == "tensor"]
    if isinstance(value, dict):
        types = {spec.get("name"): spec for spec in specs}
        return {name: _array(one, types.get(name)) for name, one in value.items()}
    return _array(value, specs[0] if specs else None)


def sparse(form: str, value: Any, inputs: Inputs) -> Any:
    """A scipy matrix, ``form`` csr or csc, from ``{"data", "indices", "indptr", "shape"}``."""
    from scipy import sparse as library

    made = {"csr": library.csr_matrix, "csc": library.csc_matrix}[form]
    specs = [spec for spec in inputs or [] if spec.get("type") == "tensor"]
    data = _array(value["data"], specs[0] if specs else None)
    return made((data, value["indices"], value["indptr"]), shape=tuple(value["shape"]))


def json_value(value: Any, inputs: Inputs) -> Any:
    """Text, numbers, lists and maps, with bytes and moments where the inputs have the types binary and datetime."""
    specs = inputs or []
    if isinstance(value, dict) and any("name" in spec for spec in specs):
        return _object(value, {str(spec.get("name")): spec for spec in specs})
    if isinstance(value, list) and all(isinstance(row, dict) for row in value):
        return [json_value(row, inputs) for row in value]
    if len(specs) == 1 and "name" not in specs[0]:
        return [_one(one, specs[0]) for one in value] if isinstance(value, list) else _one(value, specs[0])
    return value


def _series(series: Any, spec: dict[str, Any]) -> Any:
    import pandas as pd

    kind = spec["type"]
    if kind == "datetime":
        # pandas 1 reads it without being told, and does not know the word.
        return pd.to_datetime(series, format="ISO8601" if int(pd.__version__.split(".")[0]) > 1 else None)
    if kind not in _NUMPY:
        return series.map(lambda cell: _one(cell, spec)) if _holds_typed(spec) else series
    if series.isna().any() and kind in ("boolean", "integer", "long"):
        return series
    return series.astype(_NUMPY[kind])


def _holds_typed(spec: dict[str, Any]) -> bool:
    inner = [*(spec.get("properties") or {}).values(), spec.get("items"), spec.get("values")]
    return spec.get("type") in ("binary", "datetime") or any(_holds_typed(one) for one in inner if one)


def _one(value: Any, spec: dict[str, Any]) -> Any:
    kind = spec.get("type")
    if kind == "binary" and isinstance(value, str):
        return _decoded(value)
    if kind == "datetime" and isinstance(value, str):
        return timestamp(value)
    if isinstance(value, list) and kind == "array":
        return [_one(one, spec["items"]) for one in value]
    if isinstance(value, dict) and kind == "object":
        return _object(value, spec["properties"])
    if isinstance(value, dict) and kind == "map":
        return {name: _one(one, spec["values"]) for name, one in value.items()}
    return value


def _object(value: dict[str, Any], specs: dict[str, Any]) -> dict[str, Any]:
    return {name: _one(one, specs[name]) if name in specs else one for name, one in value.items()}


def _array(value: Any, spec: dict[str, Any] | None) -> Any:
    import numpy as np

    dtype = None if spec is None else spec["tensor-spec"]["dtype"]
    if dtype == "bytes":
        return np.array(_all_decoded(value))
    return np.array(value, dtype=dtype)


def _all_decoded(value: Any) -> Any:
    return [_all_decoded(one) for one in value] if isinstance(value, list) else _decoded(value)


def _decoded(text: str) -> bytes | str:
    # MLflow breaks it into lines.
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        return text
