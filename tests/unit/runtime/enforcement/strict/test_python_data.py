"""What a caller in Python has: what it becomes, and what is refused in which words.

Which types become which is in the tables of docs/signatures.md, which tests/e2e/test_mlflow_conversions.py checks.
"""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mpk_runtime.enforcement import Enforcement
from mpk_runtime.request_error import RequestError
from mpk_runtime.signature import Signature

TABLE = [
    {"type": "long", "name": "n", "required": True},
    {"type": "string", "name": "s", "required": False},
    {"type": "double", "name": "d", "required": True},
]
PAIR = [{"type": "long", "required": True}, {"type": "double", "required": True}]
LISTS = [{"type": "array", "items": {"type": "double"}, "name": "a", "required": True}]


def one(type_name: str, **more: Any) -> list[dict[str, Any]]:
    return [{"type": type_name, "name": "x", "required": True, **more}]


def enforced(declared: Any, data: Any, **options: Any) -> Any:
    return Enforcement(Signature(declared, None, None), **options).python(data)


def refused(declared: Any, data: Any) -> str:
    with pytest.raises(RequestError) as raised:
        enforced(declared, data)
    assert raised.value.status == 400
    return raised.value.message


def tensor(dtype: str, *shape: int, **name: str) -> dict[str, Any]:
    return {"type": "tensor", "tensor-spec": {"dtype": dtype, "shape": list(shape)}, **name}


EXPECTED = pd.DataFrame({"n": [1, 2], "s": ["a", "b"], "d": [0.5, 2.0]})


@pytest.mark.parametrize(
    "data",
    [
        EXPECTED,
        pd.DataFrame({"d": [0.5, 2], "z": [0, 0], "s": ["a", "b"], "n": [1, 2]}),
        pd.DataFrame([[0, 0.5, 0, "a", 1], [0, 2, 0, "b", 2]], columns=["z", "d", "z", "s", "n"]),
        EXPECTED.astype({"n": "int8", "d": "float32"}),
        EXPECTED.astype({"n": object, "d": object}),
        EXPECTED.astype({"n": "Int64", "s": "category"}),
        {"n": [1, 2], "s": ["a", "b"], "d": [0.5, 2]},
        {"n": np.array([1, 2]), "s": np.array(["a", "b"]), "d": pd.Series([0.5, 2])},
        {"n": (1, 2), "s": ["a", "b"], "d": np.array([0.5, 2]), "z": [[1], [2]]},
        [{"n": 1, "s": "a", "d": 0.5}, {"d": 2, "s": "b", "n": 2}],
    ],
)
def test_every_form_of_a_table_becomes_the_declared_frame(data: Any) -> None:
    pd.testing.assert_frame_equal(enforced(TABLE, data), EXPECTED)


def test_a_frame_without_names_has_its_numbers_as_names() -> None:
    declared = [{"type": "double", "name": "0", "required": True}, {"type": "double", "name": "1", "required": True}]
    found = enforced(declared, pd.DataFrame([[1.5, 2.5]]))
    assert found.to_dict("list") == {"0": [1.5], "1": [2.5]}


def test_the_index_is_kept() -> None:
    given = pd.DataFrame({"n": [1, 2], "d": pd.Series([1, 2], dtype="int32").to_numpy()}, index=["x", "x"])
    found = enforced(TABLE, given)
    assert (found.index.tolist(), found["n"].tolist(), found["d"].tolist()) == (["x", "x"], [1, 2], [1.0, 2.0])
    assert found["s"].isna().tolist() == [True, True]


def test_what_the_model_does_to_it_is_not_seen_by_the_caller() -> None:
    for given in (EXPECTED.copy(), EXPECTED[["d", "n", "s"]].copy(), EXPECTED.astype({"n": "int32"})):
        before = given.copy()
        found = enforced(TABLE, given)
        found.loc[0, "n"] = 7
        found["more"] = 1
        pd.testing.assert_frame_equal(given, before)


def test_frames_that_differ_in_their_types_alone_are_told_apart() -> None:
    enforcement = Enforcement(Signature(TABLE, None, None))
    for given in (EXPECTED, EXPECTED.astype({"d": "float16"}), EXPECTED, EXPECTED[["s", "d", "n"]]):
        pd.testing.assert_frame_equal(enforcement.python(given), EXPECTED)
    with pytest.raises(RequestError):
        enforcement.python(EXPECTED.astype({"n": "float64"}))


