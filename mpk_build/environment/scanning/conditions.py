"""Whether a condition in source can hold for the model's Python."""

from __future__ import annotations

import ast
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda one, many: one in many,
    ast.NotIn: lambda one, many: one not in many,
}


class _UnknownError(Exception):
    """The value is known only when the code runs."""


@dataclass(frozen=True)
class Target:
    """The interpreter that a model runs on.

    Attributes:
        version: Such as ``(3, 11, 7)``.
        markers: Its PEP 508 environment.
        standard: The top-level modules of its standard library.
    """

    version: tuple[int, ...]
    markers: dict[str, str]
    standard: frozenset[str]

    def value(self, dotted: str) -> Any:
        """What a name such as ``sys.platform`` is there; `_UnknownError` for most."""
        known = {
            "sys.version_info": (*self.version, "final", 0),
            "sys.version_info.major": self.version[0],
            "sys.version_info.minor": self.version[1],
            "sys.platform": self.markers["sys_platform"],
            "sys.implementation.name": self.markers["implementation_name"],
            "os.name": self.markers["os_name"],
            "platform.system()": self.markers["platform_system"],
            "platform.machine()": self.markers["platform_machine"],
            "platform.python_implementation()": self.markers["platform_python_implementation"],
            # A module of a model is imported, never run as a program.
            "__name__": _NOT_MAIN,
        }
        if dotted.rpartition(".")[2] == "TYPE_CHECKING":
            return False
        name = dotted.lstrip("_")
        for one in (dotted, name):
            if one in known:
                return known[one]
        raise _UnknownError


class _NotMain:
    def __eq__(self, other: object) -> bool:
        if other != "__main__":
            raise _UnknownError
        return False

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]


_NOT_MAIN = _NotMain()


def holds(test: ast.expr, target: Target) -> bool | None:
    """Whether a condition holds for the target; None where that is known only when the code runs."""
    if isinstance(test, ast.BoolOp):
        values = [holds(one, target) for one in test.values]
        decisive = isinstance(test.op, ast.Or)
        if decisive in values:
            return decisive
        return None if None in values else not decisive
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = holds(test.operand, target)
        return None if inner is None else not inner
    try:
        return bool(_value(test, target))
    except (_UnknownError, TypeError, IndexError, ValueError):
        return None


def _value(node: ast.expr, target: Target) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return tuple(_value(one, target) for one in node.elts)
    if isinstance(node, ast.Compare):
        return _compared(node, target)
    if isinstance(node, ast.Subscript):
        return _part(node, target)
    if isinstance(node, ast.Call):
        return _called(node, target)
    return target.value(dotted(node) or "")


def _called(node: ast.Call, target: Target) -> Any:
    method = node.func
    if isinstance(method, ast.Attribute) and method.attr == "startswith" and len(node.args) == 1:
        return str(_value(method.value, target)).startswith(_value(node.args[0], target))
    if node.args or node.keywords:
        raise _UnknownError
    return target.value(f"{dotted(method)}()")


def _compared(node: ast.Compare, target: Target) -> bool:
    left = _value(node.left, target)
    for sign, comparator in zip(node.ops, node.comparators, strict=True):
        right = _value(comparator, target)
        if type(sign) not in _COMPARISONS:
            raise _UnknownError
        if not _COMPARISONS[type(sign)](left, right):
            return False
        left = right
    return True


def _part(node: ast.Subscript, target: Target) -> Any:
    whole = _value(node.value, target)
    if isinstance(node.slice, ast.Slice):
        bounds = [None if one is None else _value(one, target) for one in (node.slice.lower, node.slice.upper)]
        return whole[slice(*bounds)]
    return whole[_value(node.slice, target)]


def dotted(node: ast.expr) -> str | None:
    """``a.b.c`` of a name or an attribute of names; None for any other expression."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else None
