"""What MLflow's scoring server casts before it enforces: the values of a JSON request, and the fields of a CSV file."""

from __future__ import annotations

import base64
import copy
import io
from typing import Any

from mpk_runtime.enforcement.lenient import datatypes, nested


def from_csv(declared: list[dict[str, Any]] | None, text: str) -> Any:
    """The frame of a CSV file, with the types that are declared.

    Raises:
        Exception: pandas can't read it so.
    """
    import pandas as pd

    if declared is None:
        return pd.read_csv(io.StringIO(text))
    names = [one.get("name", at) for at, one in enumerate(declared)]
    return pd.read_csv(
        io.StringIO(text), dtype={name: datatypes.PANDAS[one["type"]] for name, one in zip(names, declared)}
    )


def from_frame(declared: list[dict[str, Any]] | None, form: str, value: Any) -> Any:
    """The frame of ``dataframe_split`` or ``dataframe_records``.

    Raises:
        Exception: The value does not have that form, or can't be cast.
    """
    import pandas as pd

    if form == "dataframe_records":
        frame = pd.DataFrame(data=value)
    else:
        frame = pd.DataFrame(index=value.get("index"), columns=value.get("columns"), data=value["data"])
    return frame if declared is None else _cast(frame, declared)


def _cast(frame: Any, declared: list[dict[str, Any]]) -> Any:
    given = set(frame.columns)
    if "name" in declared[0]:
        typed = [(one["name"], one) for one in declared]
    elif declared[0]["type"] == "tensor" and len(declared) == 1:
        typed = [(name, declared[0]) for name in given]
    else:
        typed = list(zip(frame.columns, declared))
    for name, spec in typed:
        if name in given:
            # MLflow knows a column without a name by its number here.
            known = spec.get("name", name if isinstance(name, int) and name < len(declared) else None)
            cast = _cast_column(frame[name], spec, required=spec.get("required", True) and known is not None)
            if cast is not None:
                frame[name] = cast
    return frame


def _cast_column(values: Any, spec: dict[str, Any], *, required: bool) -> Any:
    import numpy as np
    import pandas as pd

    if spec["type"] == "binary":
        return values.map(lambda one: base64.decodebytes(bytes(one, "utf8")))
    if spec["type"] == "tensor":
        wanted = np.dtype(spec["tensor-spec"]["dtype"])
        if wanted == np.dtype(bytes):
            return values.map(lambda one: bytes(one, "utf8"))
        return None if isinstance(values.iloc[0], list) or _stays(values, wanted) else values.astype(wanted)
    if spec["type"] in ("array", "object", "map"):
        return values.map(lambda one: nested.enforced(spec, one, required=required))
    if spec["type"] == "datetime":
        return pd.to_datetime(values)
    keep = spec["type"] == "any" or _stays(values, np.dtype(datatypes.PANDAS[spec["type"]]))
    return None if keep else values.astype(np.dtype(datatypes.PANDAS[spec["type"]]))


def _stays(values: Any, wanted: Any) -> bool:
    import pandas as pd

    return wanted.kind in "OU" and isinstance(values.dtype, pd.StringDtype)


def from_instances(declared: list[dict[str, Any]] | None, value: Any) -> Any:
    """What ``instances`` carries: rows become columns.

    Raises:
        Exception: It can't be cast.
    """
    import numpy as np

    named = declared is not None and "name" in declared[0]
    types = {one["name"]: one for one in declared or []} if named else {}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        rows: dict[str, list[Any]] = {}
        for row in value:
            for name, one in row.items():
                rows.setdefault(name, []).append(_converted(one, types.get(name)))
        value = {name: np.array(column) for name, column in rows.items()}
    else:
        value = from_inputs(declared, value)
    if isinstance(value, dict):
        _check_lengths(value, types if named else None)
    return value


def _check_lengths(columns: dict[str, Any], types: dict[str, Any] | None) -> None:
    import numpy as np

    lengths = {name: len(one) for name, one in columns.items() if isinstance(one, (list, np.ndarray))}
    if types is not None:
        checked = [name for name, one in types.items() if one.get("required", True) and one["type"] != "array"]
        lengths = {name: lengths[name] for name in checked if name in lengths}
    if len(set(lengths.values())) > 1:
        raise ValueError("the columns have different lengths")


def from_inputs(declared: list[dict[str, Any]] | None, value: Any) -> Any:
    """What ``inputs`` carries.

    Raises:
        Exception: It can't be cast.
    """
    import numpy as np

    value = copy.deepcopy(value)
    named = declared is not None and "name" in declared[0]
    types = {one["name"]: one for one in declared or []} if named else {}
    if declared is not None:
        if len(types) == 1 and isinstance(value, list) and not any(isinstance(one, dict) for one in value):
            value = {next(iter(types)): value}
        elif not named and not (isinstance(value, list) or np.isscalar(value)):
            raise ValueError("a list or a single value is expected")
    if isinstance(value, dict):
        return {name: _converted(one, types.get(name)) for name, one in value.items()}
    if isinstance(value, list) and all(isinstance(one, dict) for one in value):
        return [{name: _converted(one, types.get(name)) for name, one in row.items()} for row in value]
    return _converted(value, None if declared is None else declared[0])


def _converted(value: Any, spec: dict[str, Any] | None) -> Any:
    import numpy as np

    if spec is None:
        return np.array(value)
    required = spec.get("required", True)
    if spec["type"] == "tensor":
        return np.array(value, dtype=spec["tensor-spec"]["dtype"])
    if spec["type"] == "array":
        return np.array(nested.enforced(spec, value, required=required))
    if spec["type"] in ("object", "map", "any"):
        return nested.enforced(spec, value, required=required)
    wanted = datatypes.numpy_of(spec["type"])
    return np.array(value, wanted) if isinstance(value, (list, np.ndarray)) else np.array([value], wanted)[0]
