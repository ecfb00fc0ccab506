"""An image that is being served on this machine, whatever runs it."""

from __future__ import annotations

import contextlib
import signal
import socket
import threading
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


class Served(ABC):
    """An endpoint that was started from an image.

    Attributes:
        url: Where it answers, as ``http://127.0.0.1:PORT``; it may take a while until it does.
        how: What runs it, as ``docker 20.10.24`` or ``bubblewrap``.
    """

    def __init__(self, url: str, how: str) -> None:
        self.url = url
        self.how = how

    @abstractmethod
    def memory_bytes(self) -> int | None:
        """The memory that its processes hold at this moment, in bytes; None if that can't be told."""

    @abstractmethod
    def is_running(self) -> bool:
        """Whether it has not ended."""

    @abstractmethod
    def logs(self) -> str:
        """What it has said so far on both its outputs."""


class Terminated(KeyboardInterrupt):
    """This process was asked to end; raised where it happens so that what was started is taken down."""


@contextlib.contextmanager
def termination_raised() -> Iterator[None]:
    """Turn SIGTERM, which a stage gets when its time is over, into `Terminated` while the block runs."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def terminate(number: int, _frame: FrameType | None) -> None:
        raise Terminated(signal.Signals(number).name)

    before = signal.signal(signal.SIGTERM, terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nothing listens on at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
