"""Input examples, from the manifest or a file: as requests, as the package stores them, and read back."""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from mpk_runtime.enforcement import Enforcement
from mpk_runtime.examples import protocol, reading, signed, stored
from mpk_runtime.examples.example import Example
from mpk_runtime.signature import Signature

if TYPE_CHECKING:
    from pathlib import Path

SPLIT = {"columns": ["a", "b"], "data": [[1, "x"], [2, None]]}


def request(given: Any) -> dict[str, Any]:
    """The request of the example as the capture records it."""
    found = reading.read({"data": given})
    described = found.as_document()
    protocol.through_protocol(described, Enforcement(Signature(signed.schema_of(found, described), None, None)))
    return {name: described[name] for name in ("form", "request", "csv")}


@pytest.mark.parametrize(
    "given",
    [
        SPLIT,
        {"dataframe_split": SPLIT},
        [{"a": 1, "b": "x"}, {"a": 2}],
        {"dataframe_records": [{"a": 1, "b": "x"}, {"a": 2}]},
        {"instances": [{"a": 1, "b": "x"}, {"a": 2}]},
    ],
)
def test_a_table_in_any_form_is_one_request(given: Any) -> None:
    assert request(given) == {
        "form": "dataframe_split",
        "request": {"dataframe_split": SPLIT},
        "csv": "a,b\n1,x\n2,\n",
    }


@pytest.mark.parametrize("given", [["a"], {"a": 1}, "a", [[1], "x"], [True, False], [], {"columns": ["a"], "more": []}])
def test_other_values_are_inputs(given: Any) -> None:
    described = reading.read({"data": given}).as_document()
    assert {name: described[name] for name in ("form", "request", "csv")} == {
        "form": "inputs",
        "request": {"inputs": given},
        "csv": None,
    }


def test_numbers_become_an_array() -> None:
    found = reading.read({"data": [[1, 2.5]]})
    assert isinstance(found.value, np.ndarray)
    assert request([[1, 2.5]]) == {"form": "inputs", "request": {"inputs": [[1.0, 2.5]]}, "csv": None}


def test_files_are_read(tmp_path: Path) -> None:
    text = tmp_path / "example.json"
    text.write_text('\ufeff["\u00e9"]', encoding="utf-8")
    assert reading.read({"path": str(text)}).value == ["\u00e9"]
    table = tmp_path / "Example.CSV"
    table.write_text("a,b\n1,\n")
    found = reading.read({"path": str(table)}).value
    pd.testing.assert_frame_equal(found, pd.DataFrame({"a": [1], "b": [float("nan")]}))


def test_arrays_text_and_bytes_are_read_from_files(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([[1, 2]], dtype="float32"))
    np.savez(tmp_path / "x.npz", a=np.array([1], dtype="int8"), b=np.array([[True]]))
    (tmp_path / "x.txt").write_bytes("\u00e9\r\n".encode())
    (tmp_path / "x.bin").write_bytes(b"\0\xff")
    array, arrays, text, data = (
        reading.read({"path": str(tmp_path / name)}) for name in ("x.npy", "x.npz", "x.txt", "x.bin")
    )
    assert [one.kind for one in (array, arrays, text, data)] == ["array", "arrays", "scalar", "scalar"]
    assert (array.value.dtype, array.value.tolist()) == (np.dtype("float32"), [[1.0, 2.0]])
    assert {name: (one.dtype.name, one.tolist()) for name, one in arrays.value.items()} == {
        "a": ("int8", [1]),
        "b": ("bool", [[True]]),
    }
    assert (text.value, data.value) == ("\u00e9\r\n", b"\0\xff")
    assert reading.read({"path": str(tmp_path / "x.txt"), "as": "bytes"}).value == "\u00e9\r\n".encode()


