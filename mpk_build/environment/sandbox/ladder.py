"""Which level of the sandbox this machine reaches; found out by trying, and remembered."""

from __future__ import annotations

import json
import os
import platform
import shutil
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mpk_build.environment.sandbox import canaries, levels, remedies, verdict, view
from mpk_build.environment.sandbox.levels import LEVELS, Level
from mpk_build.foundation import digests, processes
from mpk_build.foundation.documents import canonical, write_whole
from mpk_build.foundation.errors import MachineError
from mpk_build.foundation.resources import runtime_folder

if TYPE_CHECKING:
    from mpk_build.environment.interpreters import Interpreter

# What decides whether namespaces can be made; a container has its own.
_STATUS = ("Seccomp:", "CapEff:", "NoNewPrivs:")
_TRY_S = 30.0
_TOO_SLOW = "it did not start in time"
_TRY = (
    "import json, sys; sys.path.insert(0, sys.argv[1]); from mpk_runtime import confinement; "
    "confinement.enter(json.loads(sys.argv[2]), int(sys.argv[3]))"
)


@dataclass(frozen=True)
class Wish:
    """What the manifest says under ``validate``.

    Attributes:
        sandbox: ``auto``: the strongest that works; ``required``: none is an error; ``off``.
        network: Whether the model may use the network.
        because: What requires it.
    """

    sandbox: Literal["auto", "required", "off"] = "auto"
    network: bool = False
    because: str = "validate: {sandbox: required}"


class Ladder:
    """The levels of the sandbox on this machine, for one wish.

    Args:
        wish: What the manifest says.
        interpreter: Mpk's own Python, with which levels are tried.
        memory: The file that keeps what was found.
    """

    def __init__(self, wish: Wish, interpreter: Interpreter, memory: Path) -> None:
        self.wish = wish
        self._interpreter = interpreter
        self._memory = memory

    @cached_property
    def level(self) -> Level:
        """The strongest level that works here.

        Raises:
            MachineError: A sandbox is required, and none works.
        """
        if self.wish.sandbox == "off":
            return "none"
        found = self._remembered()
        if found["level"] == "none":
            self.refuse_none(found["refused"])
        level: Level = found["level"]
        return level

    @property
    def refused(self) -> dict[str, str]:
        """Why not a stronger level: level to reason."""
        refused: dict[str, str] = {} if self.wish.sandbox == "off" else self._remembered()["refused"]
        return refused

    @property
    def identity(self) -> dict[str, Any]:
        """What enters the key of what ran in it: a weaker level never answers for a stronger one."""
        return {"level": self.level, "network": self.wish.network}

    def refuse_none(self, refused: dict[str, str]) -> None:
        """Where a sandbox is required, say that there is none.

        Raises:
            MachineError: It is required.
        """
        if self.wish.sandbox == "required":
            reasons = "; ".join(f"{level}: {refused[level]}" for level in LEVELS if level in refused)
            raise MachineError(
                f"{self.wish.because}, but no sandbox works on this machine ({reasons})",
                hint=remedies.hint(),
            )

    def _remembered(self) -> dict[str, Any]:
        key = digests.of_value(_circumstances(self.wish.network))
        try:
            known = dict(json.loads(self._memory.read_bytes()))
        except (OSError, ValueError, TypeError):
            known = {}
        if key not in known:
            known = {**known, key: self._tried()}
            # A machine that was busy for a moment is not one without sandboxes.
            if _TOO_SLOW not in known[key]["refused"].values():
                write_whole(self._memory, canonical(known))
        found: dict[str, Any] = known[key]
        return found

    def _tried(self) -> dict[str, Any]:
        refused: dict[str, str] = {}
        for level in LEVELS[:-1]:
            why = self._try(level)
            if why is None:
                return {"level": level, "refused": refused}
            refused[level] = why
        return {"level": "none", "refused": refused}

    def _try(self, level: Level) -> str | None:
        absent = levels.lacking(level)
        if absent is not None:
            return absent
        network = self.wish.network
        with (
            tempfile.TemporaryDirectory() as name,
            canaries.put_out(network=network) as birds,
            verdict.awaited() as awaited,
        ):
            folder = Path(name)
            seen = view.see(self._interpreter, [runtime_folder()], [folder], network=network)
            document = {"landlock": levels.landlock(level, seen, network=network), "canaries": birds.document}
            start = [self._interpreter.python, "-I", "-S", "-B", "-c", _TRY]
            python = [*start, str(runtime_folder()), json.dumps(document), str(awaited.write)]
            done = processes.run(
                levels.command(level, python, seen, {}, network=network),
                cwd=folder,
                env=processes.model_environment(),
                timeout_s=_TRY_S,
                pass_fds=(awaited.write,),
            )
            if done.timed_out:
                return _TOO_SLOW
            return awaited.why_not(done.stderr or f"it ended with code {done.returncode}")


def _circumstances(network: bool) -> list[Any]:  # noqa: FBT001 - one of many values
    tools = []
    for tool in (name for names in levels.TOOLS.values() for name in names):
        path = shutil.which(tool)
        status = os.stat(path) if path else None  # noqa: PTH116 - the path is a command's
        tools.append([path, status and [status.st_size, status.st_mtime_ns, status.st_mode]])
    lines = Path("/proc/self/status").read_text().splitlines()
    status_lines = [line for line in lines if line.startswith(_STATUS)]
    namespace = Path("/proc/self/ns/user").readlink()
    return [
        *(network, os.geteuid(), platform.release(), str(namespace), tools, status_lines),
        remedies.settings(),
    ]
