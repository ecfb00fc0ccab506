"""Saves whatever an entrypoint gave, or a library's file holds, as the flavor that knows it does."""

from __future__ import annotations

import inspect
import os
import re
from typing import TYPE_CHECKING, Any

from mpk_runtime.flavors import python_model, table

if TYPE_CHECKING:
    from mpk_runtime.flavors.protocol import Document


class AdoptionError(Exception):
    """A file that is given as the model is none; the text is a whole sentence."""


def save(model: Any, entrypoint: str, folder: str) -> Document:
    """Write ``model`` into ``folder``.

    Args:
        model: A library's model, or a custom one.
        entrypoint: ``module:attribute`` that is the model, or an empty text for what a factory made.
        folder: Exists.

    Returns:
        ``{"kind", "flavors": of MLmodel, "by_value": whether cloudpickle has to read it}``; for a library's model
        ``requires``, the distributions that its flavor always needs, and ``fractions``, the dtype of its arrays of
        fractions, or null for numpy's; for a custom model ``python_model``, which `python_model.describe` explains.

    Raises:
        Exception: It can't be saved.
    """
    row = None if inspect.isclass(model) else table.for_object(model)
    if row is None:
        return python_model.describe(model, entrypoint, folder)
    return _told(row, row.flavor.save(model, folder))


def adopt(path: str, flavor: str | None, folder: str) -> Document:
    """As `save`, of the model in a file that a library saved.

    Args:
        path: The file.
        flavor: The name of the library's flavor; None, where the file's suffix tells it.
        folder: Exists.

    Raises:
        AdoptionError: No flavor is known for it, or that can't read it.
        ImportError: The library is not installed.
    """
    name = os.path.basename(path)
    row = table.by_name(flavor) if flavor else table.by_suffix(path)
    if row is None:
        unknown = f"there is no flavor '{flavor}'" if flavor else f"its name does not tell which library saved {name}"
        raise AdoptionError(f"{unknown}; expected model: {{flavor: NAME}} with one of {', '.join(table.names())}")
    try:
        return _told(row, row.flavor.adopt(path, folder))
    except ImportError:
        raise
    except Exception as error:
        raise AdoptionError(f"{row.name} can't read {name}: {_in_short(error)}") from error


def check_config(kind: str, config: Document) -> None:
    """Hold the manifest's config to what a saved model reads of it; ``kind``: of what `save` returned.

    Raises:
        ValueError: It has something that would not be read.
    """
    row = table.by_name(kind)
    if row is None or row.config is None:
        return
    unread = sorted(set(config) - set(row.config))
    if unread:
        read = f"reads {', '.join(row.config)} alone" if row.config else "reads none"
        raise ValueError(f"a model of the flavor {kind} {read}; found {', '.join(unread)}")


def check_params(kind: str, params: Document) -> None:
    """Hold the manifest's params to what a saved model is called with.

    Raises:
        ValueError: It is called without any.
    """
    row = table.by_name(kind)
    if params and row is not None and not row.takes_params:
        raise ValueError(f"a model of the flavor {kind} is called without params, under MLflow too")


def _in_short(error: Exception) -> str:
    # The libraries in C++ tell the time and their own source's line before, and a stack after.
    first = (str(error).strip() or type(error).__name__).split("\n", maxsplit=1)[0]
    return re.sub(r"^\[[0-9:]+\] \S+:[0-9]+: ", "", first)


def _told(row: table.Row, saved: Document) -> Document:
    by_value = any(one.get("serialization_format") == "cloudpickle" for one in saved.values())
    further = {"requires": row.flavor.requirements(), "fractions": row.fractions}
    return {"kind": row.name, "flavors": saved, "by_value": by_value, **further}
