"""Bodies of requests: what they become, and what is refused in which words."""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mpk_runtime import payload, predicting
from mpk_runtime.enforcement import Enforcement
from mpk_runtime.request_error import RequestError
from mpk_runtime.signature import Signature

NOTHING = Signature(None, None, None)
TABLE = Signature(
    [
        {"type": "long", "name": "n", "required": True},
        {"type": "string", "name": "s", "required": True},
        {"type": "double", "name": "d", "required": False},
    ],
    None,
    None,
)
WORDS = Signature([{"type": "string", "required": True}], None, None)


def tensor(dtype: str, *shape: int) -> Signature:
    return Signature([{"type": "tensor", "tensor-spec": {"dtype": dtype, "shape": list(shape)}}], None, None)


def decoded(document: Any, signature: Signature = NOTHING) -> Any:
    return payload.decode(json.dumps(document).encode(), "application/json", Enforcement(signature))[0]


def csv(text: str, signature: Signature = TABLE) -> Any:
    return payload.decode(text.encode(), "text/csv; charset=UTF-8", Enforcement(signature))[0]


def refused(
    body: bytes, content_type: str = "application/json", signature: Signature = NOTHING
) -> tuple[int, str, str]:
    with pytest.raises(RequestError) as raised:
        payload.decode(body, content_type, Enforcement(signature))
    return raised.value.status, raised.value.code, raised.value.message


def bad(document: Any, signature: Signature = NOTHING) -> str:
    status, code, message = refused(json.dumps(document).encode(), signature=signature)
    assert (status, code) in ((400, "BAD_REQUEST"), (400, "INVALID_PARAMETER_VALUE"))
    return message


ROWS = pd.DataFrame({"n": [1, 2], "s": ["a", "b"], "d": [0.5, None]})


@pytest.mark.parametrize(
    "document",
    [
        {"dataframe_split": {"columns": ["s", "n", "more", "d"], "data": [["a", 1, 0, 0.5], ["b", 2.0, 0, None]]}},
        {"dataframe_split": {"data": [[1, "a", 0.5], [2, "b", None]]}},
        {"dataframe_records": [{"n": 1, "s": "a", "d": 0.5}, {"s": "b", "n": 2}]},
        {"instances": [{"n": 1, "s": "a", "d": 0.5}, {"s": "b", "n": 2}]},
        {"inputs": [{"n": 1, "s": "a", "d": 0.5}, {"s": "b", "n": 2}]},
        {"inputs": {"n": [1, 2], "s": ["a", "b"], "d": [0.5, None]}},
    ],
)
def test_every_form_of_a_table_becomes_the_declared_frame(document: Any) -> None:
    pd.testing.assert_frame_equal(decoded(document, TABLE), ROWS)


def test_csv_becomes_the_declared_frame() -> None:
    pd.testing.assert_frame_equal(csv("s,n,d,more\na,1,0.5,\nb,2,,x\n"), ROWS)
    pd.testing.assert_frame_equal(csv("\ufeffs,n,d\r\n\r\na,1,.5\r\nb,2.0,\r\n"), ROWS)
    assert csv('s,n\n"a, ""b""\nc",1\n')["s"].tolist() == ['a, "b"\nc']
    assert csv("s,n\n" + "x" * 200_000 + ",1\n")["s"].str.len().tolist() == [200_000]


def test_a_table_may_be_empty() -> None:
    empty = decoded({"dataframe_split": {"columns": ["n", "s", "d"], "data": []}}, TABLE)
    assert (list(empty.columns), len(empty), str(empty["n"].dtype)) == (["n", "s", "d"], 0, "int64")
    assert len(csv("n,s\n")) == 0


def test_an_index_is_kept() -> None:
    split = {"columns": ["n", "s"], "data": [[1, "a"], [2, "b"]], "index": ["x", "y"]}
    assert decoded({"dataframe_split": split}, TABLE).index.tolist() == ["x", "y"]
    indexes: list[Any] = [[1], "xy", [[1], [2]], {}]
    for index in indexes:
        message = bad({"dataframe_split": {**split, "index": index}}, TABLE)
        assert message == "'index' of 'dataframe_split' must be a list of 2 values."


