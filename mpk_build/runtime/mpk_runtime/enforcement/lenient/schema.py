"""What a caller in Python has, or a request carried, as ``_enforce_schema`` of MLflow makes it fit."""

from __future__ import annotations

from typing import Any

from mpk_runtime.enforcement.lenient import datatypes, nested, tensors
from mpk_runtime.request_error import schema_error


def enforced(declared: list[dict[str, Any]], data: Any) -> Any:
    """The model input.

    Raises:
        RequestError: The data are not what is declared.
        Exception: numpy or pandas can't convert them.
    """
    import pandas as pd

    is_tensor, named = declared[0]["type"] == "tensor", "name" in declared[0]
    if isinstance(data, pd.Series):
        data = pd.DataFrame(data)
    if not is_tensor:
        data = _as_frame(declared, data)
    if named:
        data = _check_names(declared, data)
    elif not is_tensor and len(data.columns) < len(declared):
        raise schema_error(f"Found {len(data.columns)} columns, expected {len(declared)}.")
    if is_tensor:
        return tensors.enforced(declared, data)
    return _named(declared, data) if named else _unnamed(declared, data)


def _as_frame(declared: list[dict[str, Any]], data: Any) -> Any:
    import numpy as np
    import pandas as pd

    if np.isscalar(data):
        return pd.DataFrame([data])
    if isinstance(data, dict):
        return _of_dict(declared, data)
    if isinstance(data, (list, np.ndarray)):
        return pd.DataFrame(data)
    if not isinstance(data, pd.DataFrame):
        raise schema_error(f"A {type(data).__name__} where a DataFrame is expected.")
    return data


def _of_dict(declared: list[dict[str, Any]], data: dict[Any, Any]) -> Any:
    import numpy as np
    import pandas as pd

    def is_one(value: Any) -> bool:
        texts = isinstance(value, list) and all(isinstance(item, str) for item in value)
        return bool(np.isscalar(value) or value is None or texts)

    def is_text(value: Any) -> bool:
        return isinstance(value, np.ndarray) and value.dtype.type == np.str_ and value.shape == ()

    if any(one["type"] in ("array", "object") for one in declared) or all(map(is_one, data.values())):
        return pd.DataFrame([data])
    if all(map(is_text, data.values())):
        return pd.DataFrame([data])
    if any(isinstance(value, np.ndarray) and value.ndim > 1 for value in data.values()):
        deep = {name: isinstance(value, np.ndarray) and value.ndim > 1 for name, value in data.items()}
        return pd.DataFrame({name: value.tolist() if deep[name] else value for name, value in data.items()})
    return pd.DataFrame(data)


def _check_names(declared: list[dict[str, Any]], data: Any) -> Any:
    import numpy as np
    import pandas as pd

    required = [one["name"] for one in declared if one.get("required", True)]
    given: set[Any] = set()
    if len(required) == 1 and isinstance(data, np.ndarray):
        data, given = {required[0]: data}, set(required)
    elif isinstance(data, pd.DataFrame):
        given = set(data.columns)
    elif isinstance(data, dict):
        given = set(data)
    missing = [name for name in required if name not in given]
    if missing:
        raise schema_error(f"Model is missing inputs {missing}.")
    return data


def _named(declared: list[dict[str, Any]], data: Any) -> Any:
    import pandas as pd

    made = {one["name"]: _column(one, data[one["name"]], one["name"]) for one in declared if one["name"] in data}
    return pd.DataFrame(made)


def _unnamed(declared: list[dict[str, Any]], data: Any) -> Any:
    import pandas as pd

    # Whether a value must be there is not looked at in a column without a name.
    return pd.DataFrame(
        {name: _column({**one, "required": True}, data[name], name) for name, one in zip(data.columns, declared)}
    )


def _column(spec: dict[str, Any], values: Any, name: Any) -> Any:
    import pandas as pd

    if spec["type"] in datatypes.NUMPY:
        return datatypes.enforced(f"Column '{name}': ", values, spec["type"])
    made = [nested.enforced(spec, one, required=spec.get("required", True)) for one in values]
    return pd.Series(made, index=values.index, name=name)
