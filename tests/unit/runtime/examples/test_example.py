"""Input examples, from the manifest or a file, as requests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from mpk_runtime.enforcement import Enforcement
from mpk_runtime.examples import example, signed
from mpk_runtime.signature import Signature

if TYPE_CHECKING:
    from pathlib import Path

SPLIT = {"columns": ["a", "b"], "data": [[1, "x"], [2, None]]}


def document(given: Any) -> dict[str, Any]:
    """The example as the capture records it."""
    found = example.read({"data": given})
    described = found.as_document()
    example.through_protocol(described, Enforcement(Signature(signed.schema_of(found, described), None, None)))
    return described


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
    assert document(given) == {
        "form": "dataframe_split",
        "request": {"dataframe_split": SPLIT},
        "csv": "a,b\n1,x\n2,\n",
    }


@pytest.mark.parametrize("given", [["a"], {"a": 1}, "a", [[1], "x"], [True, False], [], {"columns": ["a"], "more": []}])
def test_other_values_are_inputs(given: Any) -> None:
    assert document(given) == {"form": "inputs", "request": {"inputs": given}, "csv": None}


def test_numbers_become_an_array() -> None:
    found = example.read({"data": [[1, 2.5]]})
    assert isinstance(found.value, np.ndarray)
    assert document([[1, 2.5]]) == {"form": "inputs", "request": {"inputs": [[1.0, 2.5]]}, "csv": None}


def test_files_are_read(tmp_path: Path) -> None:
    text = tmp_path / "example.json"
    text.write_text('\ufeff["\u00e9"]', encoding="utf-8")
    assert example.read({"path": str(text)}).value == ["\u00e9"]
    table = tmp_path / "Example.CSV"
    table.write_text("a,b\n1,\n")
    found = example.read({"path": str(table)}).value
    pd.testing.assert_frame_equal(found, pd.DataFrame({"a": [1], "b": [float("nan")]}))


def test_an_index_is_part_of_it() -> None:
    split = {**SPLIT, "index": ["x", "y"]}
    assert document(split) == {"form": "dataframe_split", "request": {"dataframe_split": split}, "csv": None}


@pytest.mark.parametrize(
    ("given", "csv"),
    [
        ([{"a": ""}], None),
        ([{"a": [1, 2]}], None),
        ([{"a": True}, {"a": False}], "a\ntrue\nfalse\n"),
        ([{"a": True}, {"a": None}], 'a\ntrue\n""\n'),
        ([{"a": 0.1}, {"a": 1e300}], "a\n0.1\n1e+300\n"),
        ([{"a": 'x, "y"\nz'}], 'a\n"x, ""y""\nz"\n'),
    ],
)
def test_it_is_csv_where_csv_says_the_same(given: Any, csv: str | None) -> None:
    assert document(given)["csv"] == csv


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
        example.read({"data": given})


def test_the_request_is_json() -> None:
    described = document([{"when": "2026-01-31", "n": 1.5, "none": None}])
    assert json.loads(json.dumps(described["request"], allow_nan=False)) == described["request"]