def test_without_a_signature_values_are_passed_as_they_are() -> None:
    assert decoded({"inputs": {"a": [1, None]}}) == {"a": [1, None]}
    assert decoded({"instances": [[1], "x"]}) == [[1], "x"]
    assert decoded({"dataframe_records": [{"a": 1}, {"b": "x"}]}).isna().to_dict("list") == {
        "a": [False, True],
        "b": [True, False],
    }
    assert csv("a,b\n1,x\n", NOTHING).to_dict("list") == {"a": [1], "b": ["x"]}


def test_what_is_nested_too_deeply_for_a_file_is_so_for_a_request() -> None:
    body = b"[" * 200_000
    assert predicting.as_request(body, payload.JSON) == body


def test_a_list_is_held_to_its_type() -> None:
    assert decoded({"inputs": ["a", "\u00e9"]}, WORDS) == ["a", "\u00e9"]
    assert decoded({"instances": []}, WORDS) == []
    assert bad({"inputs": ["a", 1]}, WORDS) == "Value 1: the integer 1, where a string is expected."
    assert decoded({"inputs": "a"}, WORDS) == ["a"]
    assert bad({"inputs": None}, WORDS) == "'inputs' must be a list of values."


def test_a_tensor_becomes_an_array() -> None:
    found = decoded({"inputs": [[1, 2], [3, 4]]}, tensor("float32", -1, 2))
    assert (found.dtype, found.tolist()) == (np.dtype("float32"), [[1.0, 2.0], [3.0, 4.0]])
    assert decoded({"instances": [1.0, 2.0]}, tensor("int8", -1)).tolist() == [1, 2]
    assert decoded({"inputs": ["a"]}, tensor("str", -1)).tolist() == ["a"]
    assert decoded({"inputs": [True]}, tensor("bool", -1)).tolist() == [True]
    found = decoded({"inputs": [1, "a"]}, tensor("object", -1))
    assert (found.dtype, found.tolist()) == (np.dtype(object), [1, "a"])
    assert np.isnan(decoded({"inputs": [[1, None]]}, tensor("float32", -1, 2))).tolist() == [[False, True]]
    assert decoded({"inputs": []}, tensor("int64", -1)).dtype == np.dtype("int64")


@pytest.mark.parametrize(
    ("values", "dtype", "message"),
    [
        ([300], "int8", "The tensor, [0]: the integer 300, which int8 can't hold."),
        ([1.5], "int64", "The tensor, [0]: the number 1.5, which int64 can't hold."),
        ([2**63], "int64", "The tensor, [0]: the integer 9223372036854775808, which int64 can't hold."),
        ([2**70], "int64", "The tensor, [0]: the integer 1180591620717411303424, which int64 can't hold."),
        ([2**53 + 1], "float64", "The tensor, [0]: the integer 9007199254740993, which float64 can't hold."),
        ([1e300], "float32", "The tensor, [0]: the number 1e+300, which float32 can't hold."),
        ([None, 1], "int64", "The tensor, [0]: a missing value, where int64 is expected."),
        (["a"], "float64", 'The tensor, [0]: the string "a", where float64 is expected.'),
        ([True], "float64", "The tensor, [0]: the boolean true, where float64 is expected."),
        ([1, True], "float64", "The tensor, [1]: the boolean true, where float64 is expected."),
        ([True, 1], "bool", "The tensor, [1]: the integer 1, where bool is expected."),
        (["a", 1.5], "str", "The tensor, [1]: the number 1.5, where str is expected."),
        ([1.5, 2**53 + 1], "float64", "The tensor, [1]: the integer 9007199254740993, which float64 can't hold."),
        ([1.0, 2**53 + 1], "int64", "The tensor, [1]: the integer 9007199254740993, which float64 can't hold."),
        ([2], "bool", "The tensor, [0]: the integer 2, which bool can't hold."),
        ([[1], [1, 2]], "float64", "The rows of the tensor have different lengths; expected shape (-1,)."),
        ([[1.0]], "float64", "The tensor has shape (1, 1), expected (-1,)."),
        (1.0, "float64", "The tensor has shape (), expected (-1,)."),
    ],
)
def test_a_tensor_that_would_lose_something_is_refused(values: Any, dtype: str, message: str) -> None:
    assert bad({"inputs": values}, tensor(dtype, -1)) == message


