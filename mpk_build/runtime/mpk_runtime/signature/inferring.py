"""What a signature says of data: tables, arrays, lists and objects."""

from __future__ import annotations

import warnings
from typing import Any, Callable

from mpk_runtime.signature import arrays, spec, tables, values
from mpk_runtime.signature.document import Signature
from mpk_runtime.signature.error import SignatureError
from mpk_runtime.signature.params import params_schema


def infer_signature(
    model_input: Any = None, model_output: Any = None, params: dict[str, Any] | None = None
) -> Signature:
    """The signature of a model from a sample of what it takes and gives, and from its params with their defaults.

    Warns where columns hold integers, since a missing one would turn them into other values.

    Raises:
        SignatureError: No signature describes them.
    """
    inputs = None if model_input is None else _part("model_input", model_input)
    whole = [one["name"] for one in inputs or [] if one["type"] in ("integer", "long") and "name" in one]
    if whole:
        listed = ", ".join(f"'{name}'" for name in whole)
        warnings.warn(
            f"integers can't be missing in Python, and these columns hold integers: {listed}. Where one may be missing "
            "when the model is asked, infer the signature of data in which one is, or declare the column as double",
            stacklevel=3,
        )
    outputs = None if model_output is None else _part("model_output", model_output)
    return Signature(inputs, outputs, params_schema(params or {}))


def infer_schema(data: Any) -> spec.Schema:
    """The schema of a model's input or output.

    ``data``: a DataFrame (named columns) or Series of pandas or polars; a numpy array or a sparse one of scipy (a
    tensor whose first axis is free), or several of them by name; a list of objects (named columns), a list of
    anything else (one unnamed column); an object (one row of named columns); a scalar.

    Raises:
        SignatureError: No signature describes it; the text names the column.
    """
    library = _TABLES.get(type(data).__module__.split(".")[0] + "." + type(data).__name__)
    if library is not None:
        return library(data)
    if type(data).__name__ == "ndarray" or arrays.is_sparse(data):
        return [arrays.of_array(data)]
    if isinstance(data, dict):
        return _of_object(data)
    if isinstance(data, (list, tuple)):
        return _of_list(data)
    return [spec.column(_told("the data", values.spec_of, data))]


_TABLES: dict[str, Callable[[Any], spec.Schema]] = {
    "pandas.DataFrame": tables.of_pandas,
    "pandas.Series": lambda data: [tables.pandas_column(data, None if data.name is None else str(data.name))],
    "polars.DataFrame": tables.of_polars,
    "polars.Series": lambda data: [tables.polars_column(data, data.name or None)],
}


def _part(name: str, data: Any) -> spec.Schema:
    try:
        return infer_schema(data)
    except SignatureError as error:
        raise SignatureError(f"{name}: {error}") from None


def _of_object(data: dict[Any, Any]) -> spec.Schema:
    if not data:
        raise SignatureError("an object without values has no schema")
    if all(type(value).__name__ == "ndarray" or arrays.is_sparse(value) for value in data.values()):
        return [arrays.of_array(value, str(name)) for name, value in data.items()]
    return [_column_of_object(name, value) for name, value in data.items()]


def _of_list(data: Any) -> spec.Schema:
    rows = bool(data) and all(isinstance(row, dict) for row in data)
    if not rows or not any(data):
        return [spec.column(_told("the list", values.items_of, data))]
    names: dict[str, None] = {}
    for row in data:
        names.update(dict.fromkeys(row))
    return [_column_of_rows(name, data) for name in names]


def _column_of_rows(name: Any, rows: list[dict[str, Any]]) -> spec.Spec:
    present = [row[name] for row in rows if name in row]
    missing = len(present) < len(rows) or any(values.is_missing(value) for value in present)
    return spec.column(_named(values.items_of, present, name), name, required=not missing)


def _column_of_object(name: Any, value: Any) -> spec.Spec:
    missing = any(values.is_missing(one) for one in (value if isinstance(value, list) else [value]))
    return spec.column(_named(values.spec_of, value, name), name, required=not missing)


def _named(infer: Any, data: Any, name: Any) -> spec.Spec:
    if not isinstance(name, str):
        raise SignatureError(f"a column is called {name!r}; expected a text")
    return _told(f"column '{name}'", infer, data)


def _told(what: str, infer: Any, data: Any) -> spec.Spec:
    try:
        found: spec.Spec = infer(data)
    except SignatureError as error:
        raise SignatureError(f"{what} {error}") from None
    return found
