"""Environments for the projects, and their own code run in them."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement

from .projects import variables

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .projects import Project

_RUNNER = Path(__file__).with_name("runner.py")
PYTHON = "3.11"


class FailedError(Exception):
    """A project did not load or predict; the text is the last line of what it said."""


@functools.cache
def python() -> str:
    """The interpreter that all environments of the corpus are made with."""
    return _uv(["python", "find", "--no-python-downloads", "--no-project", "--system", PYTHON], {}).strip()


def make(folder: Path, root: Path, requirements: Iterable[str], pins: Sequence[str] = ()) -> Path:
    """Make an environment in ``folder``; returns its Python.

    Args:
        folder: Where.
        root: The project as it was laid out: relative requirements are relative to it.
        requirements: What to install: lines of a requirements file.
        pins: Lines of an ``environment.txt``: which versions to take of what the requirements pull in.
    """
    lines = list(requirements)
    uv = {**variables(root), "VIRTUAL_ENV": ""}
    _uv(["venv", "--quiet", "--no-project", "--python", python(), str(folder)], uv)
    if lines:
        with tempfile.TemporaryDirectory() as temporary:
            constraints = Path(temporary, "constraints.txt")
            constraints.write_text("\n".join(pin for pin in pins if "==" in pin))
            command = ["pip", "install", "--quiet", "--python", str(folder / "bin" / "python")]
            _uv([*command, "--constraint", str(constraints), "--requirement", "-"], uv, "\n".join(lines), root)
    return folder / "bin" / "python"


def lines_of(project: Project, requirements: Iterable[str]) -> list[str]:
    """For requirements such as ``name[extra]`` the lines of ``environment.txt`` that say which version, with extras.

    Raises:
        ValueError: The environment does not hold one of them.
    """
    installed = {name_of(line): line for line in project.installed}
    lines = []
    for requirement in map(Requirement, requirements):
        name = name_of(requirement.name)
        if name not in installed:
            raise ValueError(f"{project.name}: environment.txt has no {name}")
        extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
        lines.append(re.sub(r"^([A-Za-z0-9._-]+)(?=\s*(==|@))", rf"\1{extras}", installed[name]))
    return lines


def name_of(line: str) -> str:
    """The normalised name that a line of a requirements file asks for; of a folder, its last part."""
    text = line.removeprefix("-e").strip()
    plain = text.rpartition("/")[2] if text.startswith("./") else re.split(r"[\s=@\[<>!~;]", text, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", plain).lower()


def predict(project: Project, root: Path, source: Path, interpreter: Path) -> Any:
    """What a project's own code predicts in an environment, for the example and each other input.

    Args:
        project: The project.
        root: Where it was laid out.
        source: A folder that keeps what a factory made, once.
        interpreter: The Python of the environment.

    Raises:
        FailedError: It raised.
    """
    manifest, model = project.manifest, project.manifest["model"]
    example = manifest["input_example"]
    given = {
        "root": str(root),
        "entrypoint": model["entrypoint"],
        "saved": str(source / "model.pkl"),
        "inputs": [str(root / example) if isinstance(example, str) else example, *project.inputs],
        "config": model.get("config", {}),
        "artifacts": {name: str(root / path) for name, path in model.get("artifacts", {}).items()},
    }
    if model["entrypoint"].endswith("()") and not (source / "model.pkl").exists():
        _run(interpreter, "make", given)
    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary, "out.json")
        _run(interpreter, "predict", {**given, "out": str(out)})
        return json.loads(out.read_text())


def _run(interpreter: Path, step: str, given: dict[str, Any]) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(given, file)
        file.flush()
        finished = subprocess.run(
            # Bytecode pays for what is imported again, and nothing of these environments is.
            [str(interpreter), "-B", "-s", str(_RUNNER), step, file.name],
            env={"PATH": os.environ["PATH"], "HOME": str(Path.home()), "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
        )
    if finished.returncode != 0:
        raise FailedError((finished.stderr.strip().splitlines() or [f"exit code {finished.returncode}"])[-1])


def _uv(arguments: Sequence[str], env: dict[str, str], stdin: str = "", cwd: Path | None = None) -> str:
    finished = subprocess.run(
        [sys.executable, "-m", "uv", *arguments],
        env={**os.environ, **env},
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    if finished.returncode != 0:
        raise RuntimeError(f"uv {' '.join(arguments)}: {finished.stderr.strip()}")
    return finished.stdout
