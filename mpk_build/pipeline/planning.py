"""What a build would do, found out without doing any of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mpk_build.foundation import digests
from mpk_build.pipeline import values
from mpk_build.pipeline.machine import LOCAL
from mpk_build.pipeline.values import Scope, UnknownYetError
from mpk_build.store.actions import ActionCache, ActionRecord

if TYPE_CHECKING:
    from mpk_build.manifest.loading import Project
    from mpk_build.pipeline.history import History
    from mpk_build.pipeline.machine import Machine
    from mpk_build.pipeline.spec import StageSpec
    from mpk_build.store.store import Store, StoredObject


@dataclass(frozen=True)
class PlannedStage:
    """What is known of a stage before it runs.

    Attributes:
        spec: Its declaration.
        status: ``cached``, ``run``, or ``unknown`` until an earlier stage has run.
        why: In a few words.
        key: The digest of ``components``, or None while unknown.
        components: Name to digest or value of everything in the key.
        inputs: The resolved inputs.
        params: The resolved params.
        record: The result to use again, if it is cached.
    """

    spec: StageSpec
    status: Literal["cached", "run", "unknown"]
    why: str
    key: str | None = None
    components: dict[str, Any] | None = None
    inputs: Any = None
    params: Any = None
    timeout_s: float = 0
    record: ActionRecord | None = None


class Planner:
    """Plans the stages of one project, one after the other."""

    def __init__(self, project: Project, store: Store, machine: Machine, history: History, dist: Path) -> None:
        self._dist = dist
        self._project = project
        self._store = store
        self._machine = machine
        self._history = history
        self._actions = ActionCache(store)

    def plan(self, stages: list[StageSpec]) -> list[PlannedStage]:
        """The plan for all stages, the real keys propagated as far as results are there."""
        outputs: dict[str, dict[str, StoredObject]] = {}
        planned = []
        for spec in stages:
            stage = self.stage(spec, stages, outputs)
            if stage.record is not None:
                outputs[spec.name] = stage.record.outputs
            planned.append(stage)
        return planned

    def stage(
        self, spec: StageSpec, stages: list[StageSpec], outputs: dict[str, dict[str, StoredObject]]
    ) -> PlannedStage:
        """The plan for one stage, given the outputs of those before it."""
        scope = Scope(
            self._project.root,
            self._project.manifest,
            outputs,
            {one.name: one for one in stages},
            self._machine.references,
            (self._dist,),
        )
        says = spec.says
        try:
            inputs = values.resolve(says.inputs, scope, spec, ("inputs",))
            params = values.resolve(says.params, scope, spec, ("params",))
            timeout_s = float(values.resolve(says.timeout_s, scope, spec, ("timeout_s",)))
        except UnknownYetError as unknown:
            return PlannedStage(spec, "unknown", f"unknown until {unknown.stage} has run")
        components = self._components(spec, inputs, params, scope)
        key = digests.of_value(components)
        record = self._actions.find(key, self.digest_of)
        seen = {
            **components,
            **{f"read {path}": digest for path, digest in (record.discovered if record else {}).items()},
        }
        why = "nothing changed" if record else self._why(spec, key, components)
        return PlannedStage(spec, "cached" if record else "run", why, key, seen, inputs, params, timeout_s, record)

    def digest_of(self, path: str) -> str:
        """The digest of a discovered input now; a path that ends in a slash is the listing of a folder."""
        full = self._project.root / path
        try:
            if path.endswith("/"):
                return digests.of_names(full, self._not_listed)
            return self._store.stats.digest(full) if full.is_file() else digests.ABSENT
        except OSError:
            return digests.ABSENT

    @property
    def _not_listed(self) -> frozenset[str]:
        return frozenset({self._dist.name, f"pylock.{self._project.manifest.name}.toml"})

    def _components(self, spec: StageSpec, inputs: Any, params: Any, scope: Scope) -> dict[str, Any]:
        file_digest = self._store.stats.digest
        components: dict[str, Any] = {
            "declaration": digests.of_value([spec.says.runs_in, spec.says.outputs]),
            "script": file_digest(spec.script),
            "mpk": self._machine.host_digest if spec.says.runs_in == "host" else self._machine.runtime_digest,
            "python": self._python(spec).identity,
        }
        if spec.says.runs_in == "source-env":
            components["source environment"] = self._machine.source_identity
        if spec.says.runs_in == "model-env":
            components["environment made by"] = self._machine.manager
            if self._machine.manager == LOCAL:
                components["source environment"] = self._machine.source_identity
            components["sandbox"] = self._machine.sandbox.identity
        for kind, tree in (("input", inputs), ("param", params)):
            for name, value in tree.items():
                components[f"{kind} {name}"] = values.identity(value, scope, file_digest)
        return components

    def _python(self, spec: StageSpec) -> Any:
        return self._machine.own_interpreter if spec.says.runs_in == "host" else self._machine.interpreter

    def _why(self, spec: StageSpec, key: str, components: dict[str, Any]) -> str:
        before = self._history.components(spec.name)
        if before is None:
            return "it has not run for this project yet"
        changed = self.changes(spec, components)
        if changed:
            return f"{changed[0]} changed" + (f", and {len(changed) - 1} more" if len(changed) > 1 else "")
        return "its result is no longer in the store" if self._actions.variants(key) else "its last run did not succeed"

    def changes(self, spec: StageSpec, components: dict[str, Any]) -> list[str]:
        """What differs between the key now and the one of the last build: names of components."""
        before = self._history.components(spec.name) or {}
        names = [
            name
            for name in sorted(before.keys() | components.keys())
            if not name.startswith("read ") and before.get(name) != components.get(name)
        ]
        read = [
            name for name in sorted(before) if name.startswith("read ") and self.digest_of(name[5:]) != before[name]
        ]
        return [_shown(name) for name in [*names, *read]]

    def relative(self, path: Path) -> str:
        """A discovered path as records hold it: relative to the project where it lies in it or beside its code."""
        root = self._project.root
        given = self._project.manifest.model.code_paths
        roots = (root, *(Path(os.path.normpath(root / one)).parent for one in given))
        beside = any(path.is_relative_to(one) for one in roots)
        return Path(os.path.relpath(path, root)).as_posix() if beside else str(path)


def _shown(component: str) -> str:
    kind, _, name = component.partition(" ")
    if kind == "read":
        return "the list of files in " + name if name.endswith("/") else name
    return {
        "declaration": "the stage's declaration",
        "script": "the stage's script",
        "mpk": "mpk itself",
        "python": "the Python that runs it",
        "source": "the source environment",
        "environment": "what makes the environment",
        "sandbox": "the sandbox",
    }.get(kind, f"the {kind} '{name}'")
