"""What mpk and MLflow infer for the projects of the tests' corpus, beside what these truly need."""

from __future__ import annotations

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from corpus import environments, tables
from corpus.counting import Count, Requires, count
from corpus.inferring import infer
from corpus.projects import Project, lay_out, load_projects, variables

from benchmarks.mlflow_side import MLFLOW

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.laboratory import Laboratory

_SCRIPT = Path(__file__).with_name("mlflow_inference.py")
# MLflow names these for itself, whatever the model: itself, and what it pickles Python models with.
_ITS_OWN = ("mlflow", "cloudpickle")
# MLflow reports to its makers otherwise.
_QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "GIT_PYTHON_REFRESH": "quiet"}


def table(lab: Laboratory, mlflow: bool, names: tuple[str, ...] = ()) -> str:  # noqa: FBT001 - as all of them
    """Both tools on all projects, or on some, as a Markdown table."""
    projects = load_projects(names)
    folder = lab.root / "corpus"
    mpk = partial(infer, command=[str(lab.mpk)], env={"MPK_CACHE": str(lab.root / "store"), "UV_OFFLINE": "0"})
    counts = {"mpk": _of_each(projects, folder / "mpk", mpk)}
    if mlflow:
        lab.tell(f"installing {MLFLOW} for the corpus")
        python = environments.make(lab.root / "corpus-mlflow", lab.root, [MLFLOW])
        subprocess.run([python, "-m", "compileall", "-q", python.parent.parent / "lib"], check=False)  # noqa: S603 - a list
        one = partial(
            infer_with_mlflow, site=_site(python), credited=frozenset(Requires(python).brought_by(["mlflow"]))
        )
        counts["MLflow"] = _of_each(projects, folder / "mlflow", one)
    return tables.markdown(counts)


def _of_each(projects: list[Project], folder: Path, one: Callable[[Project, Path], Count]) -> list[Count]:
    folder.mkdir(parents=True)
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        return list(threads.map(lambda project: one(project, folder / project.name), projects))


def infer_with_mlflow(project: Project, folder: Path, site: Path, credited: frozenset[str]) -> Count:
    """What MLflow infers for a project, in a new folder.

    Args:
        project: The project.
        folder: Where.
        site: Where MLflow is installed; the source environment comes before it on the path, so that where both hold
            a distribution the project's version counts.
        credited: What MLflow, which its packages always require, brings.
    """
    root = lay_out(project, folder)
    python = environments.make(root / ".venv", root, project.installed)
    (_site(python) / "mlflow.pth").write_text(f"{site}\n")
    example, model = project.manifest["input_example"], project.manifest["model"]
    given = {
        "root": str(root),
        "entrypoint": model["entrypoint"],
        "example": str(root / example) if isinstance(example, str) else example,
        "config": model.get("config", {}),
        "artifacts": {name: str(root / path) for name, path in model.get("artifacts", {}).items()},
        "out": str(root / "saved"),
    }
    (root / "given.json").write_text(json.dumps(given))
    environment = {
        "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(Path.home()),
        "LANG": "C.UTF-8",
    }
    finished = subprocess.run(  # noqa: S603 - a list
        [python, "-s", _SCRIPT, root / "given.json"],
        env={**environment, **_QUIET, **variables(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    written = root / "saved" / "requirements.txt"
    lines = written.read_text().split() if written.is_file() else []
    truth = [environments.name_of(one) for one in project.requirements]
    its_own = [name for name in _ITS_OWN if name not in truth]
    found = [line for line in lines if environments.name_of(line) not in its_own]
    said = finished.stderr.strip().splitlines() or [f"exit code {finished.returncode}"]
    return count(project, found, python, "" if finished.returncode == 0 else said[-1], credited)


def _site(python: Path) -> Path:
    return next((python.parent.parent / "lib").glob("python*/site-packages"))
