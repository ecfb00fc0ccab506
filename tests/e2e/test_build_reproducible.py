"""The same inputs give the same bytes: in another folder, at another time, for another user."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from support import copy_example

if TYPE_CHECKING:
    from pathlib import Path

_NOBODY = 65534


def digests_of(folder: Path, command: list[str], env: dict[str, str]) -> dict[str, str]:
    """Build until the image and return the digests that a build promises to be functions of its inputs."""
    finished = subprocess.run(
        [*command, sys.executable, "-m", "mpk_build", "build", "--until", "image", "--json"],
        cwd=folder,
        env={**os.environ, "DOCKER_HOST": "unix:///nonexistent", **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    document = json.loads(finished.stdout)
    return {
        "lock": (folder / "pylock.penguins.toml").read_text(),
        "model": document["model"]["digest"],
        "image": document["image"]["digest"],
    }


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to become another user")
def test_two_builds_by_two_users_at_two_times_in_two_folders_are_equal(tmp_path: Path) -> None:
    tmp_path.parent.chmod(0o755)
    tmp_path.chmod(0o777)
    first = copy_example(tmp_path / "here")
    one = digests_of(first, [], {"MPK_CACHE": str(tmp_path / "one")})

    second = copy_example(tmp_path / "somewhere" / "else entirely")
    home = tmp_path / "home"
    home.mkdir()
    for path in [home, tmp_path / "somewhere", *(tmp_path / "somewhere").rglob("*")]:
        os.chown(path, _NOBODY, _NOBODY)
        os.utime(path, (1_000_000_000, 1_000_000_000))
    # Another user, who may read this interpreter wherever it lies, as an installed one could be read.
    become = ["setpriv", "--reuid", str(_NOBODY), "--regid", str(_NOBODY), "--clear-groups"]
    become += ["--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"]
    another_time = ["sh", "-c", 'umask 077; TZ=Pacific/Auckland exec "$@"', "sh"]
    environment = {
        "MPK_CACHE": str(home / "two"),
        "HOME": str(home),
        "PYTHONHASHSEED": "77",
        "LC_ALL": "C",
        "UV_CACHE_DIR": str(home / "uv"),
    }
    two = digests_of(second, [*become, *another_time], environment)
    assert two == one


def test_the_committed_lock_is_that_of_the_example(tmp_path: Path) -> None:
    project = copy_example(tmp_path / "project")
    finished = subprocess.run(
        [sys.executable, "-m", "mpk_build", "lock", "--locked", "--quiet"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (finished.returncode, finished.stderr) == (0, "")
