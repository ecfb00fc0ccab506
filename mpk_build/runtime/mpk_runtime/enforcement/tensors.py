"""Tensors of a signature: from nested lists to an array of its dtype and shape, where nothing is lost by it."""

from __future__ import annotations

from typing import Any

from mpk_runtime.request_error import schema_error


def decode(value: Any, spec: dict[str, Any]) -> Any:
    """The numpy array of nested lists.

    ``spec``: ``{"dtype": a numpy dtype, "shape": a list with -1 for a free axis}``.

    Raises:
        RequestError: The values are not of the dtype, or the shape is another.
    """
    import numpy as np

    expected = tuple(spec["shape"])
    try:
        array = np.array(value)
    except ValueError:
        raise schema_error(f"The rows of the tensor have different lengths; expected shape {expected}.") from None
    wanted = np.dtype(spec["dtype"])
    if array.size == 0 or (array.dtype.kind in "iuf" and wanted.kind in "biuf"):
        array = _cast(array, wanted)
    elif wanted.kind not in (array.dtype.kind, "O"):
        raise schema_error(f"The tensor has values of another type; expected {wanted.name}.")
    if array.ndim != len(expected) or any(want not in (-1, have) for want, have in zip(expected, array.shape)):
        raise schema_error(f"The tensor has shape {array.shape}, expected {expected}.")
    return array


def _cast(array: Any, wanted: Any) -> Any:
    import numpy as np

    with np.errstate(all="ignore"):
        cast = array.astype(wanted)
    # A fraction may be rounded to fewer digits; an integer has to stay what it is, and finite what was finite.
    if "f" == array.dtype.kind == wanted.kind:
        kept = np.isfinite(cast).all()
    else:
        # There and back, and as values: either alone lets some integers of 64 bits pass that became others.
        with np.errstate(all="ignore"):
            kept = np.array_equal(cast, array) and np.array_equal(cast.astype(array.dtype), array)
    if not kept:
        raise schema_error(f"The tensor has values that {wanted.name} can't hold.")
    return cast
