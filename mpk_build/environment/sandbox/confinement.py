"""A Python that runs a stage's script shut in, at the strongest level that holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mpk_build.environment.sandbox import canaries, levels, verdict
from mpk_build.environment.sandbox.levels import LEVELS
from mpk_build.foundation import processes
from mpk_build.foundation.documents import canonical
from mpk_build.foundation.resources import runtime_folder

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.environment.sandbox.canaries import Canaries
    from mpk_build.environment.sandbox.ladder import Ladder
    from mpk_build.environment.sandbox.levels import Level
    from mpk_build.environment.sandbox.verdict import Verdict
    from mpk_build.environment.sandbox.view import View
    from mpk_build.foundation.processes import Finished

OUTPUTS, RESULT, TEMPORARY = "out", "result", "tmp"
"""The folders in a stage's work folder that its process can change."""
_TAIL_BYTES = 4096
_ITS_OWN = ("/proc", "/dev")
# Without 'site', which would run what the environment's packages have in their .pth files before anything is shut in.
_FIRST = ("-I", "-S", "-B", "-c")
_SHUT_IN = (
    "import sys; sys.path.insert(0, sys.argv[1]); from mpk_runtime import confinement; "
    "confinement.start(sys.argv[2], int(sys.argv[3]), sys.argv[4:])"
)


@dataclass(frozen=True)
class Confined:
    """How a process ended, and how it was shut in.

    Attributes:
        finished: Its end; one by a signal has a negative code at every level.
        facts: ``{"level", "canaries": which were out of reach, "refused": {stronger level: why not}}``.
    """

    finished: Finished
    facts: dict[str, Any]


@dataclass(frozen=True)
class Confinement:
    """A Python to be shut in.

    Attributes:
        ladder: The levels of this machine.
        python: The command, up to the work folder.
        view: What it sees.
        work: The work folder.
    """

    ladder: Ladder
    python: tuple[str, ...]
    view: View
    work: Path

    def run(self, document: dict[str, Any], log: Path) -> Confined:
        """Run it at the first level that holds, from the strongest that works here downwards.

        Raises:
            MachineError: A sandbox is required, and none holds.
        """
        refused = dict(self.ladder.refused)
        network = self.ladder.wish.network
        first = LEVELS.index(self.ladder.level)
        with canaries.put_out(network=network) as birds:
            for level in LEVELS[first:-1]:
                absent = levels.lacking(level)
                if absent is not None:
                    refused[level] = absent
                    continue
                log.unlink(missing_ok=True)
                with verdict.awaited() as awaited:
                    finished = self._shut_in(level, {**document, "sandbox": self._sandbox(level, birds)}, log, awaited)
                    why = None if finished.timed_out else awaited.why_not(_tail(log))
                if why is None:
                    return Confined(finished, _facts(level, birds.names, refused))
                refused[level] = why
        self.ladder.refuse_none(refused)
        log.unlink(missing_ok=True)
        return Confined(self._start("none", self._command, document, log, ()), _facts("none", [], refused))

    @property
    def _command(self) -> list[str]:
        return [*self.python, str(self.work)]

    def _sandbox(self, level: Level, birds: Canaries) -> dict[str, Any]:
        landlock = levels.landlock(level, self.view, network=self.ladder.wish.network)
        visible = [*map(str, self.view.read), *map(str, self.view.write), *map(str, self.view.links), *_ITS_OWN]
        return {"landlock": landlock, "canaries": birds.document, "visible": visible}

    def _shut_in(self, level: Level, document: dict[str, Any], log: Path, awaited: Verdict) -> Finished:
        first = [self.python[0], *_FIRST, _SHUT_IN, str(runtime_folder()), str(self.work), str(awaited.write)]
        finished = self._start(level, [*first, *self._command], document, log, (awaited.write,))
        return finished if level == "landlock" else finished.of_a_shell()

    def _start(
        self, level: Level, python: list[str], document: dict[str, Any], log: Path, pass_fds: tuple[int, ...]
    ) -> Finished:
        (self.work / "input.json").write_bytes(canonical(document))
        # A home of its own, and empty: what a library keeps in the person's is nothing that the model may need.
        home = str(self.work / TEMPORARY)
        temporary = "/tmp" if level == "bubblewrap" else home  # noqa: S108 - the sandbox's own
        env = processes.model_environment(HOME=home, TMPDIR=temporary, USER="model", LOGNAME="model")
        command = levels.command(level, python, self.view, env, network=self.ladder.wish.network)
        timeout_s = document["timeout_s"]
        return processes.run(command, cwd=self.work, env=env, timeout_s=timeout_s, log=log, pass_fds=pass_fds)


def _facts(level: Level, names: list[str], refused: dict[str, str]) -> dict[str, Any]:
    return {"level": level, "canaries": names, **({"refused": refused} if refused else {})}


def _tail(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            return file.read().decode(errors="replace")
    except OSError:
        return ""