def test_optional_columns_may_be_absent_or_missing() -> None:
    optional = one("long", required=False)
    assert enforced(optional, pd.DataFrame({"x": pd.array([1, None], "Int64")}))["x"].dtype == "Int64"
    assert enforced(optional, [{"x": 1}, {}])["x"].isna().tolist() == [False, True]
    assert enforced(one("boolean", required=False), pd.DataFrame({"x": [True, None]}))["x"].tolist() == [True, None]
    assert enforced([*TABLE[:1], optional[0]], {"n": [1]})["x"].isna().tolist() == [True]


def test_columns_without_names_are_counted() -> None:
    for data in ([[1, 0.5]], pd.DataFrame({"a": [1], "b": [0.5]}), pd.DataFrame([[1, 0.5]], columns=["a", "a"])):
        found = enforced(PAIR, data)
        assert (found.dtypes.tolist(), found.to_numpy().tolist()) == (
            [np.dtype("int64"), np.dtype("float64")],
            [[1, 0.5]],
        )
    assert enforced(PAIR[1:], np.array([0.5, 1.5])).to_numpy().tolist() == [[0.5], [1.5]]
    assert enforced(PAIR[1:], pd.Series([0.5])).to_numpy().tolist() == [[0.5]]
    small = pd.DataFrame([[1, 2]], columns=["a", "a"]).astype("int8")
    assert enforced(PAIR, small).dtypes.tolist() == [np.dtype("int64"), np.dtype("float64")]


def test_a_list_stays_one_for_a_model_that_takes_lists() -> None:
    words = [{"type": "string", "required": True}]
    assert enforced(words, ["a", "b"]) == ["a", "b"]
    assert enforced(words, "a") == ["a"]
    assert enforced(words, ["a", "b"], takes_lists=False).to_dict("list") == {0: ["a", "b"]}
    assert enforced([{"type": "binary", "required": True}], b"\x00", takes_lists=False).to_dict("list") == {
        0: [b"\x00"]
    }


def test_a_package_of_mlflow_takes_frames_of_lists() -> None:
    document = {"signature": {"inputs": '[{"type": "string", "required": true}]'}}
    assert Enforcement.of_package(document).python(["a"]) == ["a"]
    assert Enforcement.of_package({**document, "mlflow_version": "2.9.2"}).python(["a"]).to_dict("list") == {0: ["a"]}


def test_one_column_with_a_name_takes_a_list() -> None:
    assert enforced(one("string"), ["a", "b"]).to_dict("list") == {"x": ["a", "b"]}


def test_lists_and_objects_are_held_to_their_types() -> None:
    assert enforced(LISTS, {"a": [1, 2]})["a"].tolist() == [[1.0, 2.0]]
    assert enforced(LISTS, {"a": [[1], [2.5]]})["a"].tolist() == [[1.0], [2.5]]
    assert enforced(LISTS, pd.DataFrame({"a": [np.array([1, 2], "int32")]}))["a"][0].dtype == np.dtype("float64")
    nameless = [{name: value for name, value in LISTS[0].items() if name != "name"}]
    assert enforced(nameless, [[1], [2, 3]], takes_lists=False)[0].tolist() == [[1.0], [2.0, 3.0]]
    assert enforced(nameless, [[1], [2, 3]]) == [[1.0], [2.0, 3.0]]
    shape = {"p": {"type": "long", "required": True}, "q": {"type": "string", "required": False}}
    thing = one("object", properties=shape)
    assert enforced(thing, {"x": {"p": 1.0}})["x"].tolist() == [{"p": 1}]
    assert enforced(thing, {"x": [{"p": 1}, {"p": 2, "q": None}]})["x"].tolist() == [{"p": 1}, {"p": 2, "q": None}]
    assert enforced(one("map", values={"type": "boolean"}), {"x": {"a": True}})["x"].tolist() == [{"a": True}]
    assert enforced(one("any"), {"x": [{"a": object}, 1]})["x"].tolist() == [{"a": object}, 1]


def test_moments_keep_their_precision() -> None:
    seconds = pd.DataFrame({"x": pd.to_datetime(["3000-01-31"]).astype("datetime64[s]")})
    assert enforced(one("datetime"), seconds)["x"].dtype == np.dtype("datetime64[s]")
    dates = enforced(one("datetime"), {"x": [datetime.date(2026, 1, 31), None]})["x"]
    assert (dates.dtype.kind, dates.isna().tolist()) == ("M", [False, True])


