"""The input example, predicted in the source environment: what came out, and whether the same comes out again."""

from __future__ import annotations

import contextlib
import traceback
from typing import TYPE_CHECKING, Any, Callable, Dict, TypeVar

from mpk_runtime import forms, loading, prediction
from mpk_runtime.enforcement import Enforcement, takes_lists
from mpk_runtime.examples import protocol, reading, signed
from mpk_runtime.request_error import RequestError
from mpk_runtime.signature import Signature, infer_schema, params_schema

if TYPE_CHECKING:
    from mpk_runtime.examples.example import Example

Document = Dict[str, Any]
_T = TypeVar("_T")
Attempt = Callable[[str, Callable[[], _T]], _T]
# What is neither a table nor an array: signatures turn it into one on the way to the model.
_RESTORED = {"list": "json", "record": "record", "scalar": "scalar", "image": "image"}


def describe(given: Document, attempt: Attempt[Any]) -> Document:
    """The input example and what it says of the signature; read apart from the model, which needs no reader of files.

    ``given``: ``example`` of the manifest (or null), ``params``, ``declared`` (inputs, outputs and params that the
    manifest spells out, each a schema or null), ``hinted`` (inputs and outputs of type hints, or null) and
    ``fractions`` (the dtype of an array whose numbers only JSON has said, or null for numpy's); ``in_hand`` is an
    `Example` that the caller has, instead of the manifest's; ``listed``: JSON's numbers stay lists.
    ``attempt(phase, action)`` runs an action and tells its failure.

    Returns:
        ``{"signature": outputs only where they are declared or hinted, "from_type_hint": whether the inputs are,
        "example": of `Example.as_document` (or null), "not_over_http": why no request can carry it as it is, or null,
        "input": what a custom model's loader makes of its input, or null}``.
    """
    signature, hinted = _told(given, attempt)
    if given["example"] is None and given.get("in_hand") is None:
        nothing: Document = {"example": None, "not_over_http": None, "input": "type_hint" if hinted else None}
        return {"signature": signature.to_document(), "from_type_hint": hinted, **nothing}
    listed = given.get("listed") or (signature.inputs is not None and signed.is_list(signature.inputs))
    example = given.get("in_hand") or attempt(
        "read the input example",
        lambda: reading.read(given["example"], listed=listed, fractions=given.get("fractions")),
    )
    if signature.inputs is None:
        document = attempt("read the input example", example.as_document)
        signature.inputs = attempt("read the input example", lambda: signed.schema_of(example, document))
    else:
        example = attempt("read the input example", lambda: _held_to(example, signature, hinted=hinted))
        document = attempt("read the input example", example.as_document)
    enforcement = Enforcement(signature, takes_lists=takes_lists(given.get("package") or {}))

    def lost() -> str | None:
        return protocol.difference(example.kind, example.value, protocol.from_store(document, enforcement))

    lost_in_store = attempt("read the input example", lost)
    if lost_in_store is not None:
        error = ValueError(f"it can't be stored: what is read back is {lost_in_store}")
        attempt("read the input example", lambda: _raise(error))
    try:
        decoded = protocol.through_protocol(document, enforcement)
    except RequestError as refused:
        why: str | None = refused.message
    else:
        changed = protocol.difference(example.kind, example.value, decoded)
        why = f"the model would get {changed}" if changed else None
    restored = "type_hint" if hinted else _RESTORED.get(example.kind)
    told = {"signature": signature.to_document(), "from_type_hint": hinted}
    return {**told, "example": document, "not_over_http": why, "input": restored}


def _held_to(example: Example, signature: Signature, *, hinted: bool) -> Example:
    try:
        return signed.held_to(example, signature)
    except RequestError as error:
        raise RequestError(f"{error.message} The type hint of predict says so.") if hinted else error from None


def _told(given: Document, attempt: Attempt[Any]) -> tuple[Signature, bool]:
    """The signature without what only data can tell, and whether its inputs are those of a type hint."""
    declared: Document = given.get("declared") or {}
    params = declared.get("params") or attempt("read the params", lambda: params_schema(given["params"]))
    signature = Signature(declared.get("inputs"), declared.get("outputs"), params)
    if signature.inputs is not None or given.get("hinted") is None:
        return signature, False
    signature.inputs, outputs = given["hinted"]
    signature.outputs = signature.outputs or outputs
    return signature, True


