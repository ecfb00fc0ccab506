"""Memory that ran out: Python said so, or the kernel ended the process."""

from __future__ import annotations

import re
import signal
from pathlib import Path

from mpk_build.environment.diagnosis import phrases
from mpk_build.environment.diagnosis.failure import Context, Diagnosis, Failure

_SAYS = re.compile(r"Unable to allocate [\d.]+ \w+|can't allocate memory: .*|Cannot allocate memory")
# What a shell or a sandbox makes of a program that SIGKILL ended.
_KILLED = (-signal.SIGKILL, 128 + signal.SIGKILL)
# https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files, and the same of version 1
_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
_COMMAND = "give this machine or its container more memory, or make the input example or the model smaller"
_GIGABYTE = 1e9
_NO_LIMIT = 2**60


def diagnose(failure: Failure, context: Context) -> Diagnosis | None:
    """For a MemoryError of whatever kind, and for SIGKILL."""
    if failure.type == "Ended":
        if failure.returncode not in _KILLED:
            return None
        cause = f"{failure.message} was ended by SIGKILL; it may have run out of memory"
        return Diagnosis(cause, tuple(_memory()), _COMMAND)
    said = next((found[0] for text in failure.texts if (found := _SAYS.search(text))), None)
    if not failure.type.endswith("MemoryError") and said is None:
        return None
    who = "the model" if context.where == "source" else "the package"
    says = f": {failure.message}" if failure.message else ""
    return Diagnosis(
        f"{who} ran out of memory {phrases.doing(failure.phase)}{says}",
        (*phrases.frames(failure), *_memory()),
        _COMMAND,
    )


def _memory() -> list[str]:
    known = {}
    for line in Path("/proc/meminfo").read_text(errors="replace").splitlines():
        name, _, amount = line.partition(":")
        known[name] = amount.split()
    lines = []
    if "MemTotal" in known and "MemAvailable" in known:
        total, free = (int(known[name][0]) * 1024 / _GIGABYTE for name in ("MemTotal", "MemAvailable"))
        lines.append(f"this machine has {total:.1f} GB of memory, {free:.1f} GB of it free now")
    for file in map(Path, _LIMITS):
        limit = file.read_text().strip() if file.is_file() else ""
        if limit.isdigit() and int(limit) < _NO_LIMIT:
            lines.append(f"what runs here may have {int(limit) / _GIGABYTE:.1f} GB of it")
    return lines
