"""Columns, tensors and params in every notation that an MLmodel may have, read into that of MLflow 3.17.

MLflow 1.x left ``required`` out; its documentation has tensors as ``{"name", "dtype", "shape"}``; params once had
``dtype`` for ``type``. What a column says besides is kept.
"""

from __future__ import annotations

import re
from typing import Any

from mpk_runtime.signature import spec
from mpk_runtime.signature.error import SignatureError

_INNER = {"array": "items", "object": "properties", "map": "values"}
_DTYPE = re.compile(
    r"(bool|object|half|single|double|longdouble|u?int(c|p|\d+)?|b?float\d*(_\w+)?|complex\d*|(str|bytes|void)\d*"
    r"|(datetime|timedelta)64(\[\d*[a-zA-Z]+\])?)_?|[<>=|]?[?bBhHiIlLqQpPefdgFDGOSUVmM]\d*(\[\d*[a-zA-Z]+\])?"
)
_DEEPEST = 64


def columns(part: str, given: list[Any] | None) -> spec.Schema | None:
    """The columns or tensors of ``inputs`` or ``outputs``.

    Raises:
        SignatureError: One of them is broken, or they don't go together.
    """
    if given is None:
        return None
    read = [_column(f"{part}[{at}]", one) for at, one in enumerate(given)]
    _check_together(part, read)
    return read


def params(given: list[Any] | None) -> spec.Schema | None:
    """The params; raises as `columns` does."""
    if given is None:
        return None
    read = [_param(f"params[{at}]", one) for at, one in enumerate(given)]
    _check_names("params", read)
    return read


def _column(where: str, given: Any) -> spec.Spec:
    given = _map(where, given)
    where = f"{where} ('{given['name']}')" if isinstance(given.get("name"), str) else where
    if "name" in given and not isinstance(given["name"], (str, int)) and given["name"] is not None:
        raise SignatureError(f"{where}: its name is {_found(given['name'])}; expected text")
    name = {"name": given["name"]} if given.get("name") is not None else {}
    if given.get("type") == "tensor" or ("type" not in given and "dtype" in given):
        return {**name, **_tensor(where, given)}
    read = _spec(where, given, 0)
    # As MLflow reads what is not there: a scalar is required, and what is nested is not, where it has a name.
    required = given.get("required", read["type"] in spec.SCALARS or not name)
    if required is not None and not isinstance(required, bool):
        raise SignatureError(f"{where}: required is {_found(required)}; expected true or false")
    rest = {key: value for key, value in given.items() if key not in (*read, "name", "required")}
    return {**read, **rest, **name, "required": bool(required)}


def _tensor(where: str, given: dict[str, Any]) -> spec.Spec:
    inner = given if given.get("type") != "tensor" else given.get("tensor-spec")
    if not isinstance(inner, dict):
        raise SignatureError(f"{where}: its tensor-spec is {_found(inner)}; expected a map of dtype and shape")
    dtype, shape = inner.get("dtype"), inner.get("shape")
    if not isinstance(dtype, str) or not _DTYPE.fullmatch(dtype):
        raise SignatureError(f"{where}: its dtype is {_found(dtype)}; expected a type of numpy, such as 'float32'")
    sizes = shape if isinstance(shape, list) else [None]
    if any(isinstance(size, bool) or not isinstance(size, int) or size < -1 for size in sizes):
        raise SignatureError(f"{where}: its shape is {_found(shape)}; expected a list of sizes, with -1 for a free one")
    taken = ("name", "type", "tensor-spec") if inner is not given else ("name", "dtype", "shape")
    rest = {key: value for key, value in given.items() if key not in taken}
    known = {"dtype": dtype, "shape": shape}
    further = {} if inner is given else {key: value for key, value in inner.items() if key not in known}
    return {"type": "tensor", "tensor-spec": {**known, **further}, **rest}


def _spec(where: str, given: Any, depth: int) -> spec.Spec:
    """The type of a column, an item, a property or a value, without its name."""
    given = _map(where, given)
    name = given.get("type")
    if name not in spec.TYPES:
        raise SignatureError(f"{where}: its type is {_found(name)}; expected one of {', '.join(spec.TYPES)}")
    if depth > _DEEPEST:
        raise SignatureError(f"{where}: it is nested deeper than {_DEEPEST} levels")
    key = _INNER.get(name)
    if key is None:
        return {"type": name}
    if key not in given:
        raise SignatureError(f"{where}: it is of the type {name} and has no {key}")
    if key != "properties":
        return {"type": name, key: _with_rest(f"{where}.{key}", given[key], depth)}
    found = given[key]
    if not isinstance(found, dict) or not found:
        raise SignatureError(f"{where}: its properties are {_found(found)}; expected a map of names and types")
    return {"type": name, key: {one: _property(f"{where}.{one}", found[one], depth) for one in found}}


def _property(where: str, given: Any, depth: int) -> spec.Spec:
    read = _with_rest(where, given, depth)
    required = read.pop("required", True)
    if required is not None and not isinstance(required, bool):
        raise SignatureError(f"{where}: required is {_found(required)}; expected true or false")
    return {**read, "required": bool(required)}


def _with_rest(where: str, given: Any, depth: int) -> spec.Spec:
    read = _spec(where, given, depth + 1)
    return {**read, **{key: value for key, value in given.items() if key not in read}}


def _param(where: str, given: Any) -> spec.Spec:
    given = _map(where, given)
    name = given.get("name")
    if not isinstance(name, (str, int)) or isinstance(name, bool):
        raise SignatureError(f"{where}: its name is {_found(name)}; expected text")
    where = f"{where} ('{name}')"
    if "default" not in given:
        raise SignatureError(f"{where}: it has no default")
    old = {} if "type" in given else {"type": given.get("dtype")}
    read = _spec(where, {**given, **old}, 0)
    if read["type"] not in (*spec.SCALARS, "object") or read["type"] == "binary":
        raise SignatureError(f"{where}: its type is '{read['type']}', which no param can be")
    shape = given.get("shape")
    if shape not in (None, [-1]):
        raise SignatureError(f"{where}: its shape is {_found(shape)}; expected null, or [-1] for a list")
    taken = ("name", "default", "shape", *read, *(("dtype",) if old else ()))
    rest = {key: value for key, value in given.items() if key not in taken}
    return {"name": str(name), "default": given["default"], "shape": shape, **read, **rest}


def _check_together(part: str, read: spec.Schema) -> None:
    tensors = [one for one in read if one["type"] == "tensor"]
    if tensors and len(tensors) < len(read):
        raise SignatureError(f"{part} of the signature has tensors and columns; expected only one kind")
    named = [one for one in read if "name" in one]
    if named and len(named) < len(read):
        raise SignatureError(f"{part} of the signature has some with a name and some without; expected one way")
    if len(tensors) > 1 and not named:
        raise SignatureError(f"{part} of the signature has several tensors without names; expected a name for each")
    _check_names(part, named)


def _check_names(part: str, read: spec.Schema) -> None:
    names = [one["name"] for one in read]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise SignatureError(f"{part} of the signature has '{twice}' twice; expected different names")


def _map(where: str, given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise SignatureError(f'{where} is {_found(given)}; expected a map such as {{"type": "double"}}')
    return given


def _found(value: Any) -> str:
    if value is None:
        return "missing"
    return f"'{value}'" if isinstance(value, str) else repr(value)[:80]
