"""The front's side of the protocol that ``mpk_runtime/worker.py`` describes."""

from __future__ import annotations

import asyncio
import json
import struct
from typing import Any

_FRAME = struct.Struct(">IQ")


class BrokenStreamError(Exception):
    """The other side is gone, or does not speak the protocol."""


async def send(writer: asyncio.StreamWriter, header: dict[str, Any], body: bytes = b"") -> None:
    """Send one frame.

    Raises:
        BrokenStreamError: The other side is gone.
    """
    encoded = json.dumps(header).encode()
    try:
        writer.write(_FRAME.pack(len(encoded), len(body)) + encoded)
        writer.write(body)
        await writer.drain()
    except (OSError, RuntimeError) as error:
        raise BrokenStreamError(str(error)) from error


async def receive(reader: asyncio.StreamReader) -> tuple[dict[str, Any], bytes]:
    """The header and body of the next frame.

    Raises:
        BrokenStreamError: The other side is gone, or sent what is no frame.
    """
    try:
        header_length, body_length = _FRAME.unpack(await reader.readexactly(_FRAME.size))
        header = json.loads(await reader.readexactly(header_length))
        body = await reader.readexactly(body_length)
    except (OSError, asyncio.IncompleteReadError, ValueError) as error:
        raise BrokenStreamError(str(error)) from error
    if not isinstance(header, dict):
        raise BrokenStreamError("a header is not an object")
    return header, body
