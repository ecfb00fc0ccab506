"""Signatures in the caller's process."""

from __future__ import annotations

from mpk_build.api import runtime  # noqa: F401 - makes mpk_runtime importable
from mpk_runtime.signature import Signature, infer_signature

__all__ = ["Signature", "infer_signature"]
