"""Params of a request: what they become, and what is refused in which words."""

from __future__ import annotations

import datetime
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


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", "2026-01-31"),
        ("2026-01-31T12:30", "2026-01-31T12:30:00"),
        ("2026-01-31 12:30:05.25", "2026-01-31T12:30:05.250000"),
        ("2026-01-31T12:30Z", "2026-01-31T12:30:00+00:00"),
        ("2026-01-31T12:30:00-0130", "2026-01-31T12:30:00-01:30"),
    ],
)
def test_moments_are_python_s_own(text: str, moment: str) -> None:
    declared: list[dict[str, Any]] = [{"name": "at", "type": "datetime", "default": text, "shape": None}]
    enforcement = Enforcement(Signature(None, None, declared))
    expected = datetime.datetime.fromisoformat(moment) if "T" in moment else datetime.date.fromisoformat(moment)
    assert enforcement.params(None) == enforcement.params({"at": text}) == {"at": expected}
    assert type((enforcement.params(None) or {})["at"]) is type(expected)


def test_a_param_may_be_an_object_or_nothing() -> None:
    shape = {"a": {"type": "long", "required": True}}
    declared: list[dict[str, Any]] = [
        {"name": "o", "type": "object", "properties": shape, "default": {"a": 1}, "shape": None},
        {"name": "n", "type": "long", "default": None, "shape": None},
    ]
    enforcement = Enforcement(Signature(None, None, declared))
    assert enforcement.params({"n": None}) == {"o": {"a": 1}, "n": None}
    assert enforcement.params({"o": {"a": 2}, "n": 3}) == {"o": {"a": 2}, "n": 3}
    for given, message in (
        ({"o": {}}, "Param 'o': an object without 'a'."),
        ({"o": None}, "Param 'o': a missing value, where an object is expected."),
    ):
        with pytest.raises(RequestError) as raised:
            enforcement.params(given)
        assert raised.value.message == message


def test_defaults_are_not_shared() -> None:
    enforcement = enforced({"weights": [0.5]})
    (enforcement.params(None) or {})["weights"].append(1)
    assert enforcement.params(None) == {"weights": [0.5]}


@pytest.mark.parametrize("text", ["now", "2026-02-30", "2026-01-31T25:00"])
def test_other_text_is_no_moment(text: str) -> None:
    declared = [{"name": "at", "type": "datetime", "default": "2026-01-31", "shape": None}]
    with pytest.raises(RequestError) as raised:
        Enforcement(Signature(None, None, declared)).params({"at": text})
    assert raised.value.message == f"Param 'at': the string \"{text}\", where an ISO 8601 date or time is expected."
