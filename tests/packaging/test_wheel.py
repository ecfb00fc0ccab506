"""What a wheel of mpk holds, and what of it lands in an environment."""

from __future__ import annotations

import email
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest
from support import PROJECT

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel, built as pip builds it from a checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, PROJECT],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    [wheel] = folder.glob("*.whl")
    return wheel


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def tracked(folder: str) -> set[str]:
    """The files of a folder that belong to mpk: those that git knows of."""
    listed = subprocess.run(
        ["git", "-C", PROJECT, "ls-files", "-z", "--", folder],
        capture_output=True,
        text=True,
        check=True,
    )
    return {name for name in listed.stdout.split("\0") if name and (PROJECT / name).is_file()}


def test_no_top_level_name_but_mpk_build(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in names(wheel)}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"mpk_build"}


@pytest.mark.parametrize("folder", ["stages", "templates"])
def test_stages_and_templates_ship_as_data(wheel: Path, folder: str) -> None:
    shipped = {name for name in names(wheel) if name.startswith(f"mpk_build/_data/{folder}/")}
    assert {f"mpk_build/_data/{name}" for name in tracked(folder)} <= shipped


def test_the_five_stages_are_there_with_their_scripts(wheel: Path) -> None:
    shipped = names(wheel)
    for stage in ("infer-env", "package", "validate", "image", "smoke-test"):
        assert f"mpk_build/_data/stages/{stage}.yaml" in shipped
        assert f"mpk_build/_data/stages/{stage.replace('-', '_')}.py" in shipped


def test_every_module_and_every_data_file_ships(wheel: Path) -> None:
    assert tracked("mpk_build") <= names(wheel)
    assert "mpk_build/runtime/mpk_runtime/__init__.py" in names(wheel)


def test_nothing_compiled_and_nothing_of_the_project_around_ships(wheel: Path) -> None:
    assert [name for name in names(wheel) if name.endswith((".pyc", ".pyo")) or "__pycache__" in name] == []


def test_the_metadata_bounds_every_dependency_and_names_the_licence(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [path] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        metadata = email.message_from_bytes(archive.read(path))
        licences = [name for name in archive.namelist() if ".dist-info/licenses/" in name]
    required = metadata.get_all("Requires-Dist", [])
    assert required
    assert [line for line in required if ">=" not in line or "<" not in line] == []
    assert metadata["License-Expression"] == "Apache-2.0"
    assert [name.rsplit("/", 1)[1] for name in licences] == ["LICENSE"]


def test_an_installed_mpk_finds_its_data_and_starts(wheel: Path, tmp_path: Path) -> None:
    """Without its dependencies: the command line's own ones come from this environment."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    question = (
        "from mpk_build.foundation.resources import data_folder, runtime_folder, source_folder\n"
        "print(data_folder('stages'), data_folder('templates'), runtime_folder(), source_folder())"
    )
    answer = subprocess.run([sys.executable, "-c", question], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert answer.stderr == ""
    package = tmp_path / "mpk_build"
    expected = [package / "_data/stages", package / "_data/templates", package / "runtime", package]
    assert answer.stdout.split() == [str(path) for path in expected]
