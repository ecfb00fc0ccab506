"""Where two predictions differ, in sentences."""

from __future__ import annotations

from typing import Any

import pytest

from mpk_runtime.comparing import differences


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ([1, 2.0], [1.0, 2]),
        ([1.0], [1.0 + 1e-7]),
        ([1e9], [1e9 + 100]),
        ([0.0], [1e-7]),
        ({"a": [None, "x", True]}, {"a": [None, "x", True]}),
    ],
)
def test_predictions_within_the_tolerance_agree(expected: Any, found: Any) -> None:
    assert differences(expected, found, 1e-6) == []


@pytest.mark.parametrize(
    ("expected", "found", "told"),
    [
        ([1.0], [1.1], ["predictions[0] is 1.1, expected 1.0"]),
        ([1, 2], [1], ["predictions has 1 values, expected 2"]),
        ({"a": 1}, {"b": 1}, ["predictions has the keys ['b'], expected ['a']"]),
        (
            [{"a": ["x", "y"]}],
            [{"a": ["z", 1]}],
            ["predictions[0].a[0] is 'z', expected 'x'", "predictions[0].a[1] is 1, expected 'y'"],
        ),
        ([True], [1], ["predictions[0] is 1, expected True"]),
        ([None], [0.0], ["predictions[0] is 0.0, expected None"]),
        ([1], {"a": 1}, ["predictions is {'a': 1}, expected [1]"]),
    ],
)
def test_differences_are_told_with_their_place(expected: Any, found: Any, told: list[str]) -> None:
    assert differences(expected, found, 1e-6) == told
