"""Runs an endpoint until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import shutil
import signal
import socket
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from mpk_build.endpoint.front import Front, error_body
from mpk_build.endpoint.logs import say
from mpk_build.endpoint.pool import Pool
from mpk_build.foundation.errors import MachineError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mpk_build.endpoint.options import ServeOptions

_BACKLOG = 2048
# Longer than a load balancer keeps an idle connection, so that it is never the endpoint which closes first.
_KEEP_ALIVE_S = 75
_DRAIN_GRACE_S = 5
# A Unix socket's path has at most 107 bytes (unix(7)); the workers' sockets lie two levels below the folder.
_LONGEST_FOLDER = 80


def serve(options: ServeOptions) -> None:
    """Serve until SIGTERM or SIGINT, then answer the requests that are in it, end the workers and return.

    Raises:
        LoadError: The model does not load.
        MachineError: The address can't be listened on, or there is no folder to write to.
    """
    with _listening(options.host, options.port) as listener, _scratch() as scratch:
        asyncio.run(_serve(options, listener, scratch))


async def _serve(options: ServeOptions, listener: socket.socket, scratch: Path) -> None:
    pool = Pool(options, scratch)
    server = _Server(
        uvicorn.Config(
            Front(options, pool).application(),
            loop="asyncio",
            http=_Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            backlog=_BACKLOG,
            timeout_keep_alive=_KEEP_ALIVE_S,
            # A request may be read, wait and be answered for a timeout each.
            timeout_graceful_shutdown=math.ceil(3 * options.timeout_s) + _DRAIN_GRACE_S,
        )
    )
    host, port = listener.getsockname()[:2]
    say(f"Listening on http://{f'[{host}]' if ':' in host else host}:{port}")
    serving = asyncio.ensure_future(server.serve([listener]))
    try:
        either: set[asyncio.Future[Any]] = {serving, pool.failed}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        server.should_exit = True
        await serving
    finally:
        await pool.close()
    if pool.failed.done():
        raise pool.failed.result()


class _Server(uvicorn.Server):
    """Uvicorn's server, which after a graceful stop returns instead of dying of the signal for it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, action in before.items():
                signal.signal(number, action)


class _Protocol(H11Protocol):
    """Uvicorn's HTTP/1.1 with an error in our form for what is not HTTP."""

    def send_400_response(self, msg: str) -> None:
        body = error_body("BAD_REQUEST", msg)
        head = (
            "HTTP/1.1 400 Bad Request\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()


@contextlib.contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        # The system's own words for it: those of the socket module differ between versions of Python.
        reason = os.strerror(error.errno) if error.errno is not None and error.errno > 0 else error.strerror
        raise MachineError(f"Can't listen on {host}, port {port}: {reason}.", hint="choose another port") from error
    with listener:
        # Connections inherit it. asyncio does not set it on a socket it has not made, and then each answer on a kept
        # connection, sent as head and body, waits 40 ms for the client's delayed acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield listener


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    """A folder that only this user can enter, for the workers' sockets; it goes when the endpoint ends."""
    try:
        folder = tempfile.gettempdir()
        if len(folder) > _LONGEST_FOLDER:
            folder = "/tmp"  # noqa: S108 - the folder made in it is private
        made = tempfile.mkdtemp(prefix="mpk-serve-", dir=folder)
    except OSError as error:
        raise MachineError(
            f"An endpoint needs a folder to write to, for its sockets: {error}.",
            hint="mount a tmpfs at /tmp, or set TMPDIR",
        ) from error
    try:
        yield Path(made)
    finally:
        shutil.rmtree(made, ignore_errors=True)
