"""The JSON Schema of the manifest's ``signature``, by hand: pydantic has no way to say a type that holds itself."""

from __future__ import annotations

from typing import Any

from mpk_build.manifest.signature import DTYPE, INNER, WORDS

_REF = {"$ref": "#/$defs/SignatureType"}
_COLUMN_KEYS: dict[str, Any] = {
    "type": {"enum": [*WORDS, *INNER]},
    "required": {"type": "boolean"},
    "items": _REF,
    "properties": {"type": "object", "additionalProperties": _REF, "minProperties": 1},
    "values": _REF,
    "dtype": {"type": "string", "pattern": DTYPE},
    "shape": {"type": "array", "items": {"type": "integer", "minimum": -1}},
}
# Of a column, an item, a property or a value; it holds itself.
TYPE_SCHEMA: dict[str, Any] = {
    "title": "SignatureType",
    "anyOf": [
        {"enum": list(WORDS)},
        {"type": "array", "items": _REF, "minItems": 1, "maxItems": 1},
        {"type": "object", "properties": _COLUMN_KEYS, "additionalProperties": False},
    ],
}
_NAMED = {"type": "object", "additionalProperties": _REF, "minProperties": 1}
_LISTED = {
    "type": "array",
    "minItems": 1,
    "items": {
        "anyOf": [
            _REF,
            {
                "type": "object",
                "properties": {"name": {"type": "string"}, **_COLUMN_KEYS},
                "required": ["name"],
                "additionalProperties": False,
            },
        ]
    },
}
_TENSOR = {
    "type": "object",
    "properties": {name: _COLUMN_KEYS[name] for name in ("dtype", "shape")},
    "required": ["dtype", "shape"],
    "additionalProperties": False,
}
JSON_SCHEMA: dict[str, Any] = {
    "anyOf": [
        {"const": "infer"},
        {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": False,
            "properties": {
                "inputs": {"anyOf": [_NAMED, _LISTED, _TENSOR]},
                "outputs": {"anyOf": [_NAMED, _LISTED, _TENSOR]},
                "params": _NAMED,
            },
        },
    ]
}
