"""Runs beside the real MLflow: data of every kind, and what MLflow and mpk say of each.

Prints ``{case: [MLflow's JSON text or null where it gives up, mpk's JSON text or its error]}``.
"""

# MLflow is where this runs, and not where it is checked.
# mypy: disable-error-code="import-not-found,import-untyped,no-any-return"

from __future__ import annotations

import datetime
import decimal
import json
import logging
import sys
import typing
import warnings
from typing import Any

import mlflow  # noqa: F401 - its own warnings are not these
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pydantic
import scipy.sparse
from mlflow.models.signature import ModelSignature
from mlflow.types.type_hints import _infer_schema_from_list_type_hint
from mlflow.types.utils import _infer_param_schema, _infer_schema

from mpk_runtime.signature import Signature, infer_schema, params_schema
from mpk_runtime.signature.type_hints import schemas_of

DAY = datetime.date(2026, 1, 31)
MOMENT = datetime.datetime(2026, 1, 31, 12, 30)  # noqa: DTZ001 - without a zone on purpose
DTYPES = ["bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "float16", "float32", "float64"]
UNITS = ["s", "ms", "us", "ns"]


def series(values: list[Any], dtype: Any = None, name: str | None = "x") -> pd.Series:
    """A column."""
    return pd.Series(values, dtype=dtype, name=name)


DATA: dict[str, Any] = {
    **{f"Series {dtype}": series([0, 1], dtype) for dtype in DTYPES},
    **{f"Series datetime64[{unit}]": series(["2026-01-31"], f"datetime64[{unit}]") for unit in UNITS},
    **{f"Series {dtype} without a missing value": series([1, 0], dtype) for dtype in ("Int8", "Int64", "boolean")},
    **{f"Series {dtype} with a missing value": series([1, None], dtype) for dtype in ("Int64", "UInt16", "Float32")},
    **{f"array {dtype}": np.zeros((2, 3), dtype) for dtype in (*DTYPES, "uint64", "complex64", "complex128", "object")},
    **{f"array datetime64[{unit}]": np.zeros(2, f"datetime64[{unit}]") for unit in ("D", "h", *UNITS)},
    "array timedelta64[ns]": np.zeros(2, "timedelta64[ns]"),
    "array str": np.array(["a", "longer"]),
    "array bytes": np.array([b"a"]),
    "array without rows": np.zeros((0, 28, 28)),
    "arrays by name": {"images": np.zeros((2, 28, 28), "uint8"), "sizes": np.zeros(2, "float32")},
    "csr_matrix": scipy.sparse.csr_matrix(np.eye(3)),
    "csc_matrix": scipy.sparse.csc_matrix(np.eye(3, dtype="float32")),
    "frame": pd.DataFrame({"a": [1], "b": [1.5], "c": ["x"], "d": [True], "e": [None]}),
    "frame with missing values": pd.DataFrame({"a": [1, None], "b": ["x", None], "c": [MOMENT, pd.NaT]}),
    "frame without rows": pd.DataFrame({"a": series([], "int64"), "b": series([], "string")}),
    "datetimes with a zone": series(pd.to_datetime(["2026-01-31"]).tz_localize("Europe/Berlin")),
    "category of text": series(["a", "b"], "category"),
    "category of integers": series([1, 2], "category"),
    "string": series(["a", None], "string"),
    "string[pyarrow]": series(["a", None], "string[pyarrow]"),
    "int64[pyarrow]": series([1, None], "int64[pyarrow]"),
    "timestamp[pyarrow]": series([MOMENT], pd.ArrowDtype(pa.timestamp("ms"))),
    "date32[pyarrow]": series([DAY], pd.ArrowDtype(pa.date32())),
    "list[pyarrow]": series([[1, 2]], pd.ArrowDtype(pa.list_(pa.int64()))),
    "objects: bytes": series([b"a", None], object),
    "objects: dates": series([DAY], object),
    "objects: datetimes": series([MOMENT], object),
    "objects: Timestamps": series([pd.Timestamp(MOMENT)], object),
    "objects: booleans": series([True, None], object),
    "objects: integers with a missing one": series([1, None], object),
    "objects: nothing": series([None, None], object),
    "objects: lists": series([[1, 2], None, []]),
    "objects: lists of lists": series([[[1.5], []], [[2.5]]]),
    "objects: arrays": series([np.zeros((2, 2), "float32")]),
    "objects: objects": series([{"b": 1, "a": "x"}, {"b": 2}]),
    "objects: objects of objects": series([{"a": {"b": [1]}}, {"a": {"c": None}}]),
    "objects: objects with a missing one": series([{"a": 1}, None]),
    "Series without a name": series([1.5], name=None),
    "list of integers": [1, 2],
    "list of text": ["a"],
    "list of bytes": [b"a"],
    "list of dates": [DAY, DAY],
    "list of datetime64": [np.datetime64("2026-01-31")],
    "list of float32": [np.float32(1.5)],
    "list with a missing value": [1.5, None],
    "list of nothing": [None],
    "list of lists": [[1, 2], [3]],
    "list of empty lists": [[], []],
    "rows": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}],
    "rows, some without": [{"a": 1}, {"b": 2.5, "a": None}],
    "rows with objects": [{"a": {"b": 1}, "c": [1]}, {"a": {"d": "x"}, "c": []}],
    "object of scalars": {"a": 1, "b": "x", "c": None, "d": b"x"},
    "object of lists": {"a": [1, 2], "b": ["x", None]},
    "scalar": 5,
    "text": "x",
    "array longdouble": np.zeros(1, "longdouble"),
    "better: no list": [],
    "better: objects, none": series([], object),
    "better: a column's name": pd.DataFrame({0: [1.5]}),
    "better: integers and floats": [1, 2.5],
    "better: tuples": [(1, 2)],
    "better: Timestamps": [pd.Timestamp(MOMENT)],
    "better: int8": [np.int8(1)],
    "better: a missing value without a name": series([1.5, None], name=None),
    "better: NaN in rows": [{"a": float("nan")}, {"a": 1.5}],
    "better: sparse column": series(pd.arrays.SparseArray([0.0, 1.0])),
    "better: csr_array": scipy.sparse.csr_array(np.eye(2)),
    "better: polars": pl.DataFrame(
        {
            "a": [1, None],
            "b": [[1.5], []],
            "c": [{"d": "x"}, {"d": "y"}],
            "e": [DAY, DAY],
            "f": [b"x", b"y"],
            "g": [float("nan"), 1.0],
        },
    ),
    "better: polars Series": pl.Series("y", ["a", "b"], dtype=pl.Categorical),
    "refused: uint64": series([1], "uint64"),
    "refused: Decimal": series([decimal.Decimal("1.5")]),
    "refused: mixed": series([1, "a"]),
    "refused: mixed in lists": series([[1], ["a"]]),
    "refused: Timedelta": series([pd.Timedelta(1)]),
    "refused: Period": series([pd.Period("2026")]),
    "refused: complex": series([1j]),
    "refused: 2**63": [2**63],
    "refused: a name that is no text": [{1: 2}],
    "refused: no columns": pd.DataFrame(),
    "refused: two of a name": pd.DataFrame([[1, 2]], columns=["a", "a"]),
    "refused: levels": pd.DataFrame([[1]], columns=pd.MultiIndex.from_tuples([("a", "b")])),
    "refused: nothing": {},
    "refused: 0-d": np.array(1),
    "refused: fields": np.zeros(1, [("a", "i4")]),
    "refused: coo": scipy.sparse.coo_matrix(np.eye(2)),
    "refused: polars Decimal": pl.Series("y", [decimal.Decimal("1.5")]),
    "refused: some object": object(),
}
PARAMS: dict[str, Any] = {
    "scalars": {"flag": True, "count": 1, "scale": 0.5, "name": "a"},
    "of numpy": {"count": np.int32(1), "scale": np.float32(0.5), "flags": np.array([True])},
    "dates": {"day": DAY, "moment": MOMENT, "days": [MOMENT, MOMENT]},
    "lists": {"names": ["a"], "counts": [1, 2], "mixed": [1, 2.5]},
    "objects": {"options": {"b": 1, "a": {"c": ["x"]}}},
    "refused: nothing": {"x": None},
    "refused: an empty list": {"x": []},
    "refused: lists of lists": {"x": [[1]]},
    "refused: bytes": {"x": b"a"},
    "refused: objects in a list": {"x": [{"a": 1}]},
}


