"""What a column type takes of data that have a dtype: what loses nothing whatever the values are."""

from __future__ import annotations

from typing import Any

KEEP, CAST, LOOK, REFUSE = "keep", "cast", "look", "refuse"
"""What to do with a column: nothing, convert it to the type's own dtype, look at its objects, refuse it."""

_INTEGERS = ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32")
WITHOUT_LOSS = {
    "boolean": ("bool",),
    "integer": ("int8", "int16", "int32", "uint8", "uint16"),
    "long": _INTEGERS,
    "float": ("float16", "float32", "int8", "int16", "uint8", "uint16"),
    "double": ("float16", "float32", "float64", "int8", "int16", "int32", "uint8", "uint16", "uint32"),
}
OWN = {"boolean": "bool", "integer": "int32", "long": "int64", "float": "float32", "double": "float64"}


def action(type_name: str, dtype: Any) -> str:
    """What to do with a column of a dtype of numpy or pandas where ``type_name`` is declared."""
    if is_object(dtype) or type_name not in (*OWN, *_OTHER):
        return LOOK
    if type_name in _OTHER:
        return _OTHER[type_name](dtype)
    # Those of pandas and of Arrow that may hold a missing value say what they are without one.
    plain = str(getattr(dtype, "numpy_dtype", dtype))
    if plain not in WITHOUT_LOSS[type_name]:
        return REFUSE
    return KEEP if str(dtype) == OWN[type_name] else CAST


def is_object(dtype: Any) -> bool:
    """Whether values of a dtype, or of None, are Python's own objects."""
    return dtype is None or str(dtype) == "object"


def _text(dtype: Any) -> str:
    if type(dtype).__name__ == "CategoricalDtype":
        return LOOK
    text = type(dtype).__name__ == "StringDtype" or dtype.kind == "U" or str(dtype) == "string[pyarrow]"
    return KEEP if text else REFUSE


def _bytes(dtype: Any) -> str:
    return LOOK if dtype.kind == "S" else REFUSE


def _moments(dtype: Any) -> str:
    return KEEP if dtype.kind == "M" else REFUSE


_OTHER = {"string": _text, "binary": _bytes, "datetime": _moments}
