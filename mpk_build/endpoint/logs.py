"""What a worker prints: passed on to the front's standard error, its end kept for an error message."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_KEPT_BYTES = 16 * 1024
_CHUNK_BYTES = 64 * 1024
_LINES = 40


def say(text: str) -> None:
    """A line of the endpoint's own on its standard error."""
    sys.stderr.write(f"mpk: {text}\n")
    sys.stderr.flush()


class Log:
    """A named pipe at ``path`` that one worker writes to.

    A pipe and not a file: an endpoint that runs for a year fills no disk. Open it before the writer does.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._kept = b""
        self._copying: asyncio.Future[None] | None = None
        os.mkfifo(path, 0o600)
        # Non-blocking, so that opening does not wait for the writer.
        self._file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0)

    async def follow(self) -> None:
        """Begin to pass on what is written; the writer has opened the pipe."""
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), self._file)
        self._copying = asyncio.ensure_future(self._copy(reader, transport))

    async def _copy(self, reader: asyncio.StreamReader, transport: asyncio.ReadTransport) -> None:
        try:
            while True:
                chunk = await reader.read(_CHUNK_BYTES)
                if not chunk:
                    return
                self._kept = (self._kept + chunk)[-_KEPT_BYTES:]
                sys.stderr.buffer.write(chunk)
                sys.stderr.buffer.flush()
        finally:
            transport.close()

    async def close(self, wait_s: float = 1.0) -> None:
        """Pass on the rest, for at most ``wait_s`` s: a process that the model left may hold the pipe."""
        if self._copying is None:
            self._file.close()
            return
        await asyncio.wait({self._copying}, timeout=wait_s)
        self._copying.cancel()
        await asyncio.gather(self._copying, return_exceptions=True)

    def tail(self) -> str:
        """The last lines that were written."""
        return "\n".join(self._kept.decode(errors="replace").splitlines()[-_LINES:])
