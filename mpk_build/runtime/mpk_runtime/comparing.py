"""Compares predictions: by shape and value, numbers within a tolerance."""

import math
from typing import Any, List


def differences(expected: Any, found: Any, tolerance: float) -> List[str]:
    """Sentences on where two JSON values differ, in order; none where they agree.

    ``tolerance`` is relative and absolute, as in `math.isclose`.
    """
    told: List[str] = []
    _compare(expected, found, tolerance, "", told)
    return told


def _compare(expected: Any, found: Any, tolerance: float, where: str, told: List[str]) -> None:
    if isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            told.append("{}has {} values, expected {}".format(_at(where), len(found), len(expected)))
            return
        for number, (one, other) in enumerate(zip(expected, found)):
            _compare(one, other, tolerance, "{}[{}]".format(where, number), told)
    elif isinstance(expected, dict) and isinstance(found, dict):
        if set(expected) != set(found):
            told.append("{}has the keys {}, expected {}".format(_at(where), sorted(found), sorted(expected)))
            return
        for name in expected:
            _compare(expected[name], found[name], tolerance, "{}.{}".format(where, name), told)
    elif _is_number(expected) and _is_number(found):
        if not math.isclose(expected, found, rel_tol=tolerance, abs_tol=tolerance):
            told.append("{}is {!r}, expected {!r}".format(_at(where), found, expected))
    elif type(expected) is not type(found) or expected != found:
        told.append("{}is {!r}, expected {!r}".format(_at(where), found, expected))


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _at(where: str) -> str:
    return "predictions{} ".format(where)
