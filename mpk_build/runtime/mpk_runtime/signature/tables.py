"""The schemas of tables: of pandas and of polars."""

from __future__ import annotations

import contextlib
from typing import Any, Iterator

from mpk_runtime.signature import spec, values
from mpk_runtime.signature.error import SignatureError

_POLARS = {
    **dict.fromkeys(("Int8", "Int16", "Int32", "UInt8", "UInt16"), "integer"),
    **dict.fromkeys(("Int64", "UInt32"), "long"),
    **dict.fromkeys(("String", "Utf8", "Categorical", "Enum"), "string"),
    **dict.fromkeys(("Date", "Datetime"), "datetime"),
    "Boolean": "boolean",
    "Float32": "float",
    "Float64": "double",
    "Binary": "binary",
    "Null": "any",
}


def of_pandas(frame: Any) -> spec.Schema:
    """The columns of a pandas DataFrame, in its order.

    Raises:
        SignatureError: A column has no type, or no name of its own.
    """
    _check_names(list(frame.columns))
    return [pandas_column(frame[name], str(name)) for name in frame.columns]


def pandas_column(series: Any, name: str | None) -> spec.Spec:
    """The column that a pandas Series is; raises as `of_pandas` does."""
    with _named(name):
        if series.dtype.kind == "O":
            series = series.infer_objects()
        found = values.numpy_type(series.dtype)
        if found is not None or not len(series):
            # Without values, an own dtype for text is the only one that tells.
            text = "any" if str(series.dtype) == "object" else "string"
            type_of_column = {"type": found or text}
        else:
            type_of_column = values.items_of(series.tolist())
    return spec.column(type_of_column, name, required=not bool(series.isna().any()))


def of_polars(frame: Any) -> spec.Schema:
    """The columns of a polars DataFrame, in its order; raises as `of_pandas` does."""
    return [polars_column(frame[name], name) for name in frame.columns]


def polars_column(series: Any, name: str | None) -> spec.Spec:
    """The column that a polars Series is; raises as `of_pandas` does."""
    with _named(name):
        type_of_column = _of_polars_dtype(series.dtype)
    missing = series.null_count() > 0 or (type_of_column["type"] in ("float", "double") and series.is_nan().any())
    return spec.column(type_of_column, name, required=not missing)


def _of_polars_dtype(dtype: Any) -> spec.Spec:
    kind = type(dtype).__name__
    kind = dtype.__name__ if kind == "DataTypeClass" else kind
    if kind in _POLARS:
        return {"type": _POLARS[kind]}
    if kind in ("List", "Array"):
        return spec.array(_of_polars_dtype(dtype.inner))
    if kind == "Struct":
        fields = {field.name: _of_polars_dtype(field.dtype) for field in dtype.fields}
        return spec.object_({name: {**one, "required": one["type"] != "any"} for name, one in fields.items()})
    raise SignatureError(f"holds values of the type {dtype}, for which a signature has no word")


def _check_names(names: list[Any]) -> None:
    if not names:
        raise SignatureError("a table without columns has no schema")
    several = next((name for name in names if isinstance(name, tuple)), None)
    if several is not None:
        raise SignatureError(f"the column {several} has a name of several levels; a signature's columns have one")
    texts = [str(name) for name in names]
    twice = next((name for name in texts if texts.count(name) > 1), None)
    if twice is not None:
        raise SignatureError(f"two columns are called '{twice}'")


@contextlib.contextmanager
def _named(name: str | None) -> Iterator[None]:
    """Puts the name of the column before what is wrong with it."""
    what = "the column" if name is None else f"column '{name}'"
    try:
        yield
    except SignatureError as error:
        raise SignatureError(f"{what} {error}") from None
