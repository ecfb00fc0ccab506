"""A model that takes a table: what its columns become, of data in Python, JSON and CSV."""

from __future__ import annotations

from typing import Any

from mpk_runtime.enforcement import forms
from mpk_runtime.enforcement.strict import columns, dtypes, python_data
from mpk_runtime.enforcement.strict.columns import JSON, PYTHON, TEXT, Column, Source
from mpk_runtime.enforcement.strict.frames import Frames
from mpk_runtime.enforcement.strict.wording import kind_of
from mpk_runtime.request_error import schema_error


class Tables:
    """Tables for the declared columns.

    Args:
        declared: The columns of the signature.
        takes_lists: Whether a model with one column that has no name takes a list as a list.
    """

    def __init__(self, declared: list[dict[str, Any]], *, takes_lists: bool) -> None:
        self._columns = [Column(spec, at) for at, spec in enumerate(declared)]
        self._named = "name" in declared[0]
        self._takes_lists = takes_lists and not self._named and len(declared) == 1
        self._frames = Frames(self._columns)

    def python(self, data: Any) -> Any:
        """The DataFrame of what a caller in Python has; see `mpk_runtime.enforcement.Enforcement.python`."""
        kind = python_data.kind_of(data)
        if kind == "pandas.DataFrame":
            return self._frames.enforced(data)
        if kind == "pandas.Series":
            return self._frames.enforced(data.to_frame(0 if data.name is None else data.name))
        if isinstance(data, dict):
            return self._of_dict(data, PYTHON)
        if kind == "numpy.ndarray":
            return self._of_parts(python_data.of_array(data))
        if isinstance(data, (list, tuple)):
            return self._of_list(data, PYTHON)
        if isinstance(data, (str, bytes, bytearray, bool, int, float)) or kind.startswith("numpy."):
            return self._of_list([data], PYTHON)
        raise schema_error(f"The model input is {_a(kind)}, where {python_data.TABLE} is expected.")

    def json(self, form: str, value: Any) -> Any:
        """The DataFrame, or for a model that takes one the list, of the value of one of `forms.FORMS`."""
        if form == "dataframe_split":
            names = [column.name for column in self._columns] if self._named else None
            return self._of_table(forms.from_split(value, names), JSON)
        if form == "dataframe_records" or (value and forms.is_rows(value) and self._are_rows):
            return self._of_table(forms.from_rows(value), JSON)
        if isinstance(value, dict) and self._named:
            return self._of_dict(value, JSON)
        if isinstance(value, list) and (not self._named or len(self._columns) == 1):
            return self._of_list(value, JSON)
        if isinstance(value, (str, bool, int, float)) and not self._named and len(self._columns) == 1:
            return self._of_list([value], JSON)
        if self._named:
            raise schema_error(f"'{form}' must be a list of objects, one for each row, or an object of columns.")
        raise schema_error(f"'{form}' must be a list of values.")

    def csv(self, text: str) -> Any:
        """The DataFrame of a CSV file."""
        return self._of_table(forms.from_csv(text), TEXT)

    @property
    def _are_rows(self) -> bool:
        """Whether a list of objects is a list of rows, and not of the values of one column of objects."""
        return self._named or len(self._columns) > 1 or not self._columns[0].is_nested

    def _of_list(self, data: Any, source: Source) -> Any:
        only = self._columns[0] if len(self._columns) == 1 else None
        plain = not any(isinstance(row, (dict, list, tuple)) or python_data.is_list(row) for row in data)
        if self._takes_lists and only is not None and (plain or only.is_nested):
            return only.listed(data, source) if only.is_nested else columns.listed(only.type_name, data, source)
        if only is not None and (plain or (only.is_nested and not self._rows_of_it(data))):
            return self._of_table(forms.Table({only.name: list(data)}, len(data)), source)
        return self._of_table(forms.Table(python_data.of_rows(data), len(data)), source)

    def _rows_of_it(self, data: Any) -> bool:
        return self._named and all(isinstance(row, dict) and self._columns[0].name in row for row in data)

    def _of_dict(self, table: dict[str, Any], source: Source) -> Any:
        if self._is_record(table):
            return self._of_table(forms.Table({name: [value] for name, value in table.items()}, 1), source)
        if any(python_data.is_list(value) and not isinstance(value, list) for value in table.values()):
            return self._of_parts(table)
        lists = {name: value if isinstance(value, list) else [value] for name, value in table.items()}
        return self._of_table(forms.from_lists(lists), source)

    def _is_record(self, table: dict[str, Any]) -> bool:
        """Whether an object holds one row, and not columns: told by how deep its first declared value is nested."""
        for column in self._columns:
            if column.name in table:
                return _depth(table[column.name]) <= _declared_depth(column.spec)
        return False

    def _of_parts(self, parts: dict[Any, Any]) -> Any:
        """Of columns that have dtypes: as a frame with them has."""
        import pandas as pd

        lists = {name: part if python_data.is_list(part) else [part] for name, part in parts.items()}
        forms.from_lists(lists)
        whole = {name: list(part) if getattr(part, "ndim", 1) > 1 else part for name, part in lists.items()}
        declared = {column.name: column for column in self._columns}
        series = {}
        for name, part in whole.items():
            untyped = name in declared and isinstance(part, (list, tuple))
            series[name] = pd.Series(declared[name].from_values(list(part), PYTHON) if untyped else part)
        return self._frames.enforced(pd.DataFrame(series))

    def _of_table(self, table: forms.Table, source: Source) -> Any:
        import pandas as pd

        made = {}
        for column, name in zip(self._columns, self._matched(table)):
            values = table.columns.get(name)
            # As rows of objects have it, a name that is nowhere is a value that is missing everywhere.
            made[name] = column.missing(table.length) if values is None else column.from_values(values, source)
        frame = pd.DataFrame(made)
        if table.labels is not None:
            frame.index = table.labels
        return frame

    def _matched(self, table: forms.Table) -> list[Any]:
        if not self._named:
            if len(table.columns) != len(self._columns):
                raise schema_error(f"Found {len(table.columns)} columns, expected {len(self._columns)}.")
            return list(table.columns)
        missing = [one.name for one in self._columns if one.required and one.name not in table.columns]
        if missing:
            raise schema_error(f"Model is missing inputs {missing}.")
        return [one.name for one in self._columns]


def _a(kind: str) -> str:
    return f"a {kind}" if kind != "NoneType" else kind_of(None)


def _depth(value: Any) -> int:
    if not python_data.is_list(value):
        return 0
    if not dtypes.is_object(getattr(value, "dtype", None)):
        return int(value.ndim)
    return 1 + (_depth(value[0]) if len(value) else 0)


def _declared_depth(spec: dict[str, Any]) -> int:
    return 1 + _declared_depth(spec["items"]) if spec["type"] == "array" else 0
