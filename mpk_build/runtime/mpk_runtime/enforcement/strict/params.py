"""Params: of the declared types, and completed with the defaults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mpk_runtime.enforcement.strict import nested
from mpk_runtime.enforcement.strict.columns import JSON
from mpk_runtime.enforcement.strict.conversions import FROM_JSON, OF_PARAMS, RefusedError, refusal
from mpk_runtime.enforcement.strict.wording import found, quoted
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
            raise schema_error(f"This model takes no params; found {quoted(sorted(given))}.")
        return None
    by_name = {param["name"]: param for param in declared}
    unknown = sorted(set(given or {}) - set(by_name))
    if unknown:
        raise schema_error(f"Unknown params {quoted(unknown)}; this model has {quoted(sorted(by_name))}.")
    values = {name: param["default"] for name, param in by_name.items()}
    for name, value in (given or {}).items():
        values[name] = _param(f"Param '{name}'", value, by_name[name])
    return values


def _param(where: str, value: Any, declared: dict[str, Any]) -> Any:
    if value is None and declared["default"] is None:
        return None
    if declared.get("shape") is not None:
        if type(value).__name__ == "ndarray":
            value = value.tolist()
        if not isinstance(value, (list, tuple)):
            raise schema_error("{}: {}, where a list of {} is expected.".format(where, found(value), declared["type"]))
        return [_scalar(f"{where}, [{at}]", one, declared) for at, one in enumerate(value)]
    return _scalar(where, value, declared)


def _scalar(where: str, value: Any, declared: dict[str, Any]) -> Any:
    type_name = declared["type"]
    if type_name in ("object", "map", "array", "any"):
        return nested.converted(declared, value, where, JSON)
    # A number with a zero fraction is fine in a column, which JavaScript writes so; a param is somebody's own choice.
    if isinstance(value, float) and type_name in ("integer", "long"):
        raise schema_error(
            f"{where}: {found(value)}, where a {'32' if type_name == 'integer' else '64'}-bit integer is expected."
        )
    # A moment or bytes come as themselves from Python, and as text from JSON.
    conversions = FROM_JSON if isinstance(value, str) else OF_PARAMS
    try:
        return conversions[type_name](value, type_name)
    except RefusedError as why:
        raise refusal(where, why, type_name) from None
