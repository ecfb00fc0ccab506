"""Answers requests with a loaded model: the one road from a body to predictions, wherever that is."""

from __future__ import annotations

import json
import traceback
from typing import TYPE_CHECKING, Any, Callable

from mpk_runtime import loading, payload, prediction
from mpk_runtime.enforcement import STRICT, Enforcement
from mpk_runtime.examples import stored
from mpk_runtime.request_error import RequestError

if TYPE_CHECKING:
    from mpk_runtime.examples.example import Example


class Scorer:
    """A loaded model behind the scoring protocol.

    Attributes:
        model: The loaded model.
        enforcement: What it may be given.
    """

    def __init__(self, model: loading.LoadedModel, enforcement: Enforcement) -> None:
        self.model = model
        self.enforcement = enforcement

    @classmethod
    def load(cls, root: str, document: dict[str, Any], mode: str = STRICT) -> Scorer:
        """Load the package at ``root``, whose MLmodel document is ``document``; ``mode``: one of enforcement."""
        return cls(loading.load(root, document), Enforcement.of_package(document, mode))

    def predict(self, body: bytes, content_type: str) -> Any:
        """The JSON value of the predictions for a request.

        Raises:
            RequestError: The request can't be answered.
            Exception: Whatever the model raises.
        """
        return prediction.encode(self.predict_raw(body, content_type))

    def predict_raw(self, body: bytes, content_type: str) -> Any:
        """The predictions for a request as the model returns them; raises as `predict` does."""
        model_input, params = payload.decode(body, content_type, self.enforcement)
        return self.model.predict(model_input, params)

    def predict_stored(self, root: str, document: dict[str, Any]) -> Any:
        """The predictions for the input example in the package, as the model returns them; with the params' defaults.

        Raises:
            ValueError: The package has none.
            Exception: Whatever the model raises.
        """
        value, params = stored.read(root, document, self.enforcement.signature.inputs)
        return self.model.predict(value, self.enforcement.params(params))

    def answer(self, body: bytes, content_type: str) -> tuple[int, bytes]:
        """The HTTP status and the JSON body for a request; what the model raises is a 500 and goes to the log."""
        return _answer(lambda: self.predict(body, content_type))

    def answer_stored(self, root: str, document: dict[str, Any]) -> tuple[int, bytes]:
        """As `answer`, for the input example in the package; raises `ValueError` where that can't be read."""
        value, params = stored.read(root, document, self.enforcement.signature.inputs)
        return _answer(lambda: prediction.encode(self.model.predict(value, self.enforcement.params(params))))

    def answer_example(self, example: Example) -> tuple[int, bytes]:
        """As `answer`, for data that were read from a file: held to the signature as data in Python are."""

        def predicted() -> Any:
            value = example.value if example.kind == "image" else self.enforcement.python(example.value)
            return prediction.encode(self.model.predict(value, self.enforcement.params(None)))

        return _answer(predicted)


def _answer(predict: Callable[[], Any]) -> tuple[int, bytes]:
    try:
        return 200, _dump({"predictions": predict()})
    except RequestError as error:
        return error.status, _dump({"error_code": error.code, "message": error.message})
    except Exception as error:  # noqa: BLE001 - the model may raise anything
        traceback.print_exc()
        message = f"The model raised {type(error).__name__} while predicting; its log says more."
        return 500, _dump({"error_code": "INTERNAL_ERROR", "message": message})


def _dump(value: Any) -> bytes:
    # Half a surrogate pair has no UTF-8; as Python escapes it, so does JSON.
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode(
        "utf-8", "backslashreplace"
    )
