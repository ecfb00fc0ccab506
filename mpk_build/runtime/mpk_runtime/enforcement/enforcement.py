"""A signature, enforced: model inputs and params as it declares them, or an error that says what is not."""

from __future__ import annotations

from typing import Any, Protocol

from mpk_runtime.enforcement import forms
from mpk_runtime.enforcement.lenient import params as lenient_params
from mpk_runtime.enforcement.lenient.inputs import MLflowInputs
from mpk_runtime.enforcement.strict import params
from mpk_runtime.enforcement.strict.tables import Tables
from mpk_runtime.enforcement.strict.tensors import Tensors
from mpk_runtime.enforcement.strict.undeclared import Undeclared
from mpk_runtime.request_error import RequestError
from mpk_runtime.signature import Signature

STRICT, MLFLOW = MODES = ("strict", "mlflow")


class Inputs(Protocol):
    """How one mode makes model inputs for one schema."""

    def python(self, data: Any) -> Any:
        """Of what a caller in Python has."""
        ...

    def json(self, form: str, value: Any) -> Any:
        """Of the value of a form of a request."""
        ...

    def csv(self, text: str) -> Any:
        """Of a CSV file."""
        ...


class Enforcement:
    """What a signature asks of a model's input and params; made once, when a model is loaded.

    Attributes:
        signature: What is enforced; it must not change any more.
        mode: ``strict``, or ``mlflow`` for what MLflow 3.17 converts and how.
    """

    def __init__(self, signature: Signature, mode: str = STRICT, *, takes_lists: bool = True) -> None:
        """``mode``: one of `MODES`.

        ``takes_lists``: with one column that has no name a list stays a list instead of becoming a DataFrame, in the
        mode ``strict``.
        """
        self.signature = signature
        self.mode = mode
        self._inputs: Inputs = Undeclared()
        if mode == MLFLOW:
            self._inputs = MLflowInputs(signature.inputs)
        elif signature.is_tensor:
            self._inputs = Tensors(signature.inputs or [])
        elif signature.inputs:
            self._inputs = Tables(signature.inputs, takes_lists=takes_lists)

    @classmethod
    def of_package(cls, document: dict[str, Any], mode: str = STRICT) -> Enforcement:
        """That of the package with this MLmodel document."""
        return cls(Signature.from_document(document.get("signature")), mode, takes_lists=takes_lists(document))

    def python(self, data: Any) -> Any:
        """The model input of what a caller in Python has.

        ``data``: for columns a pandas DataFrame or Series, a numpy array of rows, a dict of columns or one of the
        values of a row, a list of either, or a single value; for tensors a numpy array, a sparse matrix of scipy or a
        DataFrame, and a dict of them where they have names.

        Returns:
            A DataFrame (or list) with the declared columns, an array, a dict of arrays; ``data`` where nothing is
            declared. It may be changed without changing ``data``, but for arrays, which are not copied.

        Raises:
            RequestError: It is not what the signature declares.
        """
        return self._inputs.python(data)

    def json(self, form: str, value: Any) -> Any:
        """The model input of the value of one of the `forms.FORMS` of a JSON request.

        Raises:
            RequestError: The value does not have that form, or not the declared types.
        """
        if form == "dataframe_records" and not forms.is_rows(value):
            raise RequestError("'dataframe_records' must be a list of objects, one for each row.")
        return self._inputs.json(form, value)

    def csv(self, text: str) -> Any:
        """The model input of a CSV file with a header.

        Raises:
            RequestError: It is not CSV, or not what the signature declares.
        """
        return self._inputs.csv(text)

    def params(self, given: dict[str, Any] | None) -> dict[str, Any] | None:
        """The params of a request, completed with the defaults; None for a model that has none.

        Raises:
            RequestError: A param is not of its type, or the model has no such param.
        """
        checked = lenient_params.checked if self.mode == MLFLOW else params.checked
        return checked(self.signature.params, given)


def takes_lists(document: dict[str, Any]) -> bool:
    """Whether a list stays one: what MLflow packaged was made for the DataFrames that it makes of lists."""
    return "mlflow_version" not in document
