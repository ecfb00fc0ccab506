"""What a process says of how it is shut in, through a pipe.

It says so, and closes the pipe, before anything of the model's environment runs: what the model could write afterwards,
such as a file in a folder that is its own, proves nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_BYTES = 65536


@dataclass(frozen=True)
class Verdict:
    """The two ends of the pipe: ``write`` is for the process."""

    read: int
    write: int

    def why_not(self, said: str) -> str | None:
        """Why a process that has ended was not shut in; None if it was. ``said``: what it printed."""
        try:
            found = json.loads(os.read(self.read, _MOST_BYTES))
        except (BlockingIOError, ValueError):
            return (said.strip().splitlines() or ["it did not start"])[-1]
        if found["error"] is not None:
            return str(found["error"])
        reached = [f"the {name} outside of it was reached" for name in found["reached"]]
        return ", ".join(reached) or None


@contextlib.contextmanager
def awaited() -> Iterator[Verdict]:
    """The pipe for one process."""
    read, write = os.pipe()
    os.set_blocking(read, False)
    try:
        yield Verdict(read, write)
    finally:
        os.close(read)
        os.close(write)