class Address(pydantic.BaseModel):
    """A part of a row."""

    street: str
    number: int | None = None


class Person(pydantic.BaseModel):
    """A row."""

    name: str
    born: datetime.datetime
    height: float
    photo: bytes
    alive: bool
    address: Address
    earlier: list[Address]
    scores: dict[str, float]
    whatever: Any
    either: int | str
    note: str | int | None = None


class Optionals(pydantic.BaseModel):
    """Fields that may be missing."""

    n: int = 3
    renamed: str = pydantic.Field(alias="as")
    year: datetime.date


class Unknown(pydantic.BaseModel):
    """A field of a type without a word."""

    size: decimal.Decimal


HINTS: dict[str, Any] = {
    "list[int]": list[int],
    "list[str]": list[str],
    "list[bool]": list[bool],
    "list[float]": list[float],
    "list[bytes]": list[bytes],
    "list[datetime]": list[datetime.datetime],
    "list[Any]": list[Any],
    "list[list[str]]": list[list[str]],
    "list[dict[str, int]]": list[dict[str, int]],
    "list[dict[str, list[float]]]": list[dict[str, list[float]]],
    "List[Dict[str, str]]": typing.List[typing.Dict[str, str]],  # noqa: UP006 - also a way to say it
    "list[int | str]": list[int | str],
    "list[Person]": list[Person],
    "list[Optional[int]]": list[int | None],
    "str": str,
    "DataFrame": pd.DataFrame,
    "ndarray": np.ndarray,
    "list": list,
    "better: list[date]": list[datetime.date],
    "better: defaults and aliases": list[Optionals],
    "better: a type without a word": list[Unknown],
}


