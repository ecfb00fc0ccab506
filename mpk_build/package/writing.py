"""Lays a package out: an MLflow Model directory, whole, with the same bytes for the same inputs."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mpk_build.foundation import digests
from mpk_build.foundation.documents import pretty
from mpk_build.foundation.errors import StageError
from mpk_build.package import artifacts as artifact_files
from mpk_build.package import mlmodel

if TYPE_CHECKING:
    from mpk_build.package.code.collecting import CodeFile

LOADER = "mpk_python_model.py"
# What the loader needs for a model that takes what its type hints say.
_HINTS = "mpk_type_hints"


@dataclass(frozen=True)
class Parts:
    """What a package is made of.

    Attributes:
        saved: The folder that the flavor saved the model into.
        capture: What the capture found: flavors, signature, example, python, requirements.
        code: The project's own files.
        artifacts: Name to file or folder.
        lock: The lock's file.
        wheels: The folder of the wheels that it names; the capture says of which distribution each is.
        loader: The source of the loader that a custom Python model carries.
        manifest: ``name``, ``metadata``, ``config``, ``params``, ``conda`` and ``constraints`` (a file or None).
    """

    saved: Path
    capture: dict[str, Any]
    code: list[CodeFile]
    artifacts: dict[str, Path]
    lock: Path
    wheels: Path
    loader: Path
    manifest: dict[str, Any]


def write(parts: Parts, target: Path) -> dict[str, Any]:
    """Write the package into ``target``, a new folder; returns its MLmodel document.

    Raises:
        OSError: A file can't be read or written.
    """
    # Loading what was saved may have compiled code that came with it.
    shutil.copytree(parts.saved, target, ignore=shutil.ignore_patterns("__pycache__"))
    for one in parts.code:
        _copy(one.source, target / "code" / one.place)
    artifacts = {name: f"artifacts/{name}/{path.name}" for name, path in parts.artifacts.items()}
    for name, path in parts.artifacts.items():
        for file in artifact_files.files(path):
            _copy(file, target / artifacts[name] / file.relative_to(path))
    model = parts.capture.get("python_model")
    if model is not None:
        _write_loader(parts, target / "code", hinted=model.get("input") == "type_hint")
        _write(target / "python_model.json", pretty({**model, "artifacts": artifacts, **_for_old_mlflow(parts)}))
    _write_environment(parts, target)
    _write_example(parts, target)
    content = mlmodel.Content(
        flavors=parts.capture["flavors"],
        signature=parts.capture["signature"],
        from_type_hint=parts.capture["from_type_hint"],
        metadata=parts.manifest["metadata"],
        config=parts.manifest["config"],
        artifacts=artifacts,
        python=parts.capture["python"],
        has_code=(target / "code").is_dir(),
        example_info=(parts.capture["example"] or {}).get("info"),
        params=parts.manifest["params"],
        files={file.relative_to(target).as_posix(): digests.of_file(file) for file in digests.source_files(target)},
    )
    document = mlmodel.document(content)
    if "document" in parts.capture:
        size = sum(file.stat().st_size for file in digests.source_files(target))
        document = mlmodel.taken_over(parts.capture["document"], document, size)
    _write(target / "MLmodel", mlmodel.as_yaml(document))
    return document


def _for_old_mlflow(parts: Parts) -> dict[str, Any]:
    """What MLflow 1 does not read in MLmodel, and hand over, as later ones do."""
    params = json.loads(parts.capture["signature"].get("params") or "[]")
    values = {"config": parts.manifest["config"], "params": {one["name"]: one["default"] for one in params}}
    return {name: value for name, value in values.items() if value}


def _write_loader(parts: Parts, code: Path, *, hinted: bool) -> None:
    for name in (LOADER, _HINTS) if hinted else (LOADER,):
        if (code / name).exists():
            raise StageError(f"the project has a module {name}, which is what a part of a package's loader is called")
    _copy(parts.loader, code / LOADER)
    if hinted:
        folder = parts.loader.with_name(_HINTS)
        for file in digests.source_files(folder):
            _copy(file, code / _HINTS / file.relative_to(folder))


def _write_environment(parts: Parts, target: Path) -> None:
    lines = [_line(requirement, parts.capture["wheels"]) for requirement in parts.capture["requirements"]]
    # Those that only another requirement pulls in have to be named too: no index has them.
    lines += [path for path in parts.capture["wheels"].values() if path not in lines]
    constraints = parts.manifest["constraints"]
    if constraints is not None:
        _copy(Path(constraints), target / "constraints.txt")
        lines.append("-c constraints.txt")
    _write(target / "requirements.txt", "".join(f"{line}\n" for line in lines))
    _write(target / "python_env.yaml", mlmodel.python_env(parts.capture["python"]))
    _write(target / "conda.yaml", mlmodel.conda_env(parts.capture["python"], lines, parts.manifest["conda"]))
    _copy(parts.lock, target / "pylock.toml")
    for wheel in sorted(parts.wheels.iterdir()):
        _copy(wheel, target / "wheels" / wheel.name)


def _line(requirement: str, wheels: dict[str, str]) -> str:
    """A line of requirements.txt. pip takes a wheel's path below its working folder, as MLflow's own wheels/ has it."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    parsed = Requirement(requirement)
    path = wheels.get(str(canonicalize_name(parsed.name)))
    if path is None or (parsed.url is not None and not parsed.url.startswith("file:")):
        return requirement
    extras = f"[{','.join(sorted(parsed.extras))}]" if parsed.extras else ""
    return f"{path}{extras}"


def _write_example(parts: Parts, target: Path) -> None:
    example, params = parts.capture["example"], parts.manifest["params"]
    if example is None:
        return
    stored = {"inputs": json.loads(example["stored"]), "params": params} if params else json.loads(example["stored"])
    # Without indentation, whatever their size.
    _write(target / "input_example.json", json.dumps(stored, ensure_ascii=False))
    if parts.capture["not_over_http"]:
        return
    serving = {**example["request"], **({"params": params} if params else {})}
    _write(target / mlmodel.SERVING, json.dumps(serving, ensure_ascii=False))


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(0o755 if digests.is_executable(source) else 0o644)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
