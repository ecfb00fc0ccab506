"""What a signature says of the type hints of ``predict``, as MLflow 3 has it: a list of a type is one column.

Beyond MLflow: dataclasses, TypedDict, Enum and Literal are described, a field with a default may be missing, and what
has no word inside of an object is ``any`` instead of an error.
"""

from __future__ import annotations

import datetime
import typing
from typing import Any

from mpk_runtime import mpk_type_hints
from mpk_runtime.signature import spec

_SCALARS = {
    int: "long",
    str: "string",
    bool: "boolean",
    float: "double",
    bytes: "binary",
    datetime.datetime: "datetime",
    datetime.date: "datetime",
}


def schemas_of(model: Any) -> tuple[spec.Schema, spec.Schema | None] | None:
    """The schemas of input and output of a class or an object with ``predict``, or of a function.

    None where the hint of the input is no ``list[T]`` that tells; the output's is None where its hint tells nothing.
    """
    function = getattr(model, "predict", model)
    try:
        taken, given = mpk_type_hints.of_predict(function)
    except (TypeError, ValueError):  # a callable of C, which tells nothing of itself
        return None
    element = mpk_type_hints.element_of(taken)
    found = None if element is None else _spec(element, ())
    if found is None:
        return None
    element = mpk_type_hints.element_of(given) or given
    output = None if element is None else _spec(element, ())
    return [spec.column(found)], None if output is None else [spec.column(output)]


def _spec(hint: Any, inside: tuple[Any, ...]) -> spec.Spec | None:
    """The spec of a hint, or None; ``inside``: the classes that it stands in."""
    hint = mpk_type_hints.plain(hint)
    if hint in (Any, object) or hint in inside:
        return spec.ANY
    if isinstance(hint, type) and hint in _SCALARS:
        return {"type": _SCALARS[hint]}
    options = mpk_type_hints.options_of(hint)
    if options is not None:
        inner = [one for one in options if one is not type(None)]
        # At the top an Optional is no input.
        return spec.ANY if len(inner) > 1 else _spec(inner[0], inside) if inside else None
    return _of_container(hint, inside) or _of_fields(hint, inside)


def _of_container(hint: Any, inside: tuple[Any, ...]) -> spec.Spec | None:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    inner = _inner(arguments[-1] if arguments else Any, inside)
    if hint in (list, typing.List) or origin is list:
        return spec.array(inner)
    return {"type": "map", "values": inner} if hint in (dict, typing.Dict) or origin is dict else None


def _of_fields(hint: Any, inside: tuple[Any, ...]) -> spec.Spec | None:
    fields = mpk_type_hints.fields(hint)
    if not fields:
        return None
    within = (*inside, hint)
    return spec.object_(
        {
            name: {**_inner(one, within), "required": required and type(None) not in (_options(one) or ())}
            for name, (one, required) in fields.items()
        }
    )


def _options(hint: Any) -> tuple[Any, ...] | None:
    return mpk_type_hints.options_of(mpk_type_hints.plain(hint))


def _inner(hint: Any, inside: tuple[Any, ...]) -> spec.Spec:
    found = _spec(hint, (*inside, None))
    return spec.ANY if found is None else found
