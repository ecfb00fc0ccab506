"""Pickles the elements of sets in an order that is no process's own.

A set of texts has its elements in the order of their hashes, which differ from process to process. The pickler in C
asks nobody about sets, so these are Python's own, for models that hold any.
"""

from __future__ import annotations

import io
import pickle
import pickletools
from typing import Any, ClassVar, Iterable

_SETS = ("EMPTY_SET", "FROZENSET")
# The one of the standard library that can be told how to save a set.
_PYTHONS: Any = pickle._Pickler  # noqa: SLF001 - it has no public name
_PLAIN = (str, bytes, int, float, bool, type(None))


def has_sets(data: bytes) -> bool:
    """Whether a pickle holds a set or a frozenset."""
    return any(opcode.name in _SETS for opcode, _argument, _position in pickletools.genops(data))


class OrderedPickler(_PYTHONS):  # type: ignore[misc]  # has no types
    """Python's own pickler, with sets in order; it is the base of cloudpickle's as well."""

    dispatch: ClassVar[dict[type, Any]] = {**_PYTHONS.dispatch}

    def save_set(self, value: set[Any]) -> None:
        """As the inherited one, in order."""
        self.write(pickle.EMPTY_SET)
        self.memoize(value)
        self._save_in_order(value)
        self.write(pickle.ADDITEMS)

    def save_frozenset(self, value: frozenset[Any]) -> None:
        """As the inherited one, in order."""
        self._save_in_order(value)
        if id(value) in self.memo:
            # One of its elements has led to it.
            self.write(pickle.POP_MARK + self.get(self.memo[id(value)][0]))
            return
        self.write(pickle.FROZENSET)
        self.memoize(value)

    dispatch[set] = save_set
    dispatch[frozenset] = save_frozenset

    def _save_in_order(self, values: Iterable[Any]) -> None:
        self.write(pickle.MARK)
        for value in sorted(values, key=self._place):
            self.save(value)

    def _place(self, value: Any) -> tuple[str, bytes]:
        if type(value) in _PLAIN:
            return type(value).__name__, repr(value).encode()
        buffer = io.BytesIO()
        type(self)(buffer, protocol=pickle.DEFAULT_PROTOCOL).dump(value)
        return "", buffer.getvalue()


def of_cloudpickle(cloudpickle: Any) -> type:
    """The pickler of cloudpickle above the ordering one; what it adds are a table and methods that name no base."""
    added = {
        name: value
        for name, value in vars(cloudpickle.Pickler).items()
        if name == "dispatch_table" or (callable(value) and not name.startswith("__") and name != "dump")
    }

    def __init__(self: Any, file: Any, protocol: int | None = None) -> None:  # noqa: N807 - it becomes one
        _PYTHONS.__init__(self, file, protocol)
        self.globals_ref = {}
        self.proto = protocol

    added["__init__"] = __init__
    return type("OrderedCloudPickler", (OrderedPickler,), added)


def dumps(value: Any, protocol: int) -> bytes:
    """The pickle of a value, with its sets in order."""
    buffer = io.BytesIO()
    OrderedPickler(buffer, protocol=protocol).dump(value)
    return buffer.getvalue()
