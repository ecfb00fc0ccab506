"""Signatures: the schema of a model's input, output and params, as MLflow spells them.

In ``MLmodel`` each part is a JSON string: a list of columns ``{"type", "name", "required"}``, of tensors ``{"type":
"tensor", "tensor-spec": {"dtype", "shape"}}`` with -1 for a free axis, or of params ``{"name", "type", "default",
"shape"}``. See https://mlflow.org/docs/latest/ml/model/signatures; the older forms are in `notation`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mpk_runtime.signature import notation
from mpk_runtime.signature.error import SignatureError

if TYPE_CHECKING:
    from mpk_runtime.signature.spec import Schema

PARTS = ("inputs", "outputs", "params")


class Signature:
    """What a model takes and gives; a part that is not known is None.

    Attributes:
        inputs: Columns or tensors.
        outputs: Columns or tensors.
        params: Params with their defaults.
        unknown: What else an MLmodel says of it; kept as it is.
    """

    def __init__(
        self,
        inputs: Schema | None,
        outputs: Schema | None,
        params: Schema | None,
        unknown: dict[str, Any] | None = None,
    ) -> None:
        self.inputs = inputs
        self.outputs = outputs
        self.params = params
        self.unknown = unknown or {}

    def __repr__(self) -> str:
        """Its parts, as lists: what somebody looks at."""
        parts = (f"{name}={getattr(self, name)!r}" for name in (*PARTS, "unknown") if getattr(self, name))
        return f"Signature({', '.join(parts)})"

    @classmethod
    def from_document(cls, document: Any) -> Signature:
        """Read the ``signature`` of an MLmodel document, of any MLflow from 1.x on; None is one that knows nothing.

        Raises:
            SignatureError: It is broken; the text names the part, the place in it, what was found and expected.
        """
        if document is None:
            return cls(None, None, None)
        if not isinstance(document, dict):
            found = type(document).__name__
            raise SignatureError(f"the signature is a {found}; expected a map of inputs, outputs and params")
        parts = {name: _listed(name, document.get(name)) for name in PARTS}
        unknown = {name: value for name, value in document.items() if name not in PARTS}
        return cls(
            notation.columns("inputs", parts["inputs"]),
            notation.columns("outputs", parts["outputs"]),
            notation.params(parts["params"]),
            unknown,
        )

    def to_document(self) -> dict[str, Any]:
        """The ``signature`` of an MLmodel document, as MLflow 3.17 writes it."""
        parts = (("inputs", self.inputs), ("outputs", self.outputs), ("params", self.params))
        return {**{name: None if part is None else json.dumps(part) for name, part in parts}, **self.unknown}

    @property
    def is_tensor(self) -> bool:
        """Whether the input is an array rather than a table."""
        return bool(self.inputs) and self.inputs is not None and self.inputs[0]["type"] == "tensor"


def _listed(part: str, value: Any) -> list[Any] | None:
    if isinstance(value, str) and value.strip():
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            why = f"{error.msg} at character {error.pos}" if isinstance(error, json.JSONDecodeError) else "too deep"
            raise SignatureError(f"{part} of the signature is not JSON: {why}") from None
    # What is empty says nothing, and older versions wrote it for nothing.
    if value is None or value in ("", []):
        return None
    if not isinstance(value, list):
        raise SignatureError(f"{part} of the signature is a {type(value).__name__}; expected a list")
    return value
