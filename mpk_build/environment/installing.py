"""Environments from locks, hashes always required: kept by content and used again, or laid out flat for an image."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from mpk_build.environment import uv
from mpk_build.foundation import digests
from mpk_build.foundation.documents import canonical, write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.environment.interpreters import Interpreter

_COMPLETE = "mpk-environment.json"


def ensure_environment(lock: str, interpreter: Interpreter, environments: Path) -> Path:
    """The Python of a virtual environment that holds exactly what a lock says; made once.

    An environment without its mark of completion, left by a build that was killed, is made anew.

    Args:
        lock: The text of the lock.
        interpreter: The Python that it is made with.
        environments: The folder that keeps environments.

    Raises:
        StageError: A package can't be installed, or its hash is another.
        MachineError: An index could not be reached.
    """
    from filelock import FileLock

    name = digests.of_value([lock, interpreter.identity, interpreter.base_prefix]).removeprefix("sha256:")[:32]
    folder = environments / name
    python = folder / "bin" / "python"
    if (folder / _COMPLETE).is_file() and python.exists():
        return python
    environments.mkdir(parents=True, exist_ok=True)
    with FileLock(environments / f"{name}.lock"):
        if (folder / _COMPLETE).is_file() and python.exists():
            return python
        shutil.rmtree(folder, ignore_errors=True)
        uv.run(
            [
                "venv",
                "--quiet",
                "--no-project",
                "--no-python-downloads",
                "--python",
                interpreter.python,
                str(folder),
            ]
        )
        install(lock, folder, ["--python", str(python)])
        write_whole(
            folder / _COMPLETE,
            canonical({"python": interpreter.version, "lock": digests.of_bytes(lock.encode())}),
        )
    return python


def install_tree(lock: Path, target: Path, interpreter: Path) -> None:
    """Install what a lock says into a flat folder, without bytecode, for an interpreter that need not be ours.

    Raises:
        StageError: A package can't be installed, or its hash is another.
        MachineError: An index could not be reached.
    """
    target.mkdir(parents=True, exist_ok=True)
    install(
        lock.read_text(),
        target,
        ["--python", str(interpreter), "--target", str(target), "--link-mode", "copy"],
    )
    (target / ".lock").unlink(missing_ok=True)


def install(lock: str, near: Path, options: list[str]) -> None:
    """Install a lock with ``uv pip sync``; ``near`` is a folder for the file that uv reads it from."""
    # uv knows a lock by its name; the folder may be the environment itself, where it does no harm.
    file = near / "pylock.toml"
    file.write_text(lock)
    try:
        uv.run(["pip", "sync", "--quiet", "--require-hashes", *options, str(file)])
    finally:
        file.unlink(missing_ok=True)
