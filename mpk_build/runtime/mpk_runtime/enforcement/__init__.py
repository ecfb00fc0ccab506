"""Holds what a model is given to what its signature declares; see docs/signatures.md."""

from mpk_runtime.enforcement.enforcement import MLFLOW, MODES, STRICT, Enforcement, takes_lists

__all__ = ["MLFLOW", "MODES", "STRICT", "Enforcement", "takes_lists"]
