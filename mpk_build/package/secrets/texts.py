"""What a package is made of, as texts that secrets can be looked for in."""

from __future__ import annotations

import contextlib
import json
import zipfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

# Larger data is no place where a person writes a secret down, and takes long.
_DATA_BYTES = 2**20
_CODE_BYTES = 2**24
_CODE = ".py"
_WHEEL = ".whl"
PICKLES = (".pkl", ".pickle")
_PROBED_BYTES = 2**13


def of_files(files: Iterable[tuple[str, Path]], too_large: list[str]) -> Iterator[tuple[str, str]]:
    """Name and text of those files that are UTF-8, of the texts in a pickle, and of the files in a wheel.

    The names of larger ones, which are not read, go to a list.
    """
    for name, path in files:
        size = path.stat().st_size
        if path.suffix == _WHEEL:
            yield from _of_wheel(name, path, too_large)
        elif size <= _limit(name):
            yield from _of_bytes(name, path.read_bytes())
        else:
            with path.open("rb") as file:
                if name.endswith(PICKLES) or _is_text(file.read(_PROBED_BYTES)):
                    too_large.append(name)


def _limit(name: str) -> int:
    return _CODE_BYTES if name.endswith(_CODE) else _DATA_BYTES


def _of_bytes(name: str, data: bytes) -> Iterator[tuple[str, str]]:
    if name.endswith(PICKLES):
        yield name, "".join(f"{text!r}\n" for text in _in_pickle(data))
    elif _is_text(data[:_PROBED_BYTES]):
        yield name, data.decode(errors="replace")


def _of_wheel(name: str, path: Path, too_large: list[str]) -> Iterator[tuple[str, str]]:
    # A wheel that was built from a project is its files; a large one holds libraries.
    if path.stat().st_size > _CODE_BYTES:
        too_large.append(name)
        return
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if entry.file_size <= _limit(entry.filename) and not entry.filename.endswith("/RECORD"):
                yield from _of_bytes(f"{name}/{entry.filename}", archive.read(entry))


def _in_pickle(data: bytes) -> Iterator[str]:
    """The texts in a pickle, which is read and not loaded: constants of code that it holds by value are among them."""
    import pickletools

    with contextlib.suppress(Exception):  # what ends early, or is none, has no more texts
        for _, value, _ in pickletools.genops(data):
            if isinstance(value, str):
                yield value


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