XY = Signature(
    [
        {"type": "tensor", "name": "x", "tensor-spec": {"dtype": "float32", "shape": [-1, 2]}},
        {"type": "tensor", "name": "y", "tensor-spec": {"dtype": "int64", "shape": [-1]}},
    ],
    None,
    None,
)


@pytest.mark.parametrize(
    "document",
    [
        {"inputs": {"x": [[1, 2], [3, 4]], "y": [5, 6], "z": "more"}},
        {"instances": [{"x": [1, 2], "y": 5}, {"x": [3, 4], "y": 6, "z": "more"}]},
    ],
)
def test_tensors_with_names_are_sent_as_columns_or_as_rows(document: Any) -> None:
    found = decoded(document, XY)
    assert {name: (str(array.dtype), array.tolist()) for name, array in found.items()} == {
        "x": ("float32", [[1, 2], [3, 4]]),
        "y": ("int64", [5, 6]),
    }


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"inputs": {"x": [[1, 2]]}}, "Model is missing inputs ['y']."),
        ({"instances": [{"x": [1, 2], "y": 1}, {"x": [1, 2]}]}, "Row 1: Model is missing inputs ['y']."),
        ({"inputs": {"x": [[1, 2]], "y": [1.5]}}, "The tensor 'y', [0]: the number 1.5, which int64 can't hold."),
        (
            {"inputs": {"x": [[1], [2, 3]], "y": [1]}},
            "The rows of the tensor 'x' have different lengths; expected shape (-1, 2).",
        ),
        ({"inputs": {"x": [1], "y": [1]}}, "The tensor 'x' has shape (1,), expected (-1, 2)."),
        (
            {"inputs": [1]},
            "'inputs' must be an object with the tensors 'x', 'y', or a list of objects with one of each.",
        ),
    ],
)
def test_tensors_with_names_are_each_held_to_their_own(document: Any, message: str) -> None:
    assert bad(document, XY) == message


def test_a_list_of_objects_may_be_the_values_of_one_column() -> None:
    spec = {"type": "object", "properties": {"p": {"type": "double", "required": True}}, "required": True}
    assert decoded({"inputs": [{"p": 1}, {"p": 2}]}, Signature([spec], None, None)) == [{"p": 1.0}, {"p": 2.0}]


def test_a_tensor_is_not_sent_as_a_table() -> None:
    split = {"dataframe_split": {"columns": ["a"], "data": [[1]]}}
    assert bad(split, tensor("int64", -1)) == "This model takes a tensor; send it as 'inputs' or 'instances'."
    assert refused(b"a\n1\n", "text/csv", tensor("int64", -1)) == (
        415,
        "BAD_REQUEST",
        "This model takes tensors, which CSV can't hold; send application/json.",
    )