def test_an_array_of_objects_is_a_pickle_and_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(ValueError, match=r"^Object arrays cannot be loaded when allow_pickle=False$"):
        reading.read({"path": str(tmp_path / "x.npy")})


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("x.npy", b"", "EOFError: No data left in file"),
        ("x.json", b"[" * 200_000, "RecursionError: maximum recursion depth exceeded"),
    ],
)
def test_a_broken_file_is_told(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=f"^{message}"):
        reading.read({"path": str(tmp_path / name)})


def test_an_index_is_part_of_it() -> None:
    split = {**SPLIT, "index": ["x", "y"]}
    assert request(split) == {"form": "dataframe_split", "request": {"dataframe_split": split}, "csv": None}


@pytest.mark.parametrize(
    ("given", "csv"),
    [
        ([{"a": ""}], None),
        ([{"a": True}, {"a": False}], "a\ntrue\nfalse\n"),
        ([{"a": True}, {"a": None}], 'a\ntrue\n""\n'),
        ([{"a": 0.1}, {"a": 1e300}], "a\n0.1\n1e+300\n"),
        ([{"a": 'x, "y"\nz'}], 'a\n"x, ""y""\nz"\n'),
    ],
)
def test_it_is_csv_where_csv_says_the_same(given: Any, csv: str | None) -> None:
    assert request(given)["csv"] == csv


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"dataframe_split": {"data": []}},
            "'dataframe_split' must be an object with 'columns' and 'data', and perhaps 'index'",
        ),
        ({"columns": ["a", "a"], "data": [[1, 2]]}, "two columns are called 'a'"),
    ],
)
def test_what_is_no_table_is_told(given: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        reading.read({"data": given})


def test_what_json_has_no_form_for_is_told() -> None:
    with pytest.raises(ValueError, match=r"^it holds a complex, which JSON has no form for$"):
        Example(np.array([1j])).as_document()


def test_the_request_is_json() -> None:
    described = request([{"when": "2026-01-31", "n": 1.5, "none": None}])
    assert json.loads(json.dumps(described["request"], allow_nan=False)) == described["request"]


def tensor(dtype: str, *shape: int, name: str | None = None) -> dict[str, Any]:
    named = {} if name is None else {"name": name}
    return {**named, "type": "tensor", "tensor-spec": {"dtype": dtype, "shape": list(shape)}}


def column(kind: str, name: str | None = None, **more: Any) -> dict[str, Any]:
    return {"type": kind, **({} if name is None else {"name": name}), "required": True, **more}


NAN, INF = float("nan"), float("inf")
MOMENT = datetime.datetime(2026, 1, 31, 12, 30, 0, 250, tzinfo=datetime.UTC)
FRAME = pd.DataFrame(
    {
        "truth": [True, False],
        "small": np.array([1, -2], dtype="int32"),
        "large": [2**53 + 1, -(2**63)],
        "single": np.array([0.1, NAN], dtype="float32"),
        "double": [0.1, INF],
        "text": ["", "\u00e9\n"],
        "data": [b"\0\xff", b""],
        "when": pd.to_datetime(["2026-01-31T00:00:00.000001", None]),
    }
)
FRAME_INPUTS = [
    column(kind, name)
    for kind, name in zip(
        ("boolean", "integer", "long", "float", "double", "string", "binary", "datetime"), FRAME.columns, strict=True
    )
]
KINDS = [
    (FRAME, FRAME_INPUTS, {"type": "dataframe", "pandas_orient": "split"}),
    (
        pd.DataFrame({"a": [1.5, 2.5]}, index=["x", "y"]),
        [column("double", "a")],
        {"type": "dataframe", "pandas_orient": "split"},
    ),
    (
        pd.DataFrame([[1, 2.5]]),
        [column("long"), column("double")],
        {"type": "dataframe", "pandas_orient": "values"},
    ),
    (np.array([[0.1, NAN, INF]], dtype="float32"), [tensor("float32", -1, 3)], {"type": "ndarray"}),
    (np.array([[1, 255]], dtype="uint8"), [tensor("uint8", -1, 2)], {"type": "ndarray"}),
    (np.array([["a", "\u00e9"]]), [tensor("str", -1, 2)], {"type": "ndarray"}),
    (np.array([b"a", b"\xff"]), [tensor("bytes", -1)], {"type": "ndarray"}),
    (np.array(["2026-01-31T12"], dtype="datetime64[ns]"), [tensor("datetime64[ns]", -1)], {"type": "ndarray"}),
    (
        {"x": np.array([[1.5]], dtype="float16"), "y": np.array([True])},
        [tensor("float16", -1, 1, name="x"), tensor("bool", -1, name="y")],
        {"type": "ndarray"},
    ),
    (
        {"n": 1, "when": MOMENT, "data": b"\xff", "rows": [{"deep": b"a"}], "by": {"x": b"b"}},
        [
            column("long", "n"),
            column("datetime", "when"),
            column("binary", "data"),
            column("array", "rows", items={"type": "object", "properties": {"deep": {"type": "binary"}}}),
            column("map", "by", values={"type": "binary"}),
        ],
        {"type": "json_object"},
    ),
    ([b"a", b"\xff"], [column("binary")], {"type": "json_object"}),
    ([[1], "x"], None, {"type": "json_object"}),
    ("text", [column("string")], {"type": "json_object"}),
    (b"\0" * 100, [column("binary")], {"type": "json_object"}),
    (MOMENT, [column("datetime")], {"type": "json_object"}),
    (5, [column("long")], {"type": "json_object"}),
]


@pytest.mark.parametrize(("value", "inputs", "info"), KINDS)
def test_what_is_stored_is_read_back_exactly(value: Any, inputs: Any, info: Any, tmp_path: Path) -> None:
    described = Example(value).as_document()
    assert described["info"] == info
    (tmp_path / "input_example.json").write_text(described["stored"], encoding="utf-8")
    found, params = stored.read(str(tmp_path), {"saved_input_example_info": info, "flavors": {}}, inputs)
    assert params is None
    same(found, value)
    both = {"inputs": json.loads(described["stored"]), "params": {"t": 0.5}}
    (tmp_path / "named.json").write_text(json.dumps(both), encoding="utf-8")
    more = {**info, "artifact_path": "named.json", "params": "true"}
    found, params = stored.read(str(tmp_path), {"saved_input_example_info": more, "flavors": {}}, inputs)
    assert params == {"t": 0.5}
    same(found, value)
    assert protocol.difference(Example(value).kind, value, found) is None


def same(found: Any, expected: Any) -> None:
    if isinstance(expected, pd.DataFrame):
        when = [name for name in expected if expected[name].dtype.kind == "M"]
        pd.testing.assert_frame_equal(found.drop(columns=when), expected.drop(columns=when))
        assert [list(found[name]) == list(expected[name]) or found[name].equals(expected[name]) for name in when] == [
            True
        ] * len(when)
    elif isinstance(expected, np.ndarray):
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
    elif isinstance(expected, dict) and any(isinstance(one, np.ndarray) for one in expected.values()):
        assert set(found) == set(expected)
        for name, one in expected.items():
            same(found[name], one)
    else:
        assert found == expected
        assert json.dumps(found, default=repr)[:1] == json.dumps(expected, default=repr)[:1]


@pytest.mark.parametrize(
    ("info", "text", "inputs", "expected"),
    [
        ({"type": "ndarray", "format": "tf-serving"}, '{"inputs": [[1, 2]]}', None, np.array([[1, 2]])),
        (
            {"type": "ndarray", "format": "tf-serving"},
            '{"inputs": {"a": [1.5]}}',
            [tensor("float32", -1, name="a")],
            {"a": np.array([1.5], dtype="float32")},
        ),
        (
            {"type": "dataframe", "pandas_orient": "split"},
            '{"columns": ["d"], "data": [["AP8=\\n"]]}',
            [{"name": "d", "type": "binary"}],
            pd.DataFrame({"d": [b"\0\xff"]}),
        ),
        (
            {"type": "dataframe", "pandas_orient": "split"},
            '{"columns": ["n"], "data": [[1], [null]]}',
            [{"name": "n", "type": "long"}],
            pd.DataFrame({"n": [1.0, NAN]}),
        ),
    ],
)
def test_what_mlflow_1_wrote_is_read(info: Any, text: str, inputs: Any, expected: Any, tmp_path: Path) -> None:
    (tmp_path / "input_example.json").write_text(text)
    described = {"saved_input_example_info": {**info, "artifact_path": "input_example.json"}}
    same(stored.read(str(tmp_path), described, inputs)[0], expected)


@pytest.mark.parametrize(
    ("info", "text", "message"),
    [
        (None, "[]", "the package has no input example"),
        ({"type": "video"}, "[]", "the input example is of the type 'video', which mpk does not know"),
        (
            {"type": "dataframe"},
            "[1]",
            "the input example is not the dataframe that MLmodel says it is: list indices must be integers or slices, not str",
        ),
    ],
)
def test_what_is_stored_wrongly_is_told(info: Any, text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "input_example.json").write_text(text)
    with pytest.raises(ValueError, match=f"^{message}$"):
        stored.read(str(tmp_path), {"saved_input_example_info": info}, None)


@pytest.mark.parametrize(
    ("value", "found", "told"),
    [
        (FRAME, FRAME.copy(), None),
        (FRAME, FRAME.to_numpy(), "a numpy array and not a table"),
        (FRAME, FRAME[["truth"]], "a table with other columns or rows"),
        (pd.DataFrame({"a": [1, INF]}), pd.DataFrame({"a": [1, NAN]}), "a table with other values in row 1"),
        (pd.DataFrame({"a": [np.int8(1)]}), pd.DataFrame({"a": [1]}), None),
        (np.array([1.5]), np.array([1.5], dtype="float32"), "a numpy array of float32 with the shape (1,)"),
        (np.array([INF]), np.array([NAN]), "a numpy array with other values"),
        (np.array([1.5]), [1.5], "a list and not a numpy array"),
        ({"a": np.array([1])}, {"a": np.array([2])}, "other values of 'a'"),
        ({"a": np.array([1])}, {"b": np.array([1])}, "a dict of other names"),
        ({"a": 1, "b": "x"}, pd.DataFrame({"a": [1], "b": ["x"]}), None),
        ({"a": [1, 2]}, pd.DataFrame({"a": [1, 2]}), None),
        (["x", "y"], pd.DataFrame({0: ["x", "y"]}), None),
        ("x", pd.DataFrame({0: ["x"]}), None),
        ("x", ["x"], None),
        (b"x", "eA==", "a single value with another content"),
        ("x", "y", "a single value with another content"),
    ],
)
def test_what_became_of_it_is_told(value: Any, found: Any, told: str | None) -> None:
    assert protocol.difference(Example(value).kind, value, found) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (pd.DataFrame({"a": [1.0, NAN], "b": [b"x", b""]}), None),
        (pd.DataFrame({"a": [1.0, INF]}), "a table with other values in row 1"),
        (pd.DataFrame({"a": [[1, 2], [3]]}), None),
        (pd.DataFrame({"a": pd.to_datetime(["2026-01-01T00:00:00.000000001"])}), None),
        (np.array([[0.1, 1e-30]], dtype="float32"), None),
        ({"x": np.array([1.5], dtype="float16"), "y": np.array([1], dtype="int8")}, None),
        ({"a": 1, "b": b"x", "when": MOMENT}, None),
        ({"a": [1, 2], "b": {"c": ["x"]}}, None),
        ([b"a", b"\xff"], None),
        (b"\0\xff", None),
        ("text", None),
        (MOMENT, None),
        (5, None),
    ],
)
def test_a_request_carries_it_by_its_own_signature(value: Any, told: str | None) -> None:
    found = Example(value)
    described = found.as_document()
    enforcement = Enforcement(Signature(signed.schema_of(found, described), None, None))
    assert protocol.difference(found.kind, value, protocol.through_protocol(described, enforcement)) == told
    assert protocol.difference(found.kind, value, protocol.from_store(described, enforcement)) is None
