"""Tensors, as ``_enforce_tensor_schema`` of MLflow has them."""

from __future__ import annotations

from typing import Any

from mpk_runtime.request_error import schema_error


def enforced(declared: list[dict[str, Any]], data: Any) -> Any:
    """An array, or a dict of arrays where the tensors have names, of the dtype and shape that are declared.

    Raises:
        RequestError: The data are not.
    """
    import pandas as pd

    if "name" in declared[0]:
        return _named(declared, data)
    spec = declared[0]["tensor-spec"]
    if not isinstance(data, pd.DataFrame):
        return _of_spec(data, spec)
    if data.empty:
        raise schema_error("The DataFrame is empty.")
    if len(data.columns) == 1:
        return _of_column(data[data.columns[0]], spec)
    if tuple(spec["shape"]) != (-1, len(data.columns)):
        raise schema_error(f"{len(data.columns)} columns where a tensor of shape {tuple(spec['shape'])} is expected.")
    return _of_spec(data.to_numpy(), spec)


def _named(declared: list[dict[str, Any]], data: Any) -> Any:
    import numpy as np
    import pandas as pd

    if isinstance(data, pd.DataFrame):
        return {one["name"]: _of_column(data[one["name"]], one["tensor-spec"]) for one in declared}
    if not isinstance(data, dict):
        raise schema_error(f"A {type(data).__name__} where a dict of arrays is expected.")
    made = {}
    for one in declared:
        if not isinstance(data[one["name"]], np.ndarray):
            raise schema_error(f"The tensor '{one['name']}' is a {type(data[one['name']]).__name__}, not an array.")
        made[one["name"]] = _of_spec(data[one["name"]], one["tensor-spec"])
    return made


def _of_spec(values: Any, spec: dict[str, Any]) -> Any:
    import numpy as np

    sparse = type(values).__name__ in ("csr_matrix", "csc_matrix")
    if not (isinstance(values, np.ndarray) or sparse):
        raise schema_error(f"A {type(values).__name__} where an array is expected.")
    expected, wanted, given = tuple(spec["shape"]), np.dtype(spec["dtype"]), values.dtype
    if expected == (-1,) and wanted == np.dtype("O"):
        return values
    if -1 in expected[1:] and len(values.shape) == 1 and given == np.dtype("O"):
        return values
    if len(expected) != len(values.shape) or any(want not in (-1, have) for want, have in zip(expected, values.shape)):
        raise schema_error(f"The tensor has shape {values.shape}, expected {expected}.")
    plain = np.dtype("str") if given.char == "U" else np.dtype("bytes") if given.char == "S" else given
    if plain != wanted:
        raise schema_error(f"The tensor has values of the type {given}, expected {wanted}.")
    return values


def _of_column(series: Any, spec: dict[str, Any]) -> Any:
    import numpy as np

    shape, wanted = tuple(spec["shape"]), np.dtype(spec["dtype"])
    if shape[0] != -1 or -1 in shape[1:]:
        raise schema_error(f"A DataFrame can't become a tensor of shape {shape}.")
    first = series[0]
    if np.isscalar(first):
        if shape not in ((-1,), (-1, 1)):
            raise schema_error(f"Single values can't become a tensor of shape {shape}.")
        return _of_spec(np.array(series, dtype=wanted).reshape(shape), spec)
    if isinstance(first, list) and np.isscalar(first[0]):
        made = np.vstack(series.tolist()).reshape(shape).astype(wanted)
    elif isinstance(first, np.ndarray):
        made = np.vstack(series.tolist()).reshape(shape)
    else:
        raise schema_error(f"Values of the type {type(first).__name__} can't become a tensor.")
    if len(made) != len(series):
        raise schema_error(f"{len(series)} rows can't become a tensor of shape {shape}.")
    return made
