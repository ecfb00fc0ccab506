"""One worker: a process that holds the model and answers one request at a time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import threading
from typing import TYPE_CHECKING, Any

from mpk_build.endpoint import frames
from mpk_build.endpoint.logs import Log
from mpk_build.foundation import processes
from mpk_build.foundation.errors import StageError

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from mpk_build.endpoint.options import ServeOptions

_STREAM_BUFFER = 1024 * 1024
_EXIT_S = 1.0


class WorkerLostError(Exception):
    """The worker ended, or broke the protocol, while it had a request."""


class LoadError(StageError):
    """The model does not load."""


class Worker:
    """A worker process.

    Attributes:
        was_asked: Whether it has been handed a request.
    """

    def __init__(self, options: ServeOptions, scratch: Path, home: Path) -> None:
        """``scratch``: a new folder, for its socket and log; ``home``: for a model that has none."""
        self.was_asked = False
        self._home = home
        self._reason = ""
        self._ended = False
        self._options = options
        self._scratch = scratch
        self._log = Log(scratch / "log")
        self._process: subprocess.Popen[bytes] | None = None
        loop = asyncio.get_running_loop()
        self._exited: asyncio.Future[None] = loop.create_future()
        self._broken: asyncio.Future[None] = loop.create_future()
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    @property
    def is_alive(self) -> bool:
        """Whether it may be handed a request."""
        return not (self._exited.done() or self._broken.done())

    async def load(self) -> None:
        """Start the process and wait until the model is loaded.

        Raises:
            LoadError: It ends before that; the message has the last lines that it printed.
        """
        try:
            await self._connect()
            header, _ = await self._receive()
            reason = header.get("failed")
        except frames.BrokenStreamError:
            await self._await_exit()
            reason = f"its process {self.fate()} before it was ready"
        if reason is None:
            return
        await self.end()
        lines = self._log.tail()
        raise LoadError(f"The model does not load: {reason}." + (f" It printed:\n{lines}" if lines else ""))

    async def answer(self, content_type: str, body: bytes) -> tuple[int, bytes]:
        """The HTTP status and the JSON body for a request.

        Raises:
            WorkerLostError: The process ended while it had the request.
            asyncio.TimeoutError: It took too long.
        """
        self.was_asked = True
        try:
            header, answer = await asyncio.wait_for(self._exchange(content_type, body), self._options.timeout_s)
            status = int(header["status"])
        except (frames.BrokenStreamError, KeyError, ValueError) as error:
            await self._await_exit()
            raise WorkerLostError(self.fate()) from error
        except BaseException as error:
            # Whatever it was, the stream is no longer between two frames.
            if isinstance(error, asyncio.TimeoutError):
                self._reason = f"took longer than {self._options.timeout_s:g} s"
            self._break()
            raise
        return status, answer

    async def gone(self) -> None:
        """Wait until it may be handed nothing more."""
        await asyncio.wait({self._exited, self._broken}, return_when=asyncio.FIRST_COMPLETED)

    async def end(self) -> None:
        """End the process and all that the model has started in it, and take its files away."""
        if self._ended:
            return
        self._ended = True
        self._break()
        if self._process is not None:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, processes.end, self._process)
        if self._writer is not None:
            self._writer.close()
        await self._log.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def fate(self) -> str:
        """How the process ended, as the end of a sentence."""
        if self._reason or self._process is None:
            return self._reason
        code = self._process.returncode
        return f"was killed by {_signal_name(-code)}" if code < 0 else f"ended with exit code {code}"

    @property
    def pid(self) -> int | None:
        """The process id, None before it is started."""
        return None if self._process is None else self._process.pid

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        path = self._scratch / "socket"
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(os.fspath(path))
            listener.listen(1)
            listener.setblocking(False)  # noqa: FBT003 - its name says what
            self._start(path)
            await self._log.follow()
            accepting = asyncio.ensure_future(loop.sock_accept(listener))
            either: set[asyncio.Future[Any]] = {accepting, self._exited}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not accepting.done():
                accepting.cancel()
                await asyncio.gather(accepting, return_exceptions=True)
                raise frames.BrokenStreamError("it never connected")
            connection, _ = accepting.result()
        self._reader, self._writer = await asyncio.open_unix_connection(sock=connection, limit=_STREAM_BUFFER)

    def _start(self, path: Path) -> None:
        options = self._options
        folders = [part for folder in options.paths for part in ("--path", os.fspath(folder))]
        command = [
            *options.interpreter,
            *("-I", "-B", "-u", os.fspath(options.runtime / "mpk_runtime" / "worker.py")),
            *("--socket", os.fspath(path)),
            *("--model", os.fspath(options.model)),
            *("--document", os.fspath(options.document)),
            *("--protocol", options.protocol),
            *folders,
        ]
        environment = dict(options.environment)
        if not os.access(environment.get("HOME", ""), os.W_OK):
            # Libraries keep caches there; in an image there is no home, and often no user either.
            environment["HOME"] = os.fspath(self._home)
        try:
            process = processes.start(command, log=self._log.path, cwd=options.model, env=environment)
        except OSError as error:
            raise LoadError(f"The model's interpreter does not start: {error}.") from error
        self._process = process
        loop = asyncio.get_running_loop()

        def wait() -> None:
            process.wait()
            with contextlib.suppress(RuntimeError):  # the loop may be gone before the process
                loop.call_soon_threadsafe(_settle, self._exited)

        # A thread of its own: a pool's threads are few, and the interpreter would wait for them at its end.
        threading.Thread(target=wait, name=f"mpk-worker-{process.pid}", daemon=True).start()

    async def _exchange(self, content_type: str, body: bytes) -> tuple[dict[str, Any], bytes]:
        if self._writer is None:
            raise frames.BrokenStreamError("not connected")
        await frames.send(self._writer, {"content_type": content_type}, body)
        return await self._receive()

    async def _receive(self) -> tuple[dict[str, Any], bytes]:
        if self._reader is None:
            raise frames.BrokenStreamError("not connected")
        return await frames.receive(self._reader)

    async def _await_exit(self) -> None:
        """Its stream has ended: learn how the process ends before it is ended."""
        await asyncio.wait({self._exited}, timeout=_EXIT_S)
        if not self._exited.done():
            self._reason = "broke off the connection"
        self._break()

    def _break(self) -> None:
        _settle(self._broken)


def _settle(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
