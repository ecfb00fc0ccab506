"""The form of a prediction: what it is before it becomes JSON, where types get lost."""

from __future__ import annotations

import contextlib
from typing import Any

from mpk_runtime.signature import SignatureError, infer_schema
from mpk_runtime.signature.spec import SCALARS


def form_of(prediction: Any) -> dict[str, Any]:
    """``{"kind": such as pandas.DataFrame, "shape": [rows, ...] or null, "schema": as a signature's or null}``."""
    library = type(prediction).__module__.split(".")[0]
    name = type(prediction).__name__
    shape = getattr(prediction, "shape", None)
    if shape is None and isinstance(prediction, (list, tuple)):
        shape = (len(prediction),)
    schema = None
    # What is an object, or a list of them, is compared by its values.
    if shape is not None and not any(isinstance(one, (dict, list)) for one in _items(prediction)):
        with contextlib.suppress(SignatureError):  # what no signature describes is a prediction still
            schema = infer_schema(prediction)
    return {
        "kind": name if library == "builtins" else f"{library}.{name}",
        "shape": [int(size) for size in shape] if isinstance(shape, (list, tuple)) else None,
        "schema": schema,
    }


def differences(expected: dict[str, Any], found: dict[str, Any], *, shapes: bool) -> list[str]:
    """Sentences on where two forms differ: the kind alone, else the shape and columns, and their types."""
    if expected["kind"] != found["kind"]:
        return [f"the prediction is a {found['kind']}, expected a {expected['kind']}"]
    told = _of_columns(expected["schema"] or [], found["schema"] or [])
    if shapes and expected["shape"] != found["shape"] and None not in (expected["shape"], found["shape"]):
        told.insert(0, f"the prediction has the shape {_shown(found['shape'])}, expected {_shown(expected['shape'])}")
    return told


def same_layout(expected: dict[str, Any], found: dict[str, Any]) -> bool:
    """Whether values at the same place of two predictions can be compared."""
    names = [[column.get("name") for column in one["schema"] or []] for one in (expected, found)]
    return expected["kind"] == found["kind"] and expected["shape"] == found["shape"] and names[0] == names[1]


def _of_columns(expected: list[dict[str, Any]], found: list[dict[str, Any]]) -> list[str]:
    if not expected or not found:
        return []
    names = [[column.get("name") for column in one] for one in (expected, found)]
    if names[0] != names[1]:
        return [f"the prediction has the columns {_listed(names[1])}, expected {_listed(names[0])}"]
    return [
        f"{_column(one)} is of the type {_type(other)}, expected {_type(one)}"
        for one, other in zip(expected, found)
        if _type(one) != _type(other) and _is_told(one) and _is_told(other)
    ]


def _is_told(column: dict[str, Any]) -> bool:
    return column["type"] == "tensor" or column["type"] in SCALARS


def _items(prediction: Any) -> Any:
    return prediction if isinstance(prediction, (list, tuple)) else ()


def _type(column: dict[str, Any]) -> str:
    return str(column["tensor-spec"]["dtype"] if column["type"] == "tensor" else column["type"])


def _column(column: dict[str, Any]) -> str:
    return f"column '{column['name']}'" if "name" in column else "the prediction"


def _listed(names: list[Any]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _shown(shape: list[int]) -> str:
    return "({})".format(", ".join(map(str, shape)))
