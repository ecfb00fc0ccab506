"""Runs the capture in the source environment, and tells in sentences what went wrong there."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpk_build.environment import python_path
from mpk_build.environment.diagnosis import catalogue
from mpk_build.environment.diagnosis.failure import Context, Failure
from mpk_build.foundation import processes
from mpk_build.foundation.documents import canonical
from mpk_build.foundation.errors import StageError
from mpk_build.foundation.resources import runtime_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_OF_THE_KERNEL = ("/proc", "/sys", "/dev")
_START = "import sys; sys.path[0] = sys.argv[1]; from mpk_runtime import capture; capture.main(*sys.argv[2:])"


@dataclass(frozen=True)
class SourceProject:
    """The project as the source environment sees it.

    Attributes:
        python: The source environment's Python.
        root: The manifest's folder: the working folder, and first on the path.
        import_roots: All folders that the project's own modules are imported from.
        unwatched: Folders whose files are nobody's input.
        python_path: The folders of the caller's PYTHONPATH, which the source environment does not see.
        source: The file that the source environment is made from, or its Python, as a person would type it.
    """

    python: Path
    root: Path
    import_roots: tuple[Path, ...]
    unwatched: tuple[Path, ...]
    source: str = ""
    python_path: tuple[Path, ...] = ()


def import_roots(root: Path, code_paths: list[Path]) -> tuple[Path, ...]:
    """Where the project's modules are imported from: its root, its ``src``, and beside code that lies elsewhere."""
    roots = [root]
    if (root / "src").is_dir() and not (root / "src" / "__init__.py").exists():
        roots.append(root / "src")
    outside = [path for path in code_paths if not path.resolve().is_relative_to(root.resolve())]
    # Without '..', so that the files of modules can be compared with them.
    roots.extend(Path(os.path.normpath(path)).parent for path in outside)
    return tuple(dict.fromkeys(roots))


def run_step(
    project: SourceProject, step: str, given: dict[str, Any], folder: Path, timeout_s: float
) -> dict[str, Any]:
    """Run one step of `mpk_runtime.capture` and return its report.

    Raises:
        StageError: The model's code failed, hung or died; the message says in which phase, and how to go on.
    """
    with running_step(project, step, given, folder) as report:
        return report(timeout_s)


@contextlib.contextmanager
def running_step(
    project: SourceProject, step: str, given: dict[str, Any], folder: Path, **variables: str
) -> Iterator[Callable[[float], dict[str, Any]]]:
    """A step that runs for as long as the block does; the function that this gets waits for its report.

    It is called with seconds, and raises as `run_step` does. ``variables``: of the environment.
    """
    document = {
        **given,
        "import_roots": [str(path) for path in project.import_roots],
        # Training reads data wherever it lies; what loading and predicting read belongs into the package.
        "watch": ["/"] if step == "make" else [str(path) for path in project.import_roots],
        "unwatched": [*map(str, project.unwatched), str(folder), str(runtime_folder()), *_OF_THE_KERNEL],
    }
    (folder / f"{step}.json").write_bytes(canonical(document))
    log = folder / f"{step}.log"
    # cloudpickle is needed where code goes along by value; the source environment's own comes first on the path.
    command = [str(project.python), "-s", "-c", _START, str(runtime_folder()), step, str(folder)]
    environment = processes.model_environment(**{"HOME": str(Path.home()), **variables})
    with processes.running(command, log=log, cwd=project.root, env=environment) as process:

        def report(timeout_s: float) -> dict[str, Any]:
            code = processes.wait(process, timeout_s)
            if "mirrors" not in given:
                print(log.read_text(errors="replace"), end="")  # noqa: T201 - the stage's log is its standard output
            if code is None:
                who = f"the model did not {_DOING[step]}"
                raise _told(Failure("run", "TimedOut", who, seconds=timeout_s), project)
            return _report(step, code, project, given, folder)

        yield report


def _report(step: str, code: int, project: SourceProject, given: dict[str, Any], folder: Path) -> dict[str, Any]:
    report = folder / f"{step}.out.json"
    if not report.is_file():
        who = f"the process that should {_DOING[step]} the model"
        raise _told(Failure("run", "Ended", who, returncode=code), project)
    result: dict[str, Any] = json.loads(report.read_bytes())
    if not result["ok"]:
        failure, python = Failure.from_document(result["failure"]), str(result["failure"]["python"])
        raise _told(failure, project, python, str(given.get("entrypoint", "")))
    return result


def _told(failure: Failure, project: SourceProject, python: str = "", entrypoint: str = "") -> StageError:
    if failure.type == "ModuleNotFoundError" and failure.module:
        elsewhere = python_path.only_there(failure.module, project.python_path, project.root)
        if elsewhere is not None:
            return elsewhere
    context = Context("source", python, project.root, entrypoint, source=project.source)
    return catalogue.error_for(failure, context) or StageError(failure.message)


_DOING = {"make": "make", "observe": "load and predict", "repeat": "load and predict again"}
