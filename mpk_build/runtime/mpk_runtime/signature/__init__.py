"""Signatures: what they say, how they are written down, and how they are inferred."""

from mpk_runtime.signature.document import Signature
from mpk_runtime.signature.inferring import Schema, infer_schema
from mpk_runtime.signature.params import params_schema

__all__ = ["Schema", "Signature", "infer_schema", "params_schema"]
