"""The schema of a model's params."""

from __future__ import annotations

from typing import Any

from mpk_runtime.signature.inferring import SCALARS, Schema


def params_schema(defaults: dict[str, Any]) -> Schema | None:
    """The schema of params from their default values.

    Raises:
        ValueError: A default is of a type that a signature has no word for.
    """
    schema = []
    for name, default in defaults.items():
        sample = default[0] if isinstance(default, list) and default else default
        if type(sample) not in SCALARS:
            raise ValueError(
                f"param '{name}' is a {type(sample).__name__}; expected a boolean, number, string or a list of them"
            )
        shape = [-1] if isinstance(default, list) else None
        schema.append({"name": name, "type": SCALARS[type(sample)], "default": default, "shape": shape})
    return schema or None
