"""What a signature says of data: the schema of tables, arrays and lists."""

from __future__ import annotations

import datetime
import math
from typing import Any, Callable, Dict, List

Schema = List[Dict[str, Any]]
SCALARS = {bool: "boolean", int: "long", float: "double", str: "string"}
_FOUR_BYTES = 4


def infer_schema(data: Any) -> Schema | None:
    """The schema of a model's input or output, or None for what a signature can't describe.

    ``data``: a pandas DataFrame (named columns) or Series, a numpy array (a tensor whose first axis is free), or a
    list of scalars (one unnamed column).
    """
    kind = type(data).__module__.split(".")[0] + "." + type(data).__name__
    if kind == "pandas.DataFrame":
        if any(is_nested(data[name]) for name in data.columns):
            return None
        return [_column(data[name], name=str(name)) for name in data.columns]
    if kind == "pandas.Series":
        return [_column(data, name=str(data.name)) if data.name is not None else _column(data)]
    if kind == "numpy.ndarray":
        return [_tensor(data)]
    if isinstance(data, list) and data and all(isinstance(value, tuple(SCALARS)) for value in data):
        types = {SCALARS[type(value)] for value in data if type(value) in SCALARS}
        types -= {"long"} if types == {"long", "double"} else set()
        return [{"type": types.pop(), "required": True}] if len(types) == 1 else None
    return None


def _column(series: Any, name: str | None = None) -> dict[str, Any]:
    type_name, missing = type_of(series)
    column: dict[str, Any] = {"type": type_name}
    if name is not None:
        column["name"] = name
    return {**column, "required": not missing}


def _tensor(array: Any) -> dict[str, Any]:
    dtype = "str" if array.dtype.kind == "U" else "bytes" if array.dtype.kind == "S" else array.dtype.name
    return {"type": "tensor", "tensor-spec": {"dtype": dtype, "shape": [-1, *array.shape[1:]]}}


def type_of(series: Any) -> tuple[str, bool]:
    """The column type of a pandas Series, and whether it holds a missing value.

    Raises:
        ValueError: No column type holds such values.
    """
    import pandas as pd

    missing = bool(series.isna().any())
    kinds: list[tuple[Callable[[Any], bool], str]] = [
        (pd.api.types.is_bool_dtype, "boolean"),
        (pd.api.types.is_datetime64_any_dtype, "datetime"),
    ]
    for matches, name in kinds:
        if matches(series.dtype):
            return name, missing
    if pd.api.types.is_integer_dtype(series.dtype):
        return (
            "integer" if series.dtype.itemsize < _FOUR_BYTES or str(series.dtype).lower() == "int32" else "long"
        ), missing
    if pd.api.types.is_float_dtype(series.dtype):
        return ("float" if series.dtype.itemsize <= _FOUR_BYTES else "double"), missing
    return _type_of_objects(series), missing


def _type_of_objects(series: Any) -> str:
    present = [value for value in series if value is not None and not _is_nan(value)]
    for kind, name in ((str, "string"), (bool, "boolean"), (bytes, "binary"), (datetime.date, "datetime")):
        if all(isinstance(value, kind) for value in present):
            return name
    types = sorted({type(value).__name__ for value in present})
    raise ValueError(
        f"column '{series.name}' mixes types ({', '.join(types)}); a signature needs one type a column"
        if len(types) > 1
        else f"column '{series.name}' holds values of the type {types[0]}, for which a signature has no word"
    )


def is_nested(series: Any) -> bool:
    """Whether a pandas Series holds lists or objects, which have no column type."""
    return series.dtype == object and any(isinstance(value, (list, dict, tuple)) for value in series)


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)
