"""Signatures: what they say, how they are written down, and how they are inferred."""

from mpk_runtime.signature.document import Signature
from mpk_runtime.signature.error import SignatureError
from mpk_runtime.signature.inferring import infer_schema, infer_signature
from mpk_runtime.signature.params import params_schema
from mpk_runtime.signature.spec import Schema

__all__ = ["Schema", "Signature", "SignatureError", "infer_schema", "infer_signature", "params_schema"]
