"""Holds what a model is given to what its signature declares; see docs/signatures.md."""

from mpk_runtime.enforcement.enforcement import Enforcement

__all__ = ["Enforcement"]
