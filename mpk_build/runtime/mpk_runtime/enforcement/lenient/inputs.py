"""What a model is given in the mode ``mlflow``."""

from __future__ import annotations

from typing import Any, Callable

from mpk_runtime.enforcement.lenient import schema, serving
from mpk_runtime.request_error import RequestError, schema_error


class MLflowInputs:
    """Model inputs as MLflow 3.17 makes them for a schema.

    Args:
        declared: The columns or tensors of the signature, or None.
    """

    def __init__(self, declared: list[dict[str, Any]] | None) -> None:
        self._declared = declared

    def python(self, data: Any) -> Any:
        """The model input of what a caller in Python has."""
        declared = self._declared
        if not declared:
            return data
        return _attempt(lambda: schema.enforced(declared, data), schema_error)

    def json(self, form: str, value: Any) -> Any:
        """The model input of the value of one of the forms of a request."""
        if form.startswith("dataframe"):
            return self.python(_attempt(lambda: serving.from_frame(self._declared, form, value), RequestError))
        cast = serving.from_instances if form == "instances" else serving.from_inputs
        return self.python(_attempt(lambda: cast(self._declared, value), RequestError))

    def csv(self, text: str) -> Any:
        """The model input of a CSV file."""
        return self.python(_attempt(lambda: serving.from_csv(self._declared, text), RequestError))


def _attempt(convert: Callable[[], Any], error: Callable[[str], RequestError]) -> Any:
    try:
        return convert()
    except (RequestError, ImportError):
        raise
    except Exception as reason:  # noqa: BLE001 - whatever numpy and pandas raise is the input's fault
        # What they say holds values, and often whole columns of them.
        raise error(f"The input can't become what the signature declares: {type(reason).__name__}.") from None
