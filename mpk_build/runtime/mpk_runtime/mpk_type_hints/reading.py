"""What type hints say; those that can't be evaluated here, as ``int | None`` before Python 3.10, say nothing."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import sys
import typing
from typing import Any, Dict, Tuple

# Before 3.9 these can't be subscribed, and a hint that is a text still can mean them.
_OLD: dict[str, Any] = {"list": typing.List, "dict": typing.Dict, "tuple": typing.Tuple, "set": typing.Set}
# From 3.9 on they are given without what Annotated, Required and NotRequired add, unless asked for.
_WHOLE: dict[str, Any] = {"include_extras": True} if sys.version_info >= (3, 9) else {}
_NAMES = _OLD if sys.version_info < (3, 9) else {}
Fields = Dict[str, Tuple[Any, bool]]


def of_predict(function: Any) -> tuple[Any, Any]:
    """The hints of the model input and of the result of ``predict(self, context, model_input, params=None)``.

    ``self`` and ``context`` may be left out. A hint that is not there, or can't be evaluated, is None.
    """
    names = [name for name in inspect.signature(function).parameters if name not in ("self", "params")]
    if len(names) > 1 and names[0] in ("context", "ctx"):
        del names[0]
    hints = _hints(function if inspect.isroutine(function) else type(function).__call__)
    taken = "model_input" if "model_input" in names else "".join(names[:1])
    return hints.get(taken), hints.get("return")


def fields(kind: Any) -> Fields | None:
    """Name to (hint, whether it must be there) of a pydantic model, dataclass or TypedDict; None of another type."""
    if not isinstance(kind, type):
        return None
    if is_pydantic(kind):
        return _of_pydantic(kind)
    hints = _hints(kind)
    if dataclasses.is_dataclass(kind):
        absent = dataclasses.MISSING
        return {
            one.name: (hints.get(one.name, Any), one.default is absent and one.default_factory is absent)
            for one in dataclasses.fields(kind)
            if one.init
        }
    if issubclass(kind, dict) and hasattr(kind, "__total__"):
        required = getattr(kind, "__required_keys__", frozenset(hints if kind.__total__ else ()))
        # Of hints that are texts, which those of a module may all be, the class itself knows nothing.
        said = {name: _qualifier(hint) for name, hint in hints.items()}
        return {
            name: (bare(hint), said[name] == "Required" if said[name] else name in required)
            for name, hint in hints.items()
        }
    return None


def is_pydantic(kind: Any) -> bool:
    """Whether it is the class of a pydantic model; pydantic is not imported for it."""
    pydantic = sys.modules.get("pydantic")
    return pydantic is not None and isinstance(kind, type) and issubclass(kind, pydantic.BaseModel)


def element_of(hint: Any) -> Any:
    """``T`` of ``list[T]``; None of anything else."""
    arguments = typing.get_args(hint)
    return arguments[0] if typing.get_origin(hint) is list and len(arguments) == 1 else None


def options_of(hint: Any) -> tuple[Any, ...] | None:
    """The types of a Union or an Optional, with None's; None of anything else."""
    origin = typing.get_origin(hint)
    if origin is typing.Union or type(hint).__name__ == "UnionType":
        return typing.get_args(hint)
    return None


def plain(hint: Any) -> Any:
    """The type below Annotated, Required and NewType; of an Enum or a Literal that of its values, if it is one."""
    hint = bare(hint)
    values = typing.get_args(hint) if typing.get_origin(hint) is getattr(typing, "Literal", None) else ()
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        values = tuple(one.value for one in hint)
    kinds = {type(value) for value in values}
    return kinds.pop() if len(kinds) == 1 else Any if values else hint


def bare(hint: Any) -> Any:
    """The hint below Annotated, Required and NewType."""
    while True:
        if hasattr(hint, "__supertype__"):
            hint = hint.__supertype__
        elif hasattr(hint, "__metadata__"):
            hint = hint.__origin__
        elif _qualifier(hint):
            hint = typing.get_args(hint)[0]
        else:
            return hint


def _qualifier(hint: Any) -> str | None:
    name = getattr(typing.get_origin(hint), "_name", None)
    return name if name in ("Required", "NotRequired") else None


def _hints(what: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(what, None, _NAMES, **_WHOLE)
    except (TypeError, NameError, AttributeError, SyntaxError):
        return {}


def _of_pydantic(kind: Any) -> Fields:
    found = {}
    if hasattr(kind, "model_fields"):
        for name, one in kind.model_fields.items():
            alias = one.validation_alias if isinstance(one.validation_alias, str) else one.alias
            found[alias or name] = (one.annotation, one.is_required())
        return found
    hints = _hints(kind)
    for name, one in kind.__fields__.items():
        found[one.alias or name] = (hints.get(name, Any), one.required is not False)
    return found
