"""Wheels of local projects, written by hand: a name and a version in ``METADATA``, and the files beside it."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from email import message_from_string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_WHEEL = "Wheel-Version: 1.0\nGenerator: corpus\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def build(source: Path, target: Path) -> Path:
    """Write the wheel of a folder that holds ``METADATA`` and modules into ``target``; returns its path."""
    metadata = (source / "METADATA").read_text()
    message = message_from_string(metadata)
    stem = f"{message['Name'].replace('-', '_')}-{message['Version']}"
    files = {
        path.relative_to(source).as_posix(): path.read_bytes()
        for path in sorted(source.rglob("*"))
        if path.is_file() and path.name != "METADATA"
    }
    files |= {f"{stem}.dist-info/METADATA": metadata.encode(), f"{stem}.dist-info/WHEEL": _WHEEL.encode()}
    record = "".join(f"{name},sha256={_digest(data)},{len(data)}\n" for name, data in files.items())
    files[f"{stem}.dist-info/RECORD"] = f"{record}{stem}.dist-info/RECORD,,\n".encode()
    wheel = target / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return wheel


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
