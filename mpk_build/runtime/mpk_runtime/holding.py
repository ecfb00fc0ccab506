"""Holds predictions to what a signature says of outputs, where nothing else is known of them."""

from __future__ import annotations

from typing import Any

from mpk_runtime.comparing import Comparison
from mpk_runtime.enforcement import Enforcement
from mpk_runtime.request_error import RequestError
from mpk_runtime.signature import Signature


def to_outputs(raw: Any, document: dict[str, Any]) -> Comparison:
    """What of the types and columns of predictions is not as the outputs of an MLmodel document's signature.

    ``raw``: as the model returns them. A signature without outputs says nothing of them.
    """
    found = Comparison()
    outputs = Signature.from_document(document.get("signature")).outputs
    if outputs is not None:
        try:
            Enforcement(Signature(outputs, None, None)).python(raw)
        except RequestError as error:
            found.tell(error.message)
    return found
