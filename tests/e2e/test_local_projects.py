"""What no index has: local projects, files, repositories and addresses, from the source environment into the package."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tomllib
from typing import TYPE_CHECKING

import index_server
import pytest
from e2e.projects import Project, write_project

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

PYPROJECT = """
    [project]
    name = "My.Units"
    version = "0.3"
    dependencies = ["six"]
    [build-system]
    requires = ["setuptools"]
    build-backend = "setuptools.build_meta"
"""
WHEEL = "my_units-0.3-py3-none-any.whl"
UNITS = "import six\n\ndef inches(value):\n    return value / 2.54 if six.PY3 else 0\n"
MODEL = "from my_units import inches\n\ndef predict(values):\n    return [inches(value) for value in values]\n"


def uv(*arguments: str | Path, cwd: Path | None = None) -> None:
    """Run uv."""
    subprocess.run([sys.executable, "-m", "uv", *map(str, arguments), "--quiet"], cwd=cwd, check=True)


def environment(folder: Path, *requirements: str | Path) -> Path:
    """A virtual environment with these installed in it."""
    uv("venv", "--python", "3.11", folder)
    uv("pip", "install", "--python", folder / "bin" / "python", *requirements)
    return folder


def library(folder: Path, files: Mapping[str, str] | None = None) -> Path:
    """A project with one module, in the layout of src/."""
    return write_files(folder, {"pyproject.toml": PYPROJECT, "src/my_units/__init__.py": UNITS, **(files or {})})


def write_files(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files below a folder, which is returned."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            "\n".join(line.removeprefix("    ") for line in text.split("\n")) if name.endswith("toml") else text
        )
    return folder


def project(folder: Path, source: Path, model: str = MODEL, **requirements: object) -> Project:
    """A model that takes its source environment from ``source``."""
    manifest = {
        "model": {"entrypoint": "model:predict"},
        "requirements": {"source": str(source), **requirements},
        "input_example": [2.54, 5.08],
        "targets": {"model": {}},
    }
    return write_project(folder, manifest, {"model.py": model})


def locked(made: Project, name: str) -> dict[str, object]:
    """The entry of a package in the lock of the package."""
    packages = tomllib.loads((made.model / "pylock.toml").read_text())["packages"]
    [entry] = [one for one in packages if one["name"] == name]
    return dict(entry)


@pytest.mark.parametrize("editable", [["--editable"], []], ids=["editable", "not editable"])
def test_a_local_project_goes_along_as_a_wheel(tmp_path: Path, editable: list[str]) -> None:
    lib = library(tmp_path / "lib")
    made = project(tmp_path / "project", environment(tmp_path / "venv", *editable, lib))
    document = made.build()
    [stage] = [stage for stage in document["stages"] if stage["stage"] == "infer-env"]
    assert stage["facts"]["wheels"] == {"my-units": f"wheels/{WHEEL}"}
    assert made.requirements == [f"wheels/{WHEEL}"]
    digest = hashlib.sha256((made.model / "wheels" / WHEEL).read_bytes()).hexdigest()
    assert locked(made, "my-units") == {
        "name": "my-units",
        "version": "0.3",
        "archive": {"path": f"wheels/{WHEEL}", "hashes": {"sha256": digest}},
    }
    assert sorted(path.name for path in lib.iterdir()) in (
        ["pyproject.toml", "src"],
        ["build", "pyproject.toml", "src"],
    )
    # Wherever the package lies, and with nothing of this machine's but its own environment.
    elsewhere = tmp_path / "elsewhere"
    shutil.move(made.model, elsewhere)
    shutil.rmtree(lib)
    (tmp_path / "in.json").write_text('{"inputs": [25.4]}')
    assert made.predict(elsewhere, "-i", tmp_path / "in.json") == [10.0]


def test_real_pip_installs_the_requirements_in_the_packages_folder(tmp_path: Path) -> None:
    made = project(tmp_path / "project", environment(tmp_path / "venv", "--editable", library(tmp_path / "lib")))
    made.build("package")
    target = tmp_path / "pip"
    subprocess.run([sys.executable, "-m", "venv", target], check=True)
    # As MLflow does: a requirements file of its own beside requirements.txt, pip in the model's folder.
    (made.model / "requirements.1.txt").write_text("-r requirements.txt")
    pip = [str(target / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check", "-r", "requirements.1.txt"]
    subprocess.run(pip, cwd=made.model, check=True)
    answer = subprocess.run(
        [target / "bin" / "python", "-I", "-c", "import my_units; print(my_units.inches(2.54))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout == "1.0\n"
    assert f"- wheels/{WHEEL}" in (made.model / "conda.yaml").read_text()


def test_an_image_and_a_trial_have_it_too(tmp_path: Path) -> None:
    made = project(tmp_path / "project", environment(tmp_path / "venv", "--editable", library(tmp_path / "lib")))
    manifest = made.root / "mpk.yaml"
    manifest.write_text(manifest.read_text().replace("model: {}", "model: {}\n  image: {}"))
    made.build("image")
    names = layer_files(made.root / "dist" / "image")
    assert [name for name in names if name.endswith("my_units/__init__.py")] != []
    assert [name for name in names if name.endswith(".whl")] == []
    trial = made.mpk("validate", "--override", "six<1.17")
    assert trial.returncode == 0, trial.stderr
    assert "~ six 1.17.0 -> 1.16.0" in trial.stdout
    assert "my-units" not in trial.stdout


def layer_files(image: Path) -> list[str]:
    """The paths in all layers of an OCI layout."""
    names = []
    for blob in (image / "blobs" / "sha256").iterdir():
        with contextlib.suppress(tarfile.TarError), tarfile.open(blob) as layer:
            names += layer.getnames()
    return names


@pytest.mark.parametrize("manager", ["virtualenv"])
def test_other_managers_install_it(tmp_path: Path, manager: str) -> None:
    made = project(tmp_path / "project", environment(tmp_path / "venv", "--editable", library(tmp_path / "lib")))
    manifest = made.root / "mpk.yaml"
    manifest.write_text(f"{manifest.read_text()}\nvalidate: {{manager: {manager}}}\n")
    made.build()


def test_a_lock_for_two_platforms_proves_itself_here(tmp_path: Path) -> None:
    source = environment(tmp_path / "venv", "markupsafe==3.0.2")
    model = (
        "import markupsafe\n\ndef predict(values):\n    return [str(markupsafe.escape(value)) for value in values]\n"
    )
    made = project(tmp_path / "project", source, model, platforms=["linux/amd64", "linux/arm64"])
    made.build()
    wheels = locked(made, "markupsafe")["wheels"]
    assert isinstance(wheels, list)
    machines = {machine for wheel in wheels for machine in ("x86_64", "aarch64") if machine in wheel["url"]}
    assert machines == {"x86_64", "aarch64"}


def test_a_change_in_the_project_makes_another_lock(tmp_path: Path) -> None:
    lib = library(tmp_path / "lib")
    made = project(tmp_path / "project", environment(tmp_path / "venv", "--editable", lib))
    made.build()
    before = (made.root / "pylock.toy.toml").read_text()
    again = made.build()
    assert [stage["status"] for stage in again["stages"]] == ["cached"] * 3
    (lib / "src" / "my_units" / "more.py").write_text("MORE = 1\n")
    changed = made.build()
    assert [stage["status"] for stage in changed["stages"]] == ["built"] * 3
    after = (made.root / "pylock.toy.toml").read_text()
    assert before.split("made-from")[1] != after.split("made-from")[1]
    (lib / "src" / "my_units" / "more.py").unlink()
    made.build()
    assert (made.root / "pylock.toy.toml").read_text() == before


def test_what_is_installed_and_no_longer_what_the_folder_holds_is_not_shipped(tmp_path: Path) -> None:
    lib = library(tmp_path / "lib")
    made = project(tmp_path / "project", environment(tmp_path / "venv", lib))
    (lib / "src" / "my_units" / "__init__.py").write_text(UNITS.replace("2.54", "2.5"))
    code, lines = made.fails()
    assert (code, lines) == (
        1,
        [
            f"error: the source environment has My.Units from {lib}, whose my_units/__init__.py is no longer what is"
            " installed, so what the model was made with can't be packaged",
            f" hint: install it there again: uv pip install --reinstall {lib}",
        ],
    )


def test_the_models_own_project_stays_code_where_it_is_installed_editable(tmp_path: Path) -> None:
    made = project(tmp_path / "project", tmp_path / "project" / ".venv")
    write_files(made.root, {"pyproject.toml": PYPROJECT, "src/my_units/__init__.py": UNITS})
    environment(made.root / ".venv", "--editable", made.root)
    made.build()
    assert made.packaged() == ["model.py", "mpk_python_model.py", "my_units/__init__.py"]
    assert made.requirements == ["six==1.17.0"]
    assert not (made.model / "wheels").exists()


def test_what_setuptools_develop_left(tmp_path: Path) -> None:
    lib = write_files(
        tmp_path / "lib",
        {"setup.py": "from setuptools import setup\nsetup(name='My.Units', version='0.3', py_modules=['my_units'])\n"},
    )
    write_files(lib, {"my_units.py": "def inches(value):\n    return value\n"})
    source = environment(tmp_path / "venv", "setuptools<60", "wheel")
    develop = [str(source / "bin" / "python"), "-W", "ignore", "setup.py", "--quiet", "develop"]
    subprocess.run(develop, cwd=lib, check=True, capture_output=True)
    made = project(tmp_path / "project", source)
    made.build()
    assert made.requirements == [f"wheels/{WHEEL}"]


def test_a_wheel_that_was_installed_from_a_file(tmp_path: Path) -> None:
    wheel = index_server.write_wheel(
        tmp_path / "files",
        "my-units",
        "0.3",
        {"my_units.py": UNITS.replace("six.PY3", "1").replace("import six\n", "")},
    )
    made = project(tmp_path / "project", environment(tmp_path / "venv", wheel))
    made.build()
    assert made.requirements == [f"wheels/{wheel.name}"]
    assert (made.model / "wheels" / wheel.name).read_bytes() == wheel.read_bytes()


def test_a_wheel_that_the_manifest_names(tmp_path: Path) -> None:
    wheel = index_server.write_wheel(tmp_path / "files", "more-units", "1.0")
    source = environment(tmp_path / "venv", "six==1.17.0")
    model = "import six\n\ndef predict(values):\n    return values\n"
    made = project(tmp_path / "project", source, model, extra=[f"more-units @ {wheel.as_uri()}"])
    made.build()
    assert made.requirements == ["six==1.17.0", f"wheels/{wheel.name}"]
    assert str(tmp_path) not in (made.model / "pylock.toml").read_text()


def test_a_file_of_a_folder_is_locked_without_the_folder(tmp_path: Path) -> None:
    links = tmp_path / "links"
    wheel = index_server.write_wheel(
        links, "my-units", "0.3+cpu", {"my_units.py": "def inches(value):\n    return value\n"}
    )
    source = environment(tmp_path / "venv", "--find-links", links, "--no-index", "my-units")
    made = project(tmp_path / "project", source)
    made.build(env={"UV_FIND_LINKS": str(links)})
    assert made.requirements == ["my-units==0.3+cpu"]
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert locked(made, "my-units")["wheels"] == [{"path": f"wheels/{wheel.name}", "hashes": {"sha256": digest}}]
    shutil.move(links, tmp_path / "moved")
    other = {"MPK_CACHE": str(tmp_path / "another machine")}
    (tmp_path / "in.json").write_text('{"inputs": [1.0]}')
    failed = made.mpk("predict", made.model, "-i", tmp_path / "in.json", env=other)
    assert (failed.returncode, failed.stderr.splitlines()) == (
        3,
        [
            f"error: the lock was made with {wheel.name} of a folder, and no folder in use here has it",
            " hint: UV_FIND_LINKS=FOLDER where it lies, and the same command again",
        ],
    )
    done = made.mpk(
        "predict", made.model, "-i", tmp_path / "in.json", env={**other, "UV_FIND_LINKS": str(tmp_path / "moved")}
    )
    assert json.loads(done.stdout)["predictions"] == [1.0]


def test_a_repository_is_kept_with_its_commit(tmp_path: Path) -> None:
    lib = library(tmp_path / "lib")
    commit = committed(lib)
    made = project(tmp_path / "project", environment(tmp_path / "venv", f"git+file://{lib}"))
    made.build()
    assert made.requirements[0] == f"my-units @ git+file://{lib}@{commit}"
    assert locked(made, "my-units")["vcs"] == {
        "type": "git",
        "url": f"file://{lib}",
        "requested-revision": commit,
        "commit-id": commit,
    }


def committed(folder: Path) -> str:
    """Make a folder a repository with one commit, which is returned."""
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-C", str(folder)]
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "x"]):
        subprocess.run([*git, *command], check=True)
    return subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()


def test_an_address_is_kept_with_its_hash_and_without_its_password(tmp_path: Path) -> None:
    wheel = index_server.write_wheel(
        tmp_path / "files", "my-units", "0.3", {"my_units.py": "def inches(value):\n    return value\n"}
    )
    with index_server.serve(wheel.parent) as index:
        address = index.file_url(wheel.name)
        source = environment(tmp_path / "venv", address.replace("//", "//joe:s3cret-word@"))
        made = project(tmp_path / "project", source)
        made.build()
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    assert locked(made, "my-units") == {
        "name": "my-units",
        "version": "0.3",
        "archive": {"url": address, "hashes": {"sha256": digest}},
    }
    assert made.requirements == [f"my-units @ {address}"]
    written = [path for path in made.root.rglob("*") if path.is_file()]
    assert [path for path in written if b"s3cret-word" in path.read_bytes()] == []
