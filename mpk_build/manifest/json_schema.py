"""The JSON Schema of the manifest, for editors; ``mpk.schema.json`` is a copy of it."""

from __future__ import annotations

from typing import Any

from mpk_build.manifest.schema import Manifest
from mpk_build.manifest.signature_json_schema import JSON_SCHEMA, TYPE_SCHEMA


def json_schema() -> dict[str, Any]:
    """The schema, in draft 2020-12."""
    schema = Manifest.model_json_schema(by_alias=True)
    schema["properties"]["signature"].update(JSON_SCHEMA)
    schema["$defs"] = dict(sorted({**schema["$defs"], "SignatureType": TYPE_SCHEMA}.items()))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "mpk.yaml"}
