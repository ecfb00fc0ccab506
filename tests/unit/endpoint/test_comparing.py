"""Predictions that are the same, and where others first differ."""

from __future__ import annotations

from typing import Any

import pytest

from mpk_build.endpoint.comparing import first_difference


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ([], []),
        (None, None),
        ([1.0, 2], [1.0000001, 2.0]),
        ([1e9], [1e9 + 100]),
        ([{"a": 1, "b": [1, "x"]}], [{"b": [1, "x"], "a": 1}]),
        ("ä", "ä"),
    ],
)
def test_the_same(expected: Any, found: Any) -> None:
    assert first_difference(expected, found, 1e-6) is None


@pytest.mark.parametrize(
    ("expected", "found", "sentence"),
    [
        (["a", "b", "c"], ["a", "x", "y"], 'row 1: expected "b", found "x"'),
        ([1.0, 2.0], [1.0, 2.001], "row 1: expected 2.0, found 2.001"),
        ([1, 2], [1], "expected 2 rows, found 1"),
        ([1], [1, 2], "expected 1 rows, found 2"),
        ([1], [True], "row 0: expected 1, found true"),
        ([1.5], [None], "row 0: expected 1.5, found null"),
        ([None], [0], "row 0: expected null, found 0"),
        (["1"], [1], 'row 0: expected "1", found 1'),
        ([{"p": 0.5}], [{"p": 0.6}], 'row 0["p"]: expected 0.5, found 0.6'),
        ([{"p": [1, 2]}], [{"p": [1, 3]}], 'row 0["p"][1]: expected 2, found 3'),
        ([{"p": 1}], [{"q": 1}], 'row 0: expected {"p": 1}, found {"q": 1}'),
        ([[1, 2]], [[1]], "row 0: expected [1, 2], found [1]"),
        ({"a": 1}, {"a": 2}, 'the prediction["a"]: expected 1, found 2'),
        (1, [1], "the prediction: expected 1, found [1]"),
        (["x" * 90], ["y"], 'row 0: expected "' + "x" * 76 + '..., found "y"'),
    ],
)
def test_the_first_difference(expected: Any, found: Any, sentence: str) -> None:
    assert first_difference(expected, found, 1e-6) == sentence
