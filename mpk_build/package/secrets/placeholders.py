"""What stands where a secret would and is none, as a filter of detect-secrets."""

from __future__ import annotations

import re

# The name of a variable or of a field, the word itself, and what a person leaves to be filled in.
_NAME = re.compile(r"[A-Z]+(?:_[A-Z]+)+|[a-z]+(?:_[a-z]+)*_(?:key|password|secret)")
_WORD = re.compile(r"(?i)(?:api|auth|secret|private)?[-_]?(?:key|password|passwd|pwd|secret)")
_TO_BE_FILLED_IN = re.compile(r"(?i).*(?:\.\.\.|xxx).*|your[-_ ].*|.*[-_ ]here|changeme|redacted")


def is_placeholder(secret: str) -> bool:
    """Whether a text is the name of a secret, or stands for one that is to be put there."""
    return any(one.fullmatch(secret) is not None for one in (_NAME, _WORD, _TO_BE_FILLED_IN))
