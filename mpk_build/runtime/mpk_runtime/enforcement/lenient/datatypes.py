"""Scalar types: a pandas Series, by its dtype, as ``_enforce_mlflow_datatype`` does."""

from __future__ import annotations

from typing import Any

from mpk_runtime.request_error import schema_error

NUMPY = {
    "boolean": "bool",
    "integer": "int32",
    "long": "int64",
    "float": "float32",
    "double": "float64",
    "string": "str",
    "binary": "bytes",
    "datetime": "datetime64[ns]",
}
PANDAS = {**NUMPY, "string": "object", "binary": "object"}
_HINT = (
    " Its integers became numbers with a fraction because some are missing."
    " Declare the column as double if values may be missing."
)
# The largest integers that MLflow takes as a double, in bytes.
_EXACT = 6


def numpy_of(type_name: str) -> Any:
    """The numpy dtype of a scalar type."""
    import numpy as np

    return np.dtype(NUMPY[type_name])


def enforced(label: str, values: Any, type_name: str) -> Any:
    """The Series as the type has it.

    Raises:
        RequestError: The dtype is not one that MLflow converts.
        Exception: pandas can't convert it.
    """
    import pandas as pd

    if values.dtype == object and type_name not in ("binary", "string"):
        values = values.infer_objects()
    if _stays(values.dtype, type_name):
        return values
    if type_name == "datetime" and (values.dtype.kind == "M" or values.dtype == object):
        return values.astype(numpy_of("datetime"))
    if type_name == "double" and values.dtype == object:
        # Meant for decimals, but numpy has the same dtype for whatever is none of its own.
        return pd.to_numeric(values, errors="raise")
    return _upcast(label, values, type_name)


def _stays(dtype: Any, type_name: str) -> bool:
    import pandas as pd

    if type_name in ("string", "binary", "boolean") and dtype == _dtype("object"):
        return True
    if type_name in ("string", "binary") and isinstance(dtype, pd.StringDtype):
        return True
    own = dtype == _dtype(PANDAS[type_name]) or dtype == numpy_of(type_name)
    return bool(own or (type_name == "binary" and dtype.kind == "S"))


def _dtype(name: str) -> Any:
    import numpy as np

    return np.dtype(name)


def _upcast(label: str, values: Any, type_name: str) -> Any:
    wanted, given = numpy_of(type_name), values.dtype
    if given.kind == wanted.kind:
        fits = given.itemsize <= wanted.itemsize
    elif given.kind == "u" and wanted.kind == "i":
        fits = given.itemsize < wanted.itemsize
    else:
        fits = given.kind in "iu" and type_name == "double" and given.itemsize <= _EXACT
    if fits or (_is_long(given) and wanted.kind == "f" and bool(values.isin([0, 1]).all())):
        return values.astype(wanted)
    hint = _HINT if wanted.kind == "i" and _is_double(given) and _integers_with_gaps(values) else ""
    raise schema_error(f"{label}the type {given} can't become {type_name}.{hint}")


def _is_long(dtype: Any) -> bool:
    return bool(dtype == _dtype("int64"))


def _is_double(dtype: Any) -> bool:
    return bool(dtype == _dtype("float64"))


def _integers_with_gaps(values: Any) -> bool:
    present = values.dropna()
    return bool(values.hasnans) and bool((present == present.round()).all())
