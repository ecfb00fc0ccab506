"""Lays out the MLflow Model; see `mpk_build.package`."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpk_build.environment.capturing import import_roots
from mpk_build.foundation.documents import pretty, read_json
from mpk_build.foundation.resources import runtime_folder
from mpk_build.package import artifacts as artifact_files
from mpk_build.package import replay, writing
from mpk_build.package.code import leaving_out
from mpk_build.package.code.collecting import Needed, collect
from mpk_build.package.pickles import checking as checking_pickles
from mpk_build.package.pickles.verdict import verdict
from mpk_build.package.secrets import checking, texts

if TYPE_CHECKING:
    from mpk_build.package.code.collecting import CodeFile
    from mpk_runtime.stage import Stage


def run(stage: Stage) -> None:
    """Write the package, its document as JSON, and the requests that prove it."""
    inputs, params = stage.inputs, stage.params
    project = Path(inputs["project"])
    given = [_normal(path) for path in inputs["code_paths"]]
    capture = read_json(Path(inputs["capture"]))
    rules = leaving_out.of_project(project, given, tuple(Path(path) for path in stage.unwatched))
    needed = Needed.of(capture, project)
    files = collect(import_roots(project, given), needed, given, rules, infer=params["infer_code_paths"])
    stage.depends_on(str(file.source) for file in files)
    artifacts = {name: Path(path) for name, path in inputs["artifacts"].items()}
    secrets = _check_secrets(stage, files, artifacts, capture)
    parts = writing.Parts(
        saved=Path(inputs["saved"]),
        capture=capture,
        code=files,
        artifacts=artifacts,
        lock=Path(inputs["lock"]),
        wheels=Path(inputs["wheels"]),
        loader=runtime_folder() / "mpk_runtime" / writing.LOADER,
        manifest={**params, "constraints": inputs["constraints"]},
    )
    document = writing.write(parts, Path(stage.outputs["model"]))
    Path(stage.outputs["document"]).write_text(pretty(document))
    verdicts = verdict(Path(stage.outputs["model"]), document, second_opinion=True)
    requests = replay.requests(capture, params["params"], params["tolerance"], params["compare"])
    Path(stage.outputs["requests"]).write_text(pretty(requests))
    replaced = {} if params["infer_code_paths"] else needed.without(files, project)
    stage.facts.update(
        kind=capture["kind"],
        code={file.place: file.why for file in files},
        left_out=dict(sorted({**capture["left_out"], **rules.told(), **replaced}.items())),
        unread_files=capture["unread_files"],
        artifacts_left_out={
            name: found for name, path in artifacts.items() if (found := artifact_files.left_out(path))
        },
        requirements=capture["requirements"],
        uuid=document["model_uuid"],
        secrets=secrets,
        pickles={"second_opinion": f"picklescan {inputs['pickles_by']}", "files": [one.as_data() for one in verdicts]},
    )
    if params["pickles"] == "refuse":
        checking_pickles.check_built(verdicts)


def _check_secrets(
    stage: Stage, code: list[CodeFile], artifacts: dict[str, Path], capture: dict[str, Any]
) -> dict[str, Any]:
    inputs, params = stage.inputs, stage.params
    given = [*artifacts.values(), *([Path(inputs["constraints"])] if inputs["constraints"] else [])]
    copied = [file for path in given for file in artifact_files.files(path)]
    named = [(os.path.relpath(path, inputs["project"]), path) for path in [*(one.source for one in code), *copied]]
    for folder, above in ((Path(inputs["saved"]), ""), (Path(inputs["wheels"]), "wheels/")):
        named += [(f"{above}{path.relative_to(folder)}", path) for path in artifact_files.files(folder)]
    example = capture["example"]["request"] if capture["example"] else None
    values = zip(checking.VALUES, (params["metadata"], params["config"], params["params"], example), strict=True)
    too_large: list[str] = []
    found = itertools.chain(texts.of_files(named, too_large), itertools.starmap(texts.of_value, values))
    verdict = checking.check(found, params["secrets"]["allow"])
    return {"by": f"detect-secrets {inputs['secrets_by']}", **verdict, "too_large": too_large}


def _normal(path: str | Path) -> Path:
    # Without '..': with code_paths files may lie beside the project.
    return Path(os.path.normpath(path))
