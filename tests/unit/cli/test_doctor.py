"""``mpk doctor``: this machine, and packages that take from Anaconda's channels."""

from __future__ import annotations

import json
import os
import platform
import shutil
from typing import TYPE_CHECKING

import pytest
import yaml
from support import run_mpk
from tiny import build, write_tiny

from mpk_build.package.reading import read
from mpk_build.pipeline.doctor import channels

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("doctor")
    assert build(write_tiny(folder / "project"), folder / "store").error is None
    return folder / "project" / "dist" / "model"


@pytest.fixture
def package(built: Path, tmp_path: Path) -> Path:
    """A package of mpk whose author took Anaconda's channel, with the document that goes with it."""
    model = tmp_path / "model"
    shutil.copytree(built, model)
    for path in model.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return model


def test_this_machine(tmp_path: Path) -> None:
    finished = run_mpk("doctor", "--json", cwd=tmp_path, env={"MPK_CACHE": str(tmp_path / "store")})
    document = json.loads(finished.stdout)
    checks = {one["name"]: one for one in document["checks"]}
    assert (finished.returncode, document["ok"]) == (0, True)
    assert list(checks) == ["mpk", "store", "uv", "pythons", "sandbox", "engine", "conda"]
    assert checks["store"]["detail"] == str(tmp_path / "store")
    assert platform.python_version() in checks["pythons"]["detail"].split(", ")
    lines = run_mpk("doctor", cwd=tmp_path, env={"MPK_CACHE": str(tmp_path / "store")}).stdout.splitlines()
    assert lines[0] == f"mpk      ok       runs on Python {platform.python_version()}, {platform.machine()}"
    assert [line.split()[0] for line in lines] == list(checks)


def test_a_store_that_can_not_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    finished = run_mpk("doctor", cwd=tmp_path, env={"MPK_CACHE": str(tmp_path / "file" / "store")})
    assert finished.returncode == 3
    assert (
        f"store    missing  {tmp_path / 'file' / 'store'} can't be written: Not a directory"
        "  (set MPK_CACHE to a folder that can)"
    ) in finished.stdout.splitlines()


def test_a_package_of_mpks_own_is_well(package: Path, tmp_path: Path) -> None:
    finished = run_mpk("doctor", package, cwd=tmp_path)
    assert (finished.returncode, finished.stdout, finished.stderr) == (
        0,
        f"{package / 'conda.yaml'}: nothing comes from a channel of Anaconda's\n",
        "",
    )


def test_a_package_with_anacondas_channel_is_explained_and_moved(package: Path, tmp_path: Path) -> None:
    conda = package / "conda.yaml"
    ours = conda.read_text()
    uuid = yaml.safe_load((package / "MLmodel").read_text())["model_uuid"]
    # Written with the channel in the first place, the package has an identity that follows from it.
    conda.write_text(ours.replace("- conda-forge", "- defaults"))
    theirs = channels.identity(read(package), {})
    document = (package / "MLmodel").read_text()
    (package / "MLmodel").write_text(document.replace(uuid, theirs))
    assert theirs != uuid

    looked = run_mpk("doctor", package, cwd=tmp_path)
    assert (looked.returncode, looked.stderr) == (1, "")
    assert looked.stdout == (
        f"{conda}: channels: defaults: it is one of Anaconda's\n\n"
        "Anaconda changed the terms of service of its channels: who relies on its packaging and distribution may need a"
        " commercial licence. MLflow before 1.18 named them in every model, whether its author meant it or not; since"
        " then it names conda-forge, which is run by its community.\n"
        f"To move this package to conda-forge: mpk doctor {package} --fix\n"
    )
    fixed = run_mpk("doctor", package, "--fix", cwd=tmp_path)
    assert (fixed.returncode, fixed.stderr) == (0, "")
    assert fixed.stdout.splitlines()[-1] == f"{conda} names conda-forge now, and model_uuid in MLmodel follows"
    # The same bytes as of the package that was made with conda-forge.
    assert (conda.read_text(), (package / "MLmodel").read_text()) == (ours, document)
    assert run_mpk("doctor", package, cwd=tmp_path).returncode == 0


def test_an_identity_that_is_not_made_from_content_stays(package: Path, tmp_path: Path) -> None:
    document = package / "MLmodel"
    uuid = yaml.safe_load(document.read_text())["model_uuid"]
    document.write_text(document.read_text().replace(uuid, "0123456789abcdef0123456789abcdef"))
    before = document.read_text()
    (package / "conda.yaml").write_text("channels: [r]\ndependencies: [python=3.8.8, numpy=1.19.2=py38h54aff64_0]\n")
    finished = run_mpk("doctor", package, "--fix", "--json", cwd=tmp_path)
    assert json.loads(finished.stdout) == {
        "schema_version": 1,
        "ok": True,
        "path": str(package),
        "findings": [{"where": "channels", "channel": "r", "why": "it is one of Anaconda's"}],
        "builds": ["numpy=1.19.2=py38h54aff64_0"],
        "fixed": True,
    }
    assert document.read_text() == before


def test_a_document_that_names_a_file_outside(package: Path, tmp_path: Path) -> None:
    (tmp_path / "conda.yaml").write_text("channels: [defaults]\n")
    text = (package / "MLmodel").read_text().replace("conda: conda.yaml", f"conda: ..{os.sep}conda.yaml")
    (package / "MLmodel").write_text(text)
    finished = run_mpk("doctor", package, "--fix", cwd=tmp_path)
    assert (finished.returncode, finished.stderr) == (
        2,
        f"error: {package / 'MLmodel'}:6:14: '../conda.yaml' in 'flavors.python_function.env.conda' leads out of the "
        "package; expected a path below it\n"
        " hint: it is broken or was edited: write the package again, or mend that line\n",
    )


def test_nothing_to_fix_is_named(tmp_path: Path) -> None:
    finished = run_mpk("doctor", "--fix", cwd=tmp_path)
    assert (finished.returncode, finished.stderr) == (
        2,
        "error: --fix changes a package, and none is named\n hint: mpk doctor dist/model --fix\n",
    )
