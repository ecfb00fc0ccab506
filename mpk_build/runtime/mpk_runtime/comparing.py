"""Compares predictions: by shape and value, numbers within a tolerance."""

from __future__ import annotations

import math
from typing import Any


def differences(expected: Any, found: Any, tolerance: float) -> list[str]:
    """Sentences on where two JSON values differ, in order; none where they agree.

    ``tolerance`` is relative and absolute, as in `math.isclose`.
    """
    told: list[str] = []
    _compare(expected, found, tolerance, "", told)
    return told


def _compare(expected: Any, found: Any, tolerance: float, where: str, told: list[str]) -> None:
    if isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            told.append(f"{_at(where)}has {len(found)} values, expected {len(expected)}")
            return
        for number, (one, other) in enumerate(zip(expected, found)):
            _compare(one, other, tolerance, f"{where}[{number}]", told)
    elif isinstance(expected, dict) and isinstance(found, dict):
        if set(expected) != set(found):
            told.append(f"{_at(where)}has the keys {sorted(found)}, expected {sorted(expected)}")
            return
        for name in expected:
            _compare(expected[name], found[name], tolerance, f"{where}.{name}", told)
    elif _is_number(expected) and _is_number(found):
        if not math.isclose(expected, found, rel_tol=tolerance, abs_tol=tolerance):
            told.append(f"{_at(where)}is {found!r}, expected {expected!r}")
    elif type(expected) is not type(found) or expected != found:
        told.append(f"{_at(where)}is {found!r}, expected {expected!r}")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _at(where: str) -> str:
    return f"predictions{where} "
