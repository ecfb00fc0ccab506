"""What is given from Python beside the model, as a manifest and the capture of a build have it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mpk_build.api import runtime  # noqa: F401 - makes mpk_runtime importable
from mpk_build.foundation.errors import UsageError
from mpk_build.manifest import declared_params
from mpk_runtime.examples.example import Example
from mpk_runtime.signature import Signature

if TYPE_CHECKING:
    from mpk_build.manifest.loading import Project


def plain(name: str, value: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a manifest can say, too."""
    try:
        found: dict[str, Any] = json.loads(json.dumps(dict(value or {})))
    except (ValueError, TypeError) as error:
        raise UsageError(f"{name} can't be written as JSON: {error}") from error
    return found


def spelled_out(signature: Any) -> dict[str, Any]:
    """What a manifest says of a signature that is a map; nothing of one in hand, or none."""
    if isinstance(signature, Mapping):
        return {"signature": dict(signature)}
    if signature is not None and not isinstance(signature, Signature):
        raise UsageError(
            f"found a signature of the type {type(signature).__name__}; expected a map of inputs, outputs and params",
            hint="signature={'inputs': {'age': 'long'}}, or what mpk_build.infer_signature gives",
        )
    return {}


def declared(project: Project, signature: Signature | Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The schemas of inputs, outputs and params, each None where it is inferred."""
    if isinstance(signature, Signature):
        return {name: getattr(signature, name) for name in ("inputs", "outputs", "params")}
    return declared_params.signature(project.manifest.signature, project.manifest.params)


def asked(example: Any, declared: dict[str, Any] | None, params: dict[str, Any]) -> dict[str, Any]:
    """What a manifest would say of the input, as the capture has it."""
    return {
        "example": None,
        "in_hand": None if example is None else Example(example),
        "params": params,
        "declared": declared,
    }