@pytest.mark.parametrize(
    ("declared", "data", "message"),
    [
        (TABLE, pd.DataFrame({"s": ["a"], "z": [1]}), "Model is missing inputs ['n', 'd']."),
        (TABLE, [[1, "a", 0.5]], "Model is missing inputs ['n', 'd']."),
        (TABLE, {"n": [1, 2], "d": [0.5]}, "The columns must have one length; found [1, 2]."),
        (
            TABLE,
            pd.DataFrame([[1, 2, 0.5]], columns=["n", "n", "d"]),
            "Two columns are called 'n'.",
        ),
        (
            one("long"),
            pd.DataFrame({"x": [1.0, None]}),
            "Column 'x': the type float64, which int64 can't hold without loss. Its integers became numbers with a fraction because some are missing. Declare the column as double if values may be missing.",
        ),
        (
            one("long"),
            pd.DataFrame({"x": [1.5, None]}),
            "Column 'x': the type float64, which int64 can't hold without loss.",
        ),
        (
            one("double"),
            pd.DataFrame({"x": [1, 2]}),
            "Column 'x': the type int64, which float64 can't hold without loss.",
        ),
        (one("double"), {"x": np.array([1])}, "Column 'x': the type int64, which float64 can't hold without loss."),
        (one("boolean"), pd.DataFrame({"x": [1]}), "Column 'x': the type int64, which bool can't hold without loss."),
        (
            one("string"),
            pd.DataFrame({"x": [True]}),
            "Column 'x': the type bool, where a string is expected.",
        ),
        (
            one("string"),
            pd.DataFrame({"x": ["a", 5]}),
            "Column 'x', row 1: the integer 5, where a string is expected.",
        ),
        (
            one("binary"),
            pd.DataFrame({"x": [b"a", "secret"]}, dtype=object),
            "Column 'x', row 1: a string, where an object of bytes is expected.",
        ),
        (
            one("double"),
            pd.DataFrame({"x": [0.5, b"secret"]}),
            "Column 'x', row 1: a value of the type bytes, where a number is expected.",
        ),
        (
            one("long"),
            pd.DataFrame({"x": pd.array([1, None], "Int64")}),
            "Column 'x', row 1: a missing value, where a 64-bit integer is expected. Declare the column as double if it may be missing.",
        ),
        (
            one("datetime"),
            {"x": ["2026-01-31"]},
            "Column 'x', row 0: the string \"2026-01-31\", where a date or time is expected.",
        ),
        (
            one("boolean"),
            {"x": [datetime.date(2026, 1, 31)]},
            "Column 'x', row 0: the date 2026-01-31, where true or false is expected.",
        ),
        (PAIR, [[1]], "Found 1 columns, expected 2."),
        (PAIR, pd.DataFrame({"a": [1], "b": [1], "c": [1]}), "Found 3 columns, expected 2."),
        (PAIR, [[1, 2], [1]], "The rows have different lengths: [1, 2]."),
        (PAIR, np.zeros(2, dtype=[("a", "i4"), ("b", "f8")]), "An array of records (a, b); make a DataFrame of it."),
        (PAIR, np.zeros((1, 1, 1)), "An array of shape (1, 1, 1), where this model takes a table: rows and columns."),
        (
            TABLE,
            None,
            "The model input is a missing value, where a DataFrame, a Series, an array, a list, a dict of columns or a list of dicts is expected.",
        ),
        (
            TABLE,
            object(),
            "The model input is a object, where a DataFrame, a Series, an array, a list, a dict of columns or a list of dicts is expected.",
        ),
        (LISTS, {"a": [1, "b"]}, "Column 'a', row 0, [1]: the string \"b\", where a number is expected."),
        (LISTS, [{"a": None}], "Column 'a', row 0: a missing value, where a list is expected."),
        (LISTS, [{"a": 5}], "Column 'a', row 0: the integer 5, where a list is expected."),
        (
            LISTS,
            pd.DataFrame({"a": [np.array([1])]}),
            "Column 'a', row 0: an array of int64 and shape (1,), where 1 axes and a number are expected.",
        ),
        (
            one("object", properties={"p": {"type": "long", "required": True}}),
            {"x": {"q": 1}},
            "Column 'x', row 0: an object without 'p'.",
        ),
        (
            one("object", properties={"p": {"type": "long", "required": True}}),
            {"x": {"p": 1, "q": 1}},
            "Column 'x', row 0: an object with 'q'; declared are 'p'.",
        ),
        (
            one("object", properties={"p": {"type": "long", "required": True}}),
            {"x": {"p": 1.5}},
            "Column 'x', row 0, ['p']: the number 1.5, which has a fraction, where a 64-bit integer is expected.",
        ),
        (
            one("map", values={"type": "double"}),
            {"x": {1: 1.5}},
            "Column 'x', row 0: an object with the integer 1 as a name, where names are strings.",
        ),
        (
            one("map", values={"type": "double"}),
            [{"x": 1}],
            "Column 'x', row 0: the integer 1, where an object is expected.",
        ),
    ],
)
def test_what_is_not_declared_is_refused(declared: Any, data: Any, message: str) -> None:
    assert refused(declared, data) == message


