"""Whole builds from sources that are declared, on every Python that a model may have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from e2e.projects import write_project
from support import find_python

if TYPE_CHECKING:
    from pathlib import Path

PYTHONS = ("3.8", "3.9", "3.10", "3.11", "3.12", "3.13")
MODEL = """
    import platform

    def predict(values):
        import six
        return [six.__version__ for _ in values] + [".".join(platform.python_version_tuple()[:2])]
"""
MANIFEST = {"model": {"entrypoint": "model:predict"}, "input_example": [1], "targets": {"model": {}}}


@pytest.mark.parametrize("version", PYTHONS)
def test_a_model_of_every_python(tmp_path: Path, version: str) -> None:
    if find_python(version) is None:
        pytest.skip(f"this machine has no Python {version}: uv python install {version}")
    requirements = {"python": version, "source": "requirements.txt"}
    project = write_project(
        tmp_path, {**MANIFEST, "requirements": requirements}, {"model.py": MODEL, "requirements.txt": "six==1.17.0\n"}
    )
    document = project.build("validate")
    facts = {stage["stage"]: stage["facts"] for stage in document["stages"]}
    assert facts["infer-env"]["python"].startswith(f"{version}.")
    assert facts["infer-env"]["source"] == {"kind": "requirements file", "name": "requirements.txt"}
    assert project.requirements == ["six==1.17.0"]
    assert project.predict() == ["1.17.0", version]


def test_a_python_that_is_missing(tmp_path: Path) -> None:
    requirements = {"python": "3.10.99", "source": "requirements.txt"}
    project = write_project(tmp_path, {**MANIFEST, "requirements": requirements}, {"model.py": MODEL})
    assert project.fails("build") == (
        3,
        [
            "error: this machine has no Python 3.10.99",
            " hint: uv python install 3.10.99, or install it with your system's packages",
        ],
    )


def test_a_group_of_a_project(tmp_path: Path) -> None:
    pyproject = "[project]\nname = 'own'\nversion = '1'\n[dependency-groups]\nmodel = ['six==1.16.0']\n"
    requirements = {"python": "3.11", "source": "pyproject.toml", "groups": ["model"]}
    files = {"model.py": MODEL, "pyproject.toml": pyproject, "environment.yml": "dependencies: [six=1.15]\n"}
    project = write_project(tmp_path, {**MANIFEST, "requirements": requirements}, files)
    document = project.build("validate")
    assert document["stages"][0]["facts"]["source"] == {
        "kind": "pyproject.toml",
        "name": "pyproject.toml",
        "groups": ["model"],
        "extras": [],
    }
    assert project.predict() == ["1.16.0", "3.11"]


def test_code_alone(tmp_path: Path) -> None:
    requirements = {"python": "3.11", "source": "scan", "extra": ["six==1.16.0"]}
    project = write_project(tmp_path, {**MANIFEST, "requirements": requirements}, {"model.py": MODEL})
    document = project.build("validate")
    assert document["stages"][0]["facts"]["source"] == {
        "kind": "scan",
        "modules": {"six": {"distribution": "six", "at": "model.py:4"}},
    }
    assert project.predict() == ["1.16.0", "3.11"]
    (tmp_path / "model.py").write_text("import qqzz\n" + (tmp_path / "model.py").read_text())
    assert project.fails("build") == (
        1,
        [
            "error: model.py:1: imports qqzz, and it is not known which distribution provides it",
            " hint: mpk requirements add qqzz, if that is what it is called; else list what the code needs in a"
            " requirements.txt and name that as the source",
        ],
    )
