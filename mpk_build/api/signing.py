"""Signatures in the caller's process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mpk_build.api import runtime  # noqa: F401 - makes mpk_runtime importable
from mpk_build.foundation.errors import UsageError
from mpk_runtime import signature
from mpk_runtime.signature.error import SignatureError

if TYPE_CHECKING:
    from collections.abc import Mapping

Signature = signature.Signature


def infer_signature(
    model_input: Any = None, model_output: Any = None, params: Mapping[str, Any] | None = None
) -> Signature:
    """The signature that data shows; a part of which nothing is given is None.

    Raises:
        UsageError: The data holds what a signature has no word for.
    """
    try:
        return signature.infer_signature(model_input, model_output, None if params is None else dict(params))
    except SignatureError as error:
        raise UsageError(str(error)) from error
