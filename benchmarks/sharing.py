"""Ten models that share most of what they require: how long their validation takes, and how much disk they do."""

from __future__ import annotations

import os
import shutil
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from benchmarks.comparing import Goal
from benchmarks.laboratory import copy_example
from benchmarks.measuring import Sample, Workplace
from benchmarks.rounds import Side

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.laboratory import Laboratory

# Each model is the example with one of these: its lock is like no other's, and all but equal to it.
_EXTRAS = ("attrs", "click", "colorama", "idna", "markupsafe", "sortedcontainers", "tabulate", "toolz", "tqdm", "ujson")
_MPK, _FLOOR, _MLFLOW = "`mpk validate`", "floor", "`mlflow models predict`, uv"
_MLFLOW_KEPT = "`mlflow models prepare-env`, uv"
_HEAD = "| environments of ten models | MB on top of uv's cache | MB with what they share with it |\n|---|---:|---:|"
GOALS = (Goal(_MPK, _FLOOR), Goal(_MLFLOW, _FLOOR), Goal(_MLFLOW, _MPK))


def sides(lab: Laboratory, mlflow: bool) -> list[Side]:  # noqa: FBT001 - as all of them
    """All make the environments, and predict in them; mpk keeps them, and compares what is predicted."""
    projects = _packages(lab)
    adopted = [lab.mlflow.adopt(one / "dist" / "model", f"ten/mlflow-{one.name}") for one in projects if mlflow]

    def mpk() -> Sample:
        return _sum(Workplace(project, lab.env).run(lab.mpk, "validate") for project in projects)

    def floor() -> Sample:
        folder = _floor(lab)
        return _sum(
            lab.floor_environment(project / "dist" / "model", folder / project.name)
            + lab.floor_predict(folder / project.name)
            for project in projects
        )

    def mlflow_all() -> Sample:
        return _sum(lab.mlflow.predict(package, "uv") for package in adopted)

    found = [
        Side(_FLOOR, floor, lambda: shutil.rmtree(_floor(lab), ignore_errors=True), warm_up=False),
        Side(_MPK, mpk, lab.forget_environments, warm_up=False),
    ]
    return [*found, Side(_MLFLOW, mlflow_all, warm_up=False)] if mlflow else found


def disk(lab: Laboratory, mlflow: bool) -> str:  # noqa: FBT001 - as all of them
    """What the environments take, as a Markdown table."""
    folders = {_FLOOR: _floor(lab), _MPK: lab.environments}
    if mlflow:
        for extra in _EXTRAS:
            lab.mlflow.prepare(lab.root / "ten" / f"mlflow-{extra}")
        folders[_MLFLOW_KEPT] = lab.mlflow.environments
    cached = set(_files(lab.root / "uv-cache"))
    rows = []
    for name, folder in folders.items():
        files = _files(folder)
        own = sum(size for inode, size in files.items() if inode not in cached)
        rows.append(f"| {name} | {own / 1e6:.0f} | {sum(files.values()) / 1e6:.0f} |")
    return "\n".join([_HEAD, *rows, ""])


def _packages(lab: Laboratory) -> list[Path]:
    """Package the models, and have uv install once, in each way, what they do not share."""
    del lab.env["UV_OFFLINE"]
    lab.floor_environment()
    lab.floor_install(*_EXTRAS)
    lab.forget_floor()
    projects = [_package(lab, extra) for extra in _EXTRAS]
    lab.env["UV_OFFLINE"] = "1"
    return projects


def _package(lab: Laboratory, extra: str) -> Path:
    project = lab.root / "ten" / extra
    copy_example(project, lab.root.name)
    manifest = yaml.safe_load((project / "mpk.yaml").read_text())
    manifest |= {"name": f"with-{extra}", "targets": {"model": {}}}
    manifest["requirements"]["extra"] = [extra]
    (project / "mpk.yaml").write_text(yaml.safe_dump(manifest))
    lab.tell(f"packaging a model with {extra}")
    Workplace(project, lab.env).run(lab.mpk, "build", "--quiet", "--until", "package")
    lab.floor_environment(project / "dist" / "model", _floor(lab) / extra)
    return project


def _floor(lab: Laboratory) -> Path:
    return lab.root / "ten" / "floor"


def _sum(samples: Iterable[Sample]) -> Sample:
    return reduce(Sample.__add__, samples)


def _files(folder: Path) -> dict[int, int]:
    """Each file below a folder once, by its inode: the bytes that it takes on disk."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            status = Path(place, name).lstat()
            found[status.st_ino] = status.st_blocks * 512
    return found
