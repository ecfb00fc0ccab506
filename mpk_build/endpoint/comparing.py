"""Whether two predictions are the same, and where they first differ; or whether one is of a pattern.

What is compared here came over HTTP, as JSON. In a process of the model `mpk_runtime.comparing` does the same.
"""

from __future__ import annotations

import json
import math
from typing import Any

_SHOWN = 80


def difference(plan: dict[str, Any], found: Any) -> str | None:
    """Where predictions are not what a plan expects (`mpk_build.package.replay`), as a sentence, or None."""
    if plan["compare"] == "schema":
        return _mismatch(plan["expected"]["pattern"], found, "the prediction")
    if plan["compare"] == "off":
        return None
    return first_difference(plan["expected"]["predictions"], found, plan["tolerance"])


def _mismatch(pattern: dict[str, Any], value: Any, where: str) -> str | None:
    found = type_of(value)
    if found not in pattern["types"] and not (found in ("integer", "null") and "number" in pattern["types"]):
        return f"{where}: expected the type {' or '.join(pattern['types'])}, found {found}"
    parts: list[tuple[str, Any, Any]] = []
    if isinstance(value, list):
        if pattern["length"] not in (None, len(value)):
            return f"{where}: expected {pattern['length']} values, found {len(value)}"
        parts = [(f"[{at}]", pattern["items"], one) for at, one in enumerate(value)]
    elif isinstance(value, dict):
        absent = set(pattern["keys"]) - set(value)
        if absent or (not pattern["open"] and set(value) != set(pattern["keys"])):
            return f"{where}: expected the keys {sorted(pattern['keys'])}, found {sorted(value)}"
        parts = [(f"[{json.dumps(name)}]", inner, value[name]) for name, inner in pattern["keys"].items()]
    told = (_mismatch(inner, one, where + step) for step, inner, one in parts if inner is not None)
    return next((sentence for sentence in told if sentence is not None), None)


def type_of(value: Any) -> str:
    """The JSON type of a value; a number is an ``integer`` or a ``number``."""
    if isinstance(value, bool):
        return "boolean"
    names = {type(None): "null", int: "integer", float: "number", str: "string", list: "list", dict: "object"}
    return names[type(value)]


def first_difference(expected: Any, found: Any, tolerance: float) -> str | None:
    """Where two JSON values differ first, as a sentence; None when they are the same.

    Numbers are the same within ``tolerance``, relative and absolute as in `math.isclose`, all else when
    it is equal. A list is a list of rows.
    """
    if isinstance(expected, list) and isinstance(found, list):
        for number, (one, other) in enumerate(zip(expected, found)):
            where = _where_different(one, other, tolerance)
            if where is not None:
                return f"row {number}{_sentence(where)}"
        if len(expected) != len(found):
            return f"expected {len(expected)} rows, found {len(found)}"
        return None
    where = _where_different(expected, found, tolerance)
    return None if where is None else f"the prediction{_sentence(where)}"


def _sentence(where: tuple[str, Any, Any]) -> str:
    path, expected, found = where
    return f"{path}: expected {_shown(expected)}, found {_shown(found)}"


def _where_different(expected: Any, found: Any, tolerance: float) -> tuple[str, Any, Any] | None:
    """The path of the first difference and the two values there."""
    if isinstance(expected, dict) and isinstance(found, dict) and set(expected) == set(found):
        parts = [(f"[{json.dumps(name, ensure_ascii=False)}]", expected[name], found[name]) for name in expected]
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        parts = [(f"[{at}]", one, other) for at, (one, other) in enumerate(zip(expected, found))]
    else:
        return None if _same(expected, found, tolerance) else ("", expected, found)
    for step, one, other in parts:
        where = _where_different(one, other, tolerance)
        if where is not None:
            return (step + where[0], where[1], where[2])
    return None


def _same(expected: Any, found: Any, tolerance: float) -> bool:
    if _is_number(expected) and _is_number(found):
        return math.isclose(expected, found, rel_tol=tolerance, abs_tol=tolerance)
    return type(expected) is type(found) and bool(expected == found)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
