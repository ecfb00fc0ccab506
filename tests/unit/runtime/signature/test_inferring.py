"""What is inferred of data; that it is what MLflow infers is tested beside the real MLflow."""

from __future__ import annotations

import datetime
import decimal
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mpk_runtime.signature import SignatureError, infer_schema, infer_signature, params_schema


@pytest.mark.parametrize(
    ("data", "schema"),
    [
        (
            pd.DataFrame({"a": [1], "b": [None]}),
            [{"type": "long", "name": "a", "required": True}, {"type": "any", "name": "b", "required": False}],
        ),
        (pd.DataFrame({0: [1.5]}), [{"type": "double", "name": "0", "required": True}]),
        (
            pd.DataFrame({"a": [[1, 2]]}),
            [{"type": "array", "items": {"type": "long"}, "name": "a", "required": True}],
        ),
        (pd.Series([1.5, None], name="y"), [{"type": "double", "name": "y", "required": False}]),
        (pd.Series([1, None], dtype=object, name="y"), [{"type": "double", "name": "y", "required": False}]),
        (pd.Series([1.5, None]), [{"type": "double", "required": True}]),
        (
            {"a": np.zeros((3, 2), "float32"), "b": np.array(["x"])},
            [
                {"name": "a", "type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 2]}},
                {"name": "b", "type": "tensor", "tensor-spec": {"dtype": "str", "shape": [-1]}},
            ],
        ),
        ([1, 2.5], [{"type": "double", "required": True}]),
        ([], [{"type": "any", "required": True}]),
        ([{}], [{"type": "any", "required": True}]),
        (
            [{"a": {"c": 1, "b": [None]}}, {"a": {"c": None}}, {"d": "x"}],
            [
                {
                    "type": "object",
                    "properties": {
                        "b": {"type": "array", "items": {"type": "any"}, "required": False},
                        "c": {"type": "long", "required": False},
                    },
                    "name": "a",
                    "required": False,
                },
                {"type": "string", "name": "d", "required": False},
            ],
        ),
        ({"a": 1, "b": {}}, [{"type": "long", "name": "a", "required": True}, {"type": "any", "name": "b", "required": True}]),
        (datetime.date(2026, 1, 31), [{"type": "datetime", "required": True}]),
    ],
)  # fmt: skip
def test_a_schema_is_inferred(data: Any, schema: Any) -> None:
    found = infer_schema(data)
    assert found == schema
    assert [list(one) for one in found] == [list(one) for one in schema]  # MLflow's order of keys


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (pd.Series([1, "a"], name="x"), "column 'x' mixes types (long, string)"),
        (pd.Series([[1], ["a"]], name="x"), "column 'x' mixes types (long, string)"),
        (
            pd.Series([decimal.Decimal(1)]),
            "the column holds values of the type Decimal, for which a signature has no word",
        ),
        (
            pd.DataFrame({"x": pd.Series([1], dtype="uint64")}),
            "column 'x' holds values of the type uint64, for which a signature has no word",
        ),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "two columns are called 'a'"),
        (pd.DataFrame(), "a table without columns has no schema"),
        ([True, 1], "the list mixes types (boolean, long)"),
        ([2**63], "the list holds an integer of more than 64 bits"),
        ([{"a": 1}, {"a": "x"}], "column 'a' mixes types (long, string)"),
        ([{1: 2}], "a column is called 1; expected a text"),
        ({"a": {1: 2}}, "column 'a' holds an object with a name that is a int, and not text"),
        (np.array(1), "the array is a single value; expected at least one axis, for the rows"),
        ({}, "an object without values has no schema"),
    ],
)
def test_what_no_signature_describes_is_told(data: Any, message: str) -> None:
    with pytest.raises(SignatureError) as raised:
        infer_schema(data)
    assert str(raised.value) == message


def test_a_signature_is_inferred_of_all_its_parts() -> None:
    found = infer_signature([[1.5]], np.zeros(2), {"scale": 0.5})
    assert found.to_document() == {
        "inputs": '[{"type": "array", "items": {"type": "double"}, "required": true}]',
        "outputs": '[{"type": "tensor", "tensor-spec": {"dtype": "float64", "shape": [-1]}}]',
        "params": '[{"name": "scale", "default": 0.5, "shape": null, "type": "double"}]',
    }
    assert infer_signature().to_document() == {"inputs": None, "outputs": None, "params": None}
    with pytest.raises(SignatureError, match=r"^model_output: the list mixes types \(long, string\)$"):
        infer_signature([1], [1, "a"])


def test_columns_of_integers_are_warned_of() -> None:
    with pytest.warns(UserWarning, match="integers") as warned:
        infer_signature(pd.DataFrame({"a": [1], "b": [1.5], "c": pd.Series([1], dtype="int8")}))
    assert [str(one.message) for one in warned] == [
        "integers can't be missing in Python, and these columns hold integers: 'a', 'c'. Where one may be missing when "
        "the model is asked, infer the signature of data in which one is, or declare the column as double"
    ]


def test_params_have_mlflow_s_order() -> None:
    moment = datetime.datetime(2026, 1, 31, 12, 30)  # noqa: DTZ001 - without a zone on purpose
    found = params_schema({"counts": [1, 2.5], "options": {"b": 1}, "at": moment, "name": np.str_("a")})
    assert found == [
        {"name": "counts", "default": [1.0, 2.5], "shape": [-1], "type": "double"},
        {
            "name": "options",
            "default": {"b": 1},
            "shape": None,
            "type": "object",
            "properties": {"b": {"type": "long", "required": True}},
        },
        {"name": "at", "default": "2026-01-31T12:30:00", "shape": None, "type": "datetime"},
        {"name": "name", "default": "a", "shape": None, "type": "string"},
    ]
    assert [list(one)[:4] for one in found] == [["name", "default", "shape", "type"]] * 4
    assert json.dumps(found[0]["default"]) == "[1.0, 2.5]"
    assert params_schema({}) is None


_EXPECTED = "expected a boolean, number, string, date, object or a list of scalars"


@pytest.mark.parametrize(
    ("default", "message"),
    [
        (None, "is missing, which tells no type"),
        ({}, "is an empty object, which tells no type"),
        ([], "is an empty list, which tells no type"),
        ([None], "is a list that holds missing values"),
        ([1, None], "is a list that holds missing values"),
        ([[1]], "is a list that holds values of the type array"),
        ([1, "a"], "mixes types (long, string)"),
        (b"a", "is bytes, which no param can be"),
        (1j, "holds values of the type complex, for which a signature has no word"),
    ],
)
def test_a_default_without_a_type_is_told(default: Any, message: str) -> None:
    with pytest.raises(SignatureError) as raised:
        params_schema({"x": default})
    assert str(raised.value) == f"param 'x' {message}; {_EXPECTED}"
