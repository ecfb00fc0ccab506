"""Environments made by uv, files shared with its cache by hard links where the file system can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mpk_build.environment import uv

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.environment.interpreters import Interpreter

CLEAN = "uv cache clean"


def create(folder: Path, interpreter: Interpreter, lock: str) -> None:  # noqa: ARG001
    """See `Maker`."""
    options = ["--quiet", "--no-project", "--no-python-downloads"]
    uv.run(["venv", *options, "--python", interpreter.python, str(folder)])


def install(lock: str, folder: Path, interpreter: Interpreter, *, fresh: bool) -> None:  # noqa: ARG001
    """See `Maker`."""
    uv.sync(lock, folder, ["--python", str(folder / "bin" / "python"), *(["--no-cache"] if fresh else [])])
