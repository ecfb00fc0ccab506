"""Array, Object, Map and Any, as ``_enforce_type`` of MLflow has them."""

from __future__ import annotations

from typing import Any

from mpk_runtime.enforcement.lenient import datatypes
from mpk_runtime.request_error import schema_error

_NESTED = ("array", "object", "map", "any")


def enforced(spec: dict[str, Any], value: Any, *, required: bool = True) -> Any:
    """The value as ``spec`` declares it; a dict of an Object is changed in place, as MLflow does.

    Raises:
        RequestError: It is not of the type.
    """
    if spec["type"] not in _NESTED:
        return _scalar(spec["type"], value, required=required)
    if spec["type"] == "array":
        return _array(spec["items"], value, required=required)
    if spec["type"] == "object":
        return _object(spec["properties"], value, required=required)
    if spec["type"] == "map":
        return _map(spec["values"], value, required=required)
    return value


def _scalar(type_name: str, value: Any, *, required: bool) -> Any:
    import numpy as np
    import pandas as pd

    if not required and (value is None or (isinstance(value, float) and np.isnan(value))):
        return None
    if not np.isscalar(value):
        raise schema_error(f"A {type(value).__name__} where a value of the type {type_name} is expected.")
    return datatypes.enforced("", pd.Series(value), type_name)[0]


def _array(items: dict[str, Any], value: Any, *, required: bool) -> Any:
    import numpy as np
    import pandas as pd

    listed = isinstance(value, (list, np.ndarray))
    if (not required or items["type"] == "any") and (value is None or (listed and len(value) == 0)):
        return value
    if not listed:
        raise schema_error(f"A {type(value).__name__} where a list is expected.")
    made: Any
    if items["type"] in _NESTED:
        made = [enforced(items, one, required=required) for one in value]
    elif len(value) == 0:
        made = value
    else:
        series = datatypes.enforced("", pd.Series(value), items["type"])
        made = series.to_numpy(dtype=datatypes.numpy_of(items["type"]))
    if isinstance(value, list) and isinstance(made, np.ndarray):
        return made.tolist()
    return np.array(made) if isinstance(value, np.ndarray) and isinstance(made, list) else made


def _object(properties: dict[str, Any], value: Any, *, required: bool) -> Any:
    if not required and (value is None or value == {}):
        return value
    if not isinstance(value, dict):
        raise schema_error(f"A {type(value).__name__} where an object is expected.")
    missing = [name for name, one in properties.items() if one.get("required", True) and name not in value]
    if missing:
        raise schema_error(f"An object without {missing}.")
    unknown = sorted(str(name) for name in value if name not in properties)
    if unknown:
        raise schema_error(f"An object with {unknown}, which are not declared.")
    for name, one in value.items():
        value[name] = enforced(properties[name], one, required=properties[name].get("required", True))
    return value


def _map(values: dict[str, Any], value: Any, *, required: bool) -> Any:
    if (not required or values["type"] == "any") and (value is None or value == {}):
        return value
    if not isinstance(value, dict):
        raise schema_error(f"A {type(value).__name__} where an object is expected.")
    if not all(isinstance(name, str) for name in value):
        raise schema_error("An object with names that are not text.")
    return {name: enforced(values, one, required=required) for name, one in value.items()}
