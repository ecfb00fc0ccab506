"""Params of a request: what they become, and what is refused in which words."""

from __future__ import annotations

from typing import Any

import pytest

from mpk_runtime.enforcement import Enforcement
from mpk_runtime.request_error import RequestError
from mpk_runtime.signature import Signature, params_schema

PARAMS = {"flag": True, "count": 1, "scale": 0.5, "name": "a", "weights": [0.5]}


def enforced(defaults: dict[str, Any]) -> Enforcement:
    return Enforcement(Signature(None, None, params_schema(defaults)))


def test_params_are_completed_with_the_defaults() -> None:
    enforcement = enforced(PARAMS)
    assert enforcement.params(None) == PARAMS
    given = {"count": 3, "scale": 2, "weights": [1, 2.5]}
    found = enforcement.params(given)
    assert found == {**PARAMS, **given}
    assert [type(found[name]) for name in ("count", "scale")] == [int, float]
    assert enforced({}).params({}) is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"other": 1, "count": 2},
            "Unknown params 'other'; this model has 'count', 'flag', 'name', 'scale', 'weights'.",
        ),
        ({"flag": 1}, "Param 'flag': the integer 1, where true or false is expected."),
        ({"count": True}, "Param 'count': the boolean true, where a 64-bit integer is expected."),
        ({"count": 1.0}, "Param 'count': the number 1.0, where a 64-bit integer is expected."),
        (
            {"count": 2**63},
            "Param 'count': the integer 9223372036854775808, which is too large, where a 64-bit integer is expected.",
        ),
        ({"scale": "1"}, "Param 'scale': the string \"1\", where a number is expected."),
        (
            {"scale": 10**400},
            "Param 'scale': the integer 1000000000000000000000000000000000000..., which a double can't hold exactly, where a number is expected.",
        ),
        ({"scale": float("inf")}, "Param 'scale': a number too large, where a number is expected."),
        ({"name": None}, "Param 'name': a missing value, where a string is expected."),
        ({"weights": 1.0}, "Param 'weights': the number 1.0, where a list of double is expected."),
        ({"weights": ["a"]}, "Param 'weights', [0]: the string \"a\", where a number is expected."),
    ],
)
def test_params_of_another_type_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError) as raised:
        enforced(PARAMS).params(given)
    assert (raised.value.code, raised.value.message) == ("INVALID_PARAMETER_VALUE", message)
