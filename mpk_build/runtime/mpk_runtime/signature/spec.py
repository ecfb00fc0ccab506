"""The words of a signature: types, and what they are when they meet.

A spec is ``{"type"}`` and, of the three that hold others, ``items`` (array), ``properties`` (object: name to spec with
``required``) or ``values`` (map); the order of the keys is that of MLflow 3.17, and so are the rules for merging.
"""

from __future__ import annotations

from typing import Any, Dict, List

from mpk_runtime.signature.error import SignatureError

Spec = Dict[str, Any]
Schema = List[Spec]
SCALARS = ("boolean", "integer", "long", "float", "double", "string", "binary", "datetime")
# Of Spark's own vectors, which MLflow writes for a Spark frame.
TYPES = (*SCALARS, "array", "object", "map", "any", "sparkml_vector")
ANY: Spec = {"type": "any"}
_WIDER = {
    frozenset(("integer", "long")): "long",
    frozenset(("float", "double")): "double",
    frozenset(("integer", "float")): "double",
    frozenset(("integer", "double")): "double",
    frozenset(("long", "float")): "double",
    frozenset(("long", "double")): "double",
}


def column(spec: Spec, name: str | None = None, *, required: bool = True) -> Spec:
    """A column of a schema. One without a name is always required: MLflow reads no other."""
    named = {} if name is None else {"name": name}
    return {**spec, **named, "required": required or name is None}


def tensor(dtype: str, shape: list[int], name: str | None = None) -> Spec:
    """A tensor of a schema; ``shape`` has -1 for a free axis."""
    named = {} if name is None else {"name": name}
    return {**named, "type": "tensor", "tensor-spec": {"dtype": dtype, "shape": shape}}


def array(items: Spec) -> Spec:
    """A list of values of one type."""
    return {"type": "array", "items": items}


def object_(properties: dict[str, Spec]) -> Spec:
    """An object of named values; each spec of ``properties`` has its ``required``."""
    return {"type": "object", "properties": {name: properties[name] for name in sorted(properties)}}


def merge(one: Spec, other: Spec) -> Spec:
    """The spec of values of both.

    Raises:
        SignatureError: No type has both; the text names them, as ``long, string``.
    """
    if one == other:
        return one
    if "any" in (one["type"], other["type"]):
        return _loosened(other if one["type"] == "any" else one)
    if one["type"] != other["type"]:
        wider = _WIDER.get(frozenset((one["type"], other["type"])))
        if wider is None:
            raise SignatureError(", ".join(sorted((one["type"], other["type"]))))
        return {"type": wider}
    if one["type"] == "array":
        return array(merge(one["items"], other["items"]))
    if one["type"] == "map":
        return {"type": "map", "values": merge(one["values"], other["values"])}
    mine, others = one["properties"], other["properties"]
    merged = {}
    for name in {**mine, **others}:
        in_both = name in mine and name in others
        spec = merge(_bare(mine[name]), _bare(others[name])) if in_both else _bare({**mine, **others}[name])
        merged[name] = {**spec, "required": in_both and mine[name]["required"] and others[name]["required"]}
    return object_(merged)


def _bare(spec: Spec) -> Spec:
    return {name: value for name, value in spec.items() if name != "required"}


def _loosened(spec: Spec) -> Spec:
    # As MLflow has it: of an object that may be missing, everything may be.
    if spec["type"] != "object":
        return spec
    return object_({name: {**one, "required": False} for name, one in spec["properties"].items()})
