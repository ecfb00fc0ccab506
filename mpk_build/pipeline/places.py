"""Where a stage's script runs: which Python, and with what around it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpk_build.environment import installing, locating, lockfile, source
from mpk_build.environment.sandbox import view
from mpk_build.environment.sandbox.confinement import OUTPUTS, RESULT, TEMPORARY, Confinement
from mpk_build.foundation import processes
from mpk_build.foundation.documents import read_json
from mpk_build.foundation.errors import StageError
from mpk_build.foundation.resources import runtime_folder
from mpk_build.pipeline.machine import LOCAL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mpk_build.environment.interpreters import Interpreter
    from mpk_build.environment.sandbox.ladder import Ladder
    from mpk_build.manifest.loading import Project
    from mpk_build.pipeline.machine import Machine

_RUN = "from mpk_runtime import stage; stage.run_file(sys.argv[2])"
_START = f"import sys; sys.path[0] = sys.argv[1]; {_RUN}"
# The model's own process sees the runtime, its environment and the standard library: no user site, no working folder.
_START_ISOLATED = f"import sys; sys.path.insert(0, sys.argv[1]); {_RUN}"


@dataclass(frozen=True)
class Place:
    """How to start a script: the command before its folder, the variables and the working folder; or shut in."""

    command: tuple[str, ...]
    env: dict[str, str]
    cwd: Path
    confinement: Confinement | None = None


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


def model_env(inputs: dict[str, Any], machine: Machine, work: Path, given: Iterable[Path]) -> Place:
    """A Python in an environment made from a lock, and the wheels that it may name, alone; shut in.

    With the manager ``local`` that is the source environment's.

    Args:
        inputs: Those of the stage: ``lock``, the folder ``wheels`` where the lock names some in it, and perhaps
            ``imported``, the modules that will be imported.
        machine: This machine.
        work: The stage's work folder.
        given: What the stage is handed besides, outside of its work folder.

    Raises:
        StageError: The stage has no input ``lock``, or no ``wheels`` where that names some.
    """
    if not isinstance(inputs.get("lock"), str):
        raise StageError("a stage that runs in model-env needs an input 'lock'")
    wheels = Path(str(inputs.get("wheels", work / lockfile.WHEELS)))
    text = locating.located(Path(inputs["lock"]).read_text(), wheels, machine.caches)
    if machine.manager == LOCAL:
        python = source.ensure(
            machine.source, machine.interpreter, machine.caches / "environments", lockfile.parse(text, "the lock")
        )
        return isolated(python, machine.interpreter, machine.sandbox, work, given)
    modules = read_json(Path(inputs["imported"])) if isinstance(inputs.get("imported"), str) else []
    wanted = machine.wanted(tuple(modules))
    python = installing.ensure_environment(text, machine.interpreter, machine.caches / "environments", wanted)
    return isolated(python, machine.interpreter, machine.sandbox, work, given)


def isolated(python: Path, made_with: Interpreter, sandbox: Ladder, work: Path, given: Iterable[Path]) -> Place:
    """A Python that sees nothing of this machine but its own environment, the runtime and what it is given."""
    folders = [work / name for name in (OUTPUTS, RESULT, TEMPORARY)]
    for folder in folders:
        folder.mkdir(exist_ok=True)
    command = (str(python), "-I", "-B", "-c", _START_ISOLATED, str(runtime_folder()))
    # Not asked: it would run the .pth files of what is installed, and is not shut in yet.
    interpreter = replace(made_with, python=str(python), prefix=str(python.parent.parent))
    seen = view.see(interpreter, [runtime_folder(), work, *given], folders, network=sandbox.wish.network)
    confinement = Confinement(sandbox, command, seen, work)
    return Place(command, {}, work, confinement)
