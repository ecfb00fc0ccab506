"""What tests of several folders share."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECT = Path(__file__).resolve().parent.parent


_EXAMPLE = ("mpk.yaml", "pylock.penguins.toml", "penguins", "data", "examples")


def copy_example(folder: Path) -> Path:
    """The example of the repository, alone in a new folder."""
    folder.mkdir(parents=True)
    for name in _EXAMPLE:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, folder / name)
    return folder


def run_mpk(
    *arguments: str | Path,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    timeout_s: float = 900,
) -> subprocess.CompletedProcess[str]:
    """Run the real ``mpk`` in a process of its own; ``env`` is added to the environment.

    Raises:
        subprocess.TimeoutExpired: It took longer than ``timeout_s`` seconds.
    """
    return subprocess.run(
        [sys.executable, "-m", "mpk_build", *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
    )


@functools.cache
def engine_version() -> str | None:
    """The version of the container engine that answers here, None when none does; not asked through mpk."""
    import docker

    try:
        client = docker.from_env(timeout=10)
    except docker.errors.DockerException:
        return None
    try:
        return str(client.version()["Version"])
    finally:
        client.close()


@functools.cache
def find_python(version: str) -> Path | None:
    """An interpreter of that version ("3.8") that really starts: the system's, uv's or pyenv's; else None."""
    name = f"python{version}"
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = [*_on_path(name), *_of_uv(version), *sorted(pyenv.glob(f"versions/{version}.*/bin/{name}"))]
    for candidate in found:
        answer = subprocess.run(
            # The program itself, where the one that was found is a script that starts it.
            [candidate, "-c", "import sys; print('%d.%d %s' % (sys.version_info[:2] + (sys.executable,)))"],
            capture_output=True,
            text=True,
            check=False,
        )
        found_version, _, program = answer.stdout.strip().partition(" ")
        if answer.returncode == 0 and found_version == version:
            return Path(program)
    return None


def _on_path(name: str) -> list[Path]:
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return [path for folder in folders if (path := Path(folder, name)).is_file()]


def _of_uv(version: str) -> list[Path]:
    answer = subprocess.run(
        [sys.executable, "-m", "uv", "python", "find", "--no-project", "--no-python-downloads", version],
        capture_output=True,
        text=True,
        check=False,
    )
    return [Path(answer.stdout.strip())] if answer.returncode == 0 else []
