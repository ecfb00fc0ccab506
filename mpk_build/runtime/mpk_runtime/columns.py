"""The column types of MLflow's signatures: what they accept from JSON and CSV, and what they become.

A value is converted only where nothing is lost; else the error names the column, the row and the type, and not the
value. Types: boolean, integer (int32), long (int64), float (float32), double (float64), string, binary, datetime.
"""

from __future__ import annotations

import base64
import binascii
import datetime
import math
from typing import Any, Callable

from mpk_runtime.request_error import schema_error

_INTEGER_RANGE = {"integer": (-(2**31), 2**31 - 1), "long": (-(2**63), 2**63 - 1)}
_EXACT_IN_DOUBLE = 2**53
_FOUR_BYTES = 4
_LARGEST_FLOAT32 = 3.4028235677973366e38
_NUMPY = {"boolean": "bool", "integer": "int32", "long": "int64", "float": "float32", "double": "float64"}


class _RefusedError(Exception):
    """The value is not of the type; the text says what was found."""


def to_series(name: str, type_name: str, values: list[Any], *, text: bool) -> Any:
    """A pandas Series of one column, from JSON values or, with ``text``, from the fields of a CSV file.

    Raises:
        RequestError: A value is not of the type, or a missing one where the type can't hold it.
    """
    import pandas as pd

    convert = (_FROM_TEXT if text else _FROM_JSON).get(type_name)
    if convert is None:
        raise schema_error(f"Column '{name}' has type '{type_name}', which this server does not read yet.")
    converted = []
    for row, value in enumerate(values):
        missing = value is None or (text and value == "")
        if missing and type_name in ("boolean", "integer", "long"):
            raise schema_error(
                f"Column '{name}', row {row}: a missing value, where {_expected(type_name)} is expected. "
                "Declare the column as double if it may be missing."
            )
        try:
            converted.append(_missing(type_name) if missing else convert(value, type_name))
        except _RefusedError as found:
            raise schema_error(
                f"Column '{name}', row {row}: {found}, where {_expected(type_name)} is expected."
            ) from None
    if type_name in _NUMPY:
        return pd.Series(converted, dtype=_NUMPY[type_name])
    if type_name == "datetime":
        return pd.Series(pd.to_datetime(converted))
    return (
        pd.Series(converted)
        if any(isinstance(value, str) for value in converted)
        else pd.Series(converted, dtype=object)
    )


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
    raise ValueError(f"column '{series.name}' mixes types; a signature needs one type a column")


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


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


def _found(value: Any) -> str:
    names = {
        bool: "a boolean",
        int: "an integer",
        float: "a number",
        str: "a string",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), "a " + type(value).__name__)


def _boolean(value: Any, _type_name: str) -> bool:
    if not isinstance(value, bool):
        raise _RefusedError(_found(value))
    return value


def _integer(value: Any, type_name: str) -> int:
    if isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT_IN_DOUBLE:
        value = int(value)
    if isinstance(value, float):
        raise _RefusedError("a number with a fraction")
    if isinstance(value, bool) or not isinstance(value, int):
        raise _RefusedError(_found(value))
    low, high = _INTEGER_RANGE[type_name]
    if not low <= value <= high:
        raise _RefusedError("an integer that is too large")
    return value


def _number(value: Any, type_name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise _RefusedError(_found(value))
    if isinstance(value, int) and abs(value) > _EXACT_IN_DOUBLE:
        raise _RefusedError("an integer that a double can't hold exactly")
    if type_name == "float" and math.isfinite(value) and abs(value) > _LARGEST_FLOAT32:
        raise _RefusedError("a number that is too large")
    return float(value)


def _string(value: Any, _type_name: str) -> str:
    if not isinstance(value, str):
        raise _RefusedError(_found(value))
    return value


def _binary(value: Any, _type_name: str) -> bytes:
    if not isinstance(value, str):
        raise _RefusedError(_found(value))
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        raise _RefusedError("text that is not base64") from None


def _datetime(value: Any, _type_name: str) -> Any:
    import pandas as pd

    if not isinstance(value, str):
        raise _RefusedError(_found(value))
    try:
        return pd.Timestamp(value)
    except ValueError:
        raise _RefusedError("text that is not a date or time") from None


def _boolean_text(value: str, _type_name: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise _RefusedError("other text")
    return value.lower() == "true"


def _integer_text(value: str, type_name: str) -> int:
    try:
        return _integer(int(value), type_name)
    except ValueError:
        pass
    try:
        return _integer(float(value), type_name)
    except ValueError:
        raise _RefusedError("text that is not a number") from None


def _number_text(value: str, type_name: str) -> float:
    try:
        return _number(float(value), type_name)
    except ValueError:
        raise _RefusedError("text that is not a number") from None


_FROM_JSON: dict[str, Callable[[Any, str], Any]] = {
    "boolean": _boolean,
    "integer": _integer,
    "long": _integer,
    "float": _number,
    "double": _number,
    "string": _string,
    "binary": _binary,
    "datetime": _datetime,
}
_FROM_TEXT: dict[str, Callable[[Any, str], Any]] = {
    **_FROM_JSON,
    "boolean": _boolean_text,
    "integer": _integer_text,
    "long": _integer_text,
    "float": _number_text,
    "double": _number_text,
}
