"""How an error tells what was found: the one value that was refused, shortened, and nothing beside it."""

from __future__ import annotations

import datetime
import json
from typing import Any

_LONGEST = 40
_KINDS = {bool: "boolean", int: "integer", float: "number", str: "string", list: "list", dict: "object"}
EXPECTED = {
    "boolean": "true or false",
    "integer": "a 32-bit integer",
    "long": "a 64-bit integer",
    "float": "a 32-bit number",
    "double": "a number",
    "string": "a string",
    "binary": "base64 text",
    "datetime": "an ISO 8601 date or time",
    "array": "a list",
    "object": "an object",
    "map": "an object",
}
# A caller from Python has no base64 and no ISO 8601.
EXPECTED_OF_PYTHON = {**EXPECTED, "binary": "an object of bytes", "datetime": "a date or time"}


def found(value: Any) -> str:
    """The kind of a value and the value itself, as "the integer 5"; of bytes and of unknown objects the kind alone."""
    if value is None:
        return "a missing value"
    kind = _KINDS.get(type(value))
    if kind is not None:
        return f"the {kind} {shown(value)}"
    name = type(value).__name__
    if isinstance(value, datetime.date) or (type(value).__module__ == "numpy" and not isinstance(value, bytes)):
        return f"the {name} {_cut(str(value))}"
    return f"a value of the type {name}"


def kind_of(value: Any) -> str:
    """The kind of a value, without the value."""
    if value is None:
        return "a missing value"
    kind = _KINDS.get(type(value), type(value).__name__)
    return f"{'an' if kind[0] in 'aeiouAEIOU' else 'a'} {kind}"


def shown(value: Any) -> str:
    """A value as JSON, shortened."""
    text = ""
    try:
        # Piece by piece, so that of a large value only the beginning is written.
        for piece in json.JSONEncoder(ensure_ascii=False, default=lambda one: type(one).__name__).iterencode(value):
            text += piece if len(piece) <= _LONGEST else piece[: _LONGEST + 1]
            if len(text) > _LONGEST:
                break
    except (TypeError, ValueError, RecursionError):  # what JSON has no form for, or more digits than Python writes
        text = text or "..."
    return _cut(text)


def quoted(names: list[str]) -> str:
    """Names as a list in words."""
    return ", ".join(f"'{name}'" for name in names)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
