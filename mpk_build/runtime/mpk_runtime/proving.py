"""The input example, predicted in the source environment: what came out, and whether the same comes out again."""

from __future__ import annotations

import contextlib
import traceback
from typing import Any, Callable, Dict, TypeVar

from mpk_runtime import forms, loading, prediction
from mpk_runtime.enforcement import Enforcement
from mpk_runtime.examples import example, signed
from mpk_runtime.signature import Signature, infer_schema, params_schema

Document = Dict[str, Any]
_T = TypeVar("_T")
Attempt = Callable[[str, Callable[[], _T]], _T]


def predict(loaded: loading.LoadedModel, given: Document, attempt: Attempt[Any]) -> Document:
    """What the package is proven with.

    ``given``: ``example`` (or null), ``params``, and ``compare``: with ``auto`` it is predicted twice, with ``off`` a
    prediction that fails is told and no more. ``attempt(phase, action)`` runs an action and tells its failure.

    Returns:
        ``{"signature", "example", "predictions", "form", "repeats": predictions that were others, "unproven": why
        nothing was predicted, or null}``; example, predictions and form are null where there are none.
    """
    params_declared = attempt("read the params", lambda: params_schema(given["params"]))
    signature = Signature(None, None, params_declared)
    nothing: Document = {"predictions": None, "form": None, "repeats": []}
    if given["example"] is None:
        why = "there is no input_example"
        return {**nothing, "signature": signature.to_document(), "example": None, "unproven": why}
    data = attempt("read the input example", lambda: example.read(given["example"]))
    document = attempt("read the input example", data.as_document)
    signature.inputs = attempt("read the input example", lambda: signed.schema_of(data, document))
    enforcement = Enforcement(signature)
    params = enforcement.params(None)

    def predicted() -> Any:
        # Decoded each time: a model may change what it is given.
        decoded = attempt("read the input example", lambda: example.through_protocol(document, enforcement))
        return attempt("predict", lambda: loaded.predict(decoded, params))

    try:
        raw = predicted()
        predictions = attempt("encode", lambda: prediction.encode(raw))
    except Exception as failed:
        error = failed.__cause__ or failed
        if given["compare"] != "off":
            raise
        traceback.print_exception(type(error), error, error.__traceback__)
        why = f"the model raised {type(error).__name__}: {error}"
        return {**nothing, "signature": signature.to_document(), "example": document, "unproven": why}
    with contextlib.suppress(ValueError):  # a prediction that no signature describes is a prediction still
        signature.outputs = infer_schema(raw)
    repeats = []
    if given["compare"] == "auto":
        again = attempt("encode", lambda: prediction.encode(predicted()))
        repeats = [again] if again != predictions else []
    return {
        "signature": signature.to_document(),
        "example": document,
        "predictions": predictions,
        "form": forms.form_of(raw),
        "repeats": repeats,
        "unproven": None,
    }


def predict_again(loaded: loading.LoadedModel, given: Document, attempt: Attempt[Any]) -> Document:
    """``{"predictions"}`` of the input example in another process than the first; ``given["example"]``: a document."""
    enforcement = Enforcement(Signature.from_document(given["signature"]))
    decoded = example.through_protocol(given["example"], enforcement)
    raw = attempt("predict", lambda: loaded.predict(decoded, enforcement.params(None)))
    return {"predictions": attempt("encode", lambda: prediction.encode(raw))}