MATRIX = [tensor("float64", -1, 2)]
NAMED = [tensor("float64", -1, 2, name="x"), tensor("int64", -1, name="y")]


def test_tensors_are_passed_as_they_are() -> None:
    given = np.zeros((3, 2))
    assert enforced(MATRIX, given) is given
    assert enforced(MATRIX, [[1, 2]]).dtype == np.dtype("float64")
    assert enforced(MATRIX, pd.DataFrame({"a": [0.5], "b": [1.5]})).tolist() == [[0.5, 1.5]]
    assert enforced([tensor("str", -1)], np.array(["a", "bc"])).tolist() == ["a", "bc"]
    named = enforced(NAMED, {"y": np.array([1]), "x": np.zeros((1, 2)), "z": None})
    assert {name: array.shape for name, array in named.items()} == {"x": (1, 2), "y": (1,)}
    assert enforced(NAMED, pd.DataFrame({"y": [1], "x": [[1, 2]]}))["x"].tolist() == [[1.0, 2.0]]
    assert enforced(NAMED[:1], given)["x"] is given
    assert enforced([tensor("float32", -1, 2, 2)], pd.DataFrame({"a": [[1, 2, 3, 4]]})).shape == (1, 2, 2)
    ragged: Any = np.empty(2, dtype=object)
    ragged[:] = [np.zeros(1), np.zeros(2)]
    assert enforced([tensor("float64", -1, -1)], ragged) is ragged


@pytest.mark.parametrize(
    ("declared", "data", "message"),
    [
        (MATRIX, np.zeros((1, 2), "float32"), "The tensor has values of the type float32, expected float64."),
        (MATRIX, np.zeros(2), "The tensor has shape (2,), expected (-1, 2)."),
        (MATRIX, np.zeros((1, 3)), "The tensor has shape (1, 3), expected (-1, 2)."),
        (MATRIX, 5, "The tensor is a int, where an array of float64 is expected."),
        (MATRIX, [[1, "a"]], 'The tensor, [0, 1]: the string "a", where float64 is expected.'),
        (MATRIX, pd.DataFrame(), "The tensor has shape (0, 0), expected (-1, 2)."),
        (
            MATRIX,
            pd.DataFrame({"a": [[1.5, 2], b"ab"]}),
            "The rows of the tensor have different lengths; expected shape (-1, 2).",
        ),
        (NAMED, {"x": np.zeros((1, 2))}, "Model is missing inputs ['y']."),
        (
            NAMED,
            {"x": np.zeros((1, 2)), "y": np.zeros(1)},
            "The tensor 'y' has values of the type float64, expected int64.",
        ),
        (
            NAMED,
            np.zeros((1, 2)),
            "The model input is a numpy.ndarray, where an object with the tensors 'x', 'y' is expected.",
        ),
        (
            [tensor("float64", -1, 2, 2)],
            pd.DataFrame({"a": [[1.0, 2], [1.0]]}),
            "The rows of the tensor have different lengths; expected shape (-1, 2, 2).",
        ),
        (
            [tensor("float64", -1, 2, 2)],
            pd.DataFrame({"a": [[1.0, 2]]}),
            "The tensor has shape (1, 2), expected (-1, 2, 2).",
        ),
    ],
)
def test_other_tensors_are_refused(declared: Any, data: Any, message: str) -> None:
    assert refused(declared, data) == message


def test_a_ragged_tensor_is_checked_row_by_row() -> None:
    ragged: Any = np.empty(2, dtype=object)
    ragged[:] = [np.zeros(1), np.zeros(2, "float32")]
    message = "The tensor, row 1, has values of the type float32, expected float64."
    assert refused([tensor("float64", -1, -1)], ragged) == message


def test_without_a_signature_data_are_passed_as_they_are() -> None:
    given = object()
    assert enforced(None, given) is given
