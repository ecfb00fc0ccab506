"""Finds what the model needs and locks it; see `mpk_build.environment`."""

from __future__ import annotations

import contextlib
import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpk_build.environment import (
    capturing,
    elsewhere,
    explaining,
    imported,
    inference,
    local_projects,
    lockfile,
    locking,
    names,
    observing,
    own_files,
    source,
)
from mpk_build.environment.conda.solving import conda_lock
from mpk_build.environment.installed import Installed
from mpk_build.environment.interpreters import Interpreters
from mpk_build.environment.sources import choosing
from mpk_build.environment.sources import package as taken_package
from mpk_build.foundation.documents import pretty
from mpk_build.manifest import declared_params
from mpk_build.package import reading
from mpk_build.package.code import leaving_out
from mpk_build.package.pickles import checking
from mpk_build.package.pickles.verdict import verdict

if TYPE_CHECKING:
    from mpk_runtime.stage import Stage


def run(stage: Stage) -> None:
    """Make the model in its source environment, watch it load and predict, resolve what it needs."""
    with contextlib.ExitStack() as meanwhile:
        _run(stage, meanwhile)


def _run(stage: Stage, meanwhile: contextlib.ExitStack) -> None:
    inputs, params = stage.inputs, stage.params
    root, cache = Path(inputs["project"]), Path(stage.cache)
    file = root / f"pylock.{params['name']}.toml"
    stage.depends_on([str(file)])
    there = lockfile.parse(file.read_text(errors="replace"), file.name) if file.is_file() else None
    committed = locking.Committed(there, frozenset(inputs["upgrade"]))
    interpreter = Interpreters(cache / "interpreters.json").inspect(Path(inputs["interpreter"]))
    place = choosing.Source.of(inputs["source"])
    package = Path(inputs["model_file"]) if inputs["model_file"] and Path(inputs["model_file"]).is_dir() else None
    roots = capturing.import_roots(root, [Path(path) for path in inputs["code_paths"]])
    project = capturing.SourceProject(
        python=source.ensure(place, interpreter, cache / "environments", committed.remembered),
        root=root,
        # The code of a package is all in it, and none of it is the project's.
        import_roots=roots if package is None else (Path(stage.outputs["model"], "code"),),
        unwatched=tuple(Path(path) for path in stage.unwatched),
        source=os.path.relpath(place.path, root),
        python_path=tuple(Path(path) for path in inputs["python_path"]),
    )
    code = explaining.Code(project, tuple(Path(path) for path in inputs["code_paths"]))
    model = observing.Model(
        _made(stage, package),
        params["config"],
        params["params"],
        inputs["artifacts"],
        inputs["input_example"],
        params["compare"],
        inputs["saved"],
        declared=declared_params.signature(params["signature"], params["params"]),
    )
    watching = meanwhile.enter_context(observing.Watching(project, model, Path(stage.outputs["model"])))
    seen = watching.observe(stage.timeout_s, params["timeout"])
    stage.depends_on(seen.opened)
    installed = Installed(seen.site, seen.target.markers)
    choice = inference.Choice(params["static"], frozenset(map(names.normalised, params["exclude"])))
    found = explaining.explain(seen, code, installed, choice, functools.partial(watching.without, seen.site))
    others = meanwhile.enter_context(watching.repeated(seen))
    seen = found.seen
    own, carried = observing.without_carried(found.own)
    always = explaining.of_flavor(found, installed)
    needs = [*found.needs, *carried, *always]
    wishes = locking.Wishes(
        **{name: params[name] for name in ("pip", "extra", "override", "platforms", "exclude_newer")},
        constraints=inputs["constraints"],
        places=inputs["places"],
    )
    requirements = wishes.requirements(needs, installed)
    example = (model.example or {}).get("path")
    declared = [*inputs["artifacts"].values(), *filter(None, [example, inputs["model_file"]])]
    rules = leaving_out.of_project(root, code.given, project.unwatched)
    owning = own_files.Owning(project, rules)
    files = own_files.OwnFiles([], [], {}, {}) if package is not None else owning.files(seen, own, declared)
    stage.depends_on(map(str, rules.looked_for))
    builder = local_projects.Builder(interpreter, cache / "built-wheels", there.built_with if there else {})
    local = elsewhere.find(requirements, [*wishes.override, *wishes.constraint_lines], installed, builder)
    stage.depends_on(local.sources)
    requirements = [*requirements, *local.unnamed(requirements)]
    request = locking.request(requirements, wishes, installed, local, interpreter.minor)
    locked = locking.lock_requirements(request, wishes.origins(requirements, needs), committed)

    capture = {**seen.capture, "requirements": requirements, **files.document}
    capture.update(repeats=others(), wheels=local.files)
    local_projects.put(local.wheels, Path(stage.outputs["wheels"]))
    # What is upgraded is not kept from the lock that was there.
    before = None if there is None or inputs["upgrade"] else there.text
    text = conda_lock(locked.lock.text, before, params["conda"], interpreter.minor)
    Path(stage.outputs["lock"]).write_text(text)
    Path(stage.outputs["capture"]).write_text(pretty(capture))
    below_site = imported.below_site([module.file for module in seen.modules], seen.site)
    Path(stage.outputs["imported"]).write_text(pretty(below_site))
    Path(stage.outputs["providers"]).write_text(
        pretty({"modules": installed.by_module(), "installed": installed.versions})
    )
    stage.facts.update(
        python=seen.capture["python"],
        source=place.told(interpreter),
        requirements=requirements,
        **explaining.told(found, [*carried, *always], wishes, locked.lock.versions),
        packages=len(locked.lock.versions),
        lock="kept" if locked.kept else "resolved",
        moved=locked.moved,
        wheels=local.files,
    )


def _made(stage: Stage, package: Path | None) -> observing.Made:
    """What the model is made from: an entrypoint, a file, or a package, which is looked at before it is loaded."""
    params, file = stage.params, stage.inputs["model_file"]
    document = None
    if package is not None:
        document = taken_package.made_with(reading.read(package), stage.inputs["input_example"], params["compare"])
    if file is not None:
        # It comes from elsewhere, and is about to be loaded with all that the person may do.
        flavors: dict[str, Any] = {"flavors": {params["flavor"]: {}} if params["flavor"] else {}}
        checking.check_given(verdict(Path(file), document or flavors), params["pickles"])
    return observing.Made(params["entrypoint"], file, params["flavor"], document)
