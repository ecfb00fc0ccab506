"""Params: of the declared types, and completed with the defaults."""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING, Any

from mpk_runtime.enforcement.strict import nested
from mpk_runtime.enforcement.strict.columns import JSON
from mpk_runtime.enforcement.strict.conversions import FROM_JSON, OF_PARAMS, RefusedError, refusal
from mpk_runtime.enforcement.strict.wording import EXPECTED, found, quoted
from mpk_runtime.request_error import RequestError, schema_error

if TYPE_CHECKING:
    from mpk_runtime.signature import Schema

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII)


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
    values = {name: _default(param) for name, param in by_name.items()}
    for name, value in (given or {}).items():
        values[name] = _param(f"Param '{name}'", value, by_name[name])
    return values


def _default(declared: dict[str, Any]) -> Any:
    """The default as a given value would be: a signature writes moments as text, and a model may change a list."""
    try:
        return _param("", declared["default"], declared)
    except RequestError:  # it is the model's own, whatever its type
        return declared["default"]


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
    if isinstance(value, str) and type_name == "datetime":
        return _moment(where, value)
    # A moment or bytes come as themselves from Python, and as text from JSON.
    conversions = FROM_JSON if isinstance(value, str) else OF_PARAMS
    try:
        return conversions[type_name](value, type_name)
    except RefusedError as why:
        raise refusal(where, why, type_name) from None


def _moment(where: str, text: str) -> datetime.date:
    """A date, or a date and time, of the standard library's types as MLflow has it."""
    written = _MOMENT.fullmatch(text)
    try:
        if written is not None:
            return _of_parts(*written.groups())
    except ValueError:  # the 30th of February
        pass
    raise schema_error(f"{where}: {found(text)}, where {EXPECTED['datetime']} is expected.")


def _of_parts(date: str, time: str | None, fraction: str | None, zone: str | None) -> datetime.date:
    if time is None:
        return datetime.date.fromisoformat(date)
    # Of what ISO 8601 allows, Python reads little before 3.11.
    padded = f".{fraction[:6]:0<6}" if fraction else ""
    offset = "" if zone is None else "+00:00" if zone == "Z" else f"{zone[:3]}:{zone[-2:]}"
    return datetime.datetime.fromisoformat(f"{date}T{time}{padded}{offset}")
