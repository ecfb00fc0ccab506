"""What a process reads, as the interpreter tells it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from support import PROJECT, find_python

from mpk_runtime.opened import OpenedFiles


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("read.txt", "written.txt", "dist/out.txt", "pkg/one.txt", "module.py", "pkg/__init__.py"):
        path = tmp_path / "project" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "project"


def seen(project: Path, action: Any) -> list[str]:
    opened = OpenedFiles([str(project)], [str(project / "dist")])
    with opened:
        action()
    (project / "read.txt").read_text()  # after the block: not seen
    return [os.path.relpath(path, project) + ("/" if path.endswith("/") else "") for path in opened.paths]


def test_files_that_are_read_are_seen(project: Path) -> None:
    def read() -> None:
        (project / "read.txt").read_text()
        os.close(os.open(os.fsencode(project / "pkg/../pkg/one.txt"), os.O_RDONLY))

    assert seen(project, read) == ["pkg/one.txt", "read.txt"]


def test_a_file_that_is_missing_counts(project: Path) -> None:
    def read() -> None:
        with pytest.raises(FileNotFoundError):
            (project / "nowhere.txt").read_text()

    assert seen(project, read) == ["nowhere.txt"]


def test_listing_a_folder_counts(project: Path) -> None:
    assert seen(project, lambda: os.listdir(project / "pkg")) == ["pkg/"]  # noqa: PTH208 - what is watched
    assert seen(project, lambda: list((project / "pkg").iterdir())) == ["pkg/"]
    with os.scandir(project / "dist") as entries:
        assert seen(project, lambda: list(entries)) == []


def test_what_is_written_is_not_read(project: Path) -> None:
    def write() -> None:
        (project / "written.txt").write_text("a")
        with (project / "written.txt").open("r+") as file:
            file.read()

    assert seen(project, write) == []


def test_elsewhere_is_not_watched(project: Path) -> None:
    beside = project.with_name("project-2")
    beside.touch()

    def read() -> None:
        (project / "dist/out.txt").read_text()
        beside.read_text()
        Path(__file__).read_text(encoding="utf-8")
        os.listdir(project / "dist")  # noqa: PTH208 - what is watched

    assert seen(project, read) == []


def test_folders_are_not_files(project: Path) -> None:
    assert seen(project, lambda: os.close(os.open(project / "pkg", os.O_RDONLY))) == []


@pytest.mark.parametrize("bytecode", [False, True])
def test_bytecode_stands_for_its_source(project: Path, *, bytecode: bool) -> None:
    script = f"""
import json, sys
sys.path[:0] = [{str(project)!r}, {str(PROJECT / "mpk_build/runtime")!r}]
from mpk_runtime.opened import OpenedFiles
opened = OpenedFiles([{str(project)!r}], [])
with opened:
    import module, pkg
print(json.dumps(opened.paths))
"""
    if bytecode:
        subprocess.run([sys.executable, "-m", "compileall", "-q", project], check=True)
    done = subprocess.run([sys.executable, "-B", "-c", script], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [str(project / "module.py"), str(project / "pkg/__init__.py")]


@pytest.mark.parametrize("python", ["3.8", "3.13"])
def test_data_of_packages_is_seen_however_it_is_asked_for(project: Path, python: str) -> None:
    program = find_python(python)
    if program is None:
        pytest.skip(f"no Python {python} here")
    (project / "pkg" / "two.txt").touch()
    (project / "space").mkdir()
    (project / "space" / "three.txt").touch()
    script = f"""
import importlib.resources, json, pkgutil, sys, warnings
warnings.simplefilter("ignore")
from mpk_runtime.opened import OpenedFiles
sys.path.insert(0, {str(project)!r})
import pkg
def asked(action):
    opened = OpenedFiles([{str(project)!r}], [])
    with opened:
        action()
    return sorted(path[{len(str(project)) + 1}:] for path in opened.paths if ".py" not in path)
listed = importlib.resources.contents if sys.version_info < (3, 9) else lambda one: [*importlib.resources.files(one).iterdir()]
print(json.dumps([
    asked(lambda: pkgutil.get_data("pkg", "one.txt")),
    asked(lambda: importlib.resources.read_text("pkg", "two.txt")),
    asked(lambda: list(listed("pkg"))),
]))
"""
    answer = subprocess.run(
        [program, "-c", script],
        env={"PYTHONPATH": str(PROJECT / "mpk_build" / "runtime"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout) == [["pkg/one.txt"], ["pkg/two.txt"], ["pkg/"]]
