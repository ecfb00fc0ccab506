"""The schema of a model's params."""

from __future__ import annotations

import datetime
from typing import Any

from mpk_runtime.signature import spec, values
from mpk_runtime.signature.error import SignatureError

_EXPECTED = "expected a boolean, number, string, date, object or a list of scalars"


def params_schema(defaults: dict[str, Any]) -> spec.Schema | None:
    """The schema of params from their default values; None without any.

    A param is a scalar, a list of scalars (``"shape": [-1]``), or an object.

    Raises:
        SignatureError: A default is of a type that a signature has no word for.
    """
    return [_param(str(name), default) for name, default in defaults.items()] or None


def _param(name: str, default: Any) -> spec.Spec:
    if hasattr(default, "tolist") and hasattr(default, "shape") and default.shape:
        default = list(default)
    if isinstance(default, (list, tuple)):
        return _listed(name, list(default))
    found = _spec(name, default)
    if found["type"] == "any":
        raise SignatureError(f"param '{name}' is {_shown(default)}, which tells no type; {_EXPECTED}")
    return {"name": name, "default": _plain(default, found["type"]), "shape": None, **found}


def _listed(name: str, default: list[Any]) -> spec.Spec:
    if not default:
        raise SignatureError(f"param '{name}' is an empty list, which tells no type; {_EXPECTED}")
    try:
        found = values.items_of(default)
    except SignatureError as error:
        raise SignatureError(f"param '{name}' {error}; {_EXPECTED}") from None
    if found["type"] not in spec.SCALARS or any(values.is_missing(value) for value in default):
        holds = "missing values" if found["type"] in (*spec.SCALARS, "any") else f"values of the type {found['type']}"
        raise SignatureError(f"param '{name}' is a list that holds {holds}; {_EXPECTED}")
    _check_binary(name, found)
    return {"name": name, "default": [_plain(one, found["type"]) for one in default], "shape": [-1], **found}


def _spec(name: str, default: Any) -> spec.Spec:
    try:
        found = values.spec_of(default)
    except SignatureError as error:
        raise SignatureError(f"param '{name}' {error}; {_EXPECTED}") from None
    _check_binary(name, found)
    return found


def _check_binary(name: str, found: spec.Spec) -> None:
    if found["type"] == "binary":
        raise SignatureError(f"param '{name}' is bytes, which no param can be; {_EXPECTED}")


def _plain(value: Any, type_name: str) -> Any:
    """The default as JSON has it."""
    if type_name == "datetime":
        return value.isoformat() if isinstance(value, datetime.date) else str(value)
    plain = value.item() if hasattr(value, "item") else value
    return float(plain) if type_name in ("float", "double") else plain


def _shown(value: Any) -> str:
    return "missing" if values.is_missing(value) else "an empty object"
