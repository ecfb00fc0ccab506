"""The one place that starts other programs."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

# What a process of the model may know of this machine. Credentials stay with the tools that need them.
_NUMERICS = ("OMP_", "OPENBLAS_", "MKL_", "BLIS_", "VECLIB_")
_PLAIN = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "SOURCE_DATE_EPOCH")
_GRACE_S = 5.0
_SIGNALLED = 128


@dataclass(frozen=True)
class Finished:
    """A program that has ended: ``stdout`` and ``stderr`` are text, undecodable bytes replaced."""

    command: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str
    seconds: float
    timed_out: bool = False

    def of_a_shell(self) -> Finished:
        """The same with the code as a shell tells it, 128 and the signal, turned into that of the signal."""
        ended = self.returncode - _SIGNALLED
        return replace(self, returncode=-ended) if ended in set(signal.Signals) else self


def model_environment(**extra: str) -> dict[str, str]:
    """The environment variables that a process which runs a person's code gets: few, and no secret."""
    kept = {name: value for name, value in os.environ.items() if name in _PLAIN or name.startswith(_NUMERICS)}
    return {"LANG": "C.UTF-8", "PYTHONHASHSEED": "0", **kept, **extra}


def tool_environment(**extra: str) -> dict[str, str]:
    """The environment variables of a tool that mpk trusts: all of ours but those that steer a Python."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {**kept, **extra}


def run(  # noqa: PLR0913 - what a program start consists of
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: bytes | None = None,
    timeout_s: float | None = None,
    log: Path | None = None,
    pass_fds: Sequence[int] = (),
) -> Finished:
    """Run a program to its end and return what it said.

    With ``log`` both its outputs go to that file instead and ``stdout`` and ``stderr`` are empty.
    ``pass_fds`` are open in it, by the same numbers.
    After ``timeout_s`` the program is ended. What it started and left running in its session ends with it in any case.

    Raises:
        OSError: The program can't be started.
    """
    started = time.monotonic()
    with contextlib.ExitStack() as stack:
        out: IO[bytes] | int = stack.enter_context(log.open("ab")) if log else subprocess.PIPE
        process = subprocess.Popen(  # noqa: S603 - commands are lists, never shell text
            list(command),
            cwd=cwd,
            env=dict(env) if env is not None else tool_environment(),
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT if log else subprocess.PIPE,
            start_new_session=True,
            pass_fds=pass_fds,
        )
        timed_out = False
        try:
            stdout, stderr = process.communicate(stdin, timeout=timeout_s)
        except subprocess.TimeoutExpired:
            timed_out = True
            end(process)
            stdout, stderr = process.communicate()
        except BaseException:
            end(process)
            process.communicate()
            raise
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    return Finished(
        tuple(command),
        process.returncode,
        (stdout or b"").decode(errors="replace"),
        (stderr or b"").decode(errors="replace"),
        time.monotonic() - started,
        timed_out,
    )


def start(
    command: Sequence[str], *, log: Path, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a program that goes on in a session of its own, both its outputs in ``log``; end it with `end`."""
    with log.open("ab") as out:
        return subprocess.Popen(  # noqa: S603 - commands are lists, never shell text
            list(command),
            cwd=cwd,
            env=dict(env) if env is not None else tool_environment(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


@contextlib.contextmanager
def running(
    command: Sequence[str], *, log: Path, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs for as long as the block does."""
    process = start(command, log=log, cwd=cwd, env=env)
    try:
        yield process
    finally:
        end(process)


def wait(process: subprocess.Popen[bytes], timeout_s: float) -> int | None:
    """The code with which a program ends, or None if it has not within ``timeout_s``."""
    try:
        return process.wait(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        return None


def end(process: subprocess.Popen[bytes]) -> None:
    """End a program and everything in its session: asked first, forced after a grace of 5 s."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_GRACE_S)
            break
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
