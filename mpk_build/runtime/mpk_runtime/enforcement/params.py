"""Params: of the declared types, and completed with the defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mpk_runtime.enforcement import columns
from mpk_runtime.request_error import schema_error

if TYPE_CHECKING:
    from mpk_runtime.signature import Schema


def checked(declared: Schema | None, given: dict[str, Any] | None) -> dict[str, Any] | None:
    """The params of a request, completed with the defaults; None for a model that has none.

    ``declared``: the params of the signature.

    Raises:
        RequestError: A param is not of its type, or the model has no such param.
    """
    if declared is None:
        if given:
            raise schema_error(f"This model takes no params; found {_quoted(sorted(given))}.")
        return None
    by_name = {param["name"]: param for param in declared}
    unknown = sorted(set(given or {}) - set(by_name))
    if unknown:
        raise schema_error(f"Unknown params {_quoted(unknown)}; this model has {_quoted(sorted(by_name))}.")
    values = {name: param["default"] for name, param in by_name.items()}
    for name, value in (given or {}).items():
        values[name] = _param(name, value, by_name[name])
    return values


def _param(name: str, value: Any, declared: dict[str, Any]) -> Any:
    if declared.get("shape") is not None:
        if not isinstance(value, list):
            raise schema_error("Param '{}': expected a list of {}.".format(name, declared["type"]))
        return [_param(name, one, {**declared, "shape": None}) for one in value]
    return columns.to_param(name, declared["type"], value)


def _quoted(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
