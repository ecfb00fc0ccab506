"""An object in hand becomes a whole package.

It is saved by its flavor in this process, where whatever made it is at hand, a notebook's own classes included. All
else is done by the stages of a build: another process loads what was saved and predicts, which tells what it needs.
"""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from mpk_build.api import given
from mpk_build.api.documents import Model
from mpk_build.foundation.errors import StageError, UsageError
from mpk_build.package.uris import addresses
from mpk_runtime.request_error import RequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mpk_build.manifest.loading import Project
    from mpk_runtime.signature import Signature

_NOT_OF_A_NAME = re.compile(r"[^a-z0-9]+")
_MODEL, _MADE = "model", "made.json"


@dataclass(frozen=True)
class Requirements:
    """What the model needs beside what is found, as in the manifest's ``requirements``.

    Attributes:
        pip: Instead of what is found.
        extra: Besides what is found.
        override: Wins over what anything asks for.
        constraints: A constraints file.
    """

    pip: Sequence[str] | None = None
    extra: Sequence[str] = ()
    override: Sequence[str] = ()
    constraints: str | Path | None = None


def save_model(  # noqa: PLR0913 - what a manifest has, too
    model: Any,
    path: str | Path,
    *,
    input_example: Any = None,
    signature: Signature | Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
    config: Mapping[str, Any] | None = None,
    artifacts: Mapping[str, str | Path] | None = None,
    code_paths: Sequence[str | Path] = (),
    requirements: Requirements | Sequence[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
    project: str | Path | None = None,
) -> Model:
    """Make a package of a model.

    Args:
        model: A library's model, an instance or a class with ``predict``, or a function of the model input.
        path: The package's folder, which is not there yet.
        input_example: What the model is asked to prove it, and what the signature is inferred from.
        signature: Instead of what is inferred: what `infer_signature` gives, or a map as in the manifest.
        params: The params of ``predict`` with their defaults.
        config: Handed to a custom model as ``context.model_config``.
        artifacts: Name to file, folder or address; handed to a custom model as ``context.artifacts``.
        code_paths: Files and folders of code to package besides what is found.
        requirements: Requirements to add, or `Requirements`.
        metadata: Goes into the document.
        project: The folder that the model's own code is imported from; default: that of the running script, else the
            working folder.

    Returns:
        The package's document.

    Raises:
        UsageError: There is something at ``path`` already, or what is given can't be.
        StageError: The model can't be saved, loaded in another process, or predict its input example there.
        MachineError: This machine lacks something that this needs.
    """
    from mpk_build.package.reading import read

    target = Path(path)
    if target.exists() or target.is_symlink():
        raise UsageError(f"there is something at {target} already", hint="save_model(model, ANOTHER)")
    wanted = requirements if isinstance(requirements, Requirements) else Requirements(extra=tuple(requirements or ()))
    said = {
        "name": _NOT_OF_A_NAME.sub("-", target.name.lower()).strip("-") or "model",
        "metadata": given.plain("metadata", metadata),
        "model": {
            "entrypoint": _reference(model),
            "code_paths": [str(Path(one).absolute()) for one in code_paths],
            "config": given.plain("config", config),
            "artifacts": {name: one for name, one in (artifacts or {}).items() if _is_uri(one)},
        },
        "params": given.plain("params", params),
        **given.spelled_out(signature),
        "requirements": _said(wanted),
        # What nobody can predict is packaged all the same.
        "validate": {"compare": "off"},
        "targets": {"model": {}},
    }
    root = _folder_of_code() if project is None else Path(project).absolute()
    files = {name: Path(one) for name, one in (artifacts or {}).items() if not _is_uri(one)}
    found = _project(root, said, files, proven=input_example is not None)
    asked = given.asked(input_example, given.declared(found, signature), dict(params or {}))
    with tempfile.TemporaryDirectory(prefix="mpk-save-") as folder:
        _save(model, Path(folder), {**asked, "config": dict(config or {})})
        _package(found, Path(folder), target)
    return Model.of(read(target).model)


def _save(model: Any, folder: Path, given: dict[str, Any]) -> None:
    """What the capture's first step does in a build."""
    from mpk_runtime import capture
    from mpk_runtime.flavors import saving

    (folder / _MODEL).mkdir()
    reference = _reference(model)
    try:
        saved = saving.save(model, "" if reference.startswith("__main__:") else reference, str(folder / _MODEL))
    except Exception as error:
        raise StageError(f"the model can't be saved: {type(error).__name__}: {error}") from error
    made = capture.taking(saved, {**given, "hinted": capture.hints_of(model, saved)}, _attempt)
    (folder / _MADE).write_text(json.dumps(made), "utf-8")


def _attempt(phase: str, action: Callable[[], Any]) -> Any:
    try:
        return action()
    except (ValueError, TypeError, RequestError) as error:
        raise UsageError(f"could not {phase}: {error}") from error


def _is_uri(artifact: str | Path) -> bool:
    return isinstance(artifact, str) and addresses.scheme_of(artifact) is not None


def _project(root: Path, said: dict[str, Any], artifacts: Mapping[str, Path], *, proven: bool) -> Project:
    """The project that a manifest with these words would be."""
    from dataclasses import replace

    from mpk_build.manifest.loading import project_of
    from mpk_build.manifest.paths import ManifestPath
    from mpk_build.manifest.yaml_source import parse_yaml

    absent = next((one for one in artifacts.values() if not one.exists()), None)
    if absent is not None:
        raise UsageError(f"there is no artifact {absent}")
    text = yaml.safe_dump(json.loads(json.dumps(said)), sort_keys=False, allow_unicode=True)
    found = project_of(parse_yaml(text, "save_model"), root / "save_model.yaml")
    manifest = found.manifest
    # A manifest's own artifacts lie below its folder.
    paths = {name: ManifestPath(one.absolute()) for name, one in artifacts.items()}
    known = manifest.model.artifacts
    updates: dict[str, Any] = {"model": manifest.model.model_copy(update={"artifacts": {**known, **paths}})}
    if proven:
        updates["validation"] = manifest.validation.model_copy(update={"compare": "auto"})
    return replace(found, manifest=manifest.model_copy(update=updates))


def _package(project: Project, saved: Path, target: Path) -> None:
    from mpk_build.api.building import run
    from mpk_build.pipeline.building import Build
    from mpk_build.pipeline.options import Options
    from mpk_build.store.location import open_store

    store = open_store()
    options = Options(dist=saved / "dist", until="package", publish=False, saved=saved)
    build = Build(project, store, options)
    result = run(build)
    if result.error is not None:
        raise result.error
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder:
        store.take(build.outputs["package"]["model"], Path(folder, "new"))
        shutil.move(Path(folder, "new"), target)


def _reference(model: Any) -> str:
    """``module:name`` of a class or function that another process can import, else a name for errors alone."""
    name = getattr(model, "__qualname__", "")
    module = getattr(model, "__module__", "")
    plain = re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", name) and re.fullmatch(r"\w+(\.\w+)*", module or "")
    return f"{module}:{name}" if plain else "__main__:model"


def _folder_of_code() -> Path:
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    return Path(file).absolute().parent if file else Path.cwd()


def _said(requirements: Requirements) -> dict[str, Any]:
    said: dict[str, Any] = {
        "source": sys.executable,
        "extra": list(requirements.extra),
        "override": list(requirements.override),
    }
    if requirements.pip is not None:
        said["pip"] = list(requirements.pip)
    if requirements.constraints is not None:
        said["constraints"] = str(Path(requirements.constraints).absolute())
    return said
