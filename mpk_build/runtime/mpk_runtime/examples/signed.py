"""The schema that an input example gives to a model's input."""

from __future__ import annotations

from typing import Any

from mpk_runtime.enforcement import Enforcement
from mpk_runtime.examples import protocol, stored
from mpk_runtime.examples.example import Example
from mpk_runtime.request_error import RequestError
from mpk_runtime.signature import Schema, Signature, SignatureError, infer_schema
from mpk_runtime.signature.spec import SCALARS


def is_list(inputs: Schema) -> bool:
    """Whether the model takes a list, and neither a table of columns with names nor tensors."""
    return len(inputs) == 1 and "name" not in inputs[0] and inputs[0]["type"] != "tensor"


def held_to(example: Example, signature: Signature) -> Example:
    """The example as it is when its values have the types that were declared.

    Raises:
        RequestError: They can't have; the text names the column.
    """
    if is_list(signature.inputs or []) and example.kind == "frame":
        example = Example([dict(zip(map(str, example.value.columns), row)) for row in stored.rows(example.value)])
    enforcement, document = Enforcement(signature), example.as_document()
    decoded = protocol.through_protocol(document, enforcement)
    if example.kind in ("frame", "array", "arrays"):
        return Example(decoded)
    if example.kind in ("list", "record", "scalar"):
        return Example(protocol.from_store(document, enforcement))
    return example


def schema_of(example: Example, document: dict[str, Any]) -> Schema | None:
    """The schema of an input example; None where a request that holds to it would give the model something else.

    ``document``: of `Example.as_document`.

    Raises:
        SignatureError: A table that no signature describes.
    """
    if example.kind == "image":
        return None
    table = example.kind == "frame"
    try:
        schema = infer_schema(example.value)
    except SignatureError:
        if table:
            raise
        return None
    plain = table and all(one["type"] in SCALARS for one in schema)
    if plain or schema[0]["type"] == "tensor":
        return schema
    try:
        decoded = protocol.through_protocol(dict(document), Enforcement(Signature(schema, None, None)))
    except RequestError:
        return None
    return schema if protocol.difference(example.kind, example.value, decoded) is None else None
