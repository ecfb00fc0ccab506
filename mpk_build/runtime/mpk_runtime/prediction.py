"""From what a model's ``predict`` returned to JSON, as MLflow's scoring server writes it.

A DataFrame or Series becomes records, an array nested lists, an object of a dataclass or of pydantic its fields, bytes
base64, a date ISO 8601; what JSON has no number for (NaN, infinities) becomes null.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime
import enum
import math
import sys
from typing import Any, Callable


def encode(prediction: Any) -> Any:
    """The JSON value of a prediction.

    Raises:
        TypeError: The prediction holds something that JSON has no form for.
    """
    if isinstance(prediction, dict):
        encoded = {str(name): encode(value) for name, value in prediction.items()}
        if len(encoded) < len(prediction):
            raise TypeError("a prediction has two names that are one in JSON, as 1 and '1' are")
        return encoded
    if isinstance(prediction, (list, tuple)):
        return [encode(value) for value in prediction]
    if type(prediction) in _SCALARS:
        return _SCALARS[type(prediction)](prediction)
    for kind, as_json in _SCALARS.items():
        if isinstance(prediction, kind):
            return as_json(prediction)
    return _encode_library_type(prediction)


def _as_itself(value: Any) -> Any:
    return value


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _base64(value: bytes) -> str:
    return base64.b64encode(bytes(value)).decode("ascii")


def _moment(value: Any) -> str | None:
    return None if str(value) == "NaT" else str(value.isoformat())


# In this order: a bool is an int too, and a datetime a date.
_SCALARS: dict[type, Callable[[Any], Any]] = {
    type(None): _as_itself,
    bool: _as_itself,
    int: int,
    float: _number,
    str: str.__str__,
    bytes: _base64,
    bytearray: _base64,
    datetime.date: _moment,
    datetime.time: _moment,
}


def _encode_library_type(prediction: Any) -> Any:
    library = type(prediction).__module__.split(".")[0]
    if library == "pandas":
        if hasattr(prediction, "to_frame") and type(prediction).__name__ == "Series":
            prediction = prediction.to_frame(name=0 if prediction.name is None else prediction.name)
        if type(prediction).__name__ == "DataFrame":
            if not prediction.columns.is_unique:
                raise TypeError("a prediction has two columns of the same name, of which JSON would keep one")
            return [encode(row) for row in prediction.to_dict(orient="records")]
        if type(prediction).__name__ in ("NaTType", "NAType"):
            return None
    if library == "numpy":
        return encode(_plain_numbers(prediction))
    if hasattr(prediction, "tolist"):
        return encode(prediction.tolist())
    return encode(_plain(prediction))


def _plain_numbers(prediction: Any) -> Any:
    """What numpy has, in numbers and texts of Python's own."""
    kind = prediction.dtype.kind
    if kind in "mM":
        return _moments(prediction.astype(str).tolist())
    # A longdouble has no other form in Python than itself.
    return prediction.astype({"f": "float64", "c": "complex128"}.get(kind, prediction.dtype), copy=False).tolist()


def _moments(texts: Any) -> Any:
    return [_moments(one) for one in texts] if isinstance(texts, list) else None if texts == "NaT" else texts


def _plain(prediction: Any) -> Any:
    """The fields of an object, or the value of an Enum."""
    if dataclasses.is_dataclass(prediction):
        return {one.name: getattr(prediction, one.name) for one in dataclasses.fields(prediction)}
    if isinstance(prediction, enum.Enum):
        return prediction.value
    pydantic = sys.modules.get("pydantic")
    if pydantic is not None and isinstance(prediction, pydantic.BaseModel):
        fields = prediction.model_dump if hasattr(prediction, "model_dump") else prediction.dict
        return fields(by_alias=True)
    raise TypeError(f"a prediction holds a {type(prediction).__name__}, which JSON has no form for")
