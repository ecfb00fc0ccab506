"""From what a caller in Python has, a frame, an array, a list or a dict, to a table of declared columns."""

from __future__ import annotations

from typing import Any

from mpk_runtime.request_error import schema_error

TABLE = "a DataFrame, a Series, an array, a list, a dict of columns or a list of dicts"


def kind_of(data: Any) -> str:
    """The library and the class of an object, such as ``pandas.DataFrame``; the class alone where it is Python's."""
    library = type(data).__module__.split(".")[0]
    name = type(data).__name__
    return name if library == "builtins" else f"{library}.{name}"


def is_list(value: Any) -> bool:
    """Whether a value holds one for each row."""
    return isinstance(value, (list, tuple)) or (
        kind_of(value) in ("numpy.ndarray", "pandas.Series") and getattr(value, "ndim", 1) > 0
    )


def of_array(array: Any) -> dict[Any, Any]:
    """The columns of an array, which have numbers as names.

    Raises:
        RequestError: It has more than two axes, or holds records.
    """
    if array.dtype.names is not None:
        raise schema_error(f"An array of records ({', '.join(array.dtype.names)}); make a DataFrame of it.")
    if array.ndim == 0:
        return {0: [array.item()]}
    if array.ndim == 1:
        return {0: array}
    if array.ndim == 2:  # noqa: PLR2004 - rows and columns
        return {at: array[:, at] for at in range(array.shape[1])}
    raise schema_error(f"An array of shape {array.shape}, where this model takes a table: rows and columns.")


def of_rows(rows: Any) -> dict[Any, Any]:
    """The columns of a list: of dicts, of lists of one length, or of the values of one column.

    Raises:
        RequestError: The rows have different lengths, or are of different kinds.
    """
    if rows and all(isinstance(row, dict) for row in rows):
        names: dict[Any, None] = {}
        for row in rows:
            names.update(dict.fromkeys(row))
        return {name: [row.get(name) for row in rows] for name in names}
    if rows and all(is_list(row) for row in rows):
        lengths = sorted({len(row) for row in rows})
        if len(lengths) > 1:
            raise schema_error(f"The rows have different lengths: {lengths}.")
        return {at: [row[at] for row in rows] for at in range(lengths[0])}
    return {0: list(rows)}
