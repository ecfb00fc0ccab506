"""Saves whatever an entrypoint gave, as the flavor that knows it does."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from mpk_runtime.flavors import python_model, table

if TYPE_CHECKING:
    from mpk_runtime.flavors.protocol import Document


def save(model: Any, entrypoint: str, folder: str) -> Document:
    """Write ``model`` into ``folder``.

    Args:
        model: A library's model, or a custom one.
        entrypoint: ``module:attribute`` that is the model, or an empty text for what a factory made.
        folder: Exists.

    Returns:
        ``{"kind", "flavors": of MLmodel, "by_value": whether cloudpickle has to read it}``, and for a custom model
        ``python_model``, which `python_model.describe` explains.

    Raises:
        Exception: It can't be saved.
    """
    row = None if inspect.isclass(model) else table.for_object(model)
    if row is None:
        return python_model.describe(model, entrypoint, folder)
    saved = row.flavor.save(model, folder)
    by_value = any(one.get("serialization_format") == "cloudpickle" for one in saved.values())
    return {"kind": row.name, "flavors": saved, "by_value": by_value}
