"""How distributions are called."""

from __future__ import annotations


def normalised(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    from packaging.utils import canonicalize_name

    return str(canonicalize_name(name))
