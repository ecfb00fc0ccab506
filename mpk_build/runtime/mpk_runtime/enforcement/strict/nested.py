"""Values of the types that hold others: Array, Object, Map, and Any."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from mpk_runtime.enforcement.strict import dtypes
from mpk_runtime.enforcement.strict.conversions import FROM_JSON, RefusedError, refusal
from mpk_runtime.enforcement.strict.wording import EXPECTED, found, quoted
from mpk_runtime.request_error import schema_error

if TYPE_CHECKING:
    from mpk_runtime.enforcement.strict.columns import Source


def converted(spec: dict[str, Any], value: Any, where: str, source: Source) -> Any:
    """The value as ``spec`` declares it.

    Raises:
        RequestError: It is not of the type, or something in it; the text tells the path to it.
    """
    type_name = spec["type"]
    if type_name == "any":
        return value
    if type_name in FROM_JSON:
        return _scalar(spec, value, where, source)
    if source.is_missing(value):
        if spec.get("required", True):
            raise schema_error(f"{where}: a missing value, where {EXPECTED[type_name]} is expected.")
        return None
    if type_name == "array":
        return _array(spec, value, where, source)
    if not isinstance(value, dict):
        raise schema_error(f"{where}: {found(value)}, where an object is expected.")
    if type_name == "map":
        return _map(spec, value, where, source)
    return _object(spec, value, where, source)


def _scalar(spec: dict[str, Any], value: Any, where: str, source: Source) -> Any:
    type_name = spec["type"]
    if source.is_missing(value):
        # Here as in a column: only numbers with a fraction have a value that says missing.
        if type_name in ("float", "double"):
            return math.nan
        if not spec.get("required", True):
            return None
    try:
        return source.conversions[type_name](value, type_name)
    except RefusedError as why:
        raise refusal(where, why, type_name, python=source.is_python) from None


def _array(spec: dict[str, Any], value: Any, where: str, source: Source) -> Any:
    if type(value).__name__ == "ndarray":
        return _of_ndarray(spec, value, where, source)
    if not isinstance(value, (list, tuple)):
        raise schema_error(f"{where}: {found(value)}, where a list is expected.")
    return [converted(spec["items"], one, f"{where}, [{at}]", source) for at, one in enumerate(value)]


def _of_ndarray(spec: dict[str, Any], value: Any, where: str, source: Source) -> Any:
    """An array for an array: its dtype says what its values are, as that of a column does."""
    leaf, depth = spec, 0
    while leaf["type"] == "array":
        leaf, depth = leaf["items"], depth + 1
    if value.dtype == object or leaf["type"] not in dtypes.OWN:
        return _array(spec, value.tolist(), where, source)
    if value.ndim != depth or dtypes.action(leaf["type"], value.dtype) == dtypes.REFUSE:
        what = f"an array of {value.dtype} and shape {value.shape}"
        raise schema_error(f"{where}: {what}, where {depth} axes and {EXPECTED[leaf['type']]} are expected.")
    return value.astype(dtypes.OWN[leaf["type"]], copy=False)


def _map(spec: dict[str, Any], value: dict[Any, Any], where: str, source: Source) -> Any:
    for name in value:
        if not isinstance(name, str):
            raise schema_error(f"{where}: an object with {found(name)} as a name, where names are strings.")
    return {name: converted(spec["values"], one, f"{where}, ['{name}']", source) for name, one in value.items()}


def _object(spec: dict[str, Any], value: dict[Any, Any], where: str, source: Source) -> Any:
    properties: dict[str, Any] = spec["properties"]
    absent = [name for name, one in properties.items() if one.get("required", True) and name not in value]
    if absent:
        raise schema_error(f"{where}: an object without {quoted(absent)}.")
    unknown = sorted(str(name) for name in value if name not in properties)
    if unknown:
        raise schema_error(f"{where}: an object with {quoted(unknown)}; declared are {quoted(list(properties))}.")
    return {name: converted(properties[name], one, f"{where}, ['{name}']", source) for name, one in value.items()}
