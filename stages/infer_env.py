"""Finds what the model needs and locks it; see `mpk_build.environment`."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpk_build.environment import capturing, diagnosis, inference, lockfile, resolving, source
from mpk_build.environment.inference import Installed, Module, Need
from mpk_build.environment.interpreters import Interpreters
from mpk_build.foundation.documents import pretty
from mpk_build.foundation.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mpk_runtime.stage import Stage

_OWN_CODE = (".py", ".so")


def run(stage: Stage) -> None:
    """Make the model in its source environment, watch it load and predict, resolve what it needs."""
    inputs, params = stage.inputs, stage.params
    root = Path(inputs["project"])
    committed = root / f"pylock.{params['name']}.toml"
    lock = committed.read_text() if committed.is_file() else None
    place = source.Source(inputs["source"]["kind"], Path(inputs["source"]["path"]))
    cache = Path(stage.cache)
    interpreter = Interpreters(cache / "interpreters.json").inspect(Path(inputs["interpreter"]))
    python = source.ensure(place, interpreter, cache / "environments", lock)
    project = capturing.SourceProject(
        python=python,
        root=root,
        import_roots=capturing.import_roots(root, [Path(path) for path in inputs["code_paths"]]),
        unwatched=tuple(Path(path) for path in stage.unwatched),
    )
    with tempfile.TemporaryDirectory() as folder:
        observed, opened = _capture(stage, project, Path(folder))
    stage.depends_on(opened)
    installed = Installed(observed["site"])
    needs, own = inference.infer(
        (Module(**one) for one in observed["modules"] if _is_library(one, observed)), installed
    )
    own, carried = _without_carried(own)
    _refuse_strangers(own, project)
    needs += carried
    requirements = _requirements(params, needs)
    names = [inference.normalised(name) for name in _names(requirements)]
    closure = {name for top in names for name in installed.closure(top)}
    request = resolving.Request(
        requirements=tuple(requirements),
        overrides=tuple(params["override"]),
        constraints=_constraint_lines(inputs["constraints"]),
        preferred={name: version for name, version in installed.versions.items() if name in closure},
        python=interpreter.minor,
    )
    locked = lockfile.parse(lock, committed.name) if lock else None
    reused = locked is not None and locked.made_from == request.digest
    if locked is None or not reused:
        locked = resolving.resolve(request)
    Path(stage.outputs["lock"]).write_text(locked.text)
    Path(stage.outputs["capture"]).write_text(pretty(_report(observed, own, stage, requirements)))
    Path(stage.outputs["providers"]).write_text(pretty(diagnosis.providers(installed.by_module())))
    stage.facts.update(
        python=observed["python"],
        requirements=requirements,
        needs=[vars(need) for need in needs],
        packages=len(locked.versions),
        lock="kept" if reused else "resolved",
        moved=[
            one for one in lockfile.difference(request.preferred, locked.versions) if one["before"] and one["after"]
        ],
    )


def _capture(stage: Stage, project: capturing.SourceProject, folder: Path) -> tuple[dict[str, Any], list[str]]:
    inputs, params = stage.inputs, stage.params
    saved = Path(stage.outputs["model"])
    saved.mkdir()
    carried = _carry_cloudpickle(folder)
    common = {"model": str(saved), "carried": str(carried)}
    made = capturing.run_step(project, "make", {**common, "entrypoint": params["entrypoint"]}, folder, stage.timeout_s)
    function = made["flavors"]["python_function"]
    description = saved / "python_model.json"
    if "python_model" in made:
        description.write_text(pretty({**made["python_model"], "artifacts": inputs["artifacts"]}))
    given = {
        **common,
        "document": {"flavors": {**made["flavors"], "python_function": {**function, "config": params["config"]}}},
        "example": inputs["input_example"],
        "params": params["params"],
    }
    observed = capturing.run_step(project, "observe", given, folder, params["timeout"])
    description.unlink(missing_ok=True)
    kept: dict[str, Any] = {name: made[name] for name in ("flavors", "kind", "python_model") if name in made}
    observed["read"] = observed["opened"]
    return {**observed, **kept}, [*made["opened"], *observed["opened"]]


def _carry_cloudpickle(folder: Path) -> Path:
    # For a model whose code goes along by value, where the source environment has no cloudpickle of its own.
    carried = folder / "carried"
    spec = importlib.util.find_spec("cloudpickle")
    if spec is not None and spec.origin is not None:
        shutil.copytree(Path(spec.origin).parent, carried / "cloudpickle", ignore=shutil.ignore_patterns("__pycache__"))
    return carried


def _without_carried(own: list[Module]) -> tuple[list[Module], list[Need]]:
    kept = [module for module in own if module.name.split(".")[0] != "cloudpickle"]
    version = importlib.metadata.version("cloudpickle")
    needed = [Need("cloudpickle", version, "loading", "cloudpickle", None)] if len(kept) < len(own) else []
    return kept, needed


def _refuse_strangers(own: list[Module], project: capturing.SourceProject) -> None:
    for module in own:
        file = Path(module.file)
        inside = any(file.is_relative_to(root) for root in project.import_roots)
        if not inside or any(file.is_relative_to(folder) for folder in project.unwatched):
            raise StageError(
                f"the model imports '{module.name}' from {file}, which is in no distribution and not in the project",
                hint="install it there from a package, or add its folder to model: {code_paths: [...]}",
            )


def _is_library(module: dict[str, Any], observed: dict[str, Any]) -> bool:
    file = str(module["file"])
    in_stdlib = any(file.startswith(f"{folder}/") for folder in observed["stdlib"])
    return not in_stdlib or "/site-packages/" in file or "/dist-packages/" in file


def _requirements(params: dict[str, Any], needs: list[Need]) -> list[str]:
    found = [f"{need.name}=={need.version}" for need in needs if need.required_by is None]
    asked = found if params["pip"] is None else params["pip"]
    return inference.merged(asked, params["extra"])


def _names(requirements: list[str]) -> list[str]:
    from packaging.requirements import Requirement

    return [Requirement(one).name for one in requirements]


def _constraint_lines(path: str | None) -> tuple[str, ...]:
    return tuple(Path(path).read_text().splitlines()) if path else ()


def _report(observed: dict[str, Any], own: list[Module], stage: Stage, requirements: list[str]) -> dict[str, Any]:
    root = Path(stage.inputs["project"])
    modules = sorted((module for module in own if module.file.endswith(_OWN_CODE)), key=lambda one: one.name)
    kept = ("flavors", "kind", "python_model", "predictions", "signature", "example", "python")
    return {
        **{name: observed[name] for name in kept if name in observed},
        "requirements": requirements,
        "own_modules": [{"name": one.name, "file": _relative(Path(one.file), root)} for one in modules],
        "own_files": sorted({_relative(file, root) for file in _data_files(observed, modules, stage)}),
    }


def _data_files(observed: dict[str, Any], modules: list[Module], stage: Stage) -> Iterator[Path]:
    """What the model read of the project besides modules, and what lies in the folders that it listed."""
    inputs = stage.inputs
    roots = capturing.import_roots(Path(inputs["project"]), [Path(path) for path in inputs["code_paths"]])
    declared = [Path(path) for path in (*_files_of(inputs["artifacts"]), *_files_of(inputs["input_example"]))]
    imported = {Path(module.file) for module in modules}
    for read in map(Path, observed["read"]):
        # A folder of modules holds more than the model's own files; what it reads there it has read by name.
        listed = read.is_dir() and read not in roots
        for file in sorted(read.iterdir()) if listed else [read]:
            named = any(file.is_relative_to(one) for one in declared)
            if file.is_file() and file not in imported and file.suffix != ".pyc" and not named:
                yield file


def _files_of(value: dict[str, Any]) -> list[str]:
    return [one for one in value.values() if isinstance(one, str) and Path(one).is_absolute()]


def _relative(path: Path, root: Path) -> str:
    return Path(os.path.relpath(path, root)).as_posix()
