"""Where a stage's script runs: which Python, and with what around it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mpk_build.environment import installing, lockfile, source
from mpk_build.foundation import processes
from mpk_build.foundation.errors import StageError
from mpk_build.foundation.resources import runtime_folder

if TYPE_CHECKING:
    from mpk_build.manifest.loading import Project
    from mpk_build.pipeline.machine import Machine

_RUN = "from mpk_runtime import stage; stage.run_file(sys.argv[2])"
_START = f"import sys; sys.path[0] = sys.argv[1]; {_RUN}"
# The model's own process sees the runtime, its environment and the standard library: no user site, no working folder.
_START_ISOLATED = f"import sys; sys.path.insert(0, sys.argv[1]); {_RUN}"


@dataclass(frozen=True)
class Place:
    """How to start a script: the command before its folder, the variables and the working folder."""

    command: tuple[str, ...]
    env: dict[str, str]
    cwd: Path


def host(work: Path) -> Place:
    """Mpk's own Python, with mpk on the path."""
    folder = str(Path(__file__).resolve().parent.parent.parent)
    start = f"import sys; sys.path[0:1] = [sys.argv[1], {folder!r}]; {_RUN}"
    command = (sys.executable, "-s", "-B", "-c", start, str(runtime_folder()))
    return Place(command, processes.tool_environment(PYTHONHASHSEED="0"), work)


def source_env(project: Project, machine: Machine) -> Place:
    """The Python of the source environment, in the project's folder."""
    committed = project.root / f"pylock.{project.manifest.name}.toml"
    lock = lockfile.parse(committed.read_text(), committed.name) if committed.is_file() else None
    python = source.ensure(machine.source, machine.interpreter, machine.caches / "environments", lock)
    command = (str(python), "-s", "-c", _START, str(runtime_folder()))
    return Place(command, processes.model_environment(HOME=str(Path.home())), project.root)


def model_env(lock: object, machine: Machine, work: Path) -> Place:
    """A Python in an environment made from a lock alone, started isolated.

    Raises:
        StageError: The stage has no input ``lock``.
    """
    if not isinstance(lock, str):
        raise StageError("a stage that runs in model-env needs an input 'lock'")
    text = Path(lock).read_text()
    python = installing.ensure_environment(text, machine.interpreter, machine.caches / "environments")
    return isolated(python, work)


def isolated(python: Path, work: Path) -> Place:
    """A Python that sees nothing of this machine but its own environment and the runtime."""
    command = (str(python), "-I", "-c", _START_ISOLATED, str(runtime_folder()))
    return Place(command, processes.model_environment(HOME=str(work)), work)