def attempt(infer: Any, data: Any) -> str | None:
    """The JSON text, or None."""
    try:
        text: str = infer(data).to_json()
    except Exception:  # noqa: BLE001 - MLflow raises all kinds
        return None
    return text


def mine(infer: Any, data: Any) -> str:
    """Mpk's JSON text, or the error."""
    try:
        return json.dumps(infer(data))
    except ValueError as error:
        return str(error)


def predicting(hint: Any) -> Any:
    """A model that takes what the hint says."""

    def predict(model_input: Any) -> Any:
        return model_input

    predict.__annotations__["model_input"] = hint
    return predict


def reread(text: str | None, part: str) -> str | None:
    """What mpk writes of what MLflow wrote."""
    if text is None:
        return None
    try:
        return Signature.from_document({part: text}).to_document()[part]
    except ValueError as error:
        return str(error)


def accepted(text: str, part: str) -> bool:
    """Whether MLflow reads what mpk wrote."""
    try:
        ModelSignature.from_dict({part: text})
    except Exception:  # noqa: BLE001 - MLflow raises all kinds
        return False
    return True


def main() -> None:
    """Print the table."""
    warnings.simplefilter("ignore")
    logging.disable()
    found = {}
    for part, cases, theirs, infer in (
        ("inputs", DATA, _infer_schema, infer_schema),
        ("params", PARAMS, _infer_param_schema, params_schema),
    ):
        for name, data in cases.items():
            wrote, text = attempt(theirs, data), mine(infer, data)
            found[f"{part}: {name}"] = [wrote, text, reread(wrote, part), accepted(text, part)]
    for name, hint in HINTS.items():
        wrote, schemas = attempt(_infer_schema_from_list_type_hint, hint), schemas_of(predicting(hint))
        ours = None if schemas is None else json.dumps(schemas[0])
        found[f"hint: {name}"] = [wrote, ours, reread(wrote, "inputs"), ours is None or accepted(ours, "inputs")]
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
