"""Signatures: inferred, written, read, and what params they let pass."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mpk_runtime.signature import Signature, infer_schema, params_schema
from mpk_runtime.signature.inferring import is_nested, type_of

PARAMS = {"flag": True, "count": 1, "scale": 0.5, "name": "a", "weights": [0.5]}


@pytest.mark.parametrize(
    ("data", "schema"),
    [
        (
            pd.DataFrame({"a": [1], "b": [None]}),
            [{"type": "long", "name": "a", "required": True}, {"type": "string", "name": "b", "required": False}],
        ),
        (pd.DataFrame({0: [1.5]}), [{"type": "double", "name": "0", "required": True}]),
        (pd.DataFrame({"a": [[1, 2]]}), None),
        (pd.Series([1.5, None], name="y"), [{"type": "double", "name": "y", "required": False}]),
        (pd.Series([True]), [{"type": "boolean", "required": True}]),
        (
            np.zeros((3, 2, 4), "float32"),
            [{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 2, 4]}}],
        ),
        (np.array(["a"]), [{"type": "tensor", "tensor-spec": {"dtype": "str", "shape": [-1]}}]),
        (np.array([b"a"]), [{"type": "tensor", "tensor-spec": {"dtype": "bytes", "shape": [-1]}}]),
        ([1, 2], [{"type": "long", "required": True}]),
        ([1, 2.5], [{"type": "double", "required": True}]),
        (["a"], [{"type": "string", "required": True}]),
        ([True, 1], None),
        ([1, None], None),
        ([], None),
        ([[1]], None),
        ({"a": 1}, None),
        ("a", None),
    ],
)
def test_a_schema_is_inferred(data: Any, schema: Any) -> None:
    assert infer_schema(data) == schema


def test_it_is_read_as_it_is_written() -> None:
    signature = Signature([{"type": "long", "required": True}], None, params_schema(PARAMS))
    document = signature.to_document()
    assert document["inputs"] == '[{"type": "long", "required": true}]'
    assert document["outputs"] is None
    again = Signature.from_document(document)
    assert (again.inputs, again.outputs, again.params) == (signature.inputs, None, signature.params)
    nothing = Signature.from_document(None)
    assert (nothing.inputs, nothing.outputs, nothing.params, nothing.is_tensor) == (None, None, None, False)


@pytest.mark.parametrize(("default", "kind"), [(None, "NoneType"), ({}, "dict"), ([], "list"), ([None], "NoneType")])
def test_a_default_without_a_type_is_told(default: Any, kind: str) -> None:
    with pytest.raises(
        ValueError, match=f"^param 'x' is a {kind}; expected a boolean, number, string or a list of them$"
    ):
        params_schema({"x": default})


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([True], None, ("boolean", False)),
        ([1], "int8", ("integer", False)),
        ([1], "int32", ("integer", False)),
        ([1], "uint32", ("long", False)),
        ([1, None], "Int64", ("long", True)),
        ([1.5], "float32", ("float", False)),
        ([1.5, None], None, ("double", True)),
        (["a", None], None, ("string", True)),
        ([None, None], object, ("string", True)),
        ([True, None], object, ("boolean", True)),
        ([b"a"], object, ("binary", False)),
        ([datetime.date(2026, 1, 31)], object, ("datetime", False)),
        (["2026-01-31"], "datetime64[ns]", ("datetime", False)),
        (["a", "b"], "category", ("string", False)),
    ],
)
def test_the_type_of_a_column_is_told(values: list[Any], dtype: Any, expected: tuple[str, bool]) -> None:
    assert type_of(pd.Series(values, dtype=dtype, name="x")) == expected


def test_a_column_without_a_type_is_told() -> None:
    with pytest.raises(ValueError, match=r"^column 'x' mixes types \(int, str\); a signature needs one type a column$"):
        type_of(pd.Series([1, "a"], name="x"))
    with pytest.raises(
        ValueError, match=r"^column 'x' holds values of the type Timedelta, for which a signature has no word$"
    ):
        type_of(pd.Series([pd.Timedelta(1)], name="x"))


def test_lists_and_objects_in_cells_are_seen() -> None:
    assert is_nested(pd.Series([[1], None]))
    assert is_nested(pd.Series([{"a": 1}]))
    assert not is_nested(pd.Series([1, "a"]))
