"""What a process in a sandbox must not reach, put where one that is not shut in reaches it."""

from __future__ import annotations

import contextlib
import secrets
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Canaries:
    """Things outside of a sandbox.

    Attributes:
        file: A file.
        module: A folder, and the name of a module in it.
        network: An address and a port of this machine where something listens; None where the network is allowed.
    """

    file: str
    module: tuple[str, str]
    network: tuple[str, int] | None

    @property
    def names(self) -> list[str]:
        """Which there are."""
        return [name for name in ("file", "module", "network") if getattr(self, name) is not None]

    @property
    def document(self) -> dict[str, Any]:
        """As `mpk_runtime.confinement` takes them."""
        return {"file": self.file, "module": list(self.module), "network": self.network and list(self.network)}


@contextlib.contextmanager
def put_out(*, network: bool) -> Iterator[Canaries]:
    """Canaries for as long as the block runs; that of the network only where ``network`` is not allowed."""
    with contextlib.ExitStack() as stack:
        # Anybody could read them here, so that only a sandbox keeps a process from it.
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mpk-canary-")))
        folder.chmod(0o755)
        name = f"mpk_canary_{secrets.token_hex(8)}"
        (folder / f"{name}.py").write_text("")
        (folder / name).write_text("canary")
        listener = None if network else stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        address = None if listener is None else (str(listener.getsockname()[0]), int(listener.getsockname()[1]))
        yield Canaries(str(folder / name), (str(folder), name), address)
