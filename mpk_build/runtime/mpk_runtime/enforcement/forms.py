"""The forms in which requests carry a table, as columns of values that are not converted yet."""

from __future__ import annotations

import csv
import io
import operator
from typing import Any, NamedTuple

from mpk_runtime.request_error import RequestError

FORMS = ("dataframe_split", "dataframe_records", "instances", "inputs")
# Of the csv module, which by itself takes no text longer than 128 KiB; the front limits the whole body.
_LARGEST_FIELD = 2**31 - 1


class Table(NamedTuple):
    """Columns by name, one value for each row; the labels of the rows where they were given."""

    columns: dict[Any, list[Any]]
    length: int
    labels: list[Any] | None = None


def is_rows(value: Any) -> bool:
    """Whether a JSON value is a list of objects."""
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)


def from_split(value: Any, declared: list[str] | None) -> Table:
    """The table of ``dataframe_split``; without ``columns`` its columns are those that are ``declared``.

    Raises:
        RequestError: The value does not have that form.
    """
    if not isinstance(value, dict) or "data" not in value or set(value) - {"data", "columns", "index"}:
        raise RequestError("'dataframe_split' must be an object with 'columns' and 'data', and perhaps 'index'.")
    rows = value["data"]
    if not isinstance(rows, list) or not set(map(type, rows)) <= {list}:
        raise RequestError("'data' of 'dataframe_split' must be a list of rows, each a list of values.")
    names = value.get("columns")
    if names is None:
        names = declared or list(range(len(rows[0]) if rows else 0))
    if not _are_names(names):
        raise RequestError("'columns' of 'dataframe_split' must be a list of different names.")
    _check_lengths(rows, f"values, expected {len(names)}", len(names))
    index = value.get("index")
    if index is not None:
        plain = isinstance(index, list) and all(isinstance(label, (str, int, float)) for label in index)
        if not plain or len(index) != len(rows):
            raise RequestError(f"'index' of 'dataframe_split' must be a list of {len(rows)} values.")
    return Table(_columns(names, rows), len(rows), index)


def _are_names(names: Any) -> bool:
    plain = isinstance(names, list) and all(isinstance(name, (str, int)) for name in names)
    return plain and len(set(map(str, names))) == len(names)


def from_rows(rows: list[dict[str, Any]]) -> Table:
    """The table of a list of objects; a name that a row does not have is a missing value."""
    names: dict[str, None] = {}
    for row in rows:
        names.update(dict.fromkeys(row))
    return Table({name: [row.get(name) for row in rows] for name in names}, len(rows))


def from_lists(lists: dict[str, list[Any]]) -> Table:
    """The table of an object of columns.

    Raises:
        RequestError: The columns have different lengths.
    """
    lengths = {len(values) for values in lists.values()}
    if len(lengths) > 1:
        raise RequestError(f"The columns must have one length; found {sorted(lengths)}.")
    return Table(lists, lengths.pop() if lengths else 0)


def from_csv(text: str) -> Table:
    """The table of a CSV file with a header; every value is text.

    Raises:
        RequestError: It is not CSV, has no header, or rows of another length.
    """
    csv.field_size_limit(_LARGEST_FIELD)
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error as error:
        raise RequestError(f"The body is not CSV: {error}.") from None
    if not rows:
        raise RequestError("The body is empty; expected CSV with a header.")
    names, data = rows[0], rows[1:]
    if len(set(names)) != len(names):
        raise RequestError("The header of the CSV must have different names.")
    _check_lengths(data, f"fields, expected {len(names)} as in the header", len(names))
    return Table(_columns(names, data), len(data))


def _check_lengths(rows: list[list[Any]], expected: str, length: int) -> None:
    if set(map(len, rows)) <= {length}:
        return
    number = next(at for at, row in enumerate(rows) if len(row) != length)
    raise RequestError(f"Row {number} has {len(rows[number])} {expected}.")


def _columns(names: list[Any], rows: list[list[Any]]) -> dict[Any, list[Any]]:
    return {name: list(map(operator.itemgetter(at), rows)) for at, name in enumerate(names)}
