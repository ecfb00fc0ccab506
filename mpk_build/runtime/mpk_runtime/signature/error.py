"""What is wrong with a signature, or with data that should give one."""

from __future__ import annotations


class SignatureError(ValueError):
    """No signature: the text names the part (inputs, outputs, params), what was found and what was expected."""
