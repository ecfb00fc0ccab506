"""The column types of MLflow's signatures: what they accept from JSON and CSV, and what they become.

A value is converted only where nothing is lost; else the error names the column, the row and the type, and not the
value. Types: boolean, integer (int32), long (int64), float (float32), double (float64), string, binary, datetime.
"""

from __future__ import annotations

import math
from typing import Any, Callable

from mpk_runtime.enforcement.conversions import FROM_JSON, FROM_TEXT, RefusedError
from mpk_runtime.request_error import schema_error

_NUMPY = {"boolean": "bool", "integer": "int32", "long": "int64", "float": "float32", "double": "float64"}


def to_series(spec: dict[str, Any], values: list[Any], *, text: bool) -> Any:
    """A pandas Series of one column, from JSON values or, with ``text``, from the fields of a CSV file.

    ``spec``: the column of the signature: ``type``, and perhaps ``name`` and ``required``.

    Raises:
        RequestError: A value is not of the type, or a missing one where the type can't hold it.
    """
    import pandas as pd

    name, type_name = spec.get("name", ""), spec["type"]
    convert = _converter(f"Column '{name}'", type_name, text=text)
    # What pandas itself makes of such records: a column of objects.
    optional = type_name == "boolean" and not spec.get("required", True)
    converted = []
    for row, value in enumerate(values):
        where = f"Column '{name}', row {row}"
        if value is not None and not (text and value == ""):
            converted.append(_converted(where, type_name, convert, value))
        elif type_name in ("boolean", "integer", "long") and not optional:
            hint = "" if type_name == "boolean" else " Declare the column as double if it may be missing."
            raise schema_error(f"{where}: a missing value, where {_expected(type_name)} is expected.{hint}")
        else:
            converted.append(None if optional else _missing(type_name))
    if optional and None in converted:
        return pd.Series(converted, dtype=object)
    if type_name in _NUMPY:
        return pd.Series(converted, dtype=_NUMPY[type_name])
    if type_name == "datetime":
        try:
            return pd.Series(pd.to_datetime(converted))
        except ValueError:
            raise schema_error(f"Column '{name}': times with and without a zone, or of different zones.") from None
    return (
        pd.Series(converted)
        if any(isinstance(value, str) for value in converted)
        else pd.Series(converted, dtype=object)
    )


def to_list(type_name: str, values: list[Any]) -> list[Any]:
    """The values of a signature's one column without a name, from JSON; needs no library.

    Raises:
        RequestError: A value is not of the type, or is missing.
    """
    convert = _converter("The input", type_name, text=False)
    return [_converted(f"Value {at}", type_name, convert, value) for at, value in enumerate(values)]


def to_param(name: str, type_name: str, value: Any) -> Any:
    """The value of a param, from JSON.

    Raises:
        RequestError: It is not of the type.
    """
    where = f"Param '{name}'"
    # A number with a zero fraction is fine in a column, which JavaScript writes so; a param is somebody's own choice.
    if isinstance(value, float) and type_name in ("integer", "long"):
        raise schema_error(f"{where}: a number with a fraction, where {_expected(type_name)} is expected.")
    return _converted(where, type_name, _converter(where, type_name, text=False), value)


def _converter(what: str, type_name: str, *, text: bool) -> Callable[[Any, str], Any]:
    convert = (FROM_TEXT if text else FROM_JSON).get(type_name)
    if convert is None:
        raise schema_error(f"{what} has type '{type_name}', which this server does not read yet.")
    return convert


def _converted(where: str, type_name: str, convert: Callable[[Any, str], Any], value: Any) -> Any:
    try:
        return convert(value, type_name)
    except RefusedError as found:
        raise schema_error(f"{where}: {found}, where {_expected(type_name)} is expected.") from None


def _expected(type_name: str) -> str:
    return {
        "boolean": "true or false",
        "integer": "a 32-bit integer",
        "long": "a 64-bit integer",
        "float": "a 32-bit number",
        "double": "a number",
        "string": "a string",
        "binary": "base64 text",
        "datetime": "an ISO 8601 date or time",
    }[type_name]


def _missing(type_name: str) -> float | None:
    return None if type_name in ("binary", "datetime") else math.nan
