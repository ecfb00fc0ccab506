"""The packaged model with other requirements, for a moment: nothing of the project, the package or its lock changes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpk_build.environment import inference, installing, local_projects, locating, lockfile, resolving
from mpk_build.environment.refusals import NoSuchVersionError, Origin
from mpk_build.environment.sandbox.confinement import OUTPUTS
from mpk_build.foundation.documents import read_json
from mpk_build.foundation.errors import StageError, UsageError
from mpk_build.foundation.resources import data_folder
from mpk_build.pipeline import places
from mpk_build.pipeline.diagnosing import error_of
from mpk_build.pipeline.execution import run_script

if TYPE_CHECKING:
    from mpk_build.environment.lockfile import Lock
    from mpk_build.foundation.errors import MpkError
    from mpk_build.pipeline.building import Build


@dataclass(frozen=True)
class Trial:
    """What became of a package under other requirements.

    Attributes:
        changes: What the lock would pin differently: ``{"name", "before", "after"}``.
        facts: What the validation reported: ``load_s``, ``predict_s``, ``differences``.
        error: Why it did not load or predict the same, or None.
        log: What the process printed.
    """

    changes: list[dict[str, str | None]]
    facts: dict[str, Any]
    error: MpkError | None
    log: Path


def try_overrides(build: Build, overrides: list[str]) -> Trial:
    """Resolve with overrides, make that environment, and replay the package's example in it.

    Args:
        build: A build that has run as far as ``package``.
        overrides: PEP 508; a name that the lock does not have is added.

    Raises:
        StageError: No environment satisfies them.
    """
    outputs = build.outputs
    with build.store.work_folder("override") as work:
        inputs = {
            name: _take(build, outputs[stage][output], work / "in" / name)
            for name, (stage, output) in {
                "package": ("package", "model"),
                "document": ("package", "document"),
                "requests": ("package", "requests"),
                "lock": ("infer-env", "lock"),
                "capture": ("infer-env", "capture"),
                "providers": ("infer-env", "providers"),
                "imported": ("infer-env", "imported"),
                "wheels": ("infer-env", "wheels"),
            }.items()
        }
        before = lockfile.parse(Path(inputs["lock"]).read_text(), "the lock")
        wheels = Path(inputs.pop("wheels"))
        requested = _requested(build, before, read_json(Path(inputs.pop("capture")))["requirements"], overrides)
        lock = _resolve(local_projects.carrying(requested, before, wheels))
        caches = build.machine.caches
        located = locating.located(lock.text, wheels, caches)
        wanted = build.machine.wanted(tuple(read_json(Path(inputs.pop("imported")))))
        python = installing.ensure_environment(located, build.machine.interpreter, caches / "environments", wanted)
        log = build.store.folder("logs") / f"{build.project.manifest.name}-override.log"
        log.unlink(missing_ok=True)
        script = data_folder("stages") / "validate.py"
        document = {
            "stage": "validate",
            "script": str(script),
            "inputs": inputs,
            "params": {},
            "outputs": {name: str(work / OUTPUTS / f"{name}.json") for name in ("report", "libraries")},
            "cache": str(build.machine.caches),
            "timeout_s": build.project.manifest.validation.timeout,
            "watch": [],
            "unwatched": [],
        }
        result: dict[str, Any] = {"facts": {}}
        error: MpkError | None
        try:
            result = run_script(places.isolated(python, build.machine, work, [script]), document, work, log)
            error = error_of(result, build.project, inputs)
        except StageError as raised:
            error = raised
        return Trial(lockfile.difference(before.versions, lock.versions), result["facts"], error, log)


def check(overrides: list[str]) -> None:
    """Refuse what is no requirement, before anything runs.

    Raises:
        UsageError: One is not PEP 508.
    """
    from packaging.requirements import InvalidRequirement, Requirement

    for override in overrides:
        try:
            Requirement(override)
        except InvalidRequirement as error:
            raise UsageError(
                f"--override '{override}' is not a requirement: {str(error).splitlines()[0]}",
                hint="mpk validate --override 'numpy<2'",
            ) from None


def _take(build: Build, stored: Any, target: Path) -> str:
    target.parent.mkdir(parents=True, exist_ok=True)
    build.store.take(stored, target)
    return str(target)


def _requested(build: Build, before: Lock, requirements: list[str], overrides: list[str]) -> resolving.Request:
    from packaging.requirements import Requirement

    manifest = build.project.manifest.requirements
    names = {inference.normalised(Requirement(one).name): one for one in overrides}
    added = [one for name, one in names.items() if name not in before.versions]
    kept = [one for one in manifest.override if inference.normalised(Requirement(one).name) not in names]
    constraints = manifest.constraints
    lines = Path(build.project.root, constraints).read_text(errors="replace").splitlines() if constraints else []
    return resolving.Request(
        requirements=(*requirements, *added),
        python=build.machine.interpreter.minor,
        overrides=(*kept, *overrides),
        constraints=tuple(lines),
        preferred=before.versions,
        exclude_newer=manifest.exclude_newer,
        origins=tuple(Origin(one, "--override") for one in overrides),
    )


def _resolve(request: resolving.Request) -> Lock:
    try:
        return resolving.resolve(request)
    except NoSuchVersionError as error:
        hint = f"mpk validate --override '{error.instead}'" if error.instead else error.hint
        raise StageError(error.message, hint=hint) from None
