"""Finds the part of a model that can't be pickled, and how one comes to it."""

from __future__ import annotations

import inspect
import types
from typing import Any, Callable, Iterator

_TRIALS = 5000


def told(model: Any, dumps: Callable[[Any], bytes]) -> str | None:
    """Such as ``model.encoder._lock: cannot pickle '_thread.lock' object``; None where ``dumps`` can pickle it."""
    found = _Search(dumps).below(model, "model")
    return None if found is None else "{}: {}".format(*found)


class _Search:
    def __init__(self, dumps: Callable[[Any], bytes]) -> None:
        self._dumps = dumps
        self._seen: list[Any] = []
        self._ids: set[int] = set()

    def below(self, value: Any, path: str) -> tuple[str, str] | None:
        """The path and the error of the first part that fails and has no part that does."""
        if id(value) in self._ids or len(self._seen) > _TRIALS:
            return None
        self._ids.add(id(value))
        self._seen.append(value)  # so that no other gets its id
        try:
            self._dumps(value)
        except Exception as error:  # noqa: BLE001 - a part may raise anything when it is asked what it consists of
            for inner, part in _parts(value):
                found = self.below(part, f"{path}{inner}")
                if found is not None:
                    return found
            return path, str(error) or type(error).__name__
        return None


def _parts(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, types.FunctionType):
        yield from _parts_of_function(value)
    elif isinstance(value, types.MethodType):
        yield ".__self__", value.__self__
    elif isinstance(value, dict):
        yield from ((f"[{key!r}]", part) for key, part in value.items())
    elif isinstance(value, (list, tuple)):
        yield from ((f"[{place}]", part) for place, part in enumerate(value))
    elif isinstance(value, (set, frozenset)):
        yield from (("{...}", part) for part in value)
    elif inspect.isclass(value):
        yield from ((f".{name}", part) for name, part in vars(value).items() if not name.startswith("__"))
    else:
        yield from _parts_of_instance(value)


def _parts_of_function(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    seen = inspect.getclosurevars(function)
    for kind, values in (("closure", seen.nonlocals), ("globals", seen.globals)):
        yield from ((f".__{kind}__[{name!r}]", part) for name, part in values.items())
    yield from ((f".__defaults__[{place}]", part) for place, part in enumerate(function.__defaults__ or ()))


def _parts_of_instance(value: Any) -> Iterator[tuple[str, Any]]:
    state: Any = None
    if hasattr(value, "__getstate__"):
        try:
            state = value.__getstate__()
        except Exception:  # noqa: BLE001 - then its attributes are all there is to look at
            state = None
    if state is None:
        state = getattr(value, "__dict__", None)
    # With slots: the dict, or None, and what the slots hold.
    for part in state if isinstance(state, tuple) else (state,):
        if isinstance(part, dict):
            yield from ((f".{name}", inner) for name, inner in part.items())
    yield ".__class__", type(value)
