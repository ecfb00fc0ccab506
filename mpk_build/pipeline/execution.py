"""Runs one stage: lays out its inputs, starts its process, takes in its outputs."""

from __future__ import annotations

import shutil
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mpk_build.environment.diagnosis.failure import Failure
from mpk_build.environment.sandbox.confinement import OUTPUTS, RESULT
from mpk_build.foundation import processes
from mpk_build.foundation.digests import of_bytes
from mpk_build.foundation.documents import canonical, read_json
from mpk_build.foundation.errors import MachineError, MpkError, StageError
from mpk_build.pipeline import places, values
from mpk_build.pipeline.diagnosing import StageBugError, died, error_of

if TYPE_CHECKING:
    from pathlib import Path

    from mpk_build.manifest.loading import Project
    from mpk_build.pipeline.machine import Machine
    from mpk_build.pipeline.places import Place
    from mpk_build.pipeline.planning import PlannedStage
    from mpk_build.store.store import Store, StoredObject

# Below this a result of a stage may not have fitted on the disk.
_LEAST_FREE_BYTES = 2**20


@dataclass(frozen=True)
class Ran:
    """What a stage's process left.

    Attributes:
        outputs: Name to object.
        facts: What it reported.
        discovered: Absolute paths that it read undeclared; a folder that it listed ends in a slash.
        error: Why it failed, or None.
        started_ns: When it started, to tell files that changed meanwhile.
        seconds: How long it took.
        log: What it printed.
    """

    outputs: dict[str, StoredObject]
    facts: dict[str, Any]
    discovered: list[str]
    error: MpkError | None
    started_ns: int
    seconds: float
    log: Path


class Executor:
    """Runs stages of one project."""

    def __init__(self, project: Project, store: Store, machine: Machine, unwatched: list[Path]) -> None:
        self._project = project
        self._store = store
        self._machine = machine
        self._unwatched = [*unwatched, store.root]

    def run(self, planned: PlannedStage) -> Ran:
        """Run a stage to its end, whatever that is.

        Raises:
            BrokenObjectError: An input is no longer whole in the store.
        """
        name = planned.spec.name
        started, started_ns = time.monotonic(), time.time_ns()
        log = (
            self._store.folder("logs")
            / f"{self._project.manifest.name}-{of_bytes(bytes(self._project.file))[7:15]}-{name}.log"
        )
        log.unlink(missing_ok=True)
        with self._store.work_folder(name) as work:
            document: dict[str, Any] = {"facts": {}, "discovered": []}
            outputs: dict[str, StoredObject] = {}
            error: MpkError | None = None
            try:
                document = self._process(planned, work, log)
                error = self._error(document, planned, log)
                if error is None:
                    outputs = {name: self._store.put(file) for name, file in self._written(planned, work)}
            except MpkError as raised:
                error = raised
            discovered = document["discovered"]
        seconds = time.monotonic() - started
        return Ran(outputs, document.get("facts", {}), discovered, error, started_ns, seconds, log)

    def _process(self, planned: PlannedStage, work: Path, log: Path) -> dict[str, Any]:
        (work / OUTPUTS).mkdir()
        taken: list[Path] = []

        def take(stored: StoredObject) -> Path:
            taken.append(work / "in" / str(len(taken)) / "input")
            taken[-1].parent.mkdir(parents=True)
            self._store.take(stored, taken[-1])
            return taken[-1]

        inputs = values.handed(planned.inputs, take)
        place = self._place(planned, inputs, work)
        says = planned.spec.says
        document = {
            "stage": says.stage,
            "script": str(planned.spec.script),
            "inputs": inputs,
            "params": values.handed(planned.params, take),
            "outputs": {name: str(work / OUTPUTS / file) for name, file in says.outputs.items()},
            "cache": str(self._machine.caches),
            "timeout_s": planned.timeout_s,
            "watch": [str(self._project.root)],
            "unwatched": [str(path) for path in self._unwatched],
        }
        return {**run_script(place, document, work, log), "inputs": inputs}

    def _place(self, planned: PlannedStage, inputs: dict[str, Any], work: Path) -> Place:
        where = planned.spec.says.runs_in
        if where == "host":
            return places.host(work)
        if where == "source-env":
            return places.source_env(self._project, self._machine)
        given = [planned.spec.script, *values.paths([planned.inputs, planned.params])]
        return places.model_env(inputs, self._machine, work, given)

    def _written(self, planned: PlannedStage, work: Path) -> list[tuple[str, Path]]:
        outputs = [(name, work / OUTPUTS / file) for name, file in planned.spec.says.outputs.items()]
        for name, file in outputs:
            if not file.exists():
                raise StageError(f"the stage {planned.spec.name} did not write its output '{name}'")
        return outputs

    def _error(self, document: dict[str, Any], planned: PlannedStage, log: Path) -> MpkError | None:
        error = error_of(
            document, document["inputs"], self._project.root, self._project.manifest.model.entrypoint or ""
        )
        ours = planned.spec.builtin and planned.spec.says.runs_in == "host"
        if error is not None and ours and document["error"]["exit_code"] is None:
            message = f"the stage {planned.spec.name} failed in mpk itself: {error.message}"
            return StageBugError(message, hint=f"report it with its log: {log}")
        return error


def run_script(place: Place, document: dict[str, Any], work: Path, log: Path) -> dict[str, Any]:
    """Run a stage's script in a place and return its ``output.json``; see `mpk_runtime.stage` for both documents.

    One that ran shut in has among its facts how, ``sandbox`` (see `Confined.facts`), and what it tried to reach
    outside, ``attempted``.

    Raises:
        StageError: Its process took too long, or ended without a result.
        MachineError: A sandbox is required, and none holds; or the disk is full.
    """
    name, timeout_s = document["stage"], document["timeout_s"]
    sandbox: dict[str, Any] = {}
    (work / RESULT).mkdir(exist_ok=True)
    if place.confinement is not None:
        confined = place.confinement.run(document, log)
        finished, sandbox = confined.finished, {"sandbox": confined.facts}
    else:
        (work / "input.json").write_bytes(canonical(document))
        command = [*place.command, str(work)]
        finished = processes.run(command, cwd=place.cwd, env=place.env, timeout_s=timeout_s, log=log)
    if finished.timed_out:
        raise died(Failure("run", "TimedOut", f"the stage {name} did not end", seconds=timeout_s), log)
    output = work / RESULT / "output.json"
    if not output.is_file() and shutil.disk_usage(work).free < _LEAST_FREE_BYTES:
        hint = "mpk cache clear, or set MPK_CACHE to a folder with more room"
        raise MachineError(f"No space left on device: {work.parent}", hint=hint)
    if not output.is_file():
        raise died(Failure("run", "Ended", f"the process of the stage {name}", returncode=finished.returncode), log)
    result = _result(output, name, log)
    attempted = {"attempted": result["attempted"]} if result.get("attempted") else {}
    result["facts"].update({**sandbox, **attempted})
    return result


def _result(output: Path, stage: str, log: Path) -> dict[str, Any]:
    # The model's code runs in the process that writes it.
    try:
        result: dict[str, Any] = {} if output.is_symlink() else read_json(output)
        whole = isinstance(result["facts"], dict) and isinstance(result["discovered"], list)
        if whole and (result["ok"] or isinstance(result["error"]["message"], str)):
            return result
    except (ValueError, KeyError, TypeError):
        pass
    raise StageError(
        f"the process of the stage {stage} left a result that can't be read", evidence=(f"its log is {log}",)
    )
