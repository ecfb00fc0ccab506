"""A signature, enforced: model inputs and params as it declares them, or an error that says what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mpk_runtime.enforcement import columns, params, tensors
from mpk_runtime.request_error import RequestError, schema_error

if TYPE_CHECKING:
    from mpk_runtime.signature import Signature


class Enforcement:
    """What a signature asks of a model's input and params; made once, when a model is loaded.

    Attributes:
        signature: What is enforced.
    """

    def __init__(self, signature: Signature) -> None:
        self.signature = signature
        self._inputs = signature.inputs or []

    @property
    def column_names(self) -> list[str] | None:
        """The names of the declared columns; None where they have none, or nothing is declared."""
        if self._inputs and "name" in self._inputs[0]:
            return [spec["name"] for spec in self._inputs]
        return None

    def params(self, given: dict[str, Any] | None) -> dict[str, Any] | None:
        """The params of a request, completed with the defaults; None for a model that has none.

        Raises:
            RequestError: A param is not of its type, or the model has no such param.
        """
        return params.checked(self.signature.params, given)

    def table(self, table: dict[Any, list[Any]], length: int, *, text: bool) -> Any:
        """The pandas DataFrame of columns of JSON values or, with ``text``, of the fields of a CSV file.

        Raises:
            RequestError: It is not what the signature declares.
        """
        import pandas as pd

        if self.signature.inputs is None:
            return pd.DataFrame(table)
        if self.signature.is_tensor:
            raise schema_error("This model takes a tensor; send it as 'inputs' or 'instances'.")
        return pd.DataFrame(
            {
                name: columns.to_series({"name": name, **spec}, table.get(name, [None] * length), text=text)
                for name, spec in self._matched(table)
            }
        )

    def values(self, form: str, value: Any) -> Any:
        """The model input of the JSON value of ``inputs`` or ``instances``, which are told by ``form``.

        Raises:
            RequestError: It is not what the signature declares.
        """
        if not self._inputs:
            return value
        if self.signature.is_tensor:
            return tensors.decode(value, self._inputs[0]["tensor-spec"])
        if "name" in self._inputs[0]:
            if not isinstance(value, dict):
                raise schema_error(f"'{form}' must be a list of objects, one for each row, or an object of columns.")
            return self._columns(value)
        if len(self._inputs) == 1 and isinstance(value, list):
            return columns.to_list(self._inputs[0]["type"], value)
        raise schema_error(f"'{form}' must be a list of values.")

    def _columns(self, table: dict[str, Any]) -> Any:
        lists = {name: value if isinstance(value, list) else [value] for name, value in table.items()}
        lengths = {len(values) for values in lists.values()}
        if len(lengths) > 1:
            raise RequestError(f"The columns of 'inputs' must have one length; found {sorted(lengths)}.")
        return self.table(lists, lengths.pop() if lengths else 0, text=False)

    def _matched(self, table: dict[Any, list[Any]]) -> list[tuple[Any, dict[str, Any]]]:
        if self.column_names is None:
            if len(table) != len(self._inputs):
                raise schema_error(f"Found {len(table)} columns, expected {len(self._inputs)}.")
            return list(zip(table, self._inputs))
        missing = [spec["name"] for spec in self._inputs if spec["name"] not in table and spec.get("required", True)]
        if missing:
            raise schema_error(f"Model is missing inputs {missing}.")
        return [(spec["name"], spec) for spec in self._inputs]
