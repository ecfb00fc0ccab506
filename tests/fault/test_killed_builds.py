"""A build that is killed at any moment leaves a store and a project that the next build can use."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from support import run_mpk
from tiny import write_tiny

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_KILLS = 12


def test_killed_builds_leave_a_store_that_the_next_can_use(tmp_path: Path) -> None:
    project = write_tiny(tmp_path / "project")
    env = {"MPK_CACHE": str(tmp_path / "store")}
    reference = run_mpk(
        "build", "--json", cwd=write_tiny(tmp_path / "reference"), env={"MPK_CACHE": str(tmp_path / "other")}
    )
    assert reference.returncode == 0, reference.stderr
    chance = random.Random(20261121)
    for number in range(_KILLS):
        (project / "model.py").write_text(f"def predict(values):\n    return [value + {number} for value in values]\n")
        _killed_after(chance.uniform(0.05, 2.5), project, tmp_path / "store")
    (project / "model.py").write_text((tmp_path / "reference" / "model.py").read_text())
    result = run_mpk("build", cwd=project, env=env)
    assert result.returncode == 0, result.stderr
    for name in ("MLmodel", "python_model.json", "code/model.py"):
        assert (project / "dist" / "model" / name).read_bytes() == (
            tmp_path / "reference" / "dist" / "model" / name
        ).read_bytes()
    # Nothing half-made lies beside what was published.
    assert {path.name for path in (project / "dist").iterdir() if not path.name.startswith(".")} == {
        "model",
        "report.json",
    }


def _killed_after(seconds: float, project: Path, store: Path) -> None:
    process = _started(project, store)
    time.sleep(seconds)
    process.kill()
    process.communicate()


def test_an_interrupted_build_ends_with_130_and_leaves_no_process(tmp_path: Path) -> None:
    marker = tmp_path / "pid"
    project = write_tiny(tmp_path / "project", {"model.py": _never_ending(marker)})
    process = _started(project, tmp_path / "store")
    _wait_for(lambda: marker.exists() and bool(marker.read_text()), "the model was never imported")
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=30)
    assert (process.returncode, stderr.splitlines()[-1:]) == (130, [b"interrupted"])
    pid = int(marker.read_text())
    _wait_for(lambda: not _alive(pid), "the model's process goes on")


def _never_ending(marker: Path) -> str:
    return f"import os, time\nopen({str(marker)!r}, 'w').write(str(os.getpid()))\ntime.sleep(600)\n"


def _started(project: Path, store: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "mpk_build", "build"],
        cwd=project,
        env={**os.environ, "MPK_CACHE": str(store)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def _wait_for(condition: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.05)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 - not a file
        return file.read().rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 kB."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a tmpfs")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_told_and_loses_nothing(small: Path, tmp_path: Path) -> None:
    project = write_tiny(tmp_path / "project")
    result = run_mpk("build", cwd=project, env={"MPK_CACHE": str(small / "store")})
    assert (result.returncode, "No space left on device" in result.stderr) == (3, True), result.stderr
    assert "Traceback" not in result.stderr
    assert run_mpk("build", cwd=project, env={"MPK_CACHE": str(tmp_path / "store")}).returncode == 0


def test_a_full_disk_of_the_installers_cache_is_the_machines_fault(small: Path, tmp_path: Path) -> None:
    project = write_tiny(tmp_path / "project", {"requirements.txt": "pyyaml==6.0.2"})
    result = run_mpk(
        "build", cwd=project, env={"MPK_CACHE": str(tmp_path / "store"), "UV_CACHE_DIR": str(small / "uv")}
    )
    error, hint = result.stderr.splitlines()[-2:]
    assert (result.returncode, error.startswith("error: a disk is full: ")) == (3, True), result.stderr
    assert hint == " hint: uv cache prune, mpk cache prune, or UV_CACHE_DIR and MPK_CACHE on a disk with more room"


def test_a_store_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    result = run_mpk("build", cwd=write_tiny(tmp_path / "project"), env={"MPK_CACHE": str(tmp_path / "file" / "store")})
    assert (result.returncode, result.stderr) == (
        3,
        f"error: the store {tmp_path}/file/store can't be written: Not a directory\n"
        " hint: set MPK_CACHE to a folder that can\n",
    )


def test_a_killed_build_takes_its_model_along(tmp_path: Path) -> None:
    marker = tmp_path / "pid"
    project = write_tiny(tmp_path / "project", {"model.py": _never_ending(marker)})
    process = _started(project, tmp_path / "store")
    _wait_for(lambda: marker.exists() and bool(marker.read_text()), "the model was never imported")
    process.kill()
    process.communicate()
    pid = int(marker.read_text())
    _wait_for(lambda: not _alive(pid), "the model's process goes on")
