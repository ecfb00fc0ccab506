"""A declared column, from values that have no dtype: those of JSON, the fields of a CSV file, or Python's own."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from mpk_runtime.enforcement.strict import nested
from mpk_runtime.enforcement.strict.bulk import IN_BULK
from mpk_runtime.enforcement.strict.conversions import (
    FROM_JSON,
    FROM_PYTHON,
    FROM_TEXT,
    Conversion,
    RefusedError,
    refusal,
)
from mpk_runtime.enforcement.strict.wording import EXPECTED, EXPECTED_OF_PYTHON
from mpk_runtime.request_error import schema_error

NUMPY = {"boolean": "bool", "integer": "int32", "long": "int64", "float": "float32", "double": "float64"}
# What holds an integer that is missing; in a signature only a column that may be missing is one.
_NULLABLE = {"integer": "Int32", "long": "Int64"}


class Source(NamedTuple):
    """Where values come from, and so how each becomes one of a column type."""

    name: str
    conversions: dict[str, Conversion]

    @property
    def is_python(self) -> bool:
        """Whether the values are Python's own."""
        return self.name == "python"

    def is_missing(self, value: Any) -> bool:
        """Whether a value stands for none."""
        if value is None or (self.name == "text" and value == ""):
            return True
        if not self.is_python or isinstance(value, (str, bytes)):
            return False
        return (isinstance(value, float) and math.isnan(value)) or type(value).__name__ in ("NAType", "NaTType")


JSON = Source("json", FROM_JSON)
TEXT = Source("text", FROM_TEXT)
PYTHON = Source("python", FROM_PYTHON)


class Column:
    """A column of a signature.

    Args:
        spec: As the signature has it: ``type``, and perhaps ``name`` and ``required``, and what nested types add.
        name: What it is called where the signature has no name for it.

    Attributes:
        spec: The same.
        type_name: Its type.
        name: Its name.
        required: Whether values must be there.
        label: What an error calls it.
    """

    def __init__(self, spec: dict[str, Any], name: Any = "") -> None:
        self.spec = spec
        self.name = spec.get("name", name)
        self.type_name: str = spec["type"]
        self.required: bool = spec.get("required", True)
        self.label = f"Column '{self.name}'"

    @property
    def is_nested(self) -> bool:
        """Whether its values are lists, objects or of any type."""
        return self.type_name not in FROM_JSON

    def from_values(self, values: list[Any], source: Source) -> Any:
        """What pandas makes the column from, an array or a Series, of one value for each row.

        Raises:
            RequestError: A value is not of the type, or a missing one where the type can't hold it.
        """
        in_bulk = IN_BULK.get((source.name, self.type_name))
        column = in_bulk(values) if in_bulk is not None else None
        if column is not None:
            return column
        return self._as_pandas([self._converted(row, value, source) for row, value in enumerate(values)])

    def listed(self, values: list[Any], source: Source) -> list[Any]:
        """The values of a nested column, as a list; needs no library, and raises as `from_values` does."""
        return [self._converted(row, value, source) for row, value in enumerate(values)]

    def missing(self, length: int) -> Any:
        """The column where it is not given at all."""
        return self._as_pandas([self._nothing] * length)

    @property
    def _nothing(self) -> Any:
        return math.nan if self.type_name in ("float", "double", "string") else None

    def _converted(self, row: int, value: Any, source: Source) -> Any:
        where = f"{self.label}, row {row}"
        if self.is_nested:
            return nested.converted(self.spec, value, where, source)
        if source.is_missing(value):
            if self.required and self.type_name in ("boolean", "integer", "long"):
                expected = (EXPECTED_OF_PYTHON if source.is_python else EXPECTED)[self.type_name]
                hint = "" if self.type_name == "boolean" else " Declare the column as double if it may be missing."
                raise schema_error(f"{where}: a missing value, where {expected} is expected.{hint}")
            return self._nothing
        try:
            return source.conversions[self.type_name](value, self.type_name)
        except RefusedError as why:
            raise refusal(where, why, self.type_name, python=source.is_python) from None

    def _as_pandas(self, values: list[Any]) -> Any:
        import pandas as pd

        if self.type_name == "datetime":
            try:
                return pd.Series(pd.to_datetime(values))
            except ValueError:
                raise schema_error(f"{self.label}: times with and without a zone, or of different zones.") from None
        if self.type_name in NUMPY and None not in values:
            return pd.Series(values, dtype=NUMPY[self.type_name])
        if self.type_name in _NULLABLE:
            return pd.Series(values, dtype=_NULLABLE[self.type_name])
        text = self.type_name == "string" and any(isinstance(value, str) for value in values)
        return pd.Series(values) if text else pd.Series(values, dtype=object)


def listed(type_name: str, values: list[Any], source: Source) -> list[Any]:
    """The values of a signature's one column without a name, as a list; needs no library.

    Raises:
        RequestError: A value is not of the type, or is missing.
    """
    conversion = source.conversions[type_name]
    converted: list[Any] = []
    try:
        for value in values:
            converted.append(conversion(value, type_name))  # noqa: PERF401 - its length tells where it was refused
    except RefusedError as why:
        raise refusal(f"Value {len(converted)}", why, type_name, python=source.is_python) from None
    return converted
