"""What a package is made of, as texts that secrets can be looked for in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

# Larger data is no place where a person writes a secret down, and takes long.
_DATA_BYTES = 2**20
_CODE_BYTES = 2**24
_CODE = ".py"
_PROBED_BYTES = 2**13


def of_files(files: Iterable[tuple[str, Path]], too_large: list[str]) -> Iterator[tuple[str, str]]:
    """Name and text of those files that are UTF-8; the names of larger ones, which are not read, go to a list."""
    for name, path in files:
        size = path.stat().st_size
        if size > (_CODE_BYTES if path.suffix == _CODE else _DATA_BYTES):
            with path.open("rb") as file:
                if _is_text(file.read(_PROBED_BYTES)):
                    too_large.append(name)
            continue
        data = path.read_bytes()
        if _is_text(data[:_PROBED_BYTES]):
            yield name, data.decode(errors="replace")


def of_value(name: str, value: Any) -> tuple[str, str]:
    """The texts in a JSON value, a line each, as they would be assigned; the name says whose value it is."""
    return name, "".join(f"{key} = {json.dumps(text)}\n" for key, text in _leaves("", value))


def _leaves(key: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _leaves(str(name), one)
    elif isinstance(value, list):
        for one in value:
            yield from _leaves(key, one)
    elif isinstance(value, str):
        yield key, value


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        # A character may be cut off where the probe ends.
        return b"\0" not in data and error.start > len(data) - 4 and len(data) == _PROBED_BYTES
    return b"\0" not in data
