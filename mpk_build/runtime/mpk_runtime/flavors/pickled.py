"""Estimators in a file, in one of the formats that MLflow calls a ``serialization_format``."""

from __future__ import annotations

import pickle
from typing import Any


def load(path: str, form: str | None, trusted: list[str] | None) -> Any:
    """The object in a file.

    Args:
        path: The file.
        form: ``pickle``, ``cloudpickle`` (which pickle reads, where it is installed) or ``skops``; None, as old
            packages have it: a pickle.
        trusted: The types that a ``skops`` file may hold besides those that skops itself trusts.

    Raises:
        ValueError: There is no such format.
    """
    if form == "skops":
        import skops.io

        return skops.io.load(path, trusted=trusted or [])
    if form not in (None, "pickle", "cloudpickle"):
        raise ValueError(f"MLmodel has the serialization_format '{form}'; expected one of pickle, cloudpickle, skops")
    with open(path, "rb") as file:
        return pickle.load(file)  # noqa: S301 - the package is the person's own model
