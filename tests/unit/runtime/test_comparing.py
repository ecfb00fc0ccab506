"""Where predictions differ, in sentences: by type, shape and value, or by what several of them have in common."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mpk_build.package.patterns import pattern_of
from mpk_runtime import prediction
from mpk_runtime.comparing import Comparison, compare
from mpk_runtime.forms import form_of


def compared(expected: Any, found: Any, how: str = "values", repeats: tuple[Any, ...] = ()) -> Comparison:
    """``expected`` and ``found`` as a model returns them."""
    encoded = [prediction.encode(one) for one in (expected, *repeats)]
    plan = {
        "compare": how,
        "tolerance": 1e-6,
        "expected": {"predictions": encoded[0], "form": form_of(expected), "pattern": pattern_of(encoded)},
    }
    return compare(plan, form_of(found), prediction.encode(found))


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ([1.0], [1.0 + 1e-7]),
        ([1e9, 2.5], [1e9 + 100, 2.5]),
        ([0.0], [1e-7]),
        ({"a": [None, "x", True]}, {"a": [None, "x", True]}),
        ([float("nan"), 1.0], [float("nan"), 1.0]),
        ({"a": float("nan")}, {"a": None}),
        (["2026-01-31T10:00:00.500"], ["2026-01-31T10:00:00.500000"]),
        (np.array(["2026-01-31"], "datetime64[s]"), np.array(["2026-01-31"], "datetime64[s]")),
        (pd.DataFrame({"a": [1.0, None]}), pd.DataFrame({"a": [1.0, float("nan")]})),
        ([datetime.date(2026, 1, 31)], [datetime.date(2026, 1, 31)]),
        (np.zeros((2, 3), "float32"), np.full((2, 3), 1e-8, "float32")),
    ],
)
def test_predictions_within_the_tolerance_agree(expected: Any, found: Any) -> None:
    assert compared(expected, found).told == []


@pytest.mark.parametrize(
    ("expected", "found", "told"),
    [
        ([1.0], [1.1], ["predictions[0] is 1.1, expected 1.0"]),
        ([1, 2], [1], ["the prediction has the shape (1), expected (2)"]),
        ({"a": 1}, {"b": 1}, ["predictions has the keys ['b'], expected ['a']"]),
        ({"a": 1}, {"a": 1.0}, ["predictions.a is the float 1.0, expected the integer 1"]),
        ([1, 2], [1.0, 2.0], ["the prediction is of the type double, expected long"]),
        (
            [{"a": ["x", "y"]}],
            [{"a": ["z", 1]}],
            ["predictions[0].a[0] is 'z', expected 'x'", "predictions[0].a[1] is 1, expected 'y'"],
        ),
        ([[1, 2]], [[1, 2, 3]], ["predictions[0] has 3 values, expected 2"]),
        ({"a": True}, {"a": 1}, ["predictions.a is 1, expected True"]),
        ({"a": None}, {"a": 0.0}, ["predictions.a is 0.0, expected None"]),
        ([1], {"a": 1}, ["the prediction is a dict, expected a list"]),
        ([1.0], np.array([1.0]), ["the prediction is a numpy.ndarray, expected a list"]),
        (np.zeros((4, 2)), np.zeros((4, 3)), ["the prediction has the shape (4, 3), expected (4, 2)"]),
        (np.zeros(2), np.zeros(2, "float32"), ["the prediction is of the type float32, expected float64"]),
        (
            pd.DataFrame({"a": [1]}),
            pd.Series([1], name="a"),
            ["the prediction is a pandas.Series, expected a pandas.DataFrame"],
        ),
        (pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]}), ["the prediction has the columns 'b', expected 'a'"]),
        (
            pd.DataFrame({"a": [1], "b": ["x"]}),
            pd.DataFrame({"a": [1.0], "b": ["y"]}),
            ["column 'a' is of the type double, expected long", "predictions[0].b is 'y', expected 'x'"],
        ),
        (
            ["2026-01-31T10:00:00"],
            ["2026-01-31T11:00:00"],
            ["predictions[0] is '2026-01-31T11:00:00', expected '2026-01-31T10:00:00'"],
        ),
    ],
)
def test_differences_are_told_with_their_place(expected: Any, found: Any, told: list[str]) -> None:
    assert compared(expected, found).told == told


def test_of_many_numbers_the_largest_difference_is_told() -> None:
    expected = pd.DataFrame({"price": [1.0, 2.0, 3.0, 4.0]})
    found = pd.DataFrame({"price": [1.0, 2.01, 3.03, 4.02]})
    comparison = compared(expected, found)
    assert comparison.in_one_sentence() == (
        "max |difference| 0.03 at predictions[2].price (3.03, expected 3.0), and 2 more"
    )
    assert comparison.count == 3


def test_no_more_than_twenty_are_told_and_all_are_counted() -> None:
    comparison = compared(["a"] * 100, ["b"] * 100)
    assert (len(comparison.told), comparison.count) == (20, 100)
    assert comparison.in_one_sentence() == "predictions[0] is 'b', expected 'a', and 99 more"


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ([{"text": "c", "score": 0.9, "tokens": ["z"]}], []),
        ([{"text": "c", "score": 1, "tokens": ["x", "y", "z", "a"]}], []),
        (
            [{"text": "c", "score": "high", "tokens": []}],
            ["predictions[0].score is of the type string, expected number"],
        ),
        (
            [{"text": "c", "tokens": []}],
            ["predictions[0] has the keys ['text', 'tokens'], expected ['score', 'text', 'tokens']"],
        ),
        ([], ["predictions has 0 values, expected 1"]),
        ({"text": "c"}, ["the prediction is a dict, expected a list"]),
    ],
)
def test_by_schema_only_what_all_predictions_share_counts(found: Any, told: list[str]) -> None:
    first = [{"text": "a", "score": 0.5, "tokens": ["x"]}]
    second = [{"text": "b", "score": 0.6, "tokens": ["x", "y"]}]
    assert compared(first, found, "schema", (second,)).told == told


def test_by_schema_the_types_of_columns_still_count() -> None:
    assert compared(pd.DataFrame({"a": [1.0]}), pd.DataFrame({"a": ["x"]}), "schema").told == [
        "column 'a' is of the type string, expected double"
    ]


def test_nothing_is_compared_where_the_manifest_says_so() -> None:
    assert compared([1], {"a": 2}, "off").told == []
