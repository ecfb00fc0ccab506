"""The signature as a manifest spells it out, read into the notation of MLflow.

A type is a word (``double``), a list of one type (an array, ``[string]``), or a map: ``{type, required, items,
properties, values}``, of which ``type`` may be left out where one of the last three says it, or ``{dtype, shape}`` for
a tensor. Inputs and outputs are a map of names to types, a list of them, or one tensor.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Any

from pydantic_core import PydanticCustomError

SCALARS = ("boolean", "integer", "long", "float", "double", "string", "binary", "datetime")
WORDS = (*SCALARS, "any")
INNER = {"array": "items", "object": "properties", "map": "values"}
_KEYS = ("type", "required", *INNER.values())
_PARTS = ("inputs", "outputs", "params")
DTYPE = (
    r"^(bool|object|str|bytes|u?int(8|16|32|64)|float(16|32|64)|complex(64|128)|(datetime|timedelta)64\[[a-zA-Z]+\])$"
)
_DEEPEST = 32
Path = tuple[str | int, ...]
Spec = dict[str, Any]


def declared(value: Any) -> Any:
    """``infer``, or ``{"inputs", "outputs": schemas or None, "params": name to type and shape, or None}``.

    Raises:
        PydanticCustomError: It is something else; its context has the path below the signature that it is about.
    """
    if value == "infer":
        return value
    expected = "infer, or a map of inputs, outputs and params"
    if not isinstance(value, dict):
        raise _wrong(f"found {_found(value)}; expected {expected}", ())
    _check_keys(value, _PARTS, ())
    if not value:
        raise _wrong(f"found an empty map; expected {expected}", ())
    read: Spec = {name: _columns(value[name], (name,)) if name in value else None for name in _PARTS[:2]}
    return {**read, "params": _params(value["params"], ("params",)) if "params" in value else None}


def _columns(value: Any, path: Path) -> list[Spec]:
    if _is_tensor(value):
        return [_tensor(value, path)]
    if not isinstance(value, (dict, list)) or not value:
        hint = f"[{value}]" if isinstance(value, str) and value in WORDS else None
        expected = "a map of names and types, or a list of types"
        raise _wrong(f"found {_found(value)}; expected {expected}", path, hint=hint)
    named = (
        list(value.items()) if isinstance(value, dict) else [_name_of(one, (*path, at)) for at, one in enumerate(value)]
    )
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    read = [_column(name, one, (*path, key)) for key, (name, one) in zip(keys, named, strict=True)]
    _check_together(read, path)
    return read


def _name_of(value: Any, path: Path) -> tuple[str | None, Any]:
    if not isinstance(value, dict) or "name" not in value:
        return None, value
    if not isinstance(value["name"], str) or not value["name"]:
        raise _wrong(f"found {_found(value['name'])}; expected text", (*path, "name"))
    return value["name"], {key: one for key, one in value.items() if key != "name"}


def _column(name: str | None, value: Any, path: Path) -> Spec:
    named = {} if name is None else {"name": name}
    if _is_tensor(value):
        return {**named, **_tensor(value, path)}
    spec = _type(value, path)
    required = _required(value, path)
    if name is None and not required:
        raise _wrong("a column without a name can't be optional; expected a map with its name", (*path, "required"))
    return {**spec, **named, "required": required}


def _type(value: Any, path: Path) -> Spec:
    if len(path) > _DEEPEST:
        raise _wrong(f"it is nested deeper than {_DEEPEST} levels", path)
    if isinstance(value, list):
        if len(value) != 1:
            raise _wrong(f"found a list of {len(value)}; expected one type for all, such as [string]", path)
        return {"type": "array", "items": _type(value[0], (*path, 0))}
    if not isinstance(value, dict):
        return {"type": _word(value, path)}
    if _is_tensor(value):
        raise _wrong("a tensor in a column; expected a type, such as [double]", path)
    _check_keys(value, _KEYS, path)
    inner = [key for key in INNER.values() if key in value]
    kinds = [kind for kind, key in INNER.items() if key in inner]
    if len(inner) > 1:
        raise _wrong(f"found {' and '.join(inner)}; expected one of them", (*path, inner[1]), of_key=True)
    if "type" not in value and not inner:
        raise _wrong("the key 'type' is missing", path)
    kind = value.get("type", kinds[0] if kinds else None)
    if kinds and kind != kinds[0]:
        raise _wrong(f"found {_found(kind)}; expected {kinds[0]}, or no type, beside {inner[0]}", (*path, "type"))
    if not kinds:
        return {"type": _word(kind, (*path, "type"))}
    return {"type": kind, inner[0]: _inside(value[inner[0]], (*path, inner[0]))}


def _inside(value: Any, path: Path) -> Any:
    if path[-1] != "properties":
        return _type(value, path)
    if not isinstance(value, dict) or not value:
        raise _wrong(f"found {_found(value)}; expected a map of names and types", path)
    return {
        name: {**_type(value[name], (*path, name)), "required": _required(value[name], (*path, name))}
        for name in sorted(value)
    }


def _word(value: Any, path: Path) -> str:
    if value in INNER:
        shown = {"array": "[string]", "object": "{properties: {name: string}}", "map": "{values: string}"}[str(value)]
        raise _wrong(f"found {value} alone; expected what it holds", path, hint=shown)
    if not isinstance(value, str) or value not in WORDS:
        close = get_close_matches(str(value), WORDS, n=1)
        hint = f"did you mean '{close[0]}'?" if close else None
        raise _wrong(f"found {_found(value)}; expected one of {', '.join(WORDS)}", path, hint=hint)
    return value


def _required(value: Any, path: Path) -> bool:
    required = value.get("required", True) if isinstance(value, dict) else True
    if not isinstance(required, bool):
        raise _wrong(f"found {_found(required)}; expected true or false", (*path, "required"))
    return required


def _is_tensor(value: Any) -> bool:
    # Columns may be called so, too, and then have types.
    return (
        isinstance(value, dict)
        and "dtype" in value
        and set(value) <= {"dtype", "shape"}
        and not (set(value) == {"dtype", "shape"} and value["shape"] in WORDS)
    )


def _tensor(value: Spec, path: Path) -> Spec:
    dtype, shape = value["dtype"], value.get("shape")
    if not isinstance(dtype, str) or not re.match(DTYPE, dtype):
        raise _wrong(f"found {_found(dtype)}; expected a type of numpy, such as float32", (*path, "dtype"))
    sizes = shape if isinstance(shape, list) else [None]
    if any(isinstance(size, bool) or not isinstance(size, int) or size < -1 for size in sizes):
        raise _wrong(f"found {_found(shape)}; expected a list of sizes, with -1 for a free one", (*path, "shape"))
    return {"type": "tensor", "tensor-spec": {"dtype": dtype, "shape": shape}}


def _params(value: Any, path: Path) -> dict[str, Spec]:
    if not isinstance(value, dict) or not value:
        raise _wrong(f"found {_found(value)}; expected a map of names and types", path)
    return {name: _param(one, (*path, name)) for name, one in value.items()}


def _param(value: Any, path: Path) -> Spec:
    spec = _type(value, path)
    shape = None
    if spec["type"] == "array":
        shape, spec = [-1], spec["items"]
    known = (*SCALARS, "object") if shape is None else SCALARS
    if spec["type"] not in known or spec["type"] == "binary":
        found = f"a list of {spec['type']}" if shape else spec["type"]
        raise _wrong(f"found {found}; expected a scalar other than binary, a list of one, or an object", path)
    if not _required(value, path):
        raise _wrong("a param is never required; its default is in params", (*path, "required"), of_key=True)
    return {"shape": shape, **spec}


def _check_together(read: list[Spec], path: Path) -> None:
    tensors = [one for one in read if one["type"] == "tensor"]
    names = [one["name"] for one in read if "name" in one]
    if tensors and len(tensors) < len(read):
        raise _wrong("found tensors beside columns; expected only one kind", path)
    if names and len(names) < len(read):
        raise _wrong("found some with a name and some without; expected one way", path)
    if len(tensors) > 1 and not names:
        raise _wrong("found several tensors without names; expected a name for each", path)
    twice = next((at for at, name in enumerate(names) if name in names[:at]), None)
    if twice is not None:
        raise _wrong(f"the name '{names[twice]}' stands here a second time", (*path, twice))


def _check_keys(value: Spec, known: tuple[str, ...], path: Path) -> None:
    for key in value:
        if key not in known:
            close = get_close_matches(str(key), known, n=1)
            hint = f"did you mean '{close[0]}'?" if close else None
            raise _wrong(
                f"unknown key '{key}'; expected one of {', '.join(known)}", (*path, key), hint=hint, of_key=True
            )


def _found(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, (dict, list)):
        kind = "map" if isinstance(value, dict) else "list"
        return f"a {kind}" if value else f"an empty {kind}"
    return f"'{value}'" if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)


def _wrong(message: str, path: Path, *, hint: str | None = None, of_key: bool = False) -> PydanticCustomError:
    context = {"error": message, "path": path, "hint": hint, "of_key": of_key}
    return PydanticCustomError("at_a_place", "{error}", context)