FORMS = "'dataframe_split', 'dataframe_records', 'instances', 'inputs'"
SPLIT = "'dataframe_split' must be an object with 'columns' and 'data', and perhaps 'index'."


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], f"The body must be a JSON object with one of {FORMS}."),
        ({}, f"The body must have exactly one of {FORMS}; found an empty object."),
        ({"b": 1, "a": 2}, f"The body must have exactly one of {FORMS}; found 'a', 'b'."),
        ({"inputs": 1, "instances": 1}, f"The body must have exactly one of {FORMS}; found 'inputs', 'instances'."),
        ({"inputs": 1, "param": 1}, "Unknown key 'param' beside 'inputs'; only 'params' may stand there."),
        ({"inputs": 1, "params": [1]}, "'params' must be an object of names and values."),
        ({"inputs": 1, "params": {"a": 1}}, "This model takes no params; found 'a'."),
        ({"dataframe_split": []}, SPLIT),
        ({"dataframe_split": {"columns": []}}, SPLIT),
        ({"dataframe_split": {"data": [], "dtype": 1}}, SPLIT),
        (
            {"dataframe_split": {"data": [1]}},
            "'data' of 'dataframe_split' must be a list of rows, each a list of values.",
        ),
        (
            {"dataframe_split": {"columns": ["a", "a"], "data": []}},
            "'columns' of 'dataframe_split' must be a list of different names.",
        ),
        (
            {"dataframe_split": {"columns": [["a"]], "data": []}},
            "'columns' of 'dataframe_split' must be a list of different names.",
        ),
        ({"dataframe_split": {"columns": ["a"], "data": [[1], [1, 2]]}}, "Row 1 has 2 values, expected 1."),
        ({"dataframe_records": {"a": 1}}, "'dataframe_records' must be a list of objects, one for each row."),
        ({"dataframe_records": [1]}, "'dataframe_records' must be a list of objects, one for each row."),
    ],
)
def test_what_is_not_of_the_protocol_is_refused(document: Any, message: str) -> None:
    assert bad(document) == message


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"dataframe_split": {"columns": ["d"], "data": [[1]]}}, "Model is missing inputs ['n', 's']."),
        ({"dataframe_records": []}, "Model is missing inputs ['n', 's']."),
        ({"inputs": []}, "'inputs' must be a list of objects, one for each row, or an object of columns."),
        (
            {"instances": [[1, "a"]]},
            "'instances' must be a list of objects, one for each row, or an object of columns.",
        ),
        ({"inputs": {"n": [1], "s": ["a", "b"]}}, "The columns must have one length; found [1, 2]."),
        (
            {"dataframe_records": [{"n": 1, "s": "a"}, {"s": "b"}]},
            "Column 'n', row 1: a missing value, where a 64-bit integer is expected. Declare the column as double if it may be missing.",
        ),
        (
            {"dataframe_records": [{"n": "1", "s": "a"}]},
            "Column 'n', row 0: the string \"1\", where a 64-bit integer is expected.",
        ),
    ],
)
def test_what_the_signature_does_not_take_is_refused(document: Any, message: str) -> None:
    assert bad(document, TABLE) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "The body is empty; expected CSV with a header."),
        ("\n\n", "The body is empty; expected CSV with a header."),
        ("n,n\n1,2\n", "The header of the CSV must have different names."),
        ("n,s\n1\n", "Row 0 has 1 fields, expected 2 as in the header."),
        ('n,s\n1,"a', "The body is not CSV: unexpected end of data."),
        ("s\na\n", "Model is missing inputs ['n']."),
    ],
)
def test_csv_that_is_not_what_is_declared_is_refused(text: str, message: str) -> None:
    assert refused(text.encode(), "text/csv", TABLE)[2] == message


def test_csv_that_pandas_can_t_read_is_refused() -> None:
    assert refused(b"", "text/csv") == (400, "BAD_REQUEST", "The body is not CSV: No columns to parse from file.")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"inputs": ', "The body is not JSON: Expecting value at line 1, column 12."),
        (b"\xff", "The body is not UTF-8 text."),
        (b'{"inputs": NaN}', "The body is not JSON: it has NaN; write null for a missing number."),
        (b'{"inputs": -Infinity}', "The body is not JSON: it has -Infinity; write null for a missing number."),
        (b'{"inputs": ' + b"[" * 200_000, "The body is nested too deeply."),
        (
            b'{"inputs": ' + b"9" * 5000 + b"}",
            "The body is not JSON: it has a number of more digits than anyone needs.",
        ),
    ],
)
def test_what_is_not_json_is_refused(body: bytes, message: str) -> None:
    assert refused(body) == (400, "BAD_REQUEST", message)


def test_a_byte_order_mark_is_no_matter() -> None:
    assert payload.decode(b'\xef\xbb\xbf{"inputs": 1}', 'application/json;charset="utf-8"', Enforcement(NOTHING)) == (
        1,
        None,
    )


@pytest.mark.parametrize(
    ("content_type", "message"),
    [
        ("", "Content-Type must be application/json, text/csv or application/vnd.apache.parquet; found ''."),
        (
            "text/plain",
            "Content-Type must be application/json, text/csv or application/vnd.apache.parquet; found 'text/plain'.",
        ),
        ("text/csv; charset=latin-1", "The charset must be utf-8; found 'latin-1'."),
    ],
)
def test_other_types_of_content_are_refused(content_type: str, message: str) -> None:
    assert refused(b"{}", content_type) == (415, "BAD_REQUEST", message)


def test_parquet_is_read_where_something_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert refused(b"PAR1", "application/vnd.apache.parquet") == (
        415,
        "BAD_REQUEST",
        "The model's environment has nothing that reads parquet; send application/json or text/csv.",
    )
