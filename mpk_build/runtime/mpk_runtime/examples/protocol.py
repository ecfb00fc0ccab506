"""An input example, sent through the scoring protocol: what arrives at the model, and whether that is the same."""

from __future__ import annotations

import datetime
import json
import math
from typing import TYPE_CHECKING, Any

from mpk_runtime import payload, prediction
from mpk_runtime.examples import stored
from mpk_runtime.examples.example import kind_of
from mpk_runtime.moments import timestamp
from mpk_runtime.request_error import RequestError

if TYPE_CHECKING:
    from mpk_runtime.enforcement import Enforcement

_CALLED = {
    "frame": "a table",
    "array": "a numpy array",
    "arrays": "a dict of numpy arrays",
    "sparse": "a sparse matrix",
    "record": "a dict",
    "list": "a list",
    "scalar": "a single value",
    "image": "an image",
}


def through_protocol(document: dict[str, Any], enforcement: Enforcement) -> Any:
    """The model input as a request with this example would give it, so that every comparison is of like with like.

    ``document``: of `Example.as_document`; its ``csv`` becomes null where CSV can't say what JSON says, as an empty
    text that is not a missing one.

    Raises:
        RequestError: No request can carry it.
    """
    decoded = payload.decode(json.dumps(document["request"]).encode(), payload.JSON, enforcement)[0]
    if document["csv"] is not None:
        try:
            same = decoded.equals(payload.decode(document["csv"].encode(), payload.CSV, enforcement)[0])
        except RequestError:
            same = False
        if not same:
            document["csv"] = None
    return decoded


def from_store(document: dict[str, Any], enforcement: Enforcement) -> Any:
    """The model input as the package stores it; raises `ValueError` where it is none."""
    value = json.loads(document["stored"])
    if document["kind"] == "image":
        return stored.opened_image(value)
    return stored.loaded(document["info"], value, enforcement.signature.inputs)


def difference(kind: str, original: Any, found: Any) -> str | None:
    """What became of an example on a way that should have changed nothing but what its signature says, or None.

    ``kind``: of the original. Not told: a number of another width, a date as a moment, one row for a dict, a column of
    values for a list: the signature says so.
    """
    if kind == "image":
        return None if isinstance(found, (str, bytes)) or _pixels(found) == _pixels(original) else "another image"
    if kind in ("array", "arrays", "sparse"):
        return _of_arrays(kind, original, found)
    if kind == "frame":
        if kind_of(found) != "frame":
            return f"{_called(found)} and not a table"
        names = [[str(name) for name in one.columns] for one in (original, found)]
        if names[0] != names[1] or len(original) != len(found) or list(original.index) != list(found.index):
            return "a table with other columns or rows"
        parts = zip(stored.rows(original), stored.rows(found))
        changed = [at for at, (one, other) in enumerate(parts) if _told(one) != _told(other)]
        return f"a table with other values in row {changed[0]}" if changed else None
    if kind_of(found) == "frame":
        found = _of_rows(kind, found)
    if kind == "scalar" and isinstance(found, list) and len(found) == 1:
        found = found[0]
    return None if _told(original) == _told(found) else f"{_called(found)} with another content"


def _of_arrays(kind: str, original: Any, found: Any) -> str | None:
    import numpy as np

    if kind_of(found) != kind:
        return f"{_called(found)} and not {_CALLED[kind]}"
    if kind == "arrays":
        if set(original) != set(found):
            return "a dict of other names"
        changed = [name for name in original if _of_arrays("array", original[name], found[name])]
        return f"other values of '{changed[0]}'" if changed else None
    if kind == "sparse":
        if original.format != found.format:
            return "a sparse matrix of another form"
        original, found = original.toarray(), found.toarray()
    if original.shape != found.shape or (original.dtype != found.dtype and original.dtype.kind not in "SU"):
        return f"a numpy array of {found.dtype} with the shape {found.shape}"
    plain = original.dtype.kind in "fc"
    same = np.array_equal(original, found, equal_nan=True) if plain else np.array_equal(original, found)
    return None if same else "a numpy array with other values"


def _of_rows(kind: str, frame: Any) -> Any:
    """What a table that the signature makes of a dict, list or single value was before."""
    table = frame.to_dict(orient="records")
    if kind == "record":
        return table[0] if len(table) == 1 else {name: list(frame[name]) for name in frame.columns}
    cells = [next(iter(row.values())) for row in table] if len(frame.columns) == 1 else table
    return cells[0] if kind == "scalar" and len(cells) == 1 else cells


def _told(value: Any) -> Any:
    """JSON that tells apart what differs, and not an integer from the same number as a float."""
    if isinstance(value, dict):
        return {str(name): _told(one) for name, one in value.items()}
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, (list, tuple)):
        return [_told(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else repr(value)
    if isinstance(value, datetime.date):
        return ["moment", prediction.encode(timestamp(value))]
    plain = prediction.encode(value)
    return ["bytes", plain] if isinstance(value, (bytes, bytearray)) else plain


def _called(value: Any) -> str:
    return _CALLED[kind_of(value)]


def _pixels(image: Any) -> Any:
    return image.mode, image.size, image.tobytes()
