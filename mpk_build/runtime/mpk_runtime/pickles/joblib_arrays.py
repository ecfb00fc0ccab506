"""Arrays that joblib puts between the opcodes of a pickle, as raw bytes, or as pickles of their own for objects.

Format: ``joblib/numpy_pickle.py``, ``NumpyArrayWrapper``, since joblib 0.10.
"""

from __future__ import annotations

import re
from typing import Any, BinaryIO

WRAPPER = ("joblib.numpy_pickle", "NumpyArrayWrapper")
_ITEM = re.compile(r"[<>|=]?([biufcmMSUVO])(\d*)")
_UCS4 = 4


class ArrayError(Exception):
    """The state of a wrapper does not say how long its array is."""


def skip_array(file: BinaryIO, state: Any) -> bool:
    """Go on behind the array that stands in a file; whether there is a pickle to be read instead.

    ``state``: of the wrapper: ``shape``, ``dtype`` (a symbol of `mpk_runtime.pickles.reading`) and
    ``numpy_array_alignment_bytes``.

    Raises:
        ArrayError: It does not tell how long that is.
    """
    if not isinstance(state, dict) or not isinstance(state.get("shape"), tuple):
        raise ArrayError("an array of joblib without a shape")
    size = _item_size(getattr(state.get("dtype"), "arguments", None))
    if size is None:
        return True
    for length in state["shape"]:
        if type(length) is not int or length < 0:
            raise ArrayError("an array of joblib of a shape that is computed")
        size *= length
    if state.get("numpy_array_alignment_bytes") is not None:
        padding = file.read(1)
        if len(padding) != 1 or len(file.read(padding[0])) != padding[0]:
            raise ArrayError("an array of joblib that ends early")
    while size:
        read = len(file.read(min(size, 1 << 20)))
        if not read:
            raise ArrayError("an array of joblib that ends early")
        size -= read
    return False


def _item_size(arguments: Any) -> int | None:
    """Bytes of one item by the arguments of ``numpy.dtype``; None for objects."""
    found = _ITEM.fullmatch(arguments[0]) if arguments and isinstance(arguments[0], str) else None
    if found is None:
        raise ArrayError("an array of joblib of a type that is computed")
    kind, count = found[1], int(found[2] or 1)
    if kind == "O":
        return None
    return count * _UCS4 if kind == "U" else count
