"""Params, as ``_enforce_params_schema`` of MLflow has them: those of a name that is not declared are left out."""

from __future__ import annotations

import copy
import datetime
from typing import Any

from mpk_runtime.enforcement.lenient import datatypes, nested
from mpk_runtime.request_error import RequestError, schema_error

_PYTHON = {
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": float,
    "double": float,
    "string": str,
    "binary": bytes,
}
_FROM = {
    "long": ("integer",),
    "float": ("integer", "long"),
    "double": ("integer", "long", "float"),
}


def checked(declared: list[dict[str, Any]] | None, given: dict[str, Any] | None) -> dict[str, Any] | None:
    """The params, completed with the defaults.

    Raises:
        RequestError: A param is not of its type.
    """
    if declared is None:
        return None
    named = {str(name): value for name, value in (given or {}).items()}
    return {one["name"]: _param(one, named[one["name"]]) if one["name"] in named else _default(one) for one in declared}


def _default(spec: dict[str, Any]) -> Any:
    try:
        return _param(spec, spec["default"])
    except RequestError:
        return spec["default"]


def _param(spec: dict[str, Any], value: Any) -> Any:
    where, type_name = f"Param '{spec['name']}'", spec["type"]
    if spec.get("shape") is not None:
        import numpy as np

        if not isinstance(value, (list, np.ndarray)) or np.array(value).ndim != 1:
            raise schema_error(f"{where}: a {type(value).__name__} where a list of {type_name} is expected.")
        return [_scalar(where, one, type_name) for one in value]
    if type_name == "object":
        nested.enforced(spec, copy.deepcopy(value))
        return value
    return _scalar(where, value, type_name)


def _scalar(where: str, value: Any, type_name: str) -> Any:
    import numpy as np

    if value is None:
        return None
    if type_name == "datetime":
        try:
            moment = np.datetime64(value).item()
        except ValueError:
            moment = 0
        if isinstance(moment, int):
            raise schema_error(f"{where}: a {type(value).__name__} where a datetime is expected.")
        return moment
    if np.isscalar(value) and any(_is(value, one) for one in (type_name, *_FROM.get(type_name, ()))):
        return _PYTHON[type_name](value)
    raise schema_error(f"{where}: a {type(value).__name__} where a {type_name} is expected.")


def _is(value: Any, type_name: str) -> bool:
    import numpy as np

    kinds: list[Any] = [datatypes.numpy_of(type_name).type, _PYTHON[type_name]]
    if type_name == "binary":
        kinds.append(bytearray)
    if type_name == "datetime":
        kinds += [np.datetime64, datetime.datetime]
    return type(value) in kinds
