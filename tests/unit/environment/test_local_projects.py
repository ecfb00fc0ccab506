"""Wheels of local projects: the same bytes for the same sources, whatever else differs."""

from __future__ import annotations

import os
import shutil
import zipfile
from typing import TYPE_CHECKING

import pytest
from index_server import write_wheel
from support import find_python

from mpk_build.environment import installing, locating, resolving
from mpk_build.environment.direct_references import Reference
from mpk_build.environment.interpreters import Interpreter, Interpreters
from mpk_build.environment.local_projects import Builder, content_digest
from mpk_build.foundation.errors import StageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILES = {
    "pyproject.toml": '[project]\nname = "speedy"\nversion = "1.0"\n'
    '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n',
    "setup.py": "from setuptools import Extension, setup\nsetup(ext_modules=[Extension('speedy', ['speedy.c'])])\n",
    "speedy.c": """\
#include <Python.h>
static PyModuleDef module = {PyModuleDef_HEAD_INIT, "speedy", __FILE__ __DATE__, -1, NULL};
PyMODINIT_FUNC PyInit_speedy(void) { return PyModule_Create(&module); }
""",
}


@pytest.fixture(scope="module")
def interpreter(tmp_path_factory: pytest.TempPathFactory) -> Interpreter:
    python = find_python("3.11")
    assert python is not None
    return Interpreters(tmp_path_factory.mktemp("memory") / "interpreters.json").inspect(python)


def write(folder: Path, files: Mapping[str, str] = FILES) -> Reference:
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return Reference("speedy", "1.0", "project", folder, editable=True)


def test_equal_sources_give_equal_bytes(tmp_path: Path, interpreter: Interpreter) -> None:
    first = write(tmp_path / "here")
    second = write(tmp_path / "far" / "there")
    for number, path in enumerate(sorted(second.path.iterdir())):
        path.chmod(0o600)
        os.utime(path, (number, number))
    # What an earlier build left, and what is no source.
    write_wheel(second.path / "build" / "lib", "old", "1")
    (second.path / "speedy.egg-info").mkdir()
    shutil.copyfile(interpreter.python, second.path / "speedy.pyc")
    one = Builder(interpreter, tmp_path / "kept", {}).wheel(first)
    other = Builder(interpreter, tmp_path / "kept too", {}).wheel(second)
    assert one.digest == other.digest
    assert one.built_with.startswith("setuptools==")
    with zipfile.ZipFile(one.file) as archive:
        infos = archive.infolist()
    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}
    assert [info.filename.startswith("speedy-1.0.dist-info/") for info in infos] == [False, *[True] * (len(infos) - 1)]
    # Nothing was left in the project.
    assert sorted(path.name for path in first.path.iterdir()) == sorted(FILES)


def test_a_wheel_is_built_once_and_with_the_backend_that_the_lock_remembers(
    tmp_path: Path, interpreter: Interpreter
) -> None:
    files = {"pyproject.toml": FILES["pyproject.toml"], "speedy.py": "FAST = True\n"}
    project = write(tmp_path / "project", files)
    builder = Builder(interpreter, tmp_path / "kept", {"speedy-1.0-py3-none-any.whl": "setuptools==75.1.0"})
    wheel = builder.wheel(project)
    assert wheel.built_with == "setuptools==75.1.0"
    before = wheel.file.stat().st_mtime_ns
    assert builder.wheel(project).file.stat().st_mtime_ns == before
    assert wheel.sources == tuple(sorted(f"{project.path}/{name}" for name in ["", *files]))


def test_a_project_that_does_not_build(tmp_path: Path, interpreter: Interpreter) -> None:
    project = write(tmp_path / "project", {**FILES, "speedy.c": "nonsense\n"})
    with pytest.raises(StageError) as caught:
        Builder(interpreter, tmp_path / "kept", {}).wheel(project)
    assert caught.value.message.startswith(
        f"{project.path}, from which the source environment has speedy, can't be built to a wheel: "
    )
    assert caught.value.hint == f"uv build --wheel {project.path}"


def test_a_wheel_that_did_not_come_with_its_lock_or_is_another(tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "wheels", "speedy", "1.0")
    path = f'archive = {{ path = "wheels/{wheel.name}", hashes = {{ sha256 = "{"0" * 64}" }} }}'
    lock = f'lock-version = "1.0"\ncreated-by = "mpk"\n\n[[packages]]\nname = "speedy"\nversion = "1.0"\n{path}\n'
    with pytest.raises(StageError) as caught:
        locating.located(lock, wheel.parent, tmp_path / "caches")
    assert caught.value.message == f"{wheel} is not the one that the lock was made for: its hash is another"
    with pytest.raises(StageError) as caught:
        locating.located(lock, tmp_path / "nowhere", tmp_path / "caches")
    assert caught.value.message == f"the lock wants wheels/{wheel.name}, which did not come with it"


@pytest.mark.parametrize("line", ["./lib", "-e ./lib"])
def test_a_declared_source_with_a_local_project_follows_its_changes(
    tmp_path: Path, interpreter: Interpreter, line: str
) -> None:
    files = {"pyproject.toml": FILES["pyproject.toml"], "speedy.py": "FAST = 1\n"}
    project = write(tmp_path / "lib", files)
    (tmp_path / "requirements.txt").write_text(f"{line}\n")
    for fast in ("1", "2"):
        (project.path / "speedy.py").write_text(f"FAST = {fast}\n")
        lock = resolving.resolve_declared(["requirements.txt"], tmp_path / "requirements.txt", "3.11", {})
        python = installing.ensure_environment(lock.text, interpreter, tmp_path / "environments")
        [module] = [
            *python.parent.parent.glob("lib/python*/site-packages/speedy.py"),
            *([project.path / "speedy.py"] if line.startswith("-e") else []),
        ]
        assert module.read_text() == f"FAST = {fast}\n"
    assert len([path for path in (tmp_path / "environments").iterdir() if path.is_dir()]) == (1 if "-e" in line else 2)


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    project = write(tmp_path / "project", {"one/a.py": "", "two/b.py": ""})
    before = content_digest(project.path)
    (project.path / "one" / "other").symlink_to("../two")
    (project.path / "two" / "other").symlink_to("../one")
    assert content_digest(project.path) not in (before, "")
