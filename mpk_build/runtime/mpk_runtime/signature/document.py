"""Signatures: the schema of a model's input, output and params, as MLflow spells them.

In ``MLmodel`` each part is a JSON string: a list of columns ``{"type", "name", "required"}``, one tensor
``{"type": "tensor", "tensor-spec": {"dtype", "shape"}}`` with -1 for a free axis, or params
``{"name", "type", "default", "shape"}``. See https://mlflow.org/docs/latest/ml/model/signatures.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mpk_runtime.signature.inferring import Schema


class Signature:
    """What a model takes and gives; a part that is not known is None.

    Attributes:
        inputs: Columns or tensors.
        outputs: Columns or tensors.
        params: Params with their defaults.
    """

    def __init__(self, inputs: Schema | None, outputs: Schema | None, params: Schema | None) -> None:
        self.inputs = inputs
        self.outputs = outputs
        self.params = params

    @classmethod
    def from_document(cls, document: dict[str, Any] | None) -> Signature:
        """Read the ``signature`` of an MLmodel document."""
        parts = document or {}
        return cls(*(json.loads(parts[name]) if parts.get(name) else None for name in ("inputs", "outputs", "params")))

    def to_document(self) -> dict[str, str | None]:
        """The ``signature`` of an MLmodel document."""
        parts = (("inputs", self.inputs), ("outputs", self.outputs), ("params", self.params))
        return {name: None if part is None else json.dumps(part) for name, part in parts}

    @property
    def is_tensor(self) -> bool:
        """Whether the input is an array rather than a table."""
        return bool(self.inputs) and self.inputs is not None and self.inputs[0]["type"] == "tensor"
