"""How distributions are called."""

from __future__ import annotations


def normalised(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    from packaging.utils import canonicalize_name

    return str(canonicalize_name(name))


def of_requirement(requirement: str) -> str:
    """The normalised name of the distribution that a requirement (PEP 508) asks for.

    Raises:
        InvalidRequirement: It is none.
    """
    from packaging.requirements import Requirement

    return normalised(Requirement(requirement).name)
