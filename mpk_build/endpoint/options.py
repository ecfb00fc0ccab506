"""What an endpoint can be told."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mpk_build.foundation.errors import UsageError
from mpk_build.foundation.processes import model_environment
from mpk_build.foundation.resources import runtime_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_HIGHEST_PORT = 65535
PROTOCOLS = ("strict", "mlflow")


@dataclass(frozen=True)
class ServeOptions:
    """An endpoint for one package.

    Attributes:
        model: The package.
        document: Its MLmodel document as a JSON file.
        interpreter: The command that starts the Python of the model's environment.
        paths: Folders to add to that Python's path, with their ``.pth`` files.
        environment: The environment variables of the workers.
        runtime: The folder that holds ``mpk_runtime``.
        host: Where to listen.
        port: Where to listen; 0 lets the system choose, and the endpoint says what it chose.
        workers: How many processes hold the model; each answers one request at a time.
        timeout_s: How long one prediction may take, how long a request may wait for a worker, and how long a
            client may take to send its body, each by itself.
        max_body_bytes: The largest body of a request.
        max_requests: How many requests may be read, wait or be answered at one moment.
        protocol: ``strict``, or ``mlflow`` to convert what requests carry as MLflow does.

    Raises:
        UsageError: A number is out of its range, or there is no such protocol.
    """

    model: Path
    document: Path
    interpreter: tuple[str, ...]
    paths: tuple[Path, ...] = ()
    environment: Mapping[str, str] = field(default_factory=model_environment)
    runtime: Path = field(default_factory=runtime_folder)
    host: str = "127.0.0.1"
    port: int = 5000
    workers: int = 1
    timeout_s: float = 60.0
    max_body_bytes: int = 16 * 1024 * 1024
    max_requests: int = 256
    protocol: str = PROTOCOLS[0]

    def __post_init__(self) -> None:
        if not 0 <= self.port <= _HIGHEST_PORT:
            raise UsageError(f"port: found {self.port}, expected 0 to {_HIGHEST_PORT}")
        for name in ("workers", "max_body_bytes", "max_requests"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name}: found {getattr(self, name)}, expected at least 1")
        if self.protocol not in PROTOCOLS:
            raise UsageError(f"protocol: found '{self.protocol}', expected {' or '.join(PROTOCOLS)}")
        if not (math.isfinite(self.timeout_s) and self.timeout_s > 0):
            raise UsageError(f"timeout_s: found {self.timeout_s}, expected seconds above 0")
