"""The workers of an endpoint: how many there are, who is free, and what replaces one that ended."""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from typing import TYPE_CHECKING

from mpk_build.endpoint.logs import say
from mpk_build.endpoint.workers import LoadError, Worker

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.endpoint.options import ServeOptions

_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0


class BusyError(Exception):
    """No worker became free in time."""


class Pool:
    """Workers that are replaced when they end; made inside a running event loop.

    Attributes:
        failed: Set to the error when the model has not loaded even once: there is nothing to serve.
    """

    def __init__(self, options: ServeOptions, scratch: Path) -> None:
        self._options = options
        self._scratch = scratch
        self._home = scratch / "home"
        self._home.mkdir(mode=0o700)
        self._idle: deque[Worker] = deque()
        self._waiting: deque[asyncio.Future[Worker]] = deque()
        self._loaded: set[Worker] = set()
        self._was_ready = False
        self._numbers = itertools.count(1)
        self.failed: asyncio.Future[LoadError] = asyncio.get_running_loop().create_future()
        self._seats = [asyncio.ensure_future(self._keep()) for _ in range(options.workers)]

    @property
    def is_ready(self) -> bool:
        """Whether a loaded model is there, free or busy."""
        return any(worker.is_alive for worker in self._loaded)

    @property
    def was_ready(self) -> bool:
        """Whether the model has loaded at least once."""
        return self._was_ready

    async def acquire(self) -> Worker:
        """A free worker, which the caller hands back with `release`; first come, first served.

        Raises:
            BusyError: None became free within the endpoint's timeout.
        """
        while self._idle:
            worker = self._idle.popleft()
            if worker.is_alive:
                return worker
        waiter: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            # Not wait_for: before Python 3.12 it can lose a result, and here that would be a worker.
            await asyncio.wait({waiter}, timeout=self._options.timeout_s)
        except asyncio.CancelledError:
            if waiter.done():
                self.release(waiter.result())
            raise
        finally:
            if not waiter.done():
                waiter.cancel()
        if waiter.cancelled():
            raise BusyError
        return waiter.result()

    def release(self, worker: Worker) -> None:
        """Hand a worker to who waits longest; one that ended is forgotten."""
        if not worker.is_alive:
            return
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(worker)
                return
        self._idle.append(worker)

    async def close(self) -> None:
        """End all workers."""
        for seat in self._seats:
            seat.cancel()
        await asyncio.gather(*self._seats, return_exceptions=True)

    async def _keep(self) -> None:
        """Keep one worker going; when one after another ends without a request they start ever more slowly.

        A worker that a request has ended is replaced at once: requests set that pace.
        """
        useless = 0
        while True:
            worker = self._new()
            try:
                await worker.load()
                await self._serve(worker)
            except LoadError as error:
                if not self._was_ready:
                    if not self.failed.done():
                        self.failed.set_result(error)
                    return
                say(error.message)
            finally:
                await worker.end()
            useless = 0 if worker.was_asked else useless + 1
            pause_s = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** (useless - 1)) if useless else 0.0
            say(f"The worker (process {worker.pid}) {worker.fate()}; the next one starts in {pause_s:g} s.")
            await asyncio.sleep(pause_s)

    async def _serve(self, worker: Worker) -> None:
        self._was_ready = True
        self._loaded.add(worker)
        self.release(worker)
        try:
            await worker.gone()
        finally:
            self._loaded.discard(worker)

    def _new(self) -> Worker:
        folder = self._scratch / str(next(self._numbers))
        folder.mkdir(mode=0o700)
        return Worker(self._options, folder, self._home)
