"""Runs the pipeline: every stage in order, from the store where it can be."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from mpk_build.foundation.errors import MpkError, StageError, UsageError
from mpk_build.foundation.resources import data_folder, source_folder
from mpk_build.package.pickles.verdict import TRUSTED
from mpk_build.pipeline.execution import Executor, Ran
from mpk_build.pipeline.history import History
from mpk_build.pipeline.machine import Machine
from mpk_build.pipeline.planning import PlannedStage, Planner
from mpk_build.pipeline.publishing import Publisher
from mpk_build.pipeline.results import BuildResult, Output, StageResult
from mpk_build.pipeline.spec import StageSpec, load_stages
from mpk_build.pipeline.values import Scope
from mpk_build.store.actions import ActionCache, ActionRecord
from mpk_build.store.store import BrokenObjectError, Store, StoredObject

if TYPE_CHECKING:
    from mpk_build.manifest.loading import Project
    from mpk_build.pipeline.options import Options

_PACKAGE = "package"


class Observer(Protocol):
    """Is told how a build goes on."""

    def started(self, stage: str, summary: str, why: str) -> None:
        """A stage begins to run."""

    def finished(self, result: StageResult) -> None:
        """A stage has its result."""


class Build:
    """One build of a project."""

    def __init__(self, project: Project, store: Store, options: Options) -> None:
        self.project = project
        self.store = store
        self.options = options
        self.dist = (options.dist or project.root / "dist").absolute()
        if self.dist.exists() and not self.dist.is_dir():
            raise UsageError(f"{self.dist} is a file; expected a folder for the outputs", hint="-o DIR")
        self.stages = _wanted(load_stages(project.root), project, options.until)
        self.machine = Machine(project, store, options)
        self.history = History(store, project.file)
        self.planner = Planner(project, store, self.machine, self.history, self.dist)
        self.outputs: dict[str, dict[str, StoredObject]] = {}
        self._facts: dict[str, dict[str, Any]] = {}
        self._actions = ActionCache(store)
        self._executor = Executor(project, store, self.machine, self._unwatched())
        self._publisher = Publisher(project, store, self.machine, self.dist, options, self.history)

    def _unwatched(self) -> list[Path]:
        root, source = self.project.root, self.machine.source
        # mpk's own files are in every key already; they lie in the project only where mpk builds an example of its own.
        ours = [source_folder(), data_folder("stages"), data_folder("templates")]
        # What is installed in an environment counts by its list of distributions.
        environments = [configuration.parent for configuration in root.glob("*/pyvenv.cfg")]
        if source.kind == "environment":
            environments += [source.path.parent.parent / name for name in ("bin", "lib", "lib64")]
        published = [self.dist] if self.dist != root else [root / "model", root / "image"]
        own = [root / ".git", Path(sys.prefix) / "lib"]
        # What the project itself lies in would hide all of it.
        found = [*published, *own, *environments, *ours]
        return [path for path in found if not root.is_relative_to(path)]

    def plan(self) -> list[PlannedStage]:
        """What `run` would do."""
        return self.planner.plan(self.stages)

    def run(self, observer: Observer) -> BuildResult:
        """Run the stages until all have a result or one fails."""
        started = time.monotonic()
        try:
            results = self._run_whole(observer)
        finally:
            self.store.stats.save()
        manifest = self.project.manifest
        image = manifest.targets.image
        name = f"{image.name}:{image.tags[0]}" if image else None
        return BuildResult(manifest.name, manifest.version, tuple(results), time.monotonic() - started, name)

    def _run_whole(self, observer: Observer) -> list[StageResult]:
        for _ in self.stages:
            try:
                return self._run_all(observer)
            except BrokenObjectError:
                # What was found broken has been put aside: planned anew, the stage that made it runs again.
                self.outputs.clear()
        return self._run_all(observer)

    def _run_all(self, observer: Observer) -> list[StageResult]:
        results: list[StageResult] = []
        failed: str | None = None
        for spec in self.stages:
            if failed is not None:
                result = StageResult(spec.name, spec.says.summary, "skipped", f"{failed} failed")
            else:
                result = self._run_one(spec, observer)
                failed = spec.name if result.status == "failed" else None
            observer.finished(result)
            results.append(result)
        return results

    def _run_one(self, spec: StageSpec, observer: Observer) -> StageResult:
        try:
            self._require_sandbox(spec)
            planned = self.planner.stage(spec, self.stages, self.outputs)
        except StageError as error:
            return StageResult(spec.name, spec.says.summary, "failed", "it can't be planned", error=error)
        if planned.record is not None and spec.name not in self.options.again:
            return self._cached(planned, planned.record)
        why = planned.why if planned.record is None else "it was asked for"
        observer.started(spec.name, spec.says.summary, why)
        ran = self._executor.run(planned)
        if ran.error is not None:
            return self._failed(planned, why, ran, ran.error)
        self.outputs[spec.name] = ran.outputs
        self._facts[spec.name] = ran.facts
        try:
            paths = self._publisher.publish(spec, ran.outputs, self._scope())
        except MpkError as error:
            return self._failed(planned, why, ran, error)
        self._keep(planned, ran)
        return StageResult(
            spec.name,
            spec.says.summary,
            "built",
            why,
            planned.key,
            ran.seconds,
            _outputs(ran.outputs, paths),
            ran.facts,
            log=ran.log,
        )

    def _require_sandbox(self, spec: StageSpec) -> None:
        """Before a model is loaded whose pickles need that, as far as a stage has told of any."""
        if spec.says.runs_in != "model-env" or self.project.manifest.validation.pickles != "sandbox":
            return
        files = self._facts.get(_PACKAGE, {}).get("pickles", {}).get("files", [])
        untrusted = [one["path"] for one in files if one["kind"] not in TRUSTED]
        if untrusted:
            self.machine.require_sandbox(f"validate: {{pickles: sandbox}} requires one for {', '.join(untrusted)}")

    def _cached(self, planned: PlannedStage, record: ActionRecord) -> StageResult:
        spec = planned.spec
        self.outputs[spec.name] = record.outputs
        self._facts[spec.name] = record.facts
        try:
            paths = self._publisher.publish(spec, record.outputs, self._scope())
        except MpkError as error:
            return StageResult(spec.name, spec.says.summary, "failed", planned.why, planned.key, error=error)
        self.history.remember(spec.name, planned.components or {})
        return StageResult(
            spec.name,
            spec.says.summary,
            "cached",
            planned.why,
            planned.key,
            0.0,
            _outputs(record.outputs, paths),
            record.facts,
        )

    def _failed(self, planned: PlannedStage, why: str, ran: Ran, error: MpkError) -> StageResult:
        name, summary = planned.spec.name, planned.spec.says.summary
        return StageResult(
            name,
            summary,
            "failed",
            why,
            planned.key,
            ran.seconds,
            facts=ran.facts,
            error=error,
            log=ran.log,
        )

    def _keep(self, planned: PlannedStage, ran: Ran) -> None:
        published = {str(self.project.root / f"pylock.{self.project.manifest.name}.toml")}
        discovered: dict[str, str] = {}
        for path in ran.discovered:
            relative = self.planner.relative(Path(path)) + ("/" if path.endswith("/") else "")
            discovered[relative] = self.planner.digest_of(relative)
            if path not in published and _changed_since(Path(path), ran.started_ns):
                # Which content the stage saw can't be told, so its result answers for none.
                return
        expected = (planned.components or {}).get("sandbox")
        if planned.key is None or (expected and expected["level"] != ran.facts["sandbox"]["level"]):
            # Shut in less than the key says, which it therefore does not answer for.
            return
        self._actions.add(planned.key, ActionRecord(ran.outputs, discovered, ran.facts, ran.seconds))
        read = {f"read {path}": digest for path, digest in discovered.items()}
        self.history.remember(planned.spec.name, {**(planned.components or {}), **read})

    def _scope(self) -> Scope:
        stages = {spec.name: spec for spec in self.stages}
        return Scope(self.project.root, self.project.manifest, self.outputs, stages, self.machine.references)


def _wanted(stages: list[StageSpec], project: Project, until: str | None) -> list[StageSpec]:
    targets = project.manifest.targets
    wanted: list[StageSpec] = []
    dropped: set[str] = set()
    for spec in stages:
        if (spec.says.target != "model" and getattr(targets, spec.says.target) is None) or dropped & set(
            spec.says.needs
        ):
            dropped.add(spec.name)
        else:
            wanted.append(spec)
    if until is None:
        return wanted
    names = [spec.name for spec in wanted]
    if until not in names:
        raise UsageError(f"there is no stage '{until}' in this build", hint=f"one of: {', '.join(names)}")
    return wanted[: names.index(until) + 1]


def _outputs(stored: dict[str, StoredObject], paths: dict[str, Path]) -> dict[str, Output]:
    return {name: Output(paths.get(name), one.digest) for name, one in stored.items()}


def _changed_since(path: Path, moment_ns: int) -> bool:
    try:
        return not path.is_dir() and path.stat().st_mtime_ns >= moment_ns
    except OSError:
        return False
