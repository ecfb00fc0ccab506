"""What is wrong with a signature, or with data that should give one."""

from __future__ import annotations


class SignatureError(ValueError):
    """No signature: the text names the part (inputs, outputs, params), what was found and what was expected."""

    def __init__(self, text: str) -> None:
        # A name in it may hold line breaks, and the text is one line.
        super().__init__("".join(one if one.isprintable() else repr(one)[1:-1] for one in text))
