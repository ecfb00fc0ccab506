"""What a runner reads: workflow commands on standard output and entries of GITHUB_OUTPUT.

The format and its escapes: https://docs.github.com/actions/reference/workflow-commands-for-github-actions and
toolkit's packages/core/src/command.ts.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator


def output(name: str, value: str) -> str:
    """An entry of GITHUB_OUTPUT; no value can end it early, since the delimiter is random."""
    delimiter = f"mpk-{secrets.token_hex(16)}"
    return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"


def annotation(message: str, position: dict[str, Any] | None) -> str:
    """An ``::error`` command, on a line of a file when ``position`` has ``file``, ``line`` and ``column``."""
    properties = {}
    if position:
        properties = {
            "file": _in_workspace(str(position["file"])),
            "line": position["line"],
            "col": position["column"],
        }
    listed = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::error{' ' if listed else ''}{listed}::{_data(message)}"


@contextlib.contextmanager
def stopped_commands(stream: TextIO, token: str) -> Iterator[None]:
    """Until the block ends the runner takes no line for a command; what runs must not know ``token``."""
    print(f"::stop-commands::{token}", file=stream, flush=True)
    try:
        yield
    finally:
        # What ran may have ended in the middle of a line
        print(f"\n::{token}::", file=stream, flush=True)


def _in_workspace(file: str) -> str:
    workspace = Path(os.environ.get("GITHUB_WORKSPACE", ".")).resolve()
    path = Path(file).resolve()
    return str(path.relative_to(workspace)) if path.is_relative_to(workspace) else file


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
