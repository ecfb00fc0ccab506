"""The schema that an input example gives to a model's input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mpk_runtime.enforcement import Enforcement
from mpk_runtime.examples import protocol
from mpk_runtime.request_error import RequestError
from mpk_runtime.signature import Schema, Signature, SignatureError, infer_schema
from mpk_runtime.signature.spec import SCALARS

if TYPE_CHECKING:
    from mpk_runtime.examples.example import Example


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
