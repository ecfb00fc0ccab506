"""Signatures: the schema of a model's input, output and params, as MLflow spells them.

In ``MLmodel`` each part is a JSON string: a list of columns ``{"type", "name", "required"}``, one tensor
``{"type": "tensor", "tensor-spec": {"dtype", "shape"}}`` with -1 for a free axis, or params
``{"name", "type", "default", "shape"}``. See https://mlflow.org/docs/latest/ml/model/signatures.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mpk_runtime import columns
from mpk_runtime.request_error import schema_error

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

    def check_params(self, given: dict[str, Any] | None) -> dict[str, Any] | None:
        """The params of a request, completed with the defaults; None for a model that has none.

        Raises:
            RequestError: A param is not of its type, or the model has no such param.
        """
        if self.params is None:
            if given:
                raise schema_error(f"This model takes no params; found {_quoted(sorted(given))}.")
            return None
        declared = {param["name"]: param for param in self.params}
        unknown = sorted(set(given or {}) - set(declared))
        if unknown:
            raise schema_error(f"Unknown params {_quoted(unknown)}; this model has {_quoted(sorted(declared))}.")
        values = {name: param["default"] for name, param in declared.items()}
        for name, value in (given or {}).items():
            values[name] = _param(name, value, declared[name])
        return values


def _param(name: str, value: Any, declared: dict[str, Any]) -> Any:
    if declared.get("shape") is not None:
        if not isinstance(value, list):
            raise schema_error("Param '{}': expected a list of {}.".format(name, declared["type"]))
        return [_param(name, one, {**declared, "shape": None}) for one in value]
    wanted = declared["type"]
    return columns.to_param(name, wanted, value)


def _quoted(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
