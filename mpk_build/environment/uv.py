"""Runs uv, which resolves, locks and installs; its errors become ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mpk_build.environment import lockfile
from mpk_build.environment.diagnosis import catalogue
from mpk_build.environment.diagnosis.failure import Context, Failure
from mpk_build.environment.direct_references import without_credentials
from mpk_build.foundation import processes
from mpk_build.foundation.errors import MachineError, StageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_NETWORK = (
    "error sending request",
    "dns error",
    "Failed to fetch",
    "Could not connect",
    "network connectivity is disabled",
)
_NO_ROOM = ("No space left on device", "Disk quota exceeded")
_ROOM_HINT = "uv cache prune, mpk cache prune, or UV_CACHE_DIR and MPK_CACHE on a disk with more room"
_INDEX_HINT = "check the network and the index (UV_DEFAULT_INDEX, UV_INDEX), then run the same command again"


def run(
    arguments: Sequence[str],
    *,
    stdin: str | None = None,
    cwd: Path | None = None,
    variables: Mapping[str, str] | None = None,
) -> str:
    """Run ``uv``, with some more environment variables, and return what it printed.

    Raises:
        StageError: It refused; the message is uv's own explanation.
        MachineError: It could not reach an index, or a disk is full.
    """
    return finished(arguments, stdin=stdin, cwd=cwd, variables=variables).stdout


def finished(
    arguments: Sequence[str],
    *,
    stdin: str | None = None,
    cwd: Path | None = None,
    variables: Mapping[str, str] | None = None,
) -> processes.Finished:
    """As `run`, with what it said on its error output as well.

    Raises:
        StageError: It refused; the message is uv's own explanation.
        MachineError: It could not reach an index, or a disk is full.
    """
    ended = processes.run(
        [binary(), *arguments, "--color", "never", "--no-progress"],
        stdin=None if stdin is None else stdin.encode(),
        cwd=cwd,
        env=processes.tool_environment(VIRTUAL_ENV="", **(variables or {})),
    )
    if ended.returncode == 0:
        return ended
    message = explanation(ended.stderr)
    if any(sign in ended.stderr for sign in _NO_ROOM):
        raise MachineError(f"a disk is full: {message}", hint=_ROOM_HINT)
    if any(sign.lower() in ended.stderr.lower() for sign in _NETWORK):
        raise MachineError(f"an index could not be reached: {message}", hint=_INDEX_HINT)
    raise StageError(message)


def binary() -> str:
    """The path of the uv that mpk depends on.

    Raises:
        MachineError: mpk is installed without it.
    """
    import uv

    try:
        return str(uv.find_uv_bin())
    except FileNotFoundError:
        raise MachineError("mpk's uv is missing", hint="pip install --force-reinstall mpk-build") from None


def explanation(stderr: str) -> str:
    """Uv's error without its ornaments: the sentences, joined."""
    lines = [line.strip() for line in stderr.splitlines()]
    kept = [line for line in lines if line and not line.startswith(("Using ", "Resolved ", "warning: ", "Creating "))]
    text = " ".join(kept).replace(" cause: ", ": ")
    for ornament in ("\u00d7 ", "╰─▶ ", "├─▶ ", "│ ", "error: ", "cause: "):
        text = text.replace(ornament, "")
    return without_credentials(text) or "uv failed without saying why"


def sync(lock: str, near: Path, options: list[str]) -> None:
    """Install a lock and nothing else, hashes checked; ``near`` is a folder for the file that uv reads it from.

    Raises:
        StageError: A package can't be installed, or its hash is another.
        MachineError: An index could not be reached.
    """
    _install(lock, near, ["sync", *options])


def add(lock: str, near: Path, options: list[str]) -> None:
    """As `sync`, but what is there besides stays."""
    _install(lock, near, ["install", *options, "-r"])


def _install(lock: str, near: Path, command: list[str]) -> None:
    # uv knows a lock by its name; the folder may be the environment itself, where it does no harm.
    file = near / "pylock.toml"
    file.write_text(lock)
    try:
        run(["pip", command[0], "--quiet", *lockfile.sync_options(lock), *command[1:], str(file)])
    except StageError as error:
        failure = Failure(phase="install", type="Uv", message=error.message)
        raise catalogue.error_for(failure, Context(where="package")) or error from None
    finally:
        file.unlink(missing_ok=True)
        # What uv kept others out with meanwhile.
        (near / ".lock").unlink(missing_ok=True)
