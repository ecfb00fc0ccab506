"""The specs of Python values: scalars of Python and numpy, lists, dicts, and any nesting of them."""

from __future__ import annotations

import datetime
import math
from typing import Any, Iterable

from mpk_runtime.signature import spec
from mpk_runtime.signature.error import SignatureError

_PYTHON = {bool: "boolean", int: "long", float: "double", str: "string", bytes: "binary", bytearray: "binary"}
_LARGEST = 2**63
_FOUR_BYTES, _EIGHT_BYTES = 4, 8


def spec_of(value: Any) -> spec.Spec:
    """The spec of one value; what tells nothing, as None or an empty list, is ``any``.

    Raises:
        SignatureError: No type holds it; the text names what was found, as ``values of the type Decimal, for which a
            signature has no word``.
    """
    if is_missing(value):
        return spec.ANY
    if isinstance(value, dict):
        return _of_dict(value)
    if isinstance(value, (list, tuple)) or (_library(value) == "numpy" and hasattr(value, "__len__") and value.shape):
        return spec.array(items_of(value)) if len(value) else spec.ANY
    return {"type": _scalar(value)}


def items_of(values: Iterable[Any]) -> spec.Spec:
    """The spec that all values have; raises as `spec_of` does, and where they mix types."""
    merged: spec.Spec | None = None
    for value in values:
        found = spec_of(value)
        try:
            merged = found if merged is None else spec.merge(merged, found)
        except SignatureError as mixed:
            raise SignatureError(f"mixes types ({mixed})") from None
    return spec.ANY if merged is None else merged


def is_missing(value: Any) -> bool:
    """Whether it is None, NaN, or pandas' word for a missing value."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return True
    return type(value).__name__ in ("NAType", "NaTType") and _library(value) == "pandas"


def numpy_type(dtype: Any) -> str | None:
    """The column type of a numpy dtype, or of a pandas one like it; None where the values have to tell.

    Raises:
        SignatureError: No column type holds such values.
    """
    kind = dtype.kind
    by_kind = {"b": "boolean", "M": "datetime", "U": "string", "T": "string", "S": "binary"}
    if kind == "O" or kind in by_kind:
        return by_kind.get(kind)
    size = getattr(dtype, "itemsize", None) or getattr(dtype, "subtype", dtype).itemsize
    if kind in "iu":
        # Of the unsigned ones each needs the next larger type.
        needed = size if kind == "i" else size * 2
        if needed <= _FOUR_BYTES:
            return "integer"
        if needed <= _EIGHT_BYTES:
            return "long"
    if kind == "f" and size <= _EIGHT_BYTES:
        return "float" if size <= _FOUR_BYTES else "double"
    raise SignatureError(f"holds values of the type {dtype}, for which a signature has no word")


def _of_dict(value: dict[Any, Any]) -> spec.Spec:
    if not value:
        return spec.ANY
    for name in value:
        if not isinstance(name, str):
            raise SignatureError(f"holds an object with a name that is a {type(name).__name__}, and not text")
    found = {name: spec_of(one) for name, one in value.items()}
    return spec.object_({name: {**one, "required": one["type"] != "any"} for name, one in found.items()})


def _scalar(value: Any) -> str:
    if isinstance(value, int) and not -_LARGEST <= value < _LARGEST:
        raise SignatureError("holds an integer of more than 64 bits")
    known = _PYTHON.get(type(value))
    if known is not None:
        return known
    if _library(value) == "numpy" and hasattr(value, "dtype"):
        found = numpy_type(value.dtype)
        if found is not None:
            return found
    if isinstance(value, datetime.date):
        return "datetime"
    for kind, name in _PYTHON.items():
        if isinstance(value, kind):
            return name
    raise SignatureError(f"holds values of the type {type(value).__name__}, for which a signature has no word")


def _library(value: Any) -> str:
    return type(value).__module__.split(".")[0]
