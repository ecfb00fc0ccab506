"""JSON documents with one spelling, and files that are either whole or absent."""

from __future__ import annotations

import json
import os
import tempfile
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def canonical(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """The one spelling of a JSON value: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def pretty(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """A JSON value as a person reads it, ending in a newline."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def read_json(path: Path) -> Any:  # noqa: ANN401 - any JSON value
    """The JSON value in a file.

    Raises:
        OSError: The file can't be read.
        ValueError: It is not JSON.
    """
    return json.loads(path.read_bytes())


def write_whole(path: Path, data: bytes, *, sync: bool = False) -> None:
    """Write a file so that at any moment it is the old one or the new one, never a part.

    Raises:
        OSError: The folder can't be written; the old file is untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # noqa: PTH101 - mkstemp gave a name, not a Path
        os.replace(temporary, path)  # noqa: PTH105
    except BaseException:
        os.unlink(temporary)  # noqa: PTH108
        raise
