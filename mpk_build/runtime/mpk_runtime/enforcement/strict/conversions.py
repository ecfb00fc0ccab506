"""One value of a column type, from JSON, from the text of a CSV field or from Python, where nothing is lost by it."""

from __future__ import annotations

import base64
import datetime
import math
import re
import struct
from typing import Any, Callable

from mpk_runtime.enforcement.strict.wording import EXPECTED, EXPECTED_OF_PYTHON, found, kind_of, shown
from mpk_runtime.moments import timestamp
from mpk_runtime.request_error import RequestError, schema_error

Conversion = Callable[[Any, str], Any]

INTEGER_RANGE = {"integer": (-(2**31), 2**31 - 1), "long": (-(2**63), 2**63 - 1)}
EXACT_IN_DOUBLE = 2**53
EXACT_IN_FLOAT = 2**24
# The next double is rounded to infinity.
LARGEST_FLOAT32 = 3.4028235677973362e38
ISO_8601 = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
NUMBER = re.compile(
    r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*|\s*[+-]?(nan|inf|infinity)\s*", re.ASCII | re.IGNORECASE
)


class RefusedError(Exception):
    """The value is not of the type; the text says what was found."""


def refusal(where: str, why: RefusedError, type_name: str, *, python: bool = False) -> RequestError:
    """The error of a value that was refused, with where it is and what would have been right."""
    expected = (EXPECTED_OF_PYTHON if python else EXPECTED)[type_name]
    return schema_error(f"{where}: {why}, where {expected} is expected.")


def _boolean(value: Any, _type_name: str) -> bool:
    if not isinstance(value, bool):
        raise RefusedError(found(value))
    return value


def _integer(value: Any, type_name: str) -> int:
    if isinstance(value, float):
        if math.isinf(value):
            raise RefusedError("a number too large")
        if not value.is_integer():
            raise RefusedError(f"{found(value)}, which has a fraction")
        if abs(value) > EXACT_IN_DOUBLE:
            raise RefusedError(f"{found(value)}, which may stand for another integer")
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise RefusedError(found(value))
    low, high = INTEGER_RANGE[type_name]
    if not low <= value <= high:
        raise RefusedError(f"{found(value)}, which is too large")
    return value


def _number(value: Any, type_name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise RefusedError(found(value))
    if isinstance(value, int) and not _is_exact(value, type_name):
        raise RefusedError(f"{found(value)}, which a {type_name} can't hold exactly")
    # JSON has no infinity, but 1e400 is read as one.
    if math.isinf(value) or (type_name == "float" and abs(value) > LARGEST_FLOAT32):
        raise RefusedError(f"{found(value)}, which is too large" if math.isfinite(value) else "a number too large")
    return float(value)


def _is_exact(value: int, type_name: str) -> bool:
    if abs(value) > EXACT_IN_DOUBLE:
        return False
    return type_name == "double" or struct.unpack("f", struct.pack("f", value))[0] == value


def _string(value: Any, _type_name: str) -> str:
    if not isinstance(value, str):
        raise RefusedError(found(value))
    return value


def _binary(value: Any, _type_name: str) -> bytes:
    if not isinstance(value, str):
        raise RefusedError(kind_of(value))
    try:
        return base64.b64decode(value, validate=True)
    except ValueError:
        raise RefusedError("text that is not base64") from None


def _datetime(value: Any, _type_name: str) -> Any:
    if not isinstance(value, str):
        raise RefusedError(found(value))
    try:
        # pandas alone would take "now" and "12" as well.
        if ISO_8601.fullmatch(value):
            return timestamp(value)
    except ValueError:
        pass
    raise RefusedError(found(value))


def _boolean_text(value: str, _type_name: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise RefusedError(_text(value))
    return value.lower() == "true"


def _integer_text(value: str, type_name: str) -> int:
    if not NUMBER.fullmatch(value):
        raise RefusedError(_text(value))
    try:
        return _integer(int(value), type_name)
    except ValueError:
        pass
    number = float(value)
    if not math.isfinite(number):
        raise RefusedError(_text(value))
    return _integer(number, type_name)


def _number_text(value: str, type_name: str) -> float:
    if not NUMBER.fullmatch(value):
        raise RefusedError(_text(value))
    try:
        return _number(int(value), type_name)
    except ValueError:
        number = float(value)
    # CSV, unlike JSON, has words for what is not finite.
    if not math.isfinite(number) and "n" in value.lower():
        return number
    if math.isinf(number):
        raise RefusedError(f"{_text(value)}, which is too large")
    return _number(number, type_name)


def _text(value: str) -> str:
    return f"the text {shown(value)}"


def _plain(conversion: Conversion) -> Conversion:
    """A conversion that takes the scalars of numpy as well."""

    def convert(value: Any, type_name: str) -> Any:
        numpy = type(value).__module__ == "numpy" and not isinstance(value, (str, bytes)) and hasattr(value, "item")
        return conversion(value.item() if numpy and value.ndim == 0 else value, type_name)

    return convert


def _infinite(value: Any, type_name: str) -> float:
    # Python, unlike JSON, has an infinity that was meant.
    if isinstance(value, float) and not math.isfinite(value):
        return value
    return _number(value, type_name)


def _bytes(value: Any, _type_name: str) -> Any:
    if not isinstance(value, (bytes, bytearray)):
        raise RefusedError(kind_of(value))
    return value


def _moment(value: Any, _type_name: str) -> Any:
    if not (isinstance(value, datetime.date) or type(value).__name__ == "datetime64"):
        raise RefusedError(found(value))
    try:
        return timestamp(value)
    except ValueError:  # before pandas 2 the year 2262 is the last
        raise RefusedError(f"{found(value)}, which is too far away for a Timestamp") from None


FROM_JSON: dict[str, Conversion] = {
    "boolean": _boolean,
    "integer": _integer,
    "long": _integer,
    "float": _number,
    "double": _number,
    "string": _string,
    "binary": _binary,
    "datetime": _datetime,
}
FROM_TEXT: dict[str, Conversion] = {
    **FROM_JSON,
    "boolean": _boolean_text,
    "integer": _integer_text,
    "long": _integer_text,
    "float": _number_text,
    "double": _number_text,
}
FROM_PYTHON: dict[str, Conversion] = {
    "boolean": _plain(_boolean),
    "integer": _plain(_integer),
    "long": _plain(_integer),
    "float": _plain(_infinite),
    "double": _plain(_infinite),
    "string": _string,
    "binary": _bytes,
    "datetime": _moment,
}
# A request's come from JSON, a caller's from Python; neither says infinity but by mistake.
OF_PARAMS: dict[str, Conversion] = {**FROM_PYTHON, "float": _plain(_number), "double": _plain(_number)}
