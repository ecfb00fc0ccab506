"""Times one command: a fresh process, its own environment, both clocks."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_SHOWN_CHARACTERS = 4000


class CommandFailedError(Exception):
    """A command that is to be timed did not succeed, so its time says nothing."""


@dataclass(frozen=True)
class Sample:
    """What one run took.

    Attributes:
        wall_s: Seconds that passed.
        cpu_s: Seconds of processor time, of the process and of all that it waited for.
    """

    wall_s: float
    cpu_s: float

    def __add__(self, other: Sample) -> Sample:
        return Sample(self.wall_s + other.wall_s, self.cpu_s + other.cpu_s)


@dataclass(frozen=True)
class Workplace:
    """Where commands run: the folder, and all of their environment variables."""

    cwd: Path
    env: Mapping[str, str]

    def run(self, *command: str | Path) -> Sample:
        """Run a command to its end.

        Raises:
            CommandFailedError: It did not end with 0; the message has the end of what it said.
        """
        return self.read(*command)[0]

    def read(self, *command: str | Path) -> tuple[Sample, str]:
        """Run a command to its end; also what it wrote to its standard output.

        Raises:
            CommandFailedError: It did not end with 0; the message has the end of what it said.
        """
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            started = time.perf_counter()
            process = subprocess.Popen(  # noqa: S603 - a list
                [str(part) for part in command],
                cwd=self.cwd,
                env=dict(self.env),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )
            returncode, cpu_s = _wait(process)
            sample = Sample(time.perf_counter() - started, cpu_s)
            texts = []
            for file in (out, err):
                file.seek(0)
                texts.append(file.read().decode(errors="replace"))
        if returncode != 0:
            raise CommandFailedError(_failure(command, returncode, texts))
        return sample, texts[0]


def _wait(process: subprocess.Popen[bytes]) -> tuple[int, float]:
    # Popen.wait would throw the processor times away.
    try:
        _, status, used = os.wait4(process.pid, 0)
    except BaseException:
        process.kill()
        process.wait()
        raise
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, used.ru_utime + used.ru_stime


def _failure(command: Sequence[str | Path], returncode: int, texts: Sequence[str]) -> str:
    said = "\n".join(text.strip() for text in texts if text.strip())
    return f"{' '.join(map(str, command))} ended with {returncode}:\n{said[-_SHOWN_CHARACTERS:]}"
