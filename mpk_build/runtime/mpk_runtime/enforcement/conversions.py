"""One value of a column type, from JSON or from the text of a CSV field, where nothing is lost by it."""

from __future__ import annotations

import base64
import binascii
import math
import re
from typing import Any, Callable

_INTEGER_RANGE = {"integer": (-(2**31), 2**31 - 1), "long": (-(2**63), 2**63 - 1)}
_EXACT_IN_DOUBLE = 2**53
_LARGEST_FLOAT32 = 3.4028235677973366e38
_ISO_8601 = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
_NUMBER = re.compile(
    r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*|\s*[+-]?(nan|inf|infinity)\s*", re.ASCII | re.IGNORECASE
)


class RefusedError(Exception):
    """The value is not of the type; the text says what was found."""


def _found(value: Any) -> str:
    names = {
        bool: "a boolean",
        int: "an integer",
        float: "a number",
        str: "a string",
        list: "a list",
        dict: "an object",
        type(None): "a missing value",
    }
    return names.get(type(value), "a " + type(value).__name__)


def _boolean(value: Any, _type_name: str) -> bool:
    if not isinstance(value, bool):
        raise RefusedError(_found(value))
    return value


def _integer(value: Any, type_name: str) -> int:
    if isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT_IN_DOUBLE:
        value = int(value)
    if isinstance(value, float):
        raise RefusedError("a number with a fraction")
    if isinstance(value, bool) or not isinstance(value, int):
        raise RefusedError(_found(value))
    low, high = _INTEGER_RANGE[type_name]
    if not low <= value <= high:
        raise RefusedError("an integer that is too large")
    return value


def _number(value: Any, type_name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise RefusedError(_found(value))
    if isinstance(value, int) and abs(value) > _EXACT_IN_DOUBLE:
        raise RefusedError("an integer that a double can't hold exactly")
    # JSON has no infinity, but 1e400 is read as one.
    if math.isinf(value) or (type_name == "float" and abs(value) > _LARGEST_FLOAT32):
        raise RefusedError("a number that is too large")
    return float(value)


def _string(value: Any, _type_name: str) -> str:
    if not isinstance(value, str):
        raise RefusedError(_found(value))
    return value


def _binary(value: Any, _type_name: str) -> bytes:
    if not isinstance(value, str):
        raise RefusedError(_found(value))
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        raise RefusedError("text that is not base64") from None


def _datetime(value: Any, _type_name: str) -> Any:
    import pandas as pd

    if not isinstance(value, str):
        raise RefusedError(_found(value))
    try:
        # pandas alone would take "now" and "12" as well.
        if _ISO_8601.fullmatch(value):
            return pd.Timestamp(value)
        raise RefusedError("text that is not a date or time")
    except ValueError:
        raise RefusedError("text that is not a date or time") from None


def _boolean_text(value: str, _type_name: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise RefusedError("other text")
    return value.lower() == "true"


def _integer_text(value: str, type_name: str) -> int:
    if not _NUMBER.fullmatch(value):
        raise RefusedError("text that is not a number")
    try:
        return _integer(int(value), type_name)
    except ValueError:
        return _integer(float(value), type_name)


def _number_text(value: str, type_name: str) -> float:
    if not _NUMBER.fullmatch(value):
        raise RefusedError("text that is not a number")
    number = float(value)
    # CSV, unlike JSON, has words for what is not finite.
    return number if not math.isfinite(number) and "n" in value.lower() else _number(number, type_name)


FROM_JSON: dict[str, Callable[[Any, str], Any]] = {
    "boolean": _boolean,
    "integer": _integer,
    "long": _integer,
    "float": _number,
    "double": _number,
    "string": _string,
    "binary": _binary,
    "datetime": _datetime,
}
FROM_TEXT: dict[str, Callable[[Any, str], Any]] = {
    **FROM_JSON,
    "boolean": _boolean_text,
    "integer": _integer_text,
    "long": _integer_text,
    "float": _number_text,
    "double": _number_text,
}
