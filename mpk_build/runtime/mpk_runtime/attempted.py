"""What a process that is shut in tries to reach outside: files that it opens to read them, and hosts.

Seen by the interpreter's audit hook (PEP 578), so not what native code does by itself. Most of it is harmless, for
libraries look in many places; it is told when the model fails.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Sequence

_WRITING = os.O_WRONLY | os.O_RDWR
_EVENTS = frozenset(("open", "socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname"))
_MOST = 100


class Attempted:
    """Records, from now on, what lies outside of the files and folders ``visible``.

    Attributes:
        files: Absolute paths, in order.
        hosts: ``host:port``, or a host alone, in order.
    """

    def __init__(self, visible: Sequence[str]) -> None:
        self.files: dict[str, None] = {}
        self.hosts: dict[str, None] = {}
        inside = (*visible, *(os.path.join(path, "") for path in visible))

        def hook(event: str, arguments: tuple[Any, ...]) -> None:
            if event in _EVENTS:
                if event != "open":
                    self._host(event, arguments)
                elif isinstance(arguments[0], (str, bytes)) and not (arguments[2] or 0) & _WRITING:
                    path = os.path.abspath(os.fsdecode(arguments[0]))
                    if path not in inside and not path.startswith(inside[len(visible) :]) and len(self.files) < _MOST:
                        self.files[path] = None

        sys.addaudithook(hook)

    def _host(self, event: str, arguments: tuple[Any, ...]) -> None:
        host, port = arguments[0], None
        if event in ("socket.connect", "socket.sendto"):
            address = arguments[1]
            if not isinstance(address, tuple):
                return
            host, port = address[:2]
        elif event == "socket.getaddrinfo":
            port = arguments[1]
        host = host.decode("ascii", "replace") if isinstance(host, bytes) else host
        if host is not None and len(self.hosts) < _MOST:
            self.hosts[f"{host}:{port}" if port not in (None, 0, "") else str(host)] = None

    def as_data(self) -> dict[str, list[str]]:
        """``{"files", "network"}``, what there is of it."""
        found = {"files": list(self.files), "network": list(self.hosts)}
        return {name: those for name, those in found.items() if those}
