"""The schemas of arrays: of numpy, and the sparse ones of scipy."""

from __future__ import annotations

from typing import Any

from mpk_runtime.signature import spec
from mpk_runtime.signature.error import SignatureError

_SPARSE = ("csr_matrix", "csc_matrix", "csr_array", "csc_array")


def is_sparse(data: Any) -> bool:
    """Whether it is one of scipy's sparse matrices or arrays."""
    return type(data).__module__.startswith("scipy.sparse")


def of_array(array: Any, name: str | None = None) -> spec.Spec:
    """The tensor that a numpy array or a sparse one of rows or columns is; its first axis is free.

    Raises:
        SignatureError: It has no axis, its values no numpy type that can be read back, or it is sparse in another way.
    """
    what = "the array" if name is None else f"the array '{name}'"
    if is_sparse(array) and type(array).__name__ not in _SPARSE:
        raise SignatureError(f"{what} is a {type(array).__name__}; expected one of rows or columns: .tocsr(), .tocsc()")
    if not array.shape:
        raise SignatureError(f"{what} is a single value; expected at least one axis, for the rows")
    kind = array.dtype.kind
    if kind == "V":
        raise SignatureError(f"{what} has several fields or raw bytes in a value ({array.dtype}); expected one number")
    # The length of a text is no part of its type.
    dtype = {"U": "str", "T": "str", "S": "bytes"}.get(kind, array.dtype.name)
    return spec.tensor(dtype, [-1, *(int(size) for size in array.shape[1:])], name)