def predict(loaded: loading.LoadedModel, given: Document, attempt: Attempt[Any]) -> Document:
    """What the package is proven with.

    ``given``: ``described``, of `describe`, and ``compare``: with ``auto`` it is predicted twice, with ``off`` a
    prediction that fails is told and no more.

    Returns:
        ``{"signature", "from_type_hint", "example", "not_over_http", "predictions", "form", "repeats": predictions
        that were others, "unproven": why nothing was predicted, or null}``; example, predictions and form are null
        where there are none.
    """
    described: Document = given["described"]
    nothing: Document = {**described, "predictions": None, "form": None, "repeats": []}
    if described["example"] is None:
        return {**nothing, "unproven": "there is no input_example"}
    signature = Signature.from_document(described["signature"])
    enforcement = Enforcement(signature, takes_lists=takes_lists(given.get("document", {})))
    asked = _Asked(loaded, described, enforcement, attempt)
    try:
        raw = asked.predicted()
        predictions = attempt("encode", lambda: prediction.encode(raw))
    except Exception as failed:
        error = failed.__cause__ or failed
        if given["compare"] != "off":
            raise
        traceback.print_exception(type(error), error, error.__traceback__)
        return {**nothing, "unproven": f"the model raised {type(error).__name__}: {error}"}
    if signature.outputs is None:
        with contextlib.suppress(ValueError):  # a prediction that no signature describes is a prediction still
            signature.outputs = infer_schema(raw)
    elif not described["from_type_hint"]:
        outputs = Enforcement(Signature(signature.outputs, None, None))
        attempt("hold the prediction to signature.outputs", lambda: outputs.python(raw))
    repeats = []
    if given["compare"] == "auto":
        again = attempt("encode", lambda: prediction.encode(asked.predicted()))
        repeats = [again] if again != predictions else []
    return {
        "signature": signature.to_document(),
        "from_type_hint": described["from_type_hint"],
        "example": described["example"],
        "not_over_http": described["not_over_http"] and asked.also_over_http(predictions),
        "predictions": predictions,
        "form": forms.form_of(raw),
        "repeats": repeats,
        "unproven": None,
    }


def predict_again(loaded: loading.LoadedModel, given: Document, attempt: Attempt[Any]) -> Document:
    """``{"predictions"}`` of the input example in another process; ``given``: what `predict` returned in the first."""
    signature = Signature.from_document(given["signature"])
    enforcement = Enforcement(signature, takes_lists=takes_lists(given.get("document", {})))
    raw = _Asked(loaded, given, enforcement, attempt).predicted()
    return {"predictions": attempt("encode", lambda: prediction.encode(raw))}


class _Asked:
    """The model, and the example as it is asked: through the protocol, else as the package stores it."""

    def __init__(
        self, loaded: loading.LoadedModel, described: Document, enforcement: Enforcement, attempt: Attempt[Any]
    ) -> None:
        self._loaded = loaded
        self._described = described
        self._enforcement = enforcement
        self._attempt = attempt

    def predicted(self) -> Any:
        """What the model returns; the example is decoded each time, since a model may change what it is given."""
        get = protocol.from_store if self._described["not_over_http"] else protocol.through_protocol
        document = self._described["example"]
        decoded = self._attempt("read the input example", lambda: get(document, self._enforcement))
        params = self._enforcement.params(None)
        return self._attempt("predict", lambda: self._loaded.predict(decoded, params))

    def also_over_http(self, predictions: Any) -> str | None:
        """None where a request gives the same predictions after all, as a dense array may for a sparse matrix."""
        why: str = self._described["not_over_http"]
        try:
            decoded = protocol.through_protocol(self._described["example"], self._enforcement)
            raw = self._loaded.predict(decoded, self._enforcement.params(None))
            same = prediction.encode(raw) == predictions
        except Exception as error:  # noqa: BLE001 - the model may raise anything at what it was not made for
            return f"{why}, and then raises {type(error).__name__}" if not isinstance(error, RequestError) else why
        return None if same else f"{why}, and then predicts something else"


def _raise(error: Exception) -> None:
    raise error
