"""Whether code goes on when a module can't be imported."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING

from mpk_build.environment.scanning.conditions import dotted

if TYPE_CHECKING:
    from pathlib import Path

_CATCHING = frozenset(("ImportError", "ModuleNotFoundError", "Exception", "BaseException"))


def handles_import_error(statement: ast.Try) -> bool:
    """Whether a ``try`` goes on after an ImportError in its body: a handler that raises does not."""
    return any(goes_on(handler) for handler in statement.handlers)


def goes_on(handler: ast.ExceptHandler) -> bool:
    """Whether a handler catches an ImportError and raises none itself."""
    return _catches(handler.type) and not isinstance(handler.body[-1], ast.Raise)


def suppresses_import_error(statement: ast.With | ast.AsyncWith) -> bool:
    """Whether this is ``with contextlib.suppress(ImportError)``."""
    calls = [item.context_expr for item in statement.items if isinstance(item.context_expr, ast.Call)]
    return any(
        (dotted(call.func) or "").rpartition(".")[2] == "suppress" and any(_catches(one) for one in call.args)
        for call in calls
    )


def catches_import_error(file: Path, line: int) -> bool:
    """Whether the statement at a line of a file stands where an ImportError is caught."""
    return any(first <= line <= last for first, last in _guarded(file))


@lru_cache(maxsize=256)
def _guarded(file: Path) -> tuple[tuple[int, int], ...]:
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    found = []
    for node in ast.walk(tree):
        if (isinstance(node, ast.Try) and handles_import_error(node)) or (
            isinstance(node, (ast.With, ast.AsyncWith)) and suppresses_import_error(node)
        ):
            last = node.body[-1]
            found.append((node.body[0].lineno, last.end_lineno or last.lineno))
    return tuple(found)


def _catches(kind: ast.expr | None) -> bool:
    if kind is None:
        return True
    if isinstance(kind, ast.Tuple):
        return any(_catches(one) for one in kind.elts)
    return (dotted(kind) or "").rpartition(".")[2] in _CATCHING
