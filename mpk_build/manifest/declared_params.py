"""The params of a signature that a manifest spells out, with the defaults that it gives them."""

from __future__ import annotations

import datetime
from typing import Any

_EXPECTED = {
    "boolean": "true or false",
    "integer": "a 32-bit integer",
    "long": "a 64-bit integer",
    "float": "a number",
    "double": "a number",
    "string": "text",
    "datetime": "an ISO 8601 date or time",
    "object": "a map",
}
_BITS = {"integer": 31, "long": 63}


def signature(declared: Any, defaults: dict[str, Any]) -> dict[str, Any] | None:
    """The schemas of inputs, outputs and params (each None where it is inferred), of the manifest's ``signature``."""
    if declared == "infer":
        return None
    params = declared["params"]
    return {**declared, "params": None if params is None else schema(params, defaults)}


def schema(declared: dict[str, dict[str, Any]], defaults: dict[str, Any]) -> list[dict[str, Any]]:
    """The params of a signature in MLflow's notation.

    Args:
        declared: Name to type and shape, of `signature.declared`.
        defaults: The manifest's ``params``, of which `problem` has nothing to say.
    """
    return [{"name": name, "default": _converted(defaults[name], spec), **spec} for name, spec in declared.items()]


def problem(declared: dict[str, dict[str, Any]], defaults: dict[str, Any]) -> tuple[str, tuple[str, ...], bool] | None:
    """What is wrong with the defaults, the path in the manifest that it is about, and whether it is about the key."""
    for name in declared:
        if name not in defaults:
            return f"param '{name}' has no default; expected it in params", ("signature", "params", name), True
    for name, default in defaults.items():
        if name not in declared:
            return f"param '{name}' is not one of signature.params: {', '.join(declared)}", ("params", name), True
        expected = _refused(default, declared[name])
        if expected is not None:
            return f"params.{name}: signature.params declares {expected}", ("params", name), False
    return None


def _refused(value: Any, spec: dict[str, Any]) -> str | None:
    """What was expected instead of a value, or None."""
    if spec.get("shape") is not None:
        ok = isinstance(value, list) and all(_is(one, spec) for one in value)
        return None if ok else f"a list of {spec['type']}"
    return None if _is(value, spec) else _EXPECTED[spec["type"]]


def _is(value: Any, spec: dict[str, Any]) -> bool:
    kind = spec["type"]
    if kind == "object":
        return isinstance(value, dict) and _is_object(value, spec["properties"])
    if kind == "datetime":
        return isinstance(value, str) and _is_moment(value)
    if kind == "boolean" or isinstance(value, bool):
        return kind == "boolean" and isinstance(value, bool)
    if kind in _BITS:
        return isinstance(value, int) and -(2 ** _BITS[kind]) <= value < 2 ** _BITS[kind]
    if kind in ("float", "double"):
        return isinstance(value, (int, float))
    # What is nested deeper in an object is told by the model's environment.
    return kind != "string" or isinstance(value, str)


def _is_object(value: dict[str, Any], properties: dict[str, Any]) -> bool:
    required = {name for name, one in properties.items() if one["required"]}
    return required <= set(value) <= set(properties) and all(_is(one, properties[name]) for name, one in value.items())


def _is_moment(value: str) -> bool:
    try:
        datetime.datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _converted(value: Any, spec: dict[str, Any]) -> Any:
    if spec["type"] not in ("float", "double"):
        return value
    return [float(one) for one in value] if isinstance(value, list) else float(value)
